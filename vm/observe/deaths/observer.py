"""Observing a run for what its exit status will not tell.

While nobody dies and no call fails, it costs nothing: what is kept then is imported then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vm import events
from vm.abi import CALL_NUMBERS, IGNORED_BY_DEFAULT, SI_KERNEL, Errno, Signal
from vm.cpu.state import PC
from vm.kernel.errors import MachineStopped, SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, State, Task
from vm.kernel.syscalls import TABLE
from vm.observe.deaths.report import MOST_LEFT, Report

if TYPE_CHECKING:  # from below: imported when it is needed, so that a run starts sooner
    from vm.observe.deaths.remains import Cause, Failure, Refused, Remains

FAULT_SIGNALS = frozenset(
    {Signal.SIGSEGV, Signal.SIGILL, Signal.SIGBUS, Signal.SIGABRT, Signal.SIGFPE, Signal.SIGTRAP, Signal.SIGSYS}
)
"""Signals that say that a program is wrong."""

PROGRAM = REAPER + 1
_SILENT = frozenset({Signal.SIGINT, Signal.SIGPIPE})
"""Signals of which even the program may die without a word, as under a shell."""

_ORDINARY = frozenset(
    {Errno.EINTR, Errno.EAGAIN, Errno.ECHILD, Errno.ENOTTY, Errno.ESPIPE, Errno.ERANGE, Errno.ETIMEDOUT}
)
"""Errors that programs expect: of the end of children or data, of what is no terminal, of time."""


FAILURES_KEPT = 4
"""Failed calls that are remembered of a process: one that is not looked at makes those behind it fail."""
PROCESSES_KEPT = 256
"""Processes of which failed calls are remembered."""


MOST_IMAGES, IMAGE_BYTES = 4, 64 << 20
"""Images that are kept for the names in them, and their bytes together."""


class DeathObserver:
    """Fills a :class:`Report` with what happens in ``kernel``, which has not run yet.

    ``listener`` is called with the number of each new entry of the report.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.report = Report()
        self.listener: Callable[[int], None] = lambda number: None
        self._kernel = kernel
        self._faults: dict[int, events.Faulted] = {}
        self._senders: dict[int, dict[int, int | None]] = {}
        self._failures: dict[int, tuple[Failure, ...]] = {}
        self._images: dict[bytes, bytes] = {}
        stream = kernel.events
        stream.subscribe(events.Faulted, self._faulted)
        stream.subscribe(events.Signalled, self._signalled)
        stream.subscribe(events.CallFailed, self._failed)
        stream.subscribe(events.Created, self._created)
        stream.subscribe(events.Executed, self._executed)
        stream.subscribe(events.Exited, self._exited)
        stream.subscribe(events.ThreadExited, self._thread_exited)
        stream.subscribe(events.LimitReached, self._ended)
        stream.subscribe(events.Stalled, self._ended)

    def twin(self, kernel: Kernel) -> DeathObserver:
        """Go on in a copied machine, with what is known so far."""
        twin = DeathObserver(kernel)
        twin.report = self.report.twin()
        twin._faults, twin._failures, twin._images = self._faults.copy(), self._failures.copy(), self._images.copy()
        twin._senders = {pid: senders.copy() for pid, senders in self._senders.items()}
        return twin

    # --- what may lead to a death ---------------------------------------------------------------------------------

    def _faulted(self, event: events.Faulted) -> None:
        self._faults[event.pid] = event

    def _signalled(self, event: events.Signalled) -> None:
        if event.signal not in IGNORED_BY_DEFAULT:
            # The machine's SIGKILL with this code is a debugger's or a time limit's; for want of memory it has another.
            is_from_outside = event.signal == Signal.SIGKILL and event.code == SI_KERNEL
            self._senders.setdefault(event.pid, {})[event.signal] = None if is_from_outside else event.sender

    def _failed(self, event: events.CallFailed) -> None:
        # What a simulator's service returns is its own; their numbers lie beyond those of calls.
        number = event.call_number
        if event.error in _ORDINARY or number >> 32:
            return
        from vm.observe.deaths.remains import FAILURE_STACK_KEPT, Failure, Refused, standing

        task, known = self._kernel.processes.thread(event.pid), self._failures.get(event.pid, ())
        assert task is not None, f"a call failed of thread {event.pid}, which is not there"
        if known and known[-1].is_again(number, event.error, task):
            return
        failure = Failure(event.clock, number, event.arguments, event.error, standing(task, FAILURE_STACK_KEPT))
        if not known and len(self._failures) >= PROCESSES_KEPT:
            del self._failures[next(iter(self._failures))]
        self._failures[event.pid] = (*known[1 - FAILURES_KEPT :], failure)
        if event.error == Errno.ENOSYS and (number not in TABLE or number == CALL_NUMBERS["clone"]):
            self._add(Refused(task.pid, self._image(task), failure))

    def _created(self, event: events.Created) -> None:
        if event.pid in self._failures and len(self._failures) < PROCESSES_KEPT:
            self._failures[event.child] = self._failures[event.pid]

    def _executed(self, event: events.Executed) -> None:
        self._forget(event.pid)

    def _forget(self, pid: int) -> None:
        for known in (self._faults, self._senders, self._failures):
            known.pop(pid, None)

    # --- deaths ---------------------------------------------------------------------------------------------------

    def _exited(self, event: events.Exited) -> None:
        signal = event.signal
        process, running = self._kernel.processes[event.pid], self._kernel.running
        if signal is not None:
            task = running if running in process.threads else process.threads[0]
            cause, sender = self._cause(task, signal)
            if self._is_told(task, signal, cause):
                self._add(self._remains(task, event, cause, sender))
        self._forget(event.pid)
        if len(process.threads) > 1:
            for thread in process.threads:
                self._forget(thread.tid)

    def _thread_exited(self, event: events.ThreadExited) -> None:
        self._forget(event.thread)

    def _cause(self, task: Task, signal: int) -> tuple[Cause, int]:
        """Why it dies, and who sent the signal."""
        from vm.observe.deaths.remains import Cause

        sender = {**self._senders.get(task.pid, {}), **self._senders.get(task.tid, {})}.get(signal, 0)
        if sender is None:
            return Cause.SENT, 0
        if signal in FAULT_SIGNALS and sender == 0:
            return Cause.FAULT, 0
        if signal == Signal.SIGKILL and sender == 0:
            return Cause.MEMORY, 0
        return (Cause.ITSELF if sender == task.pid else Cause.SENT), sender

    def _is_told(self, task: Task, signal: int, cause: Cause) -> bool:
        from vm.observe.deaths.remains import Cause

        if cause in (Cause.FAULT, Cause.MEMORY) or (cause is Cause.ITSELF and signal == Signal.SIGABRT):
            return True
        if cause is Cause.ITSELF and task.tid in self._faults:
            return signal in FAULT_SIGNALS
        return task.pid == PROGRAM and signal not in _SILENT

    def _remains(self, task: Task, event: events.Exited, cause: Cause, sender: int) -> Remains:
        from vm.observe.deaths.remains import Cause, remains_of

        fault = self._faults.get(task.tid)
        if fault is not None and (fault.signal != event.signal or (cause is Cause.FAULT and not _is_at(task, fault))):
            fault = None
        failures = self._failures.get(task.tid, ())
        return remains_of(task, event, self._image(task), cause, sender, fault, failures, task.pid == PROGRAM)

    def _image(self, task: Task) -> bytes:
        """The file that a process runs, for its names; empty where it is not to be had, or would be one too many."""
        try:
            image = self._kernel.loader.image_file(task.process.path)
        except (SystemCallError, MachineStopped):  # there is no time to build it again
            return b""
        if image not in self._images:
            if len(self._images) >= MOST_IMAGES or sum(map(len, self._images)) + len(image) > IMAGE_BYTES:
                return b""
            self._images[image] = image
        return self._images[image]

    def _add(self, entry: Remains | Refused) -> None:
        number = self.report.add(entry)
        if number is not None:
            self.listener(number)

    # --- the end --------------------------------------------------------------------------------------------------

    def _ended(self, event: events.LimitReached | events.Stalled) -> None:
        """The machine ends the run: remember where everybody is."""
        from vm.observe.deaths.remains import STACK_KEPT, Left, standing

        threads = self._kernel.processes.threads
        tasks = [task for task in threads if task.tid != REAPER and task.state is not State.ZOMBIE]
        for task in tasks[:MOST_LEFT]:
            why = "SIGCONT" if task.process.stopped else task.wait.why if task.wait is not None else ""
            where, image = standing(task, STACK_KEPT), self._image(task)
            self.report.left.append(Left(task.pid, task.tid, task.name, image, where, why))
        self.report.more_left = len(tasks[MOST_LEFT:])


def _is_at(task: Task, fault: events.Faulted) -> bool:
    """True when ``task`` is still at the instruction that could not be executed."""
    return int(task.context[PC]) == fault.pc
