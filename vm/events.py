"""Everything the machine reports while it runs, as typed records: the one stream that all tools read.

``clock`` is guest time: instructions retired by the whole machine so far, one of which is one nanosecond. Fields that
end in ``_ns`` are the host's time; they differ from run to run and take no part in comparisons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from vm.text import Brief


@dataclass(frozen=True, slots=True)
class SegmentCost:
    """What happened to one segment when an address space was made.

    ``end`` is one past the last byte. Of its pages ``shared`` were mapped to frames that others use too, ``copied``
    got a new frame with a copy of their content (from the parent, or for exec from the file), and the others had no
    frame to begin with. For vfork and on-demand fork, which look at no page, every page counts as shared.
    """

    name: str
    start: int
    end: int
    protection: str
    shared: int
    copied: int

    @property
    def pages(self) -> int:
        """Size in pages."""
        return (self.end - self.start) >> 12

    @property
    def untouched(self) -> int:
        """Pages without a frame."""
        return self.pages - self.shared - self.copied


@dataclass(frozen=True, slots=True, repr=False)
class Costs(Brief):
    """The exact cost of making an address space, at the call.

    ``frames`` counts every frame allocated, ``tables`` those among them that are page tables (the root included),
    ``entries`` the page-table entries written for the child; ``tables_shared`` the page tables that parent and child
    share as a whole, ``protected`` the entries of the parent's that were made read-only. In ``host_ns`` nothing
    that was compiled meanwhile counts.
    """

    segments: tuple[SegmentCost, ...] = ()
    frames: int = 0
    tables: int = 0
    entries: int = 0
    host_ns: int = field(default=0, compare=False)
    tables_shared: int = 0
    protected: int = 0

    @property
    def shared(self) -> int:
        """Pages shared."""
        return sum(segment.shared for segment in self.segments)

    @property
    def copied(self) -> int:
        """Pages copied."""
        return sum(segment.copied for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Created:
    """fork, vfork or clone made process ``child``. ``how``: the strategy, ``share`` for a shared address space.

    ``meant`` is the call as a program in C knows it: a library's fork and vfork are clones with such flags. It is what
    was asked for, whatever the machine makes of a vfork.
    """

    clock: int
    pid: int
    child: int
    call: str
    how: str
    costs: Costs
    meant: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """What the creation of ``child`` had put off, and the side that ``pid`` is on has had to do since.

    Sent when that side creates again, or gives its address space up; not if it had nothing to do. ``faults`` are
    writes that met a page or a page table left shared: then ``pages`` were copied, or ``pages_kept`` without copying,
    since nobody else used them any more; so ``tables`` and ``tables_kept``, also for other changes to a table.
    """

    clock: int
    pid: int
    child: int
    faults: int
    pages: int
    pages_kept: int
    tables: int
    tables_kept: int


@dataclass(frozen=True, slots=True)
class Unshared:
    """``pid`` touched ``address``, where the creation of ``child`` had left something shared; sent to those who ask.

    ``page`` and ``table`` say what became of them: "copied", "kept" by their last user, or "" where they were the
    space's own.
    """

    clock: int
    pid: int
    child: int
    address: int
    page: str
    table: str


@dataclass(frozen=True, slots=True)
class SpaceEnded:
    """The address space of ``pid`` is given back: ``why`` is ``exec`` or ``exit``. Counts in pages.

    ``peak``: the most that were resident at once; ``private``: those at the end whose frame nobody else used,
    ``shared`` those that others still use. ``in_vain``: copied by a fork, or by the other side because of this one,
    and not accessed since.
    """

    clock: int
    pid: int
    why: str
    peak: int
    private: int
    shared: int
    in_vain: int


@dataclass(frozen=True, slots=True, repr=False)
class Executed(Brief):
    """``pid`` runs another image. ``in_vain`` as in :class:`SpaceEnded`, of its old space."""

    clock: int
    pid: int
    path: str
    arguments: tuple[bytes, ...]
    costs: Costs
    in_vain: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """A vfork parent runs again; ``why``: its child's ``exec`` or ``exit``."""

    clock: int
    pid: int
    child: int
    why: str


@dataclass(frozen=True, slots=True)
class Faulted:
    """An instruction could not be executed: ``pid`` gets ``signal``. ``address`` is the byte or target concerned."""

    clock: int
    pid: int
    signal: int
    reason: str
    pc: int
    address: int


