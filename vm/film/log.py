"""What has happened in a run, in words, and the bytes that were written and read."""

from __future__ import annotations

from collections.abc import Sequence

from vm import events
from vm.events import Event
from vm.film.calls import CallTexts, name_of
from vm.film.lives import Lives
from vm.film.reel import Table, Texts
from vm.film.telling import KINDS, Said, say
from vm.kernel.kernel import Kernel
from vm.statuses import describe_end

STREAMS = ("output", "errors", "terminal", "input")
"""Where bytes go or come from, by the number that a reel has for it."""
_OF_ADDRESSES = (events.Mapped, events.Unmapped, events.Protected, events.Faulted)


class Log:
    """Keeps what is told of ``pids``, of everybody without any, and at most ``room`` bytes of output and input.

    ``outcome`` says how the program, or the run, has ended, and is empty before. ``others`` counts the events that
    concern none of ``pids``. ``left_out`` says what there was no room for.
    """

    def __init__(self, kernel: Kernel, lives: Lives, texts: Texts, pids: Sequence[int], room: int) -> None:
        self.events = Table("moment", "life", "kind", "other", "text")
        self.streams = Table("moment", "life", "stream", "at", "length")
        self.written = bytearray()
        self.left_out: list[str] = []
        self.outcome = ""
        self.others = 0
        self._kernel, self._lives, self._texts, self._pids, self._room = kernel, lives, texts, set(pids), room
        self._calls: CallTexts | None = CallTexts(kernel)
        self._program = kernel.system.program.pid if kernel.system.program is not None else 0

    def note(self, told: Sequence[Event], moment: int) -> None:
        """Keep what was told at a moment."""
        for event in told:
            if isinstance(event, events.Exited) and event.pid == self._program:
                self.outcome = describe_end(event.exit_code, event.signal)
            elif isinstance(event, events.Stalled | events.LimitReached):
                self.outcome = say(event)[3]
            if self._pids and not concerned(event) & self._pids:
                self.others += 1
                continue
            kind, tid, other, text = self._say(event)
            self.events.add(
                moment, self._lives.life(tid), KINDS.index(kind), self._lives.life(other) if other else -1,
                self._texts.number(text),
            )  # fmt: skip
            if isinstance(event, events.Output | events.Input):
                self._note_bytes(event, moment)

    def shorten(self) -> None:
        """Tell no arguments and addresses from now on, of which there may be too many, and listen to no more calls."""
        if self._calls is not None:
            self._calls.stop()
            self._calls = None

    def _say(self, event: Event) -> Said:
        calls = self._calls
        if isinstance(event, events.CallReturned):
            return "call", event.pid, 0, calls.returned(event) if calls is not None else name_of(event.call_number)
        kind, tid, other, text = say(event)
        if isinstance(event, events.Blocked):
            return kind, tid, other, f"{self._call_under_way(tid)}{text}"
        return kind, tid, other, text if calls is not None else _short(event, text)

    def _call_under_way(self, tid: int) -> str:
        task = self._kernel.processes.thread(tid)
        if task is None or task.call is None:
            return ""
        number = task.call[0]
        return f"{name_of(number) if self._calls is None else self._calls.under_way(tid, number)} "

    def _note_bytes(self, event: events.Output | events.Input, moment: int) -> None:
        stream = STREAMS.index(event.stream if isinstance(event, events.Output) else "input")
        room = self._room - len(self.written)
        if 0 <= room < len(event.data):
            self.left_out.append(
                f"what was written and read from clock {event.clock:,} on: {self._room >> 10:,} KiB are kept"
            )
            self._room = -1
        data = event.data[: max(room, 0)]
        self.streams.add(moment, self._lives.life(event.thread), stream, len(self.written), len(data))
        self.written += data


def concerned(event: Event) -> set[int]:
    """Return the threads and processes that an event names."""
    fields = ("pid", "child", "thread", "by", "after", "sender", "former")
    return {number for name in fields if (number := getattr(event, name, 0))}


def _short(event: Event, text: str) -> str:
    """What is said of an event without addresses."""
    if isinstance(event, events.PageFault):
        return f"{event.access}: {event.page or 'page table'}"
    return type(event).__name__.lower() if isinstance(event, _OF_ADDRESSES) else text
