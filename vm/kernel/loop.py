"""The loop: where the CPU's stops meet system calls, faults, signals and the world outside.

It can be left between any two steps and entered again: everything it has to know is in the system. The services of
simulators are imported for a program in their dialect.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from vm import events
from vm.abi import Protection, Signal
from vm.cpu.state import ACCESSED, PC, STOP_ADDRESS, STOP_RETIRED, TOUCHES, StopReason
from vm.cpu.stepping import REACHED
from vm.engine.protocol import Engine
from vm.events import Event
from vm.kernel import dispatch, due, idle
from vm.kernel.choice import ChoiceKind, Undecided, WrongAnswer
from vm.kernel.errors import MachineStopped, Midway
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import THE_END, Ending, Pause, Until
from vm.kernel.process import alarms
from vm.kernel.process.task import REAPER, State, Task
from vm.kernel.process.timers import NEVER
from vm.kernel.signals import acting, sending
from vm.kernel.signals.state import FAULT_SIGNALS, PAGE_FAULT_SIGNALS, SignalInfo
from vm.kernel.system import Turn
from vm.memory import Fault, OutOfMemory

if TYPE_CHECKING:  # for runs that are debugged
    from vm.kernel.stopping import Stopping

LONGEST_RUN = 4_000_000
"""Most instructions run without a look at the host's clock and signals: about ten milliseconds."""

_FAULT_ACCESS = {
    StopReason.FETCH_FAULT: Protection.EXEC,
    StopReason.LOAD_FAULT: Protection.READ,
    StopReason.STORE_FAULT: Protection.WRITE,
}
Caught = list[Event]
"""Events that came which the caller of the loop asked for."""
_CALL_WORK, _FREE_CALLS = 64, 1000
"""Work of the kernel (:attr:`PhysicalMemory.work`) that a call may take on average where calls are limited, and the
number of calls for which as much is free."""
_SYSCALL, _BUDGET = int(StopReason.SYSCALL), int(StopReason.BUDGET)


def advance(kernel: Kernel, until: Until = THE_END) -> Pause | Ending:
    """Run until what is asked for, or to the end: every process has ended, all wait for ever, or a limit is reached.

    Called again, it goes on from there; after the end it returns the end again. A choice at which it paused is the
    chooser's to make, or the machine's own, unless it has been answered since. Raises Midway when a listener calls it,
    and after an exception (an interrupt, say) that has ended a step in its middle.
    """
    system = kernel.system
    if system.ending is not None:
        return system.ending
    if kernel.is_midway:
        raise Midway("the machine is in the middle of a step, which a listener runs in, or an exception has ended")
    _answer_open(kernel)
    kernel.is_midway = True
    kernel.host.start_clock()
    kernel.asks = until.choices
    caught: Caught = [] if until.told is None else until.told
    listeners: list[tuple[type, Callable[[Event], None]]] = [(kind, caught.append) for kind in until.events]
    inventory = kernel.inventory
    for kind, listener in listeners:
        kernel.events.subscribe(kind, listener)
    if kernel.inventory is not None and kernel.inventory is not inventory:
        kernel.inventory.know()  # what there is has not happened since
    outcome: Pause | Ending | None = None
    try:
        outcome = _stop_as_asked(kernel, until, caught)
    except WrongAnswer:
        system.decisions.forget()
        if kernel.asks:  # else it has not noted where the step began
            kernel.host.take_back()
        kernel.is_midway = False
        raise
    except Undecided as undecided:
        system.decisions.take_back()
        kernel.host.take_back()
        outcome = _paused(kernel, until, caught)
        if outcome is None:
            system.decisions.open = undecided.choice
            outcome = Pause("choice", undecided.choice.pid, kernel.clock, choice=undecided.choice)
    except MachineStopped as stopped:
        kernel.emit(events.LimitReached, stopped.limit)
        outcome = Ending(limit=stopped.limit)
    finally:
        for kind, listener in listeners:
            kernel.events.unsubscribe(kind, listener)
        kernel.host.stop_clock()
        if not isinstance(outcome, Pause) and system.terminal is not None:
            system.terminal.host.restore()
    kernel.is_midway = False
    if isinstance(outcome, Ending):
        system.ending = outcome
    return outcome


def _answer_open(kernel: Kernel) -> None:
    """Let the chooser, or the machine, answer a choice that it paused at, if nobody has."""
    decisions, chooser = kernel.system.decisions, kernel.chooser
    choice = decisions.open
    if choice is not None and not decisions.is_answered(choice):
        decisions.answers.append(choice.default if chooser is None else chooser.choose(choice))
    decisions.open = None


