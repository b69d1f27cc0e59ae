"""A machine as a debugger's target: it goes on and back until something is to be told, and says what that is.

What a debugger is told of processes follows gdb's needs. While the machine goes back it is told of no fork, vfork or
exec; a process that comes undone so is told as one that has exited. A vfork that it has heard of is over for it before
anything else goes back. The last process is stopped before it ends, so that there is a way back from the end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from vm import events
from vm.abi import SIGNAL_LIMIT, Errno, Signal
from vm.cpu.state import PC
from vm.debug import looking, monitor, signals, telling
from vm.debug.changes import Change, DropSignal, Hold, Kill, NoChange, SendSignal, SetRegisters, WriteMemory
from vm.debug.history import History
from vm.debug.inferiors import Inferiors, is_named
from vm.debug.points import Points
from vm.debug.target import Action, Caught, Move, Refused, Stop, ThreadLine, Why
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.kernel.process.task import Process, State, Task
from vm.kernel.stops import Stops, Watched
from vm.kernel.system import Turn
from vm.memory.showing import memory_at
from vm.run import describe_ending

ALL_ARE_HELD = "Nobody can run but threads that are held: `set schedule-multiple on` lets all go on."
"""What is said where gdb lets too few threads run."""
EVENTS = (events.Created, events.Executed, events.Exited, events.Resumed)
_TRAP, _INTERRUPT = signals.to_gdb(Signal.SIGTRAP), signals.to_gdb(Signal.SIGINT)
_ALL_SIGNALS = frozenset(range(1, SIGNAL_LIMIT + 1)) - {int(Signal.SIGKILL)}


class MachineTarget:
    """A target (:class:`~vm.debug.target.Target`) that is the machine of ``history``, about to execute its program.

    ``may_write``: who debugs may have files of the host written.
    """

    def __init__(self, history: History, *, may_write: bool = False) -> None:
        self.may_write = may_write
        self._history = history
        self._is_interrupted = threading.Event()
        self._inferiors = Inferiors({history.run.program.pid})
        self._points = Points()
        self._passed: frozenset[int] = frozenset()
        self._calls: frozenset[int] | None = frozenset()
        self._wanted: frozenset[Why] = frozenset()
        self._signalled: tuple[int, int] | None = None
        self._goal: Moment | None = None
        self._looks_at: tuple[int | None, Moment] | None = None
        self.caught = Caught()
        self._said: list[str] = []
        self._is_end_told = False

    @property
    def _kernel(self) -> Kernel:
        return self._history.run.kernel

    # --- looking -----------------------------------------------------------------------------------------------------

    def threads(self) -> Sequence[ThreadLine]:
        """Return every thread that is alive, of the processes that are told of."""
        kernel = self._kernel
        return [looking.line_of(kernel, task) for task in looking.threads_of(kernel) if task.pid in self._inferiors]

    def _process(self, pid: int) -> Process:
        if pid not in self._inferiors:
            raise Refused(Errno.ESRCH, f"process {pid} is not debugged")
        return looking.process_of(self._kernel, pid)

    def _thread(self, tid: int) -> Task:
        task = looking.thread_of(self._kernel, tid)
        if task.pid not in self._inferiors:
            raise Refused(Errno.ESRCH, f"process {task.pid} is not debugged")
        return task

    def registers(self, tid: int) -> Sequence[int]:
        """Return x0 to x31 and pc: 33 unsigned numbers."""
        return looking.registers_of(self._thread(tid))

    def read(self, pid: int, address: int, size: int) -> bytes:
        """Return as many bytes as can be read, at most ``size``. Raises Refused (EFAULT) where the first cannot."""
        data = memory_at(self._process(pid).memory, address, size)
        if not data and size:
            raise Refused(Errno.EFAULT, f"nothing is mapped at {address:#x}")
        return data

    def executable(self, pid: int) -> bytes:
        """Return the path of its image, in the guest."""
        return looking.executable_of(self._process(pid))

    def auxiliary_vector(self, pid: int) -> bytes:
        """Return what its image found above its environment at the start."""
        return self._process(pid).auxiliary

    def signal_information(self, tid: int) -> bytes:
        """Return the siginfo_t of the signal that the thread has stopped for: 128 bytes."""
        task = self._thread(tid)
        signal = self._signalled[1] if self._signalled is not None and self._signalled[0] == tid else Signal.SIGTRAP
        return looking.signal_information_of(task, signal)

    def read_link(self, pid: int, path: bytes) -> bytes:
        """Return where the guest's symbolic link ``path`` leads, as the process ``pid`` would find it."""
        return looking.link_at(self._aside(), pid, path)

    def read_file(self, pid: int, path: bytes) -> bytes:
        """Return what the guest's file ``path`` holds, as the process ``pid`` would find it (0: the first one)."""
        return looking.file_at(self._aside(), pid, path)

    def _aside(self) -> Kernel:
        """A machine in which files can be looked for: to meet one is something that a machine remembers."""
        return self._history.run.copy().kernel

    # --- agreeing and changing ---------------------------------------------------------------------------------------

    def wants(self, events: frozenset[Why]) -> None:
        """Let the debugger be told of these, of FORK, VFORK, EXEC and NOBODY."""
        self._wanted = events

    def set_registers(self, tid: int, values: Sequence[int]) -> None:
        """Set x0 to x31 and pc."""
        self._thread(tid)
        self._change(SetRegisters(tid, tuple(values)))

    def write(self, pid: int, address: int, data: bytes) -> None:
        """Write memory, whatever its pages permit to the process. Raises Refused where it is not all mapped."""
        if len(memory_at(self._process(pid).memory, address, len(data))) < len(data):
            raise Refused(Errno.EFAULT, f"not all of {len(data)} bytes at {address:#x} are mapped")
        self._change(WriteMemory(pid, address, data))

    def insert(self, pid: int, kind: int, address: int, size: int) -> None:
        """Set a breakpoint (kinds 0 and 1), or a watchpoint for writes, reads, accesses (2, 3, 4)."""
        self._process(pid)
        self._points.insert(pid, kind, address, size)

    def remove(self, pid: int, kind: int, address: int, size: int) -> None:
        """Take back what was set so; what is not there is no fault."""
        self._points.remove(pid, kind, address, size)

    def pass_signals(self, numbers: Iterable[int]) -> None:
        """Let these (gdb's numbers) act without a stop."""
        found = {signals.from_gdb(number) for number in numbers}
        self._passed = frozenset(number for number in found if number is not None)

    def catch_calls(self, numbers: frozenset[int] | None, *, wanted: bool) -> None:
        """Stop at these system calls, None for every one; or at none."""
        self._calls = numbers if wanted else frozenset()

    def _change(self, change: Change) -> None:
        """Make a change. Raises Refused where it cannot be made."""
        try:
            is_new = self._history.change(change)
        except NoChange as error:
            raise Refused(Errno.EINVAL, str(error)) from None
        if is_new and not isinstance(change, Hold):
            self._said.append(f"Another future begins here, at clock {self._kernel.clock:,}: what came behind is gone.")
        elif is_new:
            self._said.append(f"Another future begins at clock {self._kernel.clock:,}: other threads were held there.")

    # --- going forwards ----------------------------------------------------------------------------------------------

    def resume(self, actions: Sequence[Action]) -> Stop:
        """Go on until something is to be told. A thread that no action names stays where it is."""
        inferiors = self._inferiors
        if (waiting := inferiors.take_waiting(actions)) is not None:
            return self._tell(waiting)
        if not inferiors.known:
            return Stop(Why.NOBODY, 0, 0)
        if self._goal is not None:
            return self._travel(self._goal)
        self._let_signals_act(actions)
        self._hold(actions)
        self._looks_at = None
        stepping = next((self._named(action) for action in actions if action.move is Move.STEP), None)
        span = next((action.span for action in actions if action.move is Move.STEP), None)
        self._signalled = None
        while True:
            outcome = self._history.advance(self._until(step=stepping))
            if isinstance(outcome, Pause) and outcome.why == "step" and span is not None:
                pc = int(looking.thread_of(self._kernel, outcome.pid).context[PC])
                if span[0] <= pc < span[1]:
                    continue
            inferiors.wait(self._before_the_end(self._stops(outcome)))
            if (waiting := inferiors.take_waiting(actions)) is not None:
                return self._tell(waiting)

    def _before_the_end(self, stops: list[Stop]) -> list[Stop]:
        """Stand before the last process ends, if that is what has happened, once: what is to be told then."""
        ended = [stop.pid for stop in stops if stop.why in (Why.EXITED, Why.KILLED)]
        if self._is_end_told or self._inferiors.known != set(ended):
            return stops
        pause = self._history.back(Until(stops=Stops(ends=frozenset(ended))))
        if pause is None or pause.why != "end":
            return stops
        self._is_end_told = True
        note = f"Process {ended[0]} is about to end; continue lets it."
        return [Stop(Why.END, ended[0], pause.pid, notes=(note,))]

    def _tell(self, stop: Stop) -> Stop:
        """Note what whoever is told of ``stop`` knows then, and add what else there is to say."""
        inferiors = self._inferiors
        if self._said:
            stop = replace(stop, notes=(*self._said, *stop.notes))
            self._said.clear()
        if stop.why in (Why.FORK, Why.VFORK):
            inferiors.learn(stop.number)
        if stop.why is Why.VFORK:
            inferiors.related.add(stop.number)
        if stop.why is Why.VFORK:
            inferiors.awaited[stop.tid] = stop.pid
        elif stop.why is Why.VFORK_DONE:
            inferiors.awaited.pop(stop.tid, None)
        elif stop.why in (Why.EXITED, Why.KILLED):
            inferiors.end(stop.pid)
            self._points.forget(stop.pid)
        elif stop.why is Why.EXEC:
            self._points.forget(stop.pid)
            inferiors.related.discard(stop.pid)
        return stop

    def _named(self, action: Action) -> int | None:
        """The thread that an action names: of a process alone its first one, or the one that runs."""
        if action.tid is not None:
            return action.tid
        running = self._kernel.running
        if running is not None and action.pid in (None, running.pid) and running.pid in self._inferiors:
            return running.tid
        return action.pid if action.pid is not None else min(self._inferiors.known, default=None)

    def _hold(self, actions: Sequence[Action]) -> None:
        """Hold the threads that no action names, of the processes that are told of.

        Nobody has to be held for one instruction of the thread that runs: gdb steps over its breakpoints so, and what
        follows shall be what it would have been.
        """
        if len(actions) == 1 and actions[0].move is Move.STEP and actions[0].span is None and self._runs(actions[0]):
            actions = (Action(Move.CONTINUE),)
        held = frozenset(
            task.tid
            for task in looking.threads_of(self._kernel)
            if task.pid in self._inferiors and not is_named(task.pid, task.tid, actions)
        )
        if held != frozenset(task.tid for task in looking.threads_of(self._kernel) if task.is_held):
            self._change(Hold(held))

    def _runs(self, action: Action) -> bool:
        """Tell whether the thread that an action names is about to execute an instruction, before any other."""
        system, tid = self._kernel.system, self._named(action)
        running = system.running
        is_it = running is not None and running.tid == tid and system.turn is Turn.GOES_ON
        return is_it and running is not None and running.state is State.READY and running.call is None

    def _let_signals_act(self, actions: Sequence[Action]) -> None:
        """The signal that a thread has stopped for acts if its action names it; another may do so in its place."""
        stopped, due = self._signalled if self._signalled is not None else (0, 0)
        named = {}
        for action in reversed(actions):
            if action.tid is not None or action.signal:
                named[action.tid if action.tid is not None else self._named(action)] = action.signal or 0
        for tid, number in named.items():
            signal = signals.from_gdb(number) if number else 0
            if tid is None or signal == (due if tid == stopped else 0) or signal is None:
                continue
            if tid == stopped:
                self._change(DropSignal(tid, due))
            if signal:
                self._change(SendSignal(tid, signal))
        if stopped and stopped not in named:
            self._change(DropSignal(stopped, due))

    def _until(self, *, step: int | None = None, is_back: bool = False) -> Until:
        """What the machine is to stop at."""
        inferiors = self._inferiors
        pids = [process.pid for process in self._kernel.processes] if is_back else list(inferiors.known)
        pids = [pid for pid in pids if pid not in inferiors.detached]
        calls: dict[int, frozenset[int] | None] = {}
        if (wanted_calls := telling.together(self._calls, self.caught.calls)) != frozenset():
            calls = dict.fromkeys(pids, wanted_calls)
        wanted = dict.fromkeys(pids, _ALL_SIGNALS - self._passed)
        stops = Stops(self._breakpoints(pids), self._points.watchpoints(pids), calls, wanted, step=step)
        return Until(events=self._events_back() if is_back else EVENTS, stops=stops)

    def _events_back(self) -> tuple[type[events.Event], ...]:
        """The events that are stopped at on the way back: an exec is told to gdb there, too."""
        caught = self.caught.events
        births = (events.Created,) if {"fork", "vfork"} & caught else ()
        return (events.Executed, *births, *((events.Exited,) if "exit" in caught else ()))

    def _breakpoints(self, pids: Iterable[int]) -> dict[int, frozenset[int]]:
        """The breakpoints of each process: those that are set in one of its address space, as if they lay in memory.

        gdb sets them once for a parent and its vfork child.
        """
        found = self._points.breakpoints(pids)
        if not found:
            return found
        spaces = {process.pid: process.space for process in self._kernel.processes if process.pid in pids}
        together: dict[int, frozenset[int]] = {}
        for pid, space in spaces.items():
            sets = [found[other] for other, its in spaces.items() if other in found and (other == pid or its is space)]
            if sets:
                together[pid] = frozenset().union(*sets)
        return found | together

    # --- what a stop is told as --------------------------------------------------------------------------------------

    def _stops(self, outcome: Pause | Ending) -> list[Stop]:
        """What is to be told of a pause; nothing where the machine is to go on."""
        if isinstance(outcome, Ending):
            return [self._ending(outcome)]
        if outcome.why == "event":
            return [stop for event in outcome.events for stop in self._of_event(event)]
        if outcome.why == "held":
            return [self._here(_INTERRUPT, (ALL_ARE_HELD,))]
        if outcome.why == "interrupt":
            return [self._here(_INTERRUPT)]
        task = looking.thread_of(self._kernel, outcome.pid)
        return self._of_pause(task, outcome)

    def _of_pause(self, task: Task, pause: Pause) -> list[Stop]:
        pid, tid, number = task.pid, task.tid, pause.number
        if pause.why == "watchpoint":
            return [self._of_access(task, pause.watched[0])]
        if pause.why == "signal":
            self._signalled = tid, number
            return [Stop(Why.SIGNAL, pid, tid, signals.to_gdb(number))]
        if pause.why in ("call", "returned"):
            why = Why.CALL_ENTRY if pause.why == "call" else Why.CALL_RETURN
            if self._calls is None or number in self._calls:
                return [Stop(why, pid, tid, number=number)]
            return [Stop(Why.SIGNAL, pid, tid, 0, notes=(telling.call_text(task, number, why),))]
        if pause.why == "breakpoint":
            return [Stop(self._points.why(pid, int(task.context[PC])), pid, tid)]
        return [Stop(Why.SIGNAL, pid, tid, _TRAP)]

    def _of_access(self, task: Task, watched: Watched) -> Stop:
        """Stand before an access, and tell of it.

        gdb lets the thread go on by one instruction, or back by one, and then looks what has changed; but not in a
        process that it holds for one with memory of its own. There it is told of a plain stop, and its user in words.
        """
        notes = telling.access_notes(watched, task.pid)
        if watched.is_done and watched.call is not None:
            self._history.back(Until(stops=Stops(place=(task.tid, task.retired - 1))))
        elif watched.is_done:
            return Stop(Why.SIGNAL, task.pid, task.tid, 0, notes=notes)
        if watched.owner == task.pid or task.pid in self._inferiors.related:
            return Stop(self._points.why_watched(watched), task.pid, task.tid, number=watched.address, notes=notes)
        return Stop(Why.SIGNAL, task.pid, task.tid, 0, notes=(*telling.values(self._history.run, watched), *notes))

    def _ending(self, ending: Ending) -> Stop:
        known = self._inferiors.known
        task = next((task for task in looking.threads_of(self._kernel) if task.pid in known), None)
        if task is None:
            return Stop(Why.NOBODY, 0, 0)
        return Stop(Why.END, task.pid, task.tid, notes=tuple(describe_ending(ending).splitlines()))

    def _here(self, signal: int = 0, notes: tuple[str, ...] = ()) -> Stop:
        """Tell a stop for which no thread is the reason, in the one that runs if that is told of."""
        running = self._kernel.running
        tasks = [task for task in looking.threads_of(self._kernel) if task.pid in self._inferiors]
        if not tasks:
            return Stop(Why.NOBODY, 0, 0)
        task = running if running is not None and running in tasks else tasks[0]
        return Stop(Why.SIGNAL, task.pid, task.tid, signal, notes=notes)

    def _of_event(self, event: events.Event) -> Iterator[Stop]:
        inferiors, wanted = self._inferiors, self._wanted
        if isinstance(event, events.Created):
            child = self._kernel.processes.thread(event.child)
            why = Why.VFORK if child is not None and child.vfork_parent == event.thread else Why.FORK
            if event.pid in inferiors and why in wanted:
                yield Stop(why, event.pid, event.thread, number=event.child)
            else:
                inferiors.detached.add(event.child)
        elif isinstance(event, events.Executed) and event.pid in inferiors:
            if Why.EXEC in wanted:
                yield Stop(Why.EXEC, event.pid, event.pid, path=self.executable(event.pid))
        elif isinstance(event, events.Resumed) and event.pid in inferiors.awaited:
            yield Stop(Why.VFORK_DONE, inferiors.awaited[event.pid], event.pid)
        elif isinstance(event, events.Exited) and event.pid in inferiors:
            if event.signal is not None:
                yield Stop(Why.KILLED, event.pid, event.pid, number=signals.to_gdb(event.signal))
            else:
                yield Stop(Why.EXITED, event.pid, event.pid, number=event.exit_code or 0)

    # --- going back --------------------------------------------------------------------------------------------------

    def go_back(self, pid: int | None, tid: int | None, *, step: bool) -> Stop:
        """Go back by one instruction of the thread, or to where the run before would have stopped last."""
        inferiors = self._inferiors
        if (awaited := inferiors.take_awaited()) is not None:
            return awaited
        if inferiors.waiting:
            return self._tell(inferiors.waiting.popleft())
        if not inferiors.known:
            return Stop(Why.NOBODY, 0, 0)
        if self._goal is not None:
            return self._travel(self._goal)
        self._signalled, self._is_end_told = None, False
        programs = self._programs()
        return self._told_back(programs, self._step_back(pid, tid) if step else self._run_back())

    def _programs(self) -> dict[int, bytes]:
        """What each process runs that is told of."""
        living = {task.pid: task.process for task in looking.threads_of(self._kernel)}
        return {pid: looking.executable_of(process) for pid, process in living.items() if pid in self._inferiors.known}

    def _told_back(self, programs: dict[int, bytes], stop: Stop) -> Stop:
        """Tell what has come undone, one after another, and then where the machine is now.

        ``programs`` are those that ran before. A process that runs another one again is told as if it had executed it,
        which lets gdb have the right symbols.
        """
        inferiors = self._inferiors
        undone = inferiors.match({task.pid for task in looking.threads_of(self._kernel)})
        for each in undone:
            self._points.forget(each)
        again = self._programs()
        changed = [pid for pid, path in programs.items() if again.get(pid, path) != path and Why.EXEC in self._wanted]
        inferiors.wait(Stop(Why.EXITED, each, each) for each in undone)
        inferiors.wait(Stop(Why.EXEC, pid, pid, path=again[pid]) for pid in changed)
        if stop.why is not Why.EXEC or not changed:
            inferiors.wait([stop])
        return self._tell(inferiors.waiting.popleft())

    def _step_back(self, pid: int | None, tid: int | None) -> Stop:
        named = self._named(Action(Move.STEP, pid, tid))
        if self._looks_at == (named, self._kernel.moment):  # it is where gdb wants to look already
            self._looks_at = None
            return Stop(Why.SIGNAL, looking.thread_of(self._kernel, named or 0).pid, named or 0, _TRAP)
        task = looking.thread_of(self._kernel, named or 0)
        return self._before(task.tid, task.retired)

    def _before(self, tid: int, retired: int) -> Stop:
        """Go back to where thread ``tid`` stood before its last instruction, of ``retired``; or to its birth."""
        while not retired:
            pause = self._history.back(Until(events=(events.Created, events.ThreadCreated)))
            if pause is None or pause.why == "interrupt":
                return self._begin_or_here(pause)
            maker = next((found for event in pause.events if (found := telling.maker(event, tid))), 0)
            if maker:
                tid, retired = maker, looking.thread_of(self._kernel, maker).retired
        pause = self._history.back(Until(stops=Stops(place=(tid, retired - 1))))
        if pause is None or pause.why == "interrupt":
            return self._begin_or_here(pause)
        return Stop(Why.SIGNAL, looking.thread_of(self._kernel, tid).pid, tid, _TRAP)

    def _begin_or_here(self, pause: Pause | None) -> Stop:
        """There was nothing before, or somebody has interrupted the search."""
        program = self._history.run.program
        return Stop(Why.BEGIN, program.pid, program.tid) if pause is None else self._here(_INTERRUPT)

    def _run_back(self) -> Stop:
        while True:
            pause = self._history.back(self._until(is_back=True))
            if pause is None or pause.why == "interrupt":
                return self._begin_or_here(pause)
            if pause.why == "event":
                if (stop := self._of_events_back(pause.events)) is None:
                    continue
                return stop
            task = looking.thread_of(self._kernel, pause.pid)
            stop = self._of_pause(task, pause)[0]
            if stop.why in (Why.WATCH, Why.READ_WATCH, Why.ACCESS_WATCH):
                self._looks_at = stop.tid, self._kernel.moment
            return stop

    def _of_events_back(self, met: Sequence[events.Event]) -> Stop | None:
        """Go back to before an event, and tell of it; None if nobody wants to hear of it."""
        for event in met:
            if isinstance(event, events.Executed) and event.pid in self._inferiors:
                task = looking.thread_of(self._kernel, event.pid)
                self._before(task.tid, task.retired)
                return Stop(Why.EXEC, event.pid, event.pid, path=looking.executable_of(task.process))
            text, pid = telling.event_text(event, self.caught.events), getattr(event, "pid", 0)
            if not text or pid in self._inferiors.detached:
                continue
            stops = Stops(ends=frozenset({pid}))
            if isinstance(event, events.Created):
                stops = Stops(place=(event.thread, looking.thread_of(self._kernel, event.thread).retired - 1))
            pause = self._history.back(Until(stops=stops))
            tid = pause.pid if pause is not None else pid
            return Stop(Why.SIGNAL, pid, tid, 0, notes=(text,))
        return None

    def plan(self, moment: Moment) -> None:
        """Go to that moment when it is to go on, or back, the next time."""
        self._goal = moment

    def _travel(self, goal: Moment) -> Stop:
        """Go to the moment that was planned, stopping on the way for processes that are born or end."""
        self._signalled = None
        if goal < self._kernel.moment:
            self._goal, programs = None, self._programs()
            self._history.goto(goal)
            return self._told_back(programs, self._here())
        inferiors = self._inferiors
        while not inferiors.waiting:
            outcome = self._history.advance(Until(events=EVENTS, moment=goal))
            if isinstance(outcome, Pause) and outcome.why != "event":
                self._goal = None
                return self._here()
            inferiors.wait(self._stops(outcome))
        return self._tell(inferiors.waiting.popleft())

    # --- ending ------------------------------------------------------------------------------------------------------

    def has_to_tell(self, pid: int) -> bool:
        """Tell whether a process is gone, and its end is still to be told."""
        return pid not in self._inferiors and any(stop.pid == pid for stop in self._inferiors.waiting)

    def interrupt(self) -> None:
        """Let the machine stop soon (SIGINT). May be called from another thread, and at any time."""
        self._is_interrupted.set()
        self._history.interrupt()

    def kill(self, pid: int) -> None:
        """Kill the process, as SIGKILL does."""
        self._points.forget(pid)
        if pid not in self._inferiors and self._inferiors.forget(pid):
            return
        self._process(pid)
        self._inferiors.end(pid)
        self._change(Kill(pid))

    def detach(self, pid: int) -> None:
        """Let the process go its own way, and tell nothing of it any more."""
        self._points.forget(pid)
        if pid not in self._inferiors and self._inferiors.forget(pid):
            return
        self._process(pid)
        self._inferiors.detach(pid)

    def monitor(self, command: str, tid: int) -> Iterator[str]:
        """Answer a ``monitor`` command of a user who looks at thread ``tid``, 0 for none, in lines."""
        self._is_interrupted.clear()
        return monitor.answer(self._history, MonitorView(self, tid), command)

    @property
    def is_interrupted(self) -> bool:
        """Whether somebody has interrupted since the last command, or way, has begun."""
        return self._is_interrupted.is_set()


class MonitorView:
    """A session as ``monitor`` commands see it (:class:`vm.debug.monitor.View`)."""

    def __init__(self, target: MachineTarget, tid: int) -> None:
        self._target = target
        self.tid = tid
        self.may_write = target.may_write

    def plan_goto(self, moment: Moment) -> None:
        """Let the next command that lets the machine run go to ``moment`` instead."""
        self._target.plan(moment)

    @property
    def caught(self) -> Caught:
        """What is stopped at besides what gdb has asked for."""
        return self._target.caught

    def catch(self, caught: Caught) -> None:
        """Stop at these from now on, and at no others but what gdb has asked for."""
        self._target.caught = caught

    def is_interrupted(self) -> bool:
        """Tell whether the user wants no answer any more."""
        return self._target.is_interrupted
