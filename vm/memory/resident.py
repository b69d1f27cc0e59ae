"""Which pages of an address space have a frame, and which of those frames others use as well.

Read from the page tables as they are, a table at a time; nothing is counted along the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.abi import PAGE_SIZE
from vm.cpu.sv32 import POINTER, PPN_SHIFT, PROTECTED, V
from vm.memory.space import AddressSpace
from vm.memory.tables import USER_REGIONS
from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Resident:
    """The pages with a frame, n of them, by address.

    ``addresses`` int64[n], ``frames`` int64[n]; ``entries`` int64[n], as the page table has them. ``is_protected``
    bool[n]: the page table as a whole may not be written through. ``is_shared`` bool[n]: others use the frame too,
    through an entry or a whole page table of theirs.
    """

    addresses: NDArray[np.int64]
    frames: NDArray[np.int64]
    entries: NDArray[np.int64]
    is_protected: NDArray[np.bool_]
    is_shared: NDArray[np.bool_]

    @property
    def shared(self) -> int:
        """How many pages are shared."""
        return int(np.count_nonzero(self.is_shared))

    @property
    def private(self) -> int:
        """How many pages are the space's alone."""
        return len(self.addresses) - self.shared


def contents(space: AddressSpace, most: int | None = None) -> dict[int, bytes] | None:
    """The resident pages that are not all zero, by address. None where more than ``most`` pages are resident."""
    found = resident(space)
    if most is not None and len(found.addresses) > most:
        return None
    content = space.memory.ram.reshape(-1, PAGE_SIZE)
    places = zip(found.addresses.tolist(), found.frames.tolist(), strict=True)
    return {address: content[frame].tobytes() for address, frame in places if content[frame].any()}


def resident(space: AddressSpace) -> Resident:
    """What the page tables of ``space`` say at this moment, up to the end of the user's addresses."""
    memory = space.memory
    pointers = memory.tables[space.root, :USER_REGIONS].astype(np.int64)
    regions = np.flatnonzero((pointers & POINTER == V) & (pointers >> PPN_SHIFT < memory.count))
    tables = pointers[regions] >> PPN_SHIFT
    entries = memory.tables[tables].astype(np.int64)
    rows, columns = np.nonzero((entries & V) & (entries >> PPN_SHIFT < memory.count))
    found = entries[rows, columns]
    frames = found >> PPN_SHIFT
    references = memory.references
    is_protected = (pointers[regions] & PROTECTED != 0)[rows]
    is_shared = (references[tables] > 1)[rows] | (references[frames] > 1)
    return Resident(regions[rows] << 22 | columns << 12, frames, found, is_protected, is_shared)


def changes(before: Resident, after: Resident) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What happened to a space in between: the pages that it lost, and those that it has got, by address.

    Both are int64[n, 2] of (address, frame). A page whose frame is another than before is in both.
    """
    old, new = (found.addresses << _FRAME_BITS | found.frames for found in (before, after))
    return _pairs(np.setdiff1d(old, new, assume_unique=True)), _pairs(np.setdiff1d(new, old, assume_unique=True))


_FRAME_BITS = 32


def _pairs(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.stack([keys >> _FRAME_BITS, keys & (1 << _FRAME_BITS) - 1], axis=1)
