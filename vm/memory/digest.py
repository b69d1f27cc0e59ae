"""What a program could see of address spaces, in a form that does not tell how it came about.

Two machines that did the same in another order may have the same pages in frames of other numbers. So whatever has an
identity but no name of its own, frames, page tables and what backs segments, is numbered in the order in which it is
met. Left out is what only speeds a machine up (TLBs, decoded code) and what is kept for accounts (A and D bits,
tallies).
"""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from vm.cpu.sv32 import PPN_SHIFT, PROTECTED, R, U, V, W, X
from vm.memory.frames import PhysicalMemory
from vm.memory.resident import resident
from vm.memory.segments import FileContent, Held, Segment, SharedMemory
from vm.memory.space import AddressSpace
from vm.memory.tables import USER_REGIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PERMISSIONS = V | R | W | X | U


class Description:
    """A digest in the making: of what is told to it, and of all that is met on the way, in one ``memory``.

    ``said`` are plain values that were told last: None, numbers, text, bytes, and tuples of these, to which others may
    be added. They go into the digest together, as to add them takes longer than to tell them. Each is of exactly its
    type: a number that has a name is not plain.
    """

    def __init__(self, memory: PhysicalMemory) -> None:
        self.memory = memory
        self.said: list[object] = []
        self._hash = blake2b(digest_size=16)
        self._numbers: dict[int, int] = {}
        self._kept: list[object] = []
        self._told: set[int] = set()
        self._frames: dict[int, int] = {}
        self._tables: dict[int, int] = {}

    def tell(self, *values: object) -> None:
        """Add plain values, and which of them belong together."""
        self.said.append(values)

    def data(self, data: bytes | bytearray) -> None:
        """Add bytes, of which there may be many, and how many they are."""
        if len(data) < _MANY:
            self.said.append(bytes(data))
        else:
            self._add(data)

    def _add(self, data: bytes | bytearray | memoryview) -> None:
        said = self.said
        said.append(len(data))
        self._hash.update(marshal.dumps(said, _PLAIN_FORMAT))
        said.clear()
        self._hash.update(data)

    def mention(self, thing: object) -> None:
        """Add the number of a thing that has an identity, and that somebody else tells of."""
        self.said.append(self._numbers.setdefault(id(thing), len(self._numbers)))
        self._kept.append(thing)  # so that nothing else gets its id

    def meet(self, thing: object) -> bool:
        """Add the number of a thing that has an identity. Return True the first time: then it is to be told of."""
        key = id(thing)
        if key in self._told:
            self.said.append(self._numbers[key])
            return False
        self._told.add(key)
        self.mention(thing)
        return True

    def meet_frames(self, frames: Sequence[int]) -> None:
        """Add the numbers of frames, and the content of those that are new."""
        numbers, new = self._frames, []
        for frame in frames:
            if frame not in numbers:
                numbers[frame] = len(numbers)
                new.append(frame)
        self.said.append([numbers[frame] for frame in frames])
        for frame in new:
            self._add(self.memory.tables[frame].data)

    def meet_table(self, frame: int) -> None:
        """Add the number of a page table that others may use as well; its entries are told of in another way."""
        self.said.append(self._tables.setdefault(frame, len(self._tables)))

    def array(self, values: NDArray[np.int64]) -> None:
        """Add numbers, and how many they are."""
        self._add(values.data)

    def digest(self) -> str:
        """Return the digest of all that was told: 32 hexadecimal digits."""
        self._add(b"")
        return self._hash.hexdigest()


_MANY = 200
"""Bytes from which on they are not told beside other values, but added as they are."""
_PLAIN_FORMAT = 0
"""The format of marshal's that knows nothing of identity: equal values are equal bytes."""


def describe(space: AddressSpace, to: Description) -> None:
    """Tell of a space: its segments and its pages with a frame, in ascending order of addresses."""
    if not to.meet(space):
        return
    to.tell(space.heap_start, space.brk, space.mapping_top, space.charge, len(space.segments))
    bounds = space.bounds
    to.tell(space.is_dumpable, bounds and (bounds.total, bounds.data, bounds.heap, bounds.stack))
    for segment in space.segments:
        _describe_segment(segment, to)
    found = resident(space)
    allowed = found.entries & np.where(found.is_protected, _PERMISSIONS & ~W, _PERMISSIONS)
    to.array(found.addresses | allowed)
    to.meet_frames(found.frames.tolist())
    pointers = space.memory.tables[space.root, :USER_REGIONS].astype(np.int64)
    shared = np.flatnonzero(pointers & PROTECTED)
    to.array(shared)
    for table in (pointers[shared] >> PPN_SHIFT).tolist():
        to.meet_table(table)


def _describe_segment(segment: Segment, to: Description) -> None:
    to.tell(
        segment.name, segment.start, segment.end, int(segment.protection), segment.paid, segment.floor, segment.offset,
        segment.shared, segment.sealed,
    )  # fmt: skip
    backing = segment.backing
    if backing is None or not to.meet(backing):
        return
    to.tell(backing.promise, backing.users)
    if isinstance(backing, SharedMemory):
        pages = sorted(backing.frames)
        to.tell(backing.path, backing.pages)
        to.array(np.array(pages, np.int64))
        to.meet_frames([backing.frames[page] for page in pages])
    else:
        _describe_content(backing.content, to)


def _describe_content(content: FileContent, to: Description) -> None:
    to.tell(content.path, content.size, content.lead, content.start, content.is_image)
    if not isinstance(content.source, Held):
        to.mention(content.source)
        return
    known = _held.get(content.source)
    if known is None:
        known = _held[content.source] = blake2b(content.source.data, digest_size=16).digest()
    to.tell(known)


_held: WeakKeyDictionary[Held, bytes] = WeakKeyDictionary()
"""Digests of bytes that the host holds."""