@dataclass(frozen=True, slots=True)
class Signalled:
    """``signal`` was sent to ``pid`` by process ``sender`` (0: the machine).

    ``code`` is its si_code and ``fields`` the beginning of what its siginfo_t has behind that (sigaction(2)).
    """

    clock: int
    pid: int
    signal: int
    sender: int
    code: int = 0
    fields: bytes = b""


@dataclass(frozen=True, slots=True)
class Handled:
    """``pid`` enters its handler, at address ``handler``, of ``signal``."""

    clock: int
    pid: int
    signal: int
    handler: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """``signal`` stopped ``pid``, which runs no more until SIGCONT."""

    clock: int
    pid: int
    signal: int


@dataclass(frozen=True, slots=True)
class Continued:
    """``pid`` is no longer stopped."""

    clock: int
    pid: int


@dataclass(frozen=True, slots=True)
class Exited:
    """``pid`` has ended; its memory can still be read while this event is delivered.

    It ended by itself with ``exit_code``, or by ``signal``; the other is None. ``retired``: its instructions.
    ``dumped``: Linux would have written a core file of it.
    """

    clock: int
    pid: int
    exit_code: int | None
    signal: int | None
    retired: int
    dumped: bool = False


@dataclass(frozen=True, slots=True)
class Discarded:
    """The address space of ``pid`` was given back at its exit; ``in_vain`` as in :class:`SpaceEnded`."""

    clock: int
    pid: int
    in_vain: int


@dataclass(frozen=True, slots=True)
class Reaped:
    """``pid`` collected the status of its child ``child``, whose entry in the process table is free again."""

    clock: int
    pid: int
    child: int


@dataclass(frozen=True, slots=True)
class CallEntered:
    """``pid`` makes system call ``number``; sent only to those who ask, before anything is done."""

    clock: int
    pid: int
    number: int
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CallReturned:
    """The call is done. ``result`` is a0 as a signed number, None where the call does not return to its caller."""

    clock: int
    pid: int
    number: int
    arguments: tuple[int, ...]
    result: int | None


@dataclass(frozen=True, slots=True, repr=False)
class CallFailed(Brief):
    """``pid`` made a call that failed with error number ``error``; sent to those who ask, before it returns."""

    clock: int
    pid: int
    number: int
    arguments: tuple[int, ...]
    error: int


@dataclass(frozen=True, slots=True, repr=False)
class Rejected(Brief):
    """A file could not be executed; ``reason`` is for people, the guest sees only an error number."""

    clock: int
    pid: int
    path: str
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Warned(Brief):
    """People should know ``text`` of the program ``path``: what was said when its source became an image, or why one of
    a simulator's services cannot go on."""

    clock: int
    pid: int
    path: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Stalled(Brief):
    """Every process is blocked for ever: pairs (pid, what it waits for)."""

    clock: int
    waits: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class LimitReached:
    """A limit of the machine ended the run; ``limit`` names it."""

    clock: int
    limit: str


Event = (
    Created | Deferred | Unshared | SpaceEnded | Executed | Resumed | Faulted | Signalled | Handled | Stopped
    | Continued | Exited | Discarded | Reaped | CallEntered | CallReturned | CallFailed | Rejected | Warned | Stalled
    | LimitReached
)  # fmt: skip

E = TypeVar("E")


class Stream:
    """Delivers events, at once and in order, to whoever subscribed to their type.

    ``wants_calls``: somebody listens to system calls, of which there are far more than of anything else.
    """

    def __init__(self) -> None:
        self.wants_calls = False
        self._listeners: dict[type, list[Callable[[Any], None]]] = {}

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call ``listener`` with every event of exactly this type."""
        self._listeners.setdefault(kind, []).append(listener)
        self.wants_calls |= kind in (CallEntered, CallReturned)

    def unsubscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Do not call ``listener`` for this type any more. ValueError when it was not subscribed."""
        listeners = self._listeners[kind]
        listeners.remove(listener)
        if not listeners:
            del self._listeners[kind]
        self.wants_calls = CallEntered in self._listeners or CallReturned in self._listeners

    def wants(self, kind: type) -> bool:
        """True when somebody listens to this type: events that cost something are not made otherwise."""
        return kind in self._listeners

    def emit(self, event: Event) -> None:
        """Deliver one event."""
        for listener in self._listeners.get(type(event), ()):
            listener(event)
