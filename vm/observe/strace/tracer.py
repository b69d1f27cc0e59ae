"""System calls, signals and ends of processes as strace(1) writes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from vm import events
from vm.abi import CALL_NAMES, PENDING_LIMIT
from vm.kernel.kernel import Kernel
from vm.kernel.services import find_row
from vm.kernel.signals.state import FIRST_QUEUED, bit
from vm.observe.strace.calls import Calls
from vm.observe.strace.lines import Lines, Write
from vm.observe.strace.selection import Selection
from vm.observe.strace.structures import describe_signal
from vm.observe.strace.text import signal_name
from vm.text import message, printable, shortened
from vm.values import dataclass

SHOWN = 32
"""Bytes of a string that are shown unless more are asked for, and members of a list, as strace's -s."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a trace shows and how: ``selection`` of calls and signals, ``string_size`` bytes of a string, the machine's
    clock before each line or not.
    """

    selection: Selection = field(default_factory=Selection)
    string_size: int = SHOWN
    has_clock: bool = False


class Tracer:
    """Writes a line for each thing that happens to a process of ``kernel`` to ``write``.

    ``prefix`` names the process of a line. With ``separate``, which gives a place for the lines of a process, each has
    its own, and lines name none.
    """

    def __init__(
        self,
        kernel: Kernel,
        write: Write,
        form: Form | None = None,
        prefix: str = "[pid {}] ",
        separate: Callable[[int], Write] | None = None,
    ) -> None:
        self._kernel = kernel
        self._form = form or Form()
        self._prefix_form, self._write, self._separate = prefix, write, separate
        self._common = Lines(write, self._prefix)
        self._own: dict[int, Lines] = {}
        self._signals: dict[int, list[tuple[int, str]]] = {}
        self._reasons: dict[int, str] = {}
        self._unknown: set[int] = set()
        self._calls = Calls(kernel, self._form.selection.calls, self._form.string_size)
        stream = kernel.events
        stream.subscribe(events.CallEntered, self._enter)
        stream.subscribe(events.CallReturned, self._return)
        stream.subscribe(events.Signalled, self._signal)
        stream.subscribe(events.Handled, self._handled)
        stream.subscribe(events.Stopped, self._stop)
        stream.subscribe(events.Exited, self._exit)
        stream.subscribe(events.ThreadExited, self._exit_thread)
        stream.subscribe(events.ThreadLeads, self._lead)
        stream.subscribe(events.Rejected, self._rejected)
        stream.subscribe(events.Stalled, self.flush)
        stream.subscribe(events.LimitReached, self.flush)

    # --- where lines go -------------------------------------------------------------------------------------------

    def _prefix(self, pid: int, clock: int) -> str:
        time = f"{clock:>10} " if self._form.has_clock else ""
        return (self._prefix_form.format(pid) if self._separate is None else "") + time

    def _lines(self, pid: int) -> Lines:
        if self._separate is None:
            return self._common
        lines = self._own.get(pid)
        if lines is None:
            lines = self._own[pid] = Lines(self._separate(pid), self._prefix)
        return lines

    # --- calls ----------------------------------------------------------------------------------------------------

    def _enter(self, event: events.CallEntered) -> None:
        if event.pid in self._signals:
            self._act(event)
        made = self._calls.enter(event)
        if made is not None:
            self._lines(event.pid).begin(event.pid, event.clock, made.head())

    def _return(self, event: events.CallReturned) -> None:
        pid = event.pid
        made = self._calls.leave(event)
        if made is not None:
            self._lines(pid).end(pid, event.clock, made.plan.name, f"{made.tail()} = {made.result}")
            if pid in self._reasons:
                self._lines(pid).say(pid, event.clock, self._reasons.pop(pid))
        elif find_row(event.call_number) is None:
            self._say_unknown(event)
        if pid in self._signals:
            self._act(event)

    def _say_unknown(self, event: events.CallReturned) -> None:
        number = event.call_number
        name = CALL_NAMES.get(number, f"system call {number}")
        if number not in self._unknown and len(self._unknown) < 1000 and self._is_selected(name):
            self._unknown.add(number)
            text = f"{name}(...) = -1 ENOSYS (number {number} is not implemented; said once)"
            self._lines(event.pid).say(event.pid, event.clock, text)

    def _is_selected(self, name: str) -> bool:
        """True for a call without a name when all calls are shown."""
        calls = self._form.selection.calls
        return name in calls or len(calls) == len(Selection().calls)

    # --- signals and ends -----------------------------------------------------------------------------------------

    def _signal(self, event: events.Signalled) -> None:
        """A signal is told when its process next does something, and not in the midst of the sender's call.

        One that the process has raised itself, as by a fault, is told at once.
        """
        signal = event.signal
        if signal in self._form.selection.signals:
            waiting = self._signals.setdefault(event.pid, [])
            is_new = signal >= FIRST_QUEUED or all(other != signal for other, _ in waiting)
            if is_new and len(waiting) < PENDING_LIMIT:
                waiting.append((signal, describe_signal(signal, event.code, event.fields)))
            running = self._kernel.running
            if (
                running is not None
                and event.pid in (running.tid, running.pid)
                and event.pid not in self._calls
                and not (running.signals.mask & bit(signal))
            ):
                self._act(event)

    def _act(
        self,
        event: (
            events.CallEntered
            | events.CallReturned
            | events.Signalled
            | events.Handled
            | events.Stopped
            | events.Exited
        ),
        handled: int = 0,
    ) -> None:
        """Tell the signals that wait for a process, but for those that it blocks: ``handled`` only since it acts."""
        waiting = self._signals.pop(event.pid, None)
        if waiting is None:
            return
        task = self._kernel.processes.thread(event.pid)
        signals = task.signals if task is not None else None
        blocked: list[tuple[int, str]] = []
        for signal, text in waiting:
            if signals is not None and signals.mask & bit(signal) and signal != handled:
                if signals.pending & bit(signal):
                    blocked.append((signal, text))
                continue
            self._lines(event.pid).say(event.pid, event.clock, f"--- {signal_name(signal)} {text} ---")
        if blocked:
            self._signals[event.pid] = blocked

    def _handled(self, event: events.Handled) -> None:
        self._act(event, event.signal)

    def _stop(self, event: events.Stopped) -> None:
        self._act(event)
        if event.signal in self._form.selection.signals:
            self._lines(event.pid).say(event.pid, event.clock, f"--- stopped by {signal_name(event.signal)} ---")

    def _exit(self, event: events.Exited) -> None:
        """A process has ended: its other threads, then the first."""
        pid, signal, text = event.pid, event.signal, ""
        if signal is None:
            text = f"+++ exited with {event.exit_code} +++"
        elif signal in self._form.selection.signals:
            text = f"+++ killed by {signal_name(signal)}{' (core dumped)' if event.dumped else ''} +++"
        others = [thread.tid for thread in self._kernel.processes[pid].threads if thread.tid != pid]
        running = self._kernel.running
        caller = running.tid if running is not None else 0
        for tid in (*others, pid):
            # The call was to end it, or is a simulator's service that cannot be given.
            self._finish_call(tid, event.clock, is_broken=signal is not None or (bool(others) and tid != caller))
            if tid == pid:
                self._act(event)
            elif signal is not None:
                self._tell_cause(tid, event.clock, signal)
            self._leave(tid, event.clock, text)

    def _exit_thread(self, event: events.ThreadExited) -> None:
        tid, running = event.thread, self._kernel.running
        self._finish_call(tid, event.clock, is_broken=running is None or running.tid != tid)
        # The first thread that another one's exec ends is superseded, and has not exited.
        is_superseded = tid == event.pid and running is not None and running.tid != tid
        self._leave(tid, event.clock, "" if is_superseded else f"+++ exited with {event.code} +++")

    def _lead(self, event: events.ThreadLeads) -> None:
        """What a thread has begun, its call of exec, is its process's first thread's from now on."""
        self._lines(event.pid).say(event.pid, event.clock, f"+++ superseded by execve in pid {event.former} +++")
        self._calls.lead(event)

    def _finish_call(self, tid: int, clock: int, *, is_broken: bool) -> None:
        """End the line of a call that does not return."""
        made = self._calls.end(tid)
        if made is None:
            return
        name, lines = made.plan.name, self._lines(tid)
        if is_broken:
            lines.break_off(tid, clock, name)
        else:
            lines.end(tid, clock, name, ") = ?")

    def _tell_cause(self, tid: int, clock: int, signal: int) -> None:
        """Tell the signal that has ended a process, where it was sent to this thread."""
        for number, text in self._signals.get(tid, ()):
            if number == signal:
                self._lines(tid).say(tid, clock, f"--- {signal_name(signal)} {text} ---")

    def _leave(self, tid: int, clock: int, text: str) -> None:
        """Tell how a thread has ended, and forget it."""
        lines = self._lines(tid)
        self._signals.pop(tid, None)
        self._reasons.pop(tid, None)
        self._own.pop(tid, None)
        if text:
            lines.say(tid, clock, text)

    def _rejected(self, event: events.Rejected) -> None:
        """Why a file cannot be executed is told behind the call that tried to."""
        text = f"--- {shortened(printable(event.path))}: {message(event.reason)} ---"
        if event.pid in self._calls:
            self._reasons[event.pid] = text
        else:
            self._lines(event.pid).say(event.pid, event.clock, text)

    def flush(self, _event: object = None) -> None:
        """Write what is held back: the run is over, and calls that have not returned never will."""
        for lines in (self._common, *self._own.values()):
            lines.flush()
