"""The memory of a core: one range for each segment, and the bytes that are not zero, some pages at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vm.abi import PAGE_SIZE
from vm.memory import AddressSpace
from vm.memory.resident import Resident, resident
from vm.memory.segments import Segment, SharedMemory
from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

AT_ONCE = 256
"""Pages that are copied out of memory at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """The pages of a segment that have a frame, n of them: ``addresses`` int64[n], ascending, and ``frames`` int64[n].

    ``size`` are the bytes up to the end of the last one; what the segment has beyond reads as zeros.
    """

    segment: Segment
    addresses: NDArray[np.int64]
    frames: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Bytes from the segment's start that are to be stored."""
        return int(self.addresses[-1]) + PAGE_SIZE - self.segment.start if len(self.addresses) else 0

    def pages(self, space: AddressSpace) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """(bytes behind the segment's start, page) of the pages that are not all zero."""
        content = space.memory.ram.reshape(-1, PAGE_SIZE)
        for begin, end in pairwise([*range(0, len(self.frames), AT_ONCE), len(self.frames)]):
            copied = content[self.frames[begin:end]]
            for index in np.flatnonzero(copied.any(axis=1)).tolist():
                yield int(self.addresses[begin + index]) - self.segment.start, copied[index]


def ranges_of(space: AddressSpace) -> list[Range]:
    """What the process can read, by segment. What has no frame is zeros, or cannot be read.

    (The pages of a file that is mapped all have frames, as far as the file goes.)
    """
    found = resident(space)
    return [_range(segment, found) for segment in space.segments]


def _range(segment: Segment, found: Resident) -> Range:
    if isinstance(segment.backing, SharedMemory):  # others may have touched what this process has not
        first = segment.offset // PAGE_SIZE
        pages = sorted(
            (page, frame) for page, frame in segment.backing.frames.items() if 0 <= page - first < segment.pages
        )
        numbers = np.array(pages, np.int64).reshape(-1, 2)
        return Range(segment, segment.start + (numbers[:, 0] - first) * PAGE_SIZE, numbers[:, 1])
    begin, end = np.searchsorted(found.addresses, (segment.start, segment.end))
    return Range(segment, found.addresses[begin:end], found.frames[begin:end])
