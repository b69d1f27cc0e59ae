"""Segments: contiguous virtual ranges of one purpose, what backs their pages, and where there is room for more."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import Protocol

import numpy as np

from vm.abi import MINIMUM_ADDRESS, PAGE_SHIFT, PAGE_SIZE, STACK_GUARD, STACK_TOP, Protection
from vm.cpu.sv32 import R, U, W, X
from vm.memory.frames import OutOfMemory, PhysicalMemory, take_clear
from vm.memory.tables import drop_frames
from vm.values import dataclass

SEGMENT_LIMIT = 65530
"""Segments an address space may have (Linux's vm.max_map_count)."""

SEGMENTS_IN_ALL = 4 * SEGMENT_LIMIT
"""Segments that all address spaces of a machine may have: they cost the guest nothing, and the host 200 bytes each."""

_start = attrgetter("start")


LONGEST_NAME = 255
"""Bytes of a file's path that a segment keeps at most, for /proc/PID/maps. Each segment has a copy."""


def name_of(path: bytes) -> bytes:
    """Return what a segment keeps of its file's path: all, or the end behind three dots, LONGEST_NAME bytes in all."""
    return path if len(path) <= LONGEST_NAME else b"..." + path[3 - LONGEST_NAME :]


def page_round(address: int) -> int:
    """Round ``address`` up to a page."""
    return (address + PAGE_SIZE - 1) & -PAGE_SIZE


def check_user_range(start: int, end: int) -> None:
    """Check that a range has whole pages, none of them beyond the user's addresses.

    The page tables beyond belong to the machine, and what changes page tables does not check again. Raises
    AssertionError: a wrong range is a bug of the kernel's.
    """
    if start % PAGE_SIZE or end % PAGE_SIZE or not 0 <= start <= end <= STACK_TOP:
        raise AssertionError(f"{start:#x}-{end:#x} is no range of the user's pages")


class Backing:
    """Where the pages of segments come from that are not private anonymous memory.

    ``segments`` counts those that have it, in all address spaces. ``promise`` frames are for pages that no address
    space pays for. They are committed while ``users``, the segments that rely on them, is not 0.
    """

    _follow: tuple[str, ...] = ("memory",)

    def __init__(self, memory: PhysicalMemory, promise: int) -> None:
        self.memory = memory
        self.promise = promise
        self.segments = 0
        self.users = 0

    def enter(self, *, relies: bool) -> None:
        """Count one segment more, and if it ``relies`` on the promise one user more."""
        self.segments += 1
        self.users += relies

    def leave(self, *, relies: bool) -> None:
        """Count one segment less, and if it ``relies`` on the promise one user less."""
        self.segments -= 1
        if relies:
            self.pay()

    def pay(self) -> None:
        """Count one user less: its space pays from now on, or it is gone. Take the promise back with the last one."""
        self.users -= 1
        if self.users == 0:
            self.memory.uncommit(self.promise)


class SharedMemory(Backing):
    """Anonymous memory with an identity of its own: whoever maps it sees the same frames (MAP_SHARED, mmap(2)).

    ``pages`` are as many as there may be; ``frames`` has the frame of each that somebody has touched. ``path`` is its
    name in /proc/PID/maps.
    """

    _follow: tuple[str, ...] = ("frames",)
    path = b"/dev/zero (deleted)"

    def __init__(self, memory: PhysicalMemory, pages: int) -> None:
        super().__init__(memory, pages)
        self.pages = pages
        self.frames: dict[int, int] = {}

    def frame(self, offset: int) -> int | None:
        """Return the frame at byte ``offset``, a new one if need be; None behind the end.

        Raises OutOfMemory, with overcommit only.
        """
        page = offset >> PAGE_SHIFT
        if page >= self.pages:
            return None
        frame = self.frames.get(page)
        if frame is None:
            frame = int(take_clear(self.memory.frames))
            if frame < 0:
                raise OutOfMemory("no frame for a shared page")
            self.frames[page] = frame
        return frame

    def drop(self, first: int = 0) -> None:
        """Give up the frames of the pages from number ``first`` on."""
        gone = sorted(page for page in self.frames if page >= first)
        drop_frames(self.memory.frames, np.array([self.frames.pop(page) for page in gone], np.int32))

    def leave(self, *, relies: bool) -> None:
        """Count one segment less. Give up the frames with the last one."""
        super().leave(relies=relies)
        if self.segments == 0:
            self.drop()


class Source(Protocol):
    """Bytes that lie in a file."""

    def read(self, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes from ``offset``, as they are now; fewer where they end."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Held:
    """Bytes in the host's memory: what was made of a file."""

    data: bytes

    def read(self, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes from ``offset``."""
        return self.data[offset : offset + size]


@dataclass(frozen=True, slots=True)
class FileContent:
    """The part of a file that a segment shows: ``size`` bytes of ``source`` from its byte ``start`` on.

    They are read when pages get a frame, and are not kept. The first of them lies ``lead`` bytes into its page. Of an
    image zeros follow; other files end. ``path`` is as :func:`name_of` gives it.
    """

    _follow = ("source",)

    path: bytes
    source: Source
    size: int
    lead: int = 0
    start: int = 0
    is_image: bool = False

    @property
    def pages(self) -> int:
        """Pages that hold some of it."""
        return page_round(self.lead + self.size) >> PAGE_SHIFT if self.size else 0

    @property
    def offset(self) -> int:
        """Where the first page lies in the file, as /proc/PID/maps tells it."""
        return 0 if self.is_image else self.start

    def read(self, position: int, size: int) -> bytes:
        """Up to ``size`` bytes from ``position`` in the segment: fewer where the data ends."""
        zeros = min(max(self.lead - position, 0), size)
        begin = position + zeros - self.lead
        count = min(size - zeros, self.size - begin)
        return bytes(zeros) + (self.source.read(self.start + begin, count) if count > 0 else b"")


class Holdable(Protocol):
    """A file, which keeps its bytes while somebody holds it, whatever becomes of its names and descriptors."""

    def hold(self) -> None:
        """Count one more who needs it."""

    def let_go(self) -> None:
        """Count one less."""


class FilePages(Backing):
    """The pages of a file. While they cannot be written all processes share them, and the promise pays for them.

    ``file`` is held as long as some segment shows them.
    """

    _follow = ("content", "_file")

    def __init__(
        self, memory: PhysicalMemory, content: FileContent, promise: int, file: Holdable | None = None
    ) -> None:
        super().__init__(memory, promise)
        self.content = content
        self._file = file

    def enter(self, *, relies: bool) -> None:
        """Count one segment more. Hold the file with the first one."""
        if self.segments == 0 and self._file is not None:
            self._file.hold()
        self.segments += 1  # as every backing does: a fork has no time for super()
        self.users += relies

    def leave(self, *, relies: bool) -> None:
        """Count one segment less. Let go of the file with the last one."""
        self.segments -= 1
        if relies:
            self.pay()
        if self.segments == 0 and self._file is not None:
            self._file.let_go()


@dataclass(slots=True)
class Segment:
    """A contiguous virtual range of one purpose; addresses are page-aligned, ``end`` is one past the last byte.

    ``paid``: the space pays for each of its pages. ``floor``: the lowest address to which it may grow down, as the
    stack does; None for a segment that does not. ``backing`` is where its pages come from, byte ``offset`` of it at
    ``start``; None for private anonymous memory. ``shared``: writes are everybody's (MAP_SHARED). ``sealed``: it never
    becomes writable, as it shows a file that was opened for reading.
    """

    _follow = ("backing",)

    start: int
    end: int
    protection: Protection
    name: str
    paid: bool = True
    floor: int | None = None
    backing: SharedMemory | FilePages | None = None
    offset: int = 0
    shared: bool = False
    sealed: bool = False

    @property
    def pages(self) -> int:
        """Size in pages."""
        return (self.end - self.start) >> PAGE_SHIFT

    @property
    def charged(self) -> int:
        """Pages its space pays for."""
        return (self.end - self.start) >> PAGE_SHIFT if self.paid else 0

    @property
    def is_writable(self) -> bool:
        """True when the program may write to it."""
        return bool(int(self.protection) & 2)

    @property
    def is_data(self) -> bool:
        """True for what RLIMIT_DATA limits: private writable memory, but for the stack (getrlimit(2))."""
        return bool(int(self.protection) & 2) and not self.shared and self.name != "stack"

    @property
    def is_file(self) -> bool:
        """True when it shows a file."""
        return isinstance(self.backing, FilePages)

    @property
    def new_promise(self) -> int:
        """Frames that its backing has to promise when this segment comes into being."""
        backing = self.backing
        return backing.promise if backing is not None and not self.paid and backing.users == 0 else 0

    @property
    def low(self) -> int:
        """The lowest address kept free for it: below a stack's floor lies its guard."""
        return self.start if self.floor is None else min(self.start, self.floor) - STACK_GUARD

    def __contains__(self, address: int) -> bool:
        return self.start <= address < self.end

    def describe(self) -> bytes:
        """The segment's line in /proc/PID/maps (proc(5)); what has no file has a name in brackets, mappings none.

        Names begin where Linux has them: behind 25 columns and six for each byte of an address (seq_setwidth in
        fs/proc/task_mmu.c).
        """
        flags = "".join(letter if int(self.protection) & bit else "-" for letter, bit in (("r", 1), ("w", 2), ("x", 4)))
        offset, name = 0, b"[%s]" % self.name.encode() if self.name in ("heap", "stack") else b""
        if isinstance(self.backing, FilePages):
            offset, name = self.backing.content.offset + self.offset, self.backing.content.path
        elif self.backing is not None:
            offset, name = self.offset, self.backing.path
        head = f"{self.start:08x}-{self.end:08x} {flags}{'s' if self.shared else 'p'} {offset:08x} 00:00 0"
        return (f"{head:<48} ".encode() + name.replace(b"\n", b"\\012")).rstrip()

    def enter(self) -> None:
        """Let its backing know that the segment is part of a space from now on."""
        if self.backing is not None:
            self.backing.enter(relies=not self.paid)

    def leave(self) -> None:
        """Let its backing know that the segment is no part of a space any more."""
        if self.backing is not None:
            self.backing.leave(relies=not self.paid)

    def part(self, start: int, end: int) -> Segment:
        """Make a segment like this one from ``start`` to ``end``, which may also lie outside of it."""
        offset = self.offset + start - self.start if self.backing is not None else 0
        return Segment(
            start, end, self.protection, self.name, self.paid, self.floor, self.backing, offset,
            self.shared, self.sealed,
        )  # fmt: skip

    def shifted(self, distance: int) -> Segment:
        """Move the segment by ``distance`` bytes, and return it."""
        self.start += distance
        self.end += distance
        return self

    def continues(self, before: Segment) -> bool:
        """Return True when ``before`` ends where this begins and they are alike in everything else."""
        return (
            before.end == self.start
            and self.protection == before.protection
            and self.name == before.name
            and self.backing is before.backing
            and (self.backing is None or self.offset == before.offset + before.end - before.start)
            and (self.paid, self.floor) == (before.paid, before.floor)
            and (self.shared, self.sealed) == (before.shared, before.sealed)
        )


def access_bits(protection: Protection) -> int:
    """Return the permission bits of a page-table entry.

    Writable pages are readable too, since Sv32 reserves W alone. PROT_NONE keeps R without U, which no user may use.
    """
    return _ACCESS_BITS[int(protection)]


def _entry_bits(protection: int) -> int:
    if not protection:
        return R
    bits = U | (R if protection & (Protection.READ | Protection.WRITE) else 0)
    return bits | (W if protection & Protection.WRITE else 0) | (X if protection & Protection.EXEC else 0)


_ACCESS_BITS = tuple(_entry_bits(protection) for protection in range(8))


def check_protection(protection: Protection) -> None:
    """Raise ValueError for a protection that is both writable and executable."""
    if int(protection) & 6 == 6:
        raise ValueError("no page is writable and executable at once")


class SegmentList(list[Segment]):
    """The segments of a space in ascending order; none overlaps another."""

    __slots__ = ()
    _follow = ()

    def find(self, address: int) -> Segment | None:
        """The segment that holds ``address``."""
        index = bisect_right(self, address, key=_start) - 1
        if index >= 0 and address < self[index].end:
            return self[index]
        return None

    def named(self, name: str) -> Segment | None:
        """The first segment of that name, None without one."""
        return next((segment for segment in self if segment.name == name), None)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Indices (first, one past the last) of the segments that touch the range."""
        first = bisect_right(self, start, key=_start)
        if first and self[first - 1].end > start:
            first -= 1
        return first, bisect_left(self, end, first, key=_start)

    def above(self, address: int) -> int:
        """Index of the first segment that begins at ``address`` or above."""
        return bisect_left(self, address, key=_start)

    def is_free(self, start: int, end: int) -> bool:
        """True when no segment, nor the room a stack may grow into with its guard, touches the range."""
        if not MINIMUM_ADDRESS <= start < end <= STACK_TOP:
            return False
        index = bisect_left(self, end, key=_start)
        if index and self[index - 1].end > start:
            return False
        return index == len(self) or self[index].low >= end

    def highest_gap(self, size: int, top: int) -> int | None:
        """Where ``size`` bytes fit as high as possible below ``top``; None without such room."""
        index = bisect_left(self, top, key=_start)
        for segment in reversed(self if index == len(self) else self[:index]):
            if top - segment.end >= size:
                return top - size
            low = segment.start if segment.floor is None else segment.low
            if low < top:  # a call of min() costs more than all the rest
                top = low
        return top - size if top - size >= MINIMUM_ADDRESS else None

    def lone_regions(self, start: int, end: int) -> tuple[int, int]:
        """The 4 MiB regions (first, one past the last) that the range needs page tables for and no segment outside it.

        No segment may lie inside the range but its own.
        """
        first, stop = start >> 22, ((end - 1) >> 22) + 1
        below = bisect_left(self, start, key=_start) - 1
        if below >= 0 and self[below].end > first << 22:
            first += 1
        above = bisect_left(self, end, below + 1, key=_start)
        if above < len(self) and self[above].start < stop << 22:
            stop -= 1
        return first, max(first, stop)

    def end_of_run(self, start: int, end: int) -> int:
        """Where the first hole at or behind ``start`` begins; at most ``end``."""
        first, last = self.span(start, end)
        for segment in self[first:last]:
            if segment.start > start:
                break
            start = segment.end
        return min(start, end)
