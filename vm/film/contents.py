"""What pages hold: at first, and what changed of it from moment to moment."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from vm.abi import PAGE_SIZE
from vm.cpu.sv32 import POINTER, PPN_SHIFT, D, V, W
from vm.film.reel import Table
from vm.memory import AddressSpace, PhysicalMemory
from vm.memory.resident import resident
from vm.memory.tables import USER_REGIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

ZEROS, BYTES, SAME = range(3)
"""What a row says of a frame: that it holds zeros, that ``length`` bytes from byte ``offset`` on are others, or that it
holds what frame ``offset`` held at moment ``length``."""
NEAR = 8
"""Bytes that are the same between two changes which are told as one."""
WRITABLE, DIRTY = 1, 2
"""Bits that a reel has for a page with a frame: the page table lets it be written, it has been written."""
BITS = 2
"""How many bits these are."""
TOGETHER = 64
"""Frames that are compared at once: more do not stay in a processor's cache."""
Span = tuple[int, int]
_NOBODY = np.empty(0, np.int64)


class Contents:
    """Follows what frames hold, and what page tables say of pages: all of that is looked at, nothing is told.

    ``data`` are the bytes that were others than before, and ``packed`` about as many as these are when deflated.
    """

    def __init__(self, memory: PhysicalMemory) -> None:
        self.table = Table("frame", "moment", "what", "offset", "length", "at")
        self.flags = Table("space", "address", "moment", "bits")
        self.data = bytearray()
        self.packed = 0
        self._packer = zlib.compressobj(1)
        self._now = memory.ram.view(np.uint64).reshape(-1, PAGE_SIZE // 8)
        self._known = np.empty_like(self._now)  # memory is taken for those rows that are written alone
        self._is_known = bytearray(len(self._now))
        self._held: dict[bytes, tuple[int, int]] = {}
        self._pages: dict[int, NDArray[np.int64]] = {}
        self._words: dict[int, NDArray[np.uint32]] = {}
        self._written: dict[int, NDArray[np.int64]] = {}
        self._spans: dict[int, list[Span]] = {}

    def look(self, number: int, space: AddressSpace, moment: int) -> None:
        """Note what changed in address space ``number`` since the last look: what pages hold, and what may be done."""
        words = _words(space)
        known = self._words.get(number)
        if known is not None and np.array_equal(known, words):
            self._compare(self._spans[number], moment)
            return
        found = resident(space)
        is_writable = (found.entries & W != 0) & ~found.is_protected
        bits = is_writable * WRITABLE + (found.entries & D != 0) * DIRTY
        self._note_flags(number, found.addresses, bits, moment)
        before, now = self._written.get(number, _NOBODY), found.frames[found.entries & W != 0]
        self._words[number], self._written[number], self._spans[number] = words, now, _spans(now)
        self._compare(_spans(np.concatenate([before, now])), moment)  # a fork may have taken the right to write away

    def compare(self, frames: Iterable[int], moment: int) -> None:
        """Note what changed in these frames since the last look."""
        self._compare(_spans(np.fromiter(frames, np.int64)), moment)

    def _compare(self, spans: list[Span], moment: int) -> None:
        for start, end in spans:
            if np.array_equal(self._known[start:end], self._now[start:end]):
                continue
            for frame in range(start, end):
                if self._is_known[frame] and not np.array_equal(self._known[frame], self._now[frame]):
                    self._note_changes(frame, moment)

    def _note_flags(self, number: int, addresses: NDArray[np.int64], bits: NDArray[np.int64], moment: int) -> None:
        now = addresses << BITS | bits
        for page in np.setdiff1d(now, self._pages.get(number, _NOBODY), assume_unique=True).tolist():
            self.flags.add(number, page >> BITS, moment, page & (1 << BITS) - 1)
        self._pages[number] = now

    def _note_changes(self, frame: int, moment: int) -> None:
        now = self._now[frame].copy()
        places = np.flatnonzero(self._known[frame].view(np.uint8) != now.view(np.uint8))
        self._known[frame] = now
        data = now.tobytes()
        for run in np.split(places, np.flatnonzero(np.diff(places) > NEAR) + 1):
            start, end = int(run[0]), int(run[-1]) + 1
            self.table.add(frame, moment, BYTES, start, end - start, len(self.data))
            self.data += data[start:end]
            self.packed += len(self._packer.compress(data[start:end]))

    def take(self, frames: Iterable[int], moment: int) -> None:
        """Note what frames hold that somebody has begun to use."""
        for frame in dict.fromkeys(frames):
            now = self._now[frame]
            digest = blake2b(now.tobytes(), digest_size=16).digest()
            held = self._held.get(digest)
            self._is_known[frame], self._known[frame] = True, now if held is not None else 0
            if held is not None:
                self.table.add(frame, moment, SAME, *held, 0)
                continue
            self._held[digest] = frame, moment
            self.table.add(frame, moment, ZEROS, 0, 0, 0)
            if now.any():
                self._note_changes(frame, moment)


def _spans(frames: NDArray[np.int64]) -> list[Span]:
    """Frames that follow each other, as many of them as are worth a comparison of their own: first, and behind last."""
    if not len(frames):
        return []
    found = np.unique(frames)
    runs = np.split(found, np.flatnonzero(np.diff(found) > 1) + 1)
    return [
        (start, min(start + TOGETHER, int(run[-1]) + 1))
        for run in runs
        for start in range(int(run[0]), int(run[-1]) + 1, TOGETHER)
    ]


def _words(space: AddressSpace) -> NDArray[np.uint32]:
    """The page tables of ``space`` as they are: less than to read what they say."""
    tables, root = space.memory.tables, space.root
    pointers = tables[root, :USER_REGIONS]
    regions = np.flatnonzero(pointers & POINTER == V)
    found: NDArray[np.uint32] = tables[[root, *(pointers[regions] >> PPN_SHIFT).tolist()]]
    return found
