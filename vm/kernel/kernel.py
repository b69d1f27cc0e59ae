"""Boot and the run loop: the meeting of the CPU's stops with the system calls, the faults and the world outside."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from vm import events
from vm.abi import (
    NANOSECONDS,
    SI_KERNEL,
    SIGNAL_RETURN,
    Protection,
    Signal,
)
from vm.cpu.engines import new_engine
from vm.cpu.state import PC, STOP_ADDRESS, STOP_RETIRED, STOP_SIZE, StopReason
from vm.events import Stream
from vm.kernel import dispatch, services
from vm.kernel.errors import MachineStopped
from vm.kernel.exec.loader import Builder, Loader
from vm.kernel.files.opened import DescriptorCount, Descriptors
from vm.kernel.files.pipes import PipeCount
from vm.kernel.files.proc import ProcFolder
from vm.kernel.files.terminal import Console, find_terminal, standard_streams
from vm.kernel.files.vfs import User
from vm.kernel.files.world import Files, World
from vm.kernel.outside import Keys, Outside
from vm.kernel.ports import OutputMeter
from vm.kernel.process import accounts, alarms, lifecycle
from vm.kernel.process.scheduler import Chooser, Scheduler
from vm.kernel.process.task import REAPER, Credentials, ProcessTable, State, Task
from vm.kernel.process.timers import NEVER
from vm.kernel.signals import delivery
from vm.kernel.signals.state import FAULT_SIGNALS, PAGE_FAULT_SIGNALS, SignalInfo
from vm.memory import Fault, OutOfMemory, PhysicalMemory, trampoline
from vm.memory.segments import SharedMemory
from vm.settings import Settings

LONGEST_RUN = 4_000_000
"""Most instructions run without a look at the host's clock and signals: about ten milliseconds."""

WORDS_LIMIT = 100
"""What services of programs may have to say to the user of a run."""

_FAULT_ACCESS = {
    StopReason.FETCH_FAULT: Protection.EXEC,
    StopReason.LOAD_FAULT: Protection.READ,
    StopReason.STORE_FAULT: Protection.WRITE,
}
_SYSCALL, _BUDGET = int(StopReason.SYSCALL), int(StopReason.BUDGET)


@dataclass(slots=True)
class Ending:
    """How a run ended: ``limit`` or ``waits`` when it was the machine that ended it."""

    limit: str = ""
    waits: tuple[tuple[int, str], ...] = ()


