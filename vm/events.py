"""Everything the machine reports while it runs, as typed records: the one stream that all tools read.

``clock`` is guest time: instructions retired by the whole machine so far, one of which is one nanosecond. Fields that
end in ``_ns`` are the host's time; they differ from run to run and take no part in comparisons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class SegmentCost:
    """What happened to one segment when an address space was made.

    ``end`` is one past the last byte. Of its pages ``shared`` were mapped to frames that others use too, ``copied``
    got a new frame with a copy of their content (from the parent, or for exec from the file), and the others had no
    frame to begin with. For vfork, which touches no page, every page counts as shared.
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


@dataclass(frozen=True, slots=True)
class Costs:
    """The exact cost of making an address space.

    ``frames`` counts every frame allocated, ``tables`` those among them that are page tables (the root included),
    ``entries`` the page-table entries written.
    """

    segments: tuple[SegmentCost, ...] = ()
    frames: int = 0
    tables: int = 0
    entries: int = 0
    host_ns: int = field(default=0, compare=False)

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
    """fork, vfork or clone made process ``child``. ``how``: the strategy, ``share`` for a shared address space."""

    clock: int
    pid: int
    child: int
    call: str
    how: str
    costs: Costs


@dataclass(frozen=True, slots=True)
class Executed:
    """``pid`` runs another image. ``in_vain``: pages of its old space that a fork copied and nobody accessed."""

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
    """``signal`` was sent to ``pid`` by process ``sender`` (0: the machine)."""

    clock: int
    pid: int
    signal: int
    sender: int


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

    ``status`` is the wait status word (wait(2)), ``retired`` its instructions, ``in_vain`` as in :class:`Executed`.
    """

    clock: int
    pid: int
    status: int
    retired: int


@dataclass(frozen=True, slots=True)
class Discarded:
    """The address space of ``pid`` was given back at its exit; ``in_vain`` as in :class:`Executed`."""

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


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file could not be executed; ``reason`` is for people, the guest sees only an error number."""

    clock: int
    pid: int
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stalled:
    """Every process is blocked for ever: pairs (pid, what it waits for)."""

    clock: int
    waits: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class LimitReached:
    """A limit of the machine ended the run; ``limit`` names it."""

    clock: int
    limit: str


Event = (
    Created | Executed | Resumed | Faulted | Signalled | Handled | Stopped | Continued | Exited | Discarded | Reaped
    | CallEntered | CallReturned | Rejected | Stalled | LimitReached
)  # fmt: skip

E = TypeVar("E")


class Stream:
    """Delivers events, at once and in order, to whoever subscribed to their type."""

    def __init__(self) -> None:
        self._listeners: dict[type, list[Callable[[Any], None]]] = {}

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call ``listener`` with every event of exactly this type."""
        self._listeners.setdefault(kind, []).append(listener)

    def wants(self, kind: type) -> bool:
        """True when somebody listens to this type: events that cost something are not made otherwise."""
        return kind in self._listeners

    def emit(self, event: Event) -> None:
        """Deliver one event."""
        for listener in self._listeners.get(type(event), ()):
            listener(event)
