"""What steps have in common: things that several threads use, and which uses must keep their order.

Each thing remembers the steps that have used it, and tells of a new step which earlier ones it cannot come before. Two
steps that no thing orders can change places, and nobody can tell (Mazurkiewicz's independence).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from vm.values import dataclass

Links = dict[int, str]
"""The steps that a step cannot come before, by number, and why; see :class:`vm.outcomes.orders.Link`.

With a question mark behind it, what is mostly a cause is none: the step could have come first, with another result.
"""


class Thing:
    """Something that is looked at or changed: those who look can change places, all others cannot.

    ``why`` is the kind of the links.
    """

    __slots__ = ("_changes", "_looks", "why")

    def __init__(self, why: str = "order") -> None:
        self.why = why
        self._changes: list[int] = []
        self._looks: list[int] = []

    def look(self, step: int, links: Links) -> None:
        """Step number ``step`` looks at it."""
        if self._changes:
            links.setdefault(self._changes[-1], self.why)
        self._looks.append(step)

    def change(self, step: int, links: Links) -> None:
        """Step number ``step`` changes it."""
        last = self._changes[-1] if self._changes else -1
        if last >= 0:
            links.setdefault(last, self.why)
        for other in reversed(self._looks):
            if other < last:
                break
            if other != step:
                links.setdefault(other, self.why)
        if last != step:
            self._changes.append(step)

    @property
    def version(self) -> int:
        """How often it was changed."""
        return len(self._changes)

    def rivals(self, *, changes: bool) -> list[int]:
        """Return the steps whose order with a look, or with a change, can matter: the latest first."""
        found = [*self._changes, *self._looks] if changes else self._changes
        return sorted(set(found), reverse=True)


@dataclass(slots=True)
class _Span:
    """The bytes from ``start`` to ``end``, counted from the first that ever went through a pipe, of one step."""

    step: int
    start: int
    end: int


@dataclass(slots=True)
class PipeUses:
    """A pipe: who has written and read which bytes, and who has closed its ends.

    A read comes after the writes whose bytes it gets. A read that got less than it asked for comes before the next
    write. Writes, and reads, keep their order. At the end of file all writers have closed. A write comes before the
    end of somebody who could still read: of all of them the first by descent, which mostly stays to the end.
    """

    written: int = 0
    taken: int = 0
    room: int = 65536
    writes: list[_Span] = field(default_factory=list)
    reads: list[_Span] = field(default_factory=list)
    short: int = -1
    writers_gone: list[int] = field(default_factory=list)
    readers_gone: dict[tuple[int, ...], int] = field(default_factory=dict)
    witnessed: dict[tuple[int, ...], list[int]] = field(default_factory=dict)
    looks: list[int] = field(default_factory=list)

    def write(self, step: int, size: int, witness: tuple[int, ...] | None, links: Links) -> None:
        """``step`` puts in ``size`` bytes, while the process ``witness`` holds an end to read from."""
        start, self.written = self.written, self.written + size
        if self.writes and self.writes[-1].step != step:
            links.setdefault(self.writes[-1].step, "order")
        if self.short >= 0:
            links.setdefault(self.short, "order")
        if self.reads and self.written - self._taken_before_last() > self.room:
            links.setdefault(self.reads[-1].step, "full")
        self._after_looks(links)
        self.writes.append(_Span(step, start, self.written))
        if witness is not None:
            for other, gone in self.readers_gone.items():
                if other < witness:
                    links.setdefault(gone, "order")
            self.witnessed.setdefault(witness, []).append(step)

    def _taken_before_last(self) -> int:
        return self.reads[-1].start

    def read(self, step: int, size: int, wanted: int, links: Links) -> None:
        """``step`` takes out ``size`` bytes of the ``wanted`` ones."""
        start, self.taken = self.taken, self.taken + size
        for span in reversed(self.writes):
            if span.end <= start:
                break
            if span.start < self.taken:
                links.setdefault(span.step, "data" if span.start <= start else "data?")
        if self.reads and self.reads[-1].step != step:
            links.setdefault(self.reads[-1].step, "order")
        self._after_looks(links)
        self.reads.append(_Span(step, start, self.taken))
        if size < wanted:
            self.short = step

    def end_of_file(self, step: int, links: Links) -> None:
        """``step`` finds nothing, and nobody who could write."""
        for gone in self.writers_gone:
            links.setdefault(gone, "end")
        if self.reads and self.reads[-1].step != step:
            links.setdefault(self.reads[-1].step, "order")

    def broken(self, step: int, links: Links) -> None:
        """``step`` wants to write, and nobody could read."""
        for gone in self.readers_gone.values():
            links.setdefault(gone, "order")

    def look(self, step: int, links: Links) -> None:
        """``step`` sees how full it is, or who is there: it keeps its place among all uses."""
        for spans in (self.writes, self.reads):
            if spans:
                links.setdefault(spans[-1].step, "order")
        for gone in (*self.writers_gone, *self.readers_gone.values()):
            links.setdefault(gone, "order")
        self.looks.append(step)

    def _after_looks(self, links: Links) -> None:
        for look in reversed(self.looks):
            if look in links:
                break
            links.setdefault(look, "order")

    def close(self, step: int, who: tuple[int, ...], *, is_reader: bool, links: Links) -> None:
        """By ``step`` process ``who`` can no longer read, or write."""
        self._after_looks(links)
        if is_reader:
            self.readers_gone[who] = step
            for write in self.witnessed.get(who, ())[-1:]:
                links.setdefault(write, "order")
        else:
            self.writers_gone.append(step)

    @property
    def version(self) -> int:
        """How often anything happened to it that a look can tell."""
        return len(self.writes) + len(self.reads) + len(self.writers_gone) + len(self.readers_gone)

    def rivals(self, *, reads: bool) -> list[int]:
        """Return the steps whose order with a read, or a write, can matter: the latest first."""
        spans: Iterable[_Span] = self.reads if reads else self.writes
        return sorted({span.step for span in spans} | set(self.looks), reverse=True)