def _paused(kernel: Kernel, until: Until, caught: Caught) -> Pause | None:
    """What was asked for has come, if it has."""
    running = kernel.running
    pid = running.tid if running is not None else 0
    if caught and until.stops is not None and events.CallReturned not in until.events:
        first = caught[0]
        if isinstance(first, events.CallReturned):
            return Pause("returned", first.pid, kernel.clock, number=first.call_number, events=tuple(caught))
    if caught:
        return Pause("event", pid, kernel.clock, event=caught[0], events=tuple(caught))
    if kernel.clock >= until.clock and until.clock != NEVER:
        return Pause("clock", pid, kernel.clock)
    if kernel.host.is_interrupted:
        return Pause("interrupt", pid, kernel.clock)
    return None


def _stop_as_asked(kernel: Kernel, until: Until, caught: Caught) -> Pause | Ending:
    if until.stops is None and until.pc is None and until.moment is None:
        return _go_on(kernel, until, caught)
    from vm.kernel.stopping import Stopping

    with Stopping(kernel, until, caught) as stopping:
        return _go_on(kernel, until, caught, stopping)


def _go_on(kernel: Kernel, until: Until, caught: Caught, stopping: Stopping | None = None) -> Pause | Ending:
    system, scheduler, host = kernel.system, kernel.scheduler, kernel.host
    if system.turn is not Turn.NOBODYS and system.running is not None and system.running.is_held:
        _end_turn(kernel, system.running)
        system.turn = Turn.NOBODYS
    while len(kernel.processes) > 1:
        if system.turn is Turn.NOBODYS:
            if pause := _paused(kernel, until, caught) or (stopping and (stopping.behind() or stopping.at_moment())):
                return pause
            if system.decisions.step or kernel.asks:
                _begin_step(kernel)
            host.steps += 1
            if scheduler.is_awaited("console"):
                idle.look_for_input(kernel)
            if kernel.takes_notes:
                kernel.tell_noted()
                kernel.tell_memory()
            task = _next(kernel)
            if task is None:
                if not idle.let_time_pass(kernel):
                    return _held(kernel) or _stalled(kernel)
                continue
            if kernel.events.wants(events.Scheduled):
                kernel.emit(events.Scheduled, task.tid, system.running.tid if system.running is not None else 0)
            system.running, system.turn = task, Turn.BEGINS
            if task.process.alarms or task.process.timers:
                alarms.watch_processor_time(kernel, task.process)
            if until.pid == task.tid and until.pc is None:
                return Pause("process", task.tid, kernel.clock)
            if pause := _paused(kernel, until, caught):
                return pause
        assert system.running is not None
        pause = _take_turn(kernel, system.running, until, caught, stopping)
        if pause is not None:
            return pause
        system.turn = Turn.NOBODYS
    kernel.tell_memory()
    if pause := _paused(kernel, until, caught):
        return pause
    return Ending()


def _begin_step(kernel: Kernel) -> None:
    """What was done before is not taken back any more."""
    kernel.system.decisions.begin_step()
    if kernel.asks:
        kernel.host.begin_step()


def _next(kernel: Kernel) -> Task | None:
    """Take the process to run now out of those that are ready; None when nobody is. A stopped one never runs."""
    able = kernel.scheduler.able(kernel.options_wanted)
    if not able:
        return None
    task = able[0]
    if len(able) > 1:
        task = able[kernel.decide(ChoiceKind.RUN, tuple([task.tid for task in able]))]
    kernel.scheduler.ready.remove(task)
    return task


def _held(kernel: Kernel) -> Pause | None:
    """Nobody can run, and somebody is held: whoever holds it may let it go."""
    if any(task.is_held for task in kernel.processes.threads):
        return Pause("held", kernel.running.tid if kernel.running is not None else 0, kernel.clock)
    return None


def _stalled(kernel: Kernel) -> Ending:
    waits = []
    for task in kernel.processes.threads:
        if task.tid != REAPER and task.state is not State.ZOMBIE:
            why = "SIGCONT: it is stopped" if task.process.stopped else task.wait.why if task.wait else "nothing"
            waits.append((task.pid, task.tid, why))
    kernel.emit(events.Stalled, tuple([(tid, why) for _, tid, why in waits]))
    return Ending(waits=tuple(waits))