class Kernel:
    """A booted machine without a program: one process table, one physical memory, one root.

    ``clock`` is guest time in nanoseconds: the instructions retired by all processes, and ``idle``, the time that was
    skipped because everybody waited for a moment. ``foreground`` is the process group that the terminal's signals go
    to; ``keys`` are there where the machine runs at one. ``words``: what services may still have to say.
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
        self.world: World = World(files, User(settings.uid, settings.gid), self.now)
        self.pipes = PipeCount()
        self.descriptors = DescriptorCount()
        self.proc: ProcFolder = ProcFolder(self)
        self.world.mount(b"/proc", self.proc)
        self.world.open_to_programs(settings.disk)
        self._meter = OutputMeter(settings.output)
        self.terminal = find_terminal(console, self._meter, REAPER)
        self.events = Stream()
        self.memory = PhysicalMemory(settings.memory, overcommit=settings.overcommit)
        self.engine = new_engine(settings.engine, self.memory)
        self.memory.observer = partial(accounts.report_unshared, self)
        self.memory.pulse = self.check_time
        trampoline.install(self.memory, SIGNAL_RETURN)
        self.scheduler = Scheduler(settings.quantum, chooser)
        self.processes = ProcessTable(settings.processes)
        self.loader = Loader(
            self.memory, self.world.tree, builders, settings.stack, self._reject, self.time_left, self._warn
        )
        self.random = random.Random(settings.seed)
        self.foreground = REAPER + 1
        self.keys: Keys | None = None
        self.words = WORDS_LIMIT
        self._running: Task | None = None
        self._stop = np.zeros(STOP_SIZE, np.int64)
        self._outside = Outside(self)
        self.timers = self.scheduler.timers
        reaper = Task(
            self.processes.new_pid(), 0, REAPER, REAPER, Credentials.of(0, 0), None,
            Descriptors(0, self.scheduler.wake, self.descriptors), name="reaper", directory=self.world.tree.root,
        )  # fmt: skip
        reaper.state = State.BLOCKED
        self.processes.add(reaper)

    # What happens to processes, and how a call is made, is told in files of its own.
    create = lifecycle.create
    execute = lifecycle.execute
    terminate = lifecycle.terminate
    reap = lifecycle.reap
    interrupt_call = dispatch.interrupt

    # --- starting -------------------------------------------------------------------------------------------------

    def start(self, path: bytes, arguments: tuple[bytes, ...], environment: tuple[bytes, ...]) -> Task:
        """Create the first process, pid 2, and let it execute ``path``; SystemCallError if it cannot."""
        wake = self.scheduler.wake
        files = Descriptors(self.settings.open_files, wake, self.descriptors)
        user = Credentials.of(self.settings.uid, self.settings.gid)
        pid = self.processes.new_pid()
        task = Task(pid, REAPER, pid, REAPER, user, None, files, directory=self.world.tree.root)
        self._running = task
        self.execute(task, path, arguments, environment)
        streams = standard_streams(
            self.console, self.world.pipes, self.world.console, task.user, self.terminal, self._meter
        )
        for number, file in enumerate(streams):
            if file is not None:
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

    def _warn(self, path: str, text: str) -> None:
        pid = self._running.pid if self._running else 0
        self.events.emit(events.Warned(self.clock, pid, path, text))

    # --- the run loop ---------------------------------------------------------------------------------------------

    def run(self) -> Ending:
        """Run until every process has ended, all are blocked for ever, or a limit is reached."""
        self._outside.start_clock()
        try:
            while len(self.processes) > 1:
                if self.scheduler.is_awaited("console"):
                    self._outside.look_for_input()
                task = self.scheduler.next()
                if task is not None:
                    self._running = task
                    self._run_slice(task)
                elif not self._outside.let_time_pass():
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

    def check_time(self) -> None:
        """MachineStopped when the run has taken the host's time that it may: for calls, which ask as they go on."""
        self._outside.check_time()

    def time_left(self) -> float | None:
        """Seconds of the host's that the run may still take; None for any number."""
        return self._outside.left

    def skip_to(self, moment: int) -> None:
        """Let guest time pass while nobody runs."""
        self.idle += moment - self.clock
        self.clock = moment

    def expire(self) -> None:
        """Do what is due by now: end waits, ring interval timers. MachineStopped at the end of guest time."""
        if self.clock >= NEVER:
            raise MachineStopped("end of guest time, 146 years,")
        while key := self.timers.take_due(self.clock):
            kind, pid = key
            task = self.processes[pid]
            if kind == "deadline":
                self.scheduler.unblock(task)
            else:
                for signal in (Signal.SIGALRM,) if kind == "alarm" else alarms.expired(self, task):
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
            dispatch.make(self, task, *task.call)
        while task.state is State.READY and not task.stopped:
            self._outside.check()
            if self.clock >= timers.next:
                self.expire()
            if signals.is_due:
                delivery.deliver(self, task)
                continue
            if task.call is not None:
                dispatch.make(self, task, *task.call)
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
                if task.personality is None:
                    dispatch.make(self, task, registers[7], tuple(registers[:6]))
                else:
                    dispatch.make(self, task, *services.requested(task.personality.dialect, registers))
            elif reason != _BUDGET:
                self._fault(task, StopReason(reason), int(task.context[PC]), int(stop[STOP_ADDRESS]))
        if timers.next != NEVER:
            timers.cancel(("processor time", task.pid))
        if task.state is State.READY and self.processes.get(task.pid) is task:
            self.scheduler.add(task)

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
        if task.personality is not None:
            services.explain_fault(self, task, address)
        self.events.emit(events.Faulted(self.clock, task.pid, signal, reason.name, pc, address))
        delivery.force(self, task, SignalInfo.of(signal, code, concerned))

    def revoke(self, shared: SharedMemory, first: int) -> None:
        """Take the pages of a shared memory from number ``first`` on out of every address space."""
        for space in dict.fromkeys(task.space for task in self.processes if task.space is not None):
            self.check_time()
            space.revoke(shared, first)

    def send_signal(self, task: Task, signal: int) -> None:
        """Send ``task`` a signal on account of what it does itself: SIGPIPE, SIGXFSZ, SIGKILL."""
        delivery.send(self, task, delivery.from_process(task, signal), own=True)

    def signal_from_terminal(self, signal: int) -> None:
        """A key at the terminal sends a signal to the foreground process group, as soon as the run loop looks.

        May be called at any time, from a handler of the host's signal too. Raises KeyboardInterrupt for a SIGINT while
        an earlier one is still to be taken.
        """
        self._outside.signal(signal)
