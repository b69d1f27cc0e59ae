"""Boot, the run loop, and what happens to processes: the meeting of the CPU's stops and the system calls' handlers."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from vm import events
from vm.abi import (
    ERESTARTSYS,
    NANOSECONDS,
    SI_KERNEL,
    SIG_IGN,
    SIGNAL_RETURN,
    Errno,
    HandlerFlag,
    Protection,
    Signal,
)
from vm.cpu.engines import new_engine
from vm.cpu.state import PC, STOP_ADDRESS, STOP_RETIRED, STOP_SIZE, StopReason
from vm.events import Stream
from vm.kernel import accounts, alarms, delivery, futex
from vm.kernel.console import OutputMeter
from vm.kernel.errors import MachineStopped, SystemCallError
from vm.kernel.files import Descriptors
from vm.kernel.loader import Builder, Loader
from vm.kernel.pipes import PipeCount
from vm.kernel.proc import ProcFolder
from vm.kernel.process import REAPER, Block, Credentials, ProcessTable, Restart, State, Task
from vm.kernel.scheduler import Chooser, Scheduler
from vm.kernel.settings import Settings
from vm.kernel.signals import FAULT_SIGNALS, PAGE_FAULT_SIGNALS, SignalInfo, bit
from vm.kernel.syscalls import TABLE, Row
from vm.kernel.terminal import Console, find_terminal, standard_streams
from vm.kernel.timers import NEVER
from vm.kernel.vfs import User
from vm.kernel.world import Files, World
from vm.memory import BadAddress, Fault, OutOfMemory, PhysicalMemory, trampoline
from vm.memory.strategies import STRATEGIES, share

LONGEST_RUN = 4_000_000
"""Most instructions run without a look at the host's clock and signals: about ten milliseconds."""

_FAULT_ACCESS = {
    StopReason.FETCH_FAULT: Protection.EXEC,
    StopReason.LOAD_FAULT: Protection.READ,
    StopReason.STORE_FAULT: Protection.WRITE,
}
_SYSCALL, _BUDGET = int(StopReason.SYSCALL), int(StopReason.BUDGET)


KEY_SIGNALS = (Signal.SIGINT, Signal.SIGTSTP)
"""What keys at a terminal send."""


class Keys(Protocol):
    """The host's side of a terminal's keys; what they send arrives by :meth:`Kernel.signal_from_terminal`."""

    def wait(self, seconds: float | None) -> None:
        """Wait for a key, at most so long."""

    def stop_machine(self) -> None:
        """Stop the machine as the stop key stops a program; return when it goes on."""


@dataclass(slots=True)
class Ending:
    """How a run ended: ``limit`` or ``waits`` when it was the machine that ended it."""

    limit: str = ""
    waits: tuple[tuple[int, str], ...] = ()


@dataclass(slots=True)
class _Deadline:
    """The moment after which the run must end, on the host's monotonic clock."""

    at: float | None = None

    @property
    def left(self) -> float | None:
        return None if self.at is None else max(0.0, self.at - time.monotonic())