def _budget(kernel: Kernel, task: Task, until: Until, stopping: Stopping | None, quantum: int, is_alone: bool) -> int:
    """Return how many instructions ``task`` may run before the next look at everything else.

    With nobody else ready, the ends of its turns, of a ``quantum`` each, would change nothing, and are run over.
    MachineStopped where a limit is reached.
    """
    _check_work(kernel)
    now, limit = kernel.system.clock.now, kernel.settings.instructions
    budget = (max(LONGEST_RUN // quantum, 1) * quantum if is_alone else quantum) - task.slice_used
    if budget > LONGEST_RUN:
        budget = LONGEST_RUN
    if budget > kernel.timers.next - now:
        budget = kernel.timers.next - now
    if budget > until.clock - now:
        budget = until.clock - now
    if stopping is not None:
        budget = stopping.most(task, budget)
    if budget > kernel.host.moment - now > 0:
        budget = kernel.host.moment - now
    if limit is not None:
        _check_limit(kernel)
        budget = min(budget, limit - kernel.retired)
    return budget


def _check_limit(kernel: Kernel) -> None:
    limit = kernel.settings.instructions
    if limit is not None and kernel.retired >= limit:
        raise MachineStopped(f"instruction limit of {limit:,}")


def _engine_for(kernel: Kernel, task: Task, stopping: Stopping | None, is_alone: bool) -> Engine:
    """What runs a process's instructions where some are recorded or watched, or somebody wants to stop before one."""
    engine: Engine = kernel.recording.get(task.memory, kernel.engine)
    if kernel.watcher is not None:
        is_recording, has_to_stop = engine is not kernel.engine, not is_alone or kernel.events.wants(events.Accessed)
        engine = kernel.watcher.around(engine, task, is_recording=is_recording, has_to_stop=has_to_stop)
    return engine if stopping is None else stopping.engine_for(task, engine)


def _begin_turn(kernel: Kernel, task: Task) -> None:
    """Make again the call at which ``task`` waited, unless a signal ends it first."""
    if kernel.system.decisions.step or kernel.asks:
        _begin_step(kernel)
    kernel.host.steps += 1
    if task.call is not None and not (task.signals.is_due and task.signals.is_deadly()):
        _check_limit(kernel)
        task.interrupted = task.has_stopped
        dispatch.make(kernel, task, *task.call)
        task.interrupted = False
    kernel.system.turn = Turn.GOES_ON


def _hear(kernel: Kernel, until: Until, caught: Caught) -> Pause | None:
    """Hear what the host has to say, let come what has come in time, and tell what memory and the scheduler noted.

    Return a pause where somebody interrupts.
    """
    if kernel.host.is_timed or kernel.host.signals:
        idle.listen(kernel)
    if kernel.clock >= kernel.timers.next:
        kernel.host.steps += 1
        due.expire(kernel)
    if kernel.takes_notes:
        kernel.tell_noted()
        kernel.tell_memory()
    return _paused(kernel, until, caught) if kernel.host.is_interrupted else None


def _take_turn(kernel: Kernel, task: Task, until: Until, caught: Caught, stopping: Stopping | None) -> Pause | None:
    """Run ``task`` until its quantum is used up, it waits, or it ends: None then, or a pause before that."""
    system, scheduler, process, signals = kernel.system, kernel.scheduler, task.process, task.signals
    usual, time, stop, host, decisions = scheduler.quantum, system.clock, kernel.stop, kernel.host, system.decisions
    looking = stopping if stopping is not None and stopping.looks else None  # at each call and each run of an engine
    if system.turn is Turn.BEGINS:
        _begin_turn(kernel, task)
    while task.state is State.READY and not process.stopped:
        if (caught or time.now >= until.clock) and (pause := _paused(kernel, until, caught)):
            return pause
        if looking is not None and (pause := looking.behind()):
            return pause
        if decisions.step or kernel.asks:
            _begin_step(kernel)
        is_due = host.is_timed or host.signals or time.now >= kernel.timers.next or kernel.takes_notes
        if is_due and (pause := _hear(kernel, until, caught)):
            return pause
        if (caught or time.now >= until.clock) and (pause := _paused(kernel, until, caught)):
            return pause
        if signals.is_due or task.call is not None:
            if stopping is not None and (pause := stopping.before_signal(task)):
                return pause
            host.steps += 1
            if signals.is_due:
                acting.deliver(kernel, task)
                if kernel.takes_notes and process.space is None:
                    kernel.tell_memory()  # it has ended, and its turn with it
            elif task.call is not None:
                dispatch.make(kernel, task, *task.call)
            continue
        quantum, is_alone = scheduler.terms(task) if scheduler.has_policies else (usual, not scheduler.is_anyone_ready)
        if task.slice_used >= quantum:
            if not is_alone:
                break
            task.slice_used = 0
        if looking is not None and (pause := looking.before_instruction(task)):
            return pause
        budget = _budget(kernel, task, until, looking, quantum, is_alone)
        is_seen = kernel.recording or looking or kernel.watcher
        engine = _engine_for(kernel, task, looking, is_alone) if is_seen else kernel.engine
        space = process.space
        assert space is not None, f"pid {process.pid} has no address space"
        reason = engine.execute(task.context, space, budget, stop)
        retired = int(stop[STOP_RETIRED])
        time.now += retired
        task.retired += retired
        task.slice_used = (task.slice_used + retired) % quantum if is_alone else task.slice_used + retired
        if reason == _SYSCALL:
            host.steps = 0 if retired else host.steps
            if looking is not None and (pause := looking.before_call(task)):
                return pause
            host.steps += 1
            was_asked, task.is_preempted = task.is_preempted and not retired, False
            if not (is_alone or was_asked) and _is_preempted(kernel, task):
                break
            _make_call(kernel, task)
        elif _is_over(kernel, task, reason, retired, is_alone):
            break
    _end_turn(kernel, task)
    return None


def _is_over(kernel: Kernel, task: Task, reason: int, retired: int, is_alone: bool) -> bool:
    """Do what an engine has stopped for, but for a call; tell whether the turn of ``task`` ends so."""
    host = kernel.host
    if reason in (_BUDGET, REACHED):
        host.steps = 0 if retired else host.steps
    elif reason < TOUCHES:
        host.steps = 1 if retired else host.steps + 1
        _fault(kernel, task, StopReason(reason), int(task.context[PC]), int(kernel.stop[STOP_ADDRESS]))
    else:
        return _is_watched(kernel, task, reason, retired, is_alone)
    return False


def _make_call(kernel: Kernel, task: Task) -> None:
    """Make the call that the registers of ``task`` ask for: Linux's, or a simulator's service."""
    limit = kernel.settings.calls
    if limit is not None and kernel.system.calls >= limit:
        raise MachineStopped(f"limit of {limit:,} system calls")
    kernel.system.calls += 1
    registers = task.context[10:18].tolist()
    personality = task.process.personality
    if personality is None:
        dispatch.make(kernel, task, registers[7], tuple(registers[:6]))
    else:
        dispatch.make(kernel, task, *_service_reader()(personality.dialect, registers))


def _check_work(kernel: Kernel) -> None:
    """MachineStopped where the kernel has worked for programs as for many more calls than they may make."""
    limit = kernel.settings.calls
    if limit is not None and kernel.system.memory.work > (limit + _FREE_CALLS) * _CALL_WORK:
        raise MachineStopped(f"limit of {limit:,} system calls (and what they move, faults and signals)")


@cache
def _service_reader() -> Callable[[str, list[int]], tuple[int, tuple[int, ...]]]:
    from vm.kernel.services import requested

    return requested


def _end_turn(kernel: Kernel, task: Task) -> None:
    """Let others run: the process is ready again, unless it waits, is stopped or has ended."""
    if kernel.timers.next != NEVER:
        kernel.timers.cancel(("processor time", task.pid))
    if task.state is State.READY and kernel.processes.thread(task.tid) is task:
        kernel.scheduler.put_back(task)


def _is_preempted(kernel: Kernel, task: Task) -> bool:
    """Choose whether others run before the call, or the access, that ``task`` is about to make; asked once for each."""
    task.is_preempted = is_preempted = bool(kernel.decide(ChoiceKind.PREEMPT, (0, 1), pid=task.tid))
    if kernel.system.decisions.step or kernel.asks:
        _begin_step(kernel)
    return is_preempted


def _is_watched(kernel: Kernel, task: Task, reason: int, retired: int, is_alone: bool) -> bool:
    """Before an access to a watched word: choose whether others run first; asked once for each. Behind it: tell it."""
    kernel.host.steps = 0 if retired else kernel.host.steps
    if reason == ACCESSED:
        assert kernel.watcher is not None
        task.is_preempted = False
        kernel.emit(events.Accessed, task.pid, task.tid, *kernel.watcher.done)
        return False
    was_asked = task.is_preempted and not retired
    if not (is_alone or was_asked) and _is_preempted(kernel, task):
        return True
    task.is_preempted = True
    return False


def _fault(kernel: Kernel, task: Task, reason: StopReason, pc: int, address: int) -> None:
    """Resolve a page fault, or send the signal that stands for what went wrong."""
    access = _FAULT_ACCESS.get(reason)
    signal, code = FAULT_SIGNALS[reason]
    if access is None:
        concerned = pc
    else:
        concerned = address
        try:
            outcome = task.memory.handle_fault(address, access)
        except OutOfMemory:
            sending.send_own(kernel, task, Signal.SIGKILL)
            return
        if outcome is Fault.RESOLVED:
            if kernel.takes_notes:
                kernel.tell_noted()
            return
        signal, code = PAGE_FAULT_SIGNALS[outcome]
    if task.process.personality is not None:
        from vm.kernel.services import explain_fault

        explain_fault(kernel, task, address)
    kernel.emit(events.Faulted, task.tid, signal, reason.name, pc, address)
    sending.force(kernel, task, SignalInfo.of(signal, code, concerned))
