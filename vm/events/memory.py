"""What happens to the memory of processes. There are many of these, and they are made only for those who ask.

An address space has a ``space`` number, from 1, which is not used again. Processes that share one are told under it.
Who is the first to listen, in the midst of a run too, first hears what there is.
"""

from __future__ import annotations

from vm.events.event import Event
from vm.text import Brief
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class PageFault(Event):
    """An access to ``address`` by ``pid``, or by the kernel for it, was not possible at once; now it is.

    ``access`` is "read", "write" or "execute". ``page`` says what became of the page: it got a "new" frame of its own,
    or a "shared" one that others use too; it was "copied", or "kept" by the last user of its frame; "" where it was as
    it should be. ``table`` says the same of its page table, "copied", "kept" or "". ``frame`` is the page's now.
    """

    pid: int
    address: int
    access: str
    page: str
    table: str
    frame: int


@dataclass(frozen=True, slots=True)
class Accessed(Event):
    """Thread ``thread`` of ``pid`` has accessed ``size`` bytes at ``address``, in a word that is watched.

    ``read`` is the value that it has read, None if it has read nothing; ``written`` that which is there since, None if
    it has written nothing. SC compares what it finds with what was loaded, and so reads it. ``pc`` is the instruction.
    """

    pid: int
    thread: int
    address: int
    size: int
    read: int | None
    written: int | None
    pc: int


@dataclass(frozen=True, slots=True, repr=False)
class FramesChanged(Brief, Event):
    """Somebody uses other frames than before: told once a system call, a fault or a signal's delivery is done.

    ``use`` tells who. For "page", "table" and "root" it is address space ``space``, which ``pid`` is in: pages by their
    address, page tables by the first address that they translate, and the root table at 0. "shared" is shared memory
    number ``space``, which keeps what anybody has touched, by its offset in bytes. "machine" has frames of its own, all
    at 0. Their ``pid`` is 0. ``lost`` and ``gained`` are pairs of that place and a frame; where a frame was exchanged
    the place is in both. A space that loses its root has ended.
    """

    pid: int
    space: int
    use: str
    lost: tuple[tuple[int, int], ...]
    gained: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Mapped(Brief, Event):
    """The pages from ``start`` to ``end`` of ``space``, which ``pid`` is in, can be used as ``protection`` says.

    That is "rw-" for what can be read and written. ``name`` is the segment's; of a file that it shows ``path``, and
    ``offset`` where its first byte lies there. ``shared``: what is written is everybody's.
    """

    pid: int
    space: int
    start: int
    end: int
    protection: str
    name: str
    path: str
    offset: int
    shared: bool


@dataclass(frozen=True, slots=True)
class Unmapped(Event):
    """The pages from ``start`` to ``end`` of ``space``, which ``pid`` is in or was, belong to nothing any more."""

    pid: int
    space: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Protected(Event):
    """The pages from ``start`` to ``end`` of ``space``, which ``pid`` is in, have another ``protection`` now."""

    pid: int
    space: int
    start: int
    end: int
    protection: str