class Kernel:
    """A booted machine without a program: one process table, one physical memory, one root.

    ``clock`` is guest time in nanoseconds: the instructions retired by all processes, and ``idle``, the time that was
    skipped because everybody waited for a moment. ``exit_status`` becomes the wait status of the first program when it
    ends. ``foreground`` is the process group that the terminal's signals go to; ``keys`` is there
    where the machine runs at one.
    """

    def __init__(
        self,
        settings: Settings,
        files: Files,
        console: Console,
        builders: Mapping[str, Builder],
        chooser: Chooser | None = None,
    ) -> None:
        self.settings = settings
        self.console = console
        self.clock = 0
        self.idle = 0
        self.world: World = World(files, settings.disk, User(settings.uid, settings.gid), self.now)
        self.pipes = PipeCount()
        self.proc: ProcFolder = ProcFolder(self)
        self.world.mount(b"/proc", self.proc)
        self._meter = OutputMeter(settings.output)
        self.terminal = find_terminal(console, self._meter, REAPER)
        self.events = Stream()
        self.memory = PhysicalMemory(settings.memory, overcommit=settings.overcommit)
        self.engine = new_engine(settings.engine, self.memory)
        self.memory.observer = partial(accounts.report_unshared, self)
        trampoline.install(self.memory, SIGNAL_RETURN)
        self.scheduler = Scheduler(settings.quantum, chooser)
        self.processes = ProcessTable(settings.processes)
        self.loader = Loader(self.memory, self.world.tree, builders, settings.stack, self._reject)
        self.random = random.Random(settings.seed)
        self.foreground = REAPER + 1
        self.keys: Keys | None = None
        self.exit_status: int | None = None
        self._running: Task | None = None
        self._stop = np.zeros(STOP_SIZE, np.int64)
        self._deadline = _Deadline()
        self.timers = self.scheduler.timers
        self._terminal_signals: list[int] = []
        reaper = Task(
            self.processes.new_pid(), 0, REAPER, REAPER, Credentials.of(0, 0), None,
            Descriptors(0, self.scheduler.wake), name="reaper", directory=self.world.tree.root,
        )  # fmt: skip
        reaper.state = State.BLOCKED
        self.processes.add(reaper)

    # --- starting -------------------------------------------------------------------------------------------------

    def start(self, path: bytes, arguments: tuple[bytes, ...], environment: tuple[bytes, ...]) -> Task:
        """Create the first process, pid 2, and let it execute ``path``; SystemCallError if it cannot."""
        wake = self.scheduler.wake
        files = Descriptors(self.settings.open_files, wake)
        user = Credentials.of(self.settings.uid, self.settings.gid)
        pid = self.processes.new_pid()
        task = Task(pid, REAPER, pid, REAPER, user, None, files, directory=self.world.tree.root)
        self._running = task
        self.execute(task, path, arguments, environment)
        streams = standard_streams(
            self.console, self.world.pipes, self.world.console, task.user, self.terminal, self._meter
        )
        for number, file in enumerate(streams):
            files.open(file, number)
        self.processes.add(task)
        self.scheduler.add(task)
        return task

    @property
    def running(self) -> Task | None:
        """The process that runs, or for which the kernel works."""
        return self._running

    def now(self) -> int:
        """The time of day, as files record it."""
        return self.time_of_day

    def _reject(self, path: str, reason: str) -> None:
        pid = self._running.pid if self._running else 0
        self.events.emit(events.Rejected(self.clock, pid, path, reason))

    # --- the run loop ---------------------------------------------------------------------------------------------

    def run(self) -> Ending:
        """Run until every process has ended, all are blocked for ever, or a limit is reached."""
        if self.settings.seconds is not None:
            self._deadline.at = time.monotonic() + self.settings.seconds
        try:
            while len(self.processes) > 1:
                if self.scheduler.is_awaited("console"):
                    self._look_for_input()
                task = self.scheduler.next()
                if task is not None:
                    self._running = task
                    self._run_slice(task)
                elif not self._let_time_pass():
                    return self._stalled()
        except MachineStopped as stopped:
            self.events.emit(events.LimitReached(self.clock, stopped.limit))
            return Ending(limit=stopped.limit)
        finally:
            if self.terminal is not None:
                self.terminal.host.restore()
        return Ending()

    def _stalled(self) -> Ending:
        waits = []
        for task in self.processes:
            if task.pid != REAPER and task.state is not State.ZOMBIE:
                why = "SIGCONT: it is stopped" if task.stopped else task.wait.why if task.wait else "nothing"
                waits.append((task.pid, why))
        self.events.emit(events.Stalled(self.clock, tuple(waits)))
        return Ending(waits=tuple(waits))

    @property
    def retired(self) -> int:
        """Instructions retired by all processes."""
        return self.clock - self.idle

    @property
    def time_of_day(self) -> int:
        """Nanoseconds since 1970 in the guest's world."""
        return self.settings.epoch * NANOSECONDS + self.clock

    def _look_for_input(self) -> None:
        """Somebody waits for input: wake them if there is some. Unless it is typed, stand still until there is."""
        source = self.console.input
        if not source.is_live:
            source.wait(self._deadline.left)
        self._check_host()
        if source.peek(1) is not None:
            self.scheduler.wake("console")

    def _let_time_pass(self) -> bool:
        """Nobody can run: skip to the next moment at which somebody can. False when there is none.

        Where somebody waits at a terminal, time passes as the host's; otherwise it costs nothing.
        """
        self._check_host()
        moment = self.timers.next
        if self.scheduler.is_anyone_ready:
            return True
        if self.scheduler.is_awaited("console"):
            if self.console.input.is_live:
                self._wait_for_the_terminal(moment)
        elif moment < NEVER:
            self._skip_to(moment)
        elif not self._give_way():
            return False
        self._expire()
        return True

    def _wait_for_the_terminal(self, moment: int) -> None:
        begin = time.monotonic_ns()
        waits = [self._deadline.left] if moment == NEVER else [self._deadline.left, (moment - self.clock) / NANOSECONDS]
        self.console.input.wait(min((seconds for seconds in waits if seconds is not None), default=None))
        self._skip_to(min(moment, self.clock + time.monotonic_ns() - begin))

    def _give_way(self) -> bool:
        """Only a key can make somebody run: wait for one, or stop where the stop key has stopped everybody.

        False without keys, and where nobody has a handler for what they send.
        """
        members = [task for task in self.processes if task.group == self.foreground]
        stopped = [task for task in members if task.stopped]
        if self.keys is None:
            return False
        if stopped:
            self.keys.stop_machine()
            for task in stopped:
                delivery.send(self, task, SignalInfo.of(Signal.SIGCONT, SI_KERNEL))
        elif any(task.signals.action(signal) is None for task in members for signal in KEY_SIGNALS):
            self.keys.wait(self._deadline.left)
        else:
            return False
        return True

    def _skip_to(self, moment: int) -> None:
        self.idle += moment - self.clock
        self.clock = moment

    def _expire(self) -> None:
        """Do what is due by now: end waits, ring interval timers."""
        while key := self.timers.take_due(self.clock):
            kind, pid = key
            task = self.processes[pid]
            if kind == "deadline":
                self.scheduler.unblock(task)
            else:
                for signal in (Signal.SIGALRM,) if kind == "alarm" else alarms.expired(self, task):
                    delivery.send(self, task, SignalInfo.of(signal, SI_KERNEL))

    def _check_host(self) -> None:
        """What the host has to say: the time is up, somebody at the terminal sent a signal."""
        if self._deadline.at is not None and self._deadline.left == 0:
            raise MachineStopped(f"time limit of {self.settings.seconds:g} s")
        while self._terminal_signals:
            signal = self._terminal_signals.pop(0)
            for task in self.processes:
                if task.group == self.foreground:
                    delivery.send(self, task, SignalInfo.of(signal, SI_KERNEL))

    def _budget(self, task: Task) -> int:
        """How many instructions ``task`` may run before the next look at everything else.

        With nobody else ready, the ends of its quanta would change nothing, and are run over.
        """
        quantum = self.scheduler.quantum
        if self.scheduler.is_anyone_ready:
            budget = quantum - task.slice_used
        else:
            budget = max(LONGEST_RUN // quantum, 1) * quantum - task.slice_used
        if budget > self.timers.next - self.clock:
            budget = self.timers.next - self.clock
        if self.settings.instructions is not None:
            self._check_limit()
            budget = min(budget, self.settings.instructions - self.retired)
        return budget

    def _check_limit(self) -> None:
        limit = self.settings.instructions
        if limit is not None and self.retired >= limit:
            raise MachineStopped(f"instruction limit of {limit:,}")

    def _run_slice(self, task: Task) -> None:
        """Run ``task`` until its quantum is used up, it waits, or it ends."""
        stop, quantum, timers, signals = self._stop, self.scheduler.quantum, self.timers, task.signals
        if task.alarms:
            alarms.watch_processor_time(self, task)
        if task.call is not None and not (signals.is_due and signals.is_deadly()):
            self._check_limit()
            self._system_call(task, *task.call)
        while task.state is State.READY and not task.stopped:
            self._check_host()
            if self.clock >= timers.next:
                self._expire()
            if signals.is_due:
                delivery.deliver(self, task)
                continue
            if task.call is not None:
                self._system_call(task, *task.call)
                continue
            if task.slice_used >= quantum:
                if self.scheduler.is_anyone_ready:
                    break
                task.slice_used = 0
            budget = self._budget(task)
            recorder = task.memory.recorder
            if recorder is None:
                reason = self.engine.execute(task.context, task.memory, budget, stop)
            else:
                reason = recorder.run(task, budget, stop)
            retired = int(stop[STOP_RETIRED])
            self.clock += retired
            task.retired += retired
            task.slice_used = (task.slice_used + retired) % quantum if budget > quantum else task.slice_used + retired
            if reason == _SYSCALL:
                registers = task.context[10:18].tolist()
                self._system_call(task, registers[7], tuple(registers[:6]))
            elif reason != _BUDGET:
                self._fault(task, StopReason(reason), int(task.context[PC]), int(stop[STOP_ADDRESS]))
        timers.cancel(("processor time", task.pid))
        if task.state is State.READY and self.processes.get(task.pid) is task:
            self.scheduler.add(task)

    def _retire(self, task: Task, count: int) -> None:
        self.clock += count
        task.retired += count
        task.slice_used += count

    # --- system calls ---------------------------------------------------------------------------------------------

    def _system_call(self, task: Task, number: int, arguments: tuple[int, ...]) -> None:
        """Make one call, or go on with one that was blocked."""
        row = TABLE.get(number)
        observed = self.events.wants(events.CallReturned) or self.events.wants(events.CallEntered)
        if observed and task.call is None:
            self.events.emit(events.CallEntered(self.clock, task.pid, number, arguments))
        # The call is one retired instruction, taken back if it has to wait.
        self._retire(task, 1)
        result = self._call(row, task, arguments) if row is not None else -Errno.ENOSYS
        if isinstance(result, Block) and row is not None and result.interruptible and task.signals.is_due:
            # It waits no longer than for its chance to say how far it has come.
            task.interrupted, task.restart = True, result.restart
            result = self._call(row, task, arguments)
            task.interrupted = False
            if isinstance(result, Block):
                if result.restart is not Restart.NEVER:
                    self._retire(task, -1)
                    task.call = (number, arguments)
                    return
                result = -Errno.EINTR
        if isinstance(result, Block):
            self._retire(task, -1)
            task.call = (number, arguments)
            self.scheduler.block(task, result)
            return
        task.call = None
        if task.progress or task.deadline is not None:
            task.progress, task.deadline = 0, None
        if result is not None and task.state is not State.ZOMBIE:
            task.context[10] = result & 0xFFFF_FFFF
            task.context[PC] = (int(task.context[PC]) + 4) & 0xFFFF_FFFF
        if observed:
            self.events.emit(events.CallReturned(self.clock, task.pid, number, arguments, result))

    def _call(self, row: Row, task: Task, arguments: tuple[int, ...]) -> int | Block | None:
        """What the call's handler says, a failure as -errno."""
        values = list(arguments[: len(row.arguments)])
        for index in row.signed:
            values[index] -= (values[index] & 0x8000_0000) << 1
        try:
            return row.handler(self, task, *values)
        except SystemCallError as error:
            return -error.errno
        except BadAddress:
            return -Errno.EFAULT
        except OutOfMemory:
            # Only with overcommit: user memory was promised, and is not there when the call touches it.
            self.terminate(task, Signal.SIGKILL)
            return None

    def interrupt_call(self, task: Task, *, restart: bool) -> None:
        """A handler is about to run in the middle of a blocked call: it fails with EINTR, or is made again later."""
        assert task.call is not None
        number, arguments = task.call
        task.call, task.progress, task.deadline = None, 0, None
        task.files.abandon()
        result = -ERESTARTSYS
        if not (restart and task.restart is Restart.BY_FLAG):
            result = -Errno.EINTR
            self._retire(task, 1)
            task.context[10] = result & 0xFFFF_FFFF
            task.context[PC] = (int(task.context[PC]) + 4) & 0xFFFF_FFFF
        if self.events.wants(events.CallReturned):
            self.events.emit(events.CallReturned(self.clock, task.pid, number, arguments, result))

    # --- faults and signals ---------------------------------------------------------------------------------------

    def _fault(self, task: Task, reason: StopReason, pc: int, address: int) -> None:
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
                self.send_signal(task, Signal.SIGKILL)
                return
            if outcome is Fault.RESOLVED:
                return
            signal, code = PAGE_FAULT_SIGNALS[outcome]
        self.events.emit(events.Faulted(self.clock, task.pid, signal, reason.name, pc, address))
        delivery.force(self, task, SignalInfo.of(signal, code, concerned))

    def send_signal(self, task: Task, signal: int) -> None:
        """Send ``task`` a signal on account of what it does itself: SIGPIPE, SIGXFSZ, SIGKILL."""
        delivery.send(self, task, delivery.from_process(task, signal), own=True)

    def signal_from_terminal(self, signal: int) -> None:
        """A key at the terminal sends a signal to the foreground process group, as soon as the run loop looks.

        May be called at any time, from a handler of the host's signal too. Raises KeyboardInterrupt for a SIGINT while
        an earlier one is still to be taken.
        """
        waiting = any(task.signals.pending & bit(signal) for task in self.processes if task.group == self.foreground)
        if signal == Signal.SIGINT and (waiting or signal in self._terminal_signals):
            raise KeyboardInterrupt
        self._terminal_signals.append(signal)

    # --- processes ------------------------------------------------------------------------------------------------

    def create(
        self, parent: Task, call: str, *, shared: bool, stack: int = 0, exit_signal: int = Signal.SIGCHLD
    ) -> Task:
        """fork, vfork, clone: a child that returns 0 from the parent's call, in the parent's memory or a copy of it.

        ``stack`` is the child's stack pointer, 0 the parent's. SystemCallError(EAGAIN or ENOMEM) changes nothing.
        """
        if self.processes.is_full:
            raise SystemCallError(Errno.EAGAIN)
        strategy = share if shared else STRATEGIES[self.settings.strategy]
        try:
            space, costs = strategy(parent.memory)
        except OutOfMemory:
            raise SystemCallError(Errno.ENOMEM) from None
        child = Task(
            self.processes.new_pid(), parent.pid, parent.group, parent.session, parent.credentials, space,
            parent.files.copy(), parent.context.copy(), name=parent.name, path=parent.path,
            arguments=parent.arguments, directory=parent.directory,
            signals=parent.signals.forked(), limits=dict(parent.limits),
            exit_signal=exit_signal, umask=parent.umask,
        )  # fmt: skip
        child.run_file(parent.executable)
        child.context[10] = 0
        child.context[PC] = (int(parent.context[PC]) + 4) & 0xFFFF_FFFF
        if stack:
            child.context[2] = stack
        self.processes.add(child)
        if not shared:
            accounts.open_for(self, parent, child)
        how = "share" if shared else self.settings.strategy
        self.events.emit(events.Created(self.clock, parent.pid, child.pid, call, how, costs))
        self.scheduler.add(child, first=self.settings.child_first)
        if self.settings.child_first:
            parent.slice_used = self.scheduler.quantum
        return child

    def execute(self, task: Task, path: bytes, arguments: tuple[bytes, ...], environment: tuple[bytes, ...]) -> None:
        """exec: replace what ``task`` runs. SystemCallError, before the one point of commitment, changes nothing."""
        program = self.loader.resolve(path, task.directory, task.user, arguments)
        seed = self.random.randbytes(16)
        new = self.loader.build(program, environment, task.credentials, seed)
        # Commit: from here on nothing fails.
        if task.space is not None:
            self._clear_tid(task)
        in_vain = accounts.leave_space(self, task, task.space, "exec") if task.space is not None else None
        task.space = new.space
        task.context[:] = new.context
        task.run_file(program.file)
        task.path, task.arguments = program.path, program.arguments
        task.name = path.rsplit(b"/", 1)[-1].decode(errors="surrogateescape")
        task.files.close_on_exec()
        task.signals.executed()
        task.exit_signal, task.has_executed = Signal.SIGCHLD, True
        event = events.Executed(self.clock, task.pid, program.path, program.arguments, new.costs, in_vain or 0)
        self.events.emit(event)
        self._release_vfork_parent(task, "exec")

    def _release_vfork_parent(self, task: Task, why: str) -> None:
        if task.vfork_parent:
            parent, task.vfork_parent = task.vfork_parent, 0
            if self.scheduler.is_awaited("vfork", task.pid):
                self.events.emit(events.Resumed(self.clock, parent, task.pid, why))
                self.scheduler.wake("vfork", task.pid)

    def terminate(self, task: Task, status: int) -> None:
        """End ``task`` with this wait status: it becomes a zombie until its parent collects it."""
        self.scheduler.forget(task)
        self.timers.cancel(("alarm", task.pid))
        task.alarms.clear()
        task.files.close_all()
        task.run_file(None)
        self.events.emit(events.Exited(self.clock, task.pid, status, task.retired))
        self._clear_tid(task)
        space, task.space = task.memory, None
        in_vain = accounts.leave_space(self, task, space, "exit")
        if in_vain is not None:
            self.events.emit(events.Discarded(self.clock, task.pid, in_vain))
        # A vfork parent goes on before its child can be waited for (vfork(2)).
        self._release_vfork_parent(task, "exit")
        task.state = State.ZOMBIE
        task.status = status
        task.call = None
        task.stopped = False
        if self.exit_status is None and task.pid == REAPER + 1:
            self.exit_status = status
        groups = delivery.groups_held(self, task)
        for pid in list(task.children):
            self._adopt(task, self.processes[pid])
        delivery.hang_up(self, groups)
        self._report_exit(task)

    def _clear_tid(self, task: Task) -> None:
        """What set_tid_address(2) asked for, where somebody else is left in the address space to see it."""
        address, task.clear_tid = task.clear_tid, 0
        if address and task.memory.users > 1:
            try:
                task.memory.write(address, bytes(4))
            except (BadAddress, OutOfMemory):
                return
            futex.wake(self, futex.private_key(task, address), 1)

    def _adopt(self, parent: Task, orphan: Task) -> None:
        """Give a child whose parent has ended to the reaper, who collects it at once if it is a zombie."""
        parent.children.remove(orphan.pid)
        orphan.parent = REAPER
        self.processes[REAPER].children.append(orphan.pid)
        if orphan.state is State.ZOMBIE:
            self.reap(self.processes[REAPER], orphan)
        elif orphan.death_signal:
            delivery.send(self, orphan, delivery.from_process(parent, orphan.death_signal), sender=parent.pid)

    def _report_exit(self, zombie: Task) -> None:
        """Tell the parent of a new zombie; one that ignores SIGCHLD, or asked for no zombies, will not collect it."""
        parent = self.processes[zombie.parent]
        if parent.pid == REAPER:
            self.reap(parent, zombie)
            return
        signal = zombie.exit_signal
        disposition = parent.signals.disposition(Signal.SIGCHLD)
        ignored = signal == Signal.SIGCHLD and disposition.handler == SIG_IGN
        if signal and not ignored:
            info = delivery.child_info(zombie, signal, *delivery.describe(zombie.status))
            delivery.send(self, parent, info, sender=zombie.pid)
        self.scheduler.wake("child", parent.pid)
        if ignored or (signal == Signal.SIGCHLD and disposition.flags & HandlerFlag.SA_NOCLDWAIT):
            self.reap(parent, zombie)

    def reap(self, task: Task, child: Task) -> None:
        """``task`` has the status of its zombie ``child``: free the slot."""
        self.processes.remove(child)
        self.events.emit(events.Reaped(self.clock, task.pid, child.pid))
