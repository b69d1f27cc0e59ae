"""Who else stored to memory that a vfork child had borrowed: threads of its parent, which vfork does not suspend."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vm.hazards.windows import Change, Fate
from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Neighbours:
    """``slices`` are (number of jumps logged before, thread) of each who ran, in order; ``threads`` those that count.

    ``stacks`` are the ranges of addresses of their own stacks, which concern nobody.
    """

    slices: tuple[tuple[int, int], ...]
    threads: frozenset[int]
    stacks: tuple[tuple[int, int], ...]

    def stored(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for stores, by how many jumps had been logged before each, whether a neighbour made them."""
        firsts = np.array([first for first, _ in self.slices], np.int64)
        is_neighbours = np.array([thread in self.threads for _, thread in self.slices], np.bool_)
        places = np.searchsorted(firsts, numbers, "right") - 1
        return (places >= 0) & is_neighbours[np.maximum(places, 0)]

    def thread_of(self, number: int) -> int:
        """Return who made the store before which so many jumps had been logged."""
        return self.slices[bisect_right(self.slices, (number, 1 << 32)) - 1][1]

    def is_own(self, address: int) -> bool:
        """Tell whether an address is on the stack of one of them."""
        return any(start <= address < end for start, end in self.stacks)

    def parted(self, change: Change) -> tuple[Change, Change | None, NDArray[np.bool_]]:
        """Split a change into the child's, and the neighbours' if they made any of it; the mask is true for theirs."""
        theirs = self.stored(change.numbers) & (change.fates != Fate.SAME)
        if not theirs.any():
            return change, None, theirs
        at = int(np.flatnonzero(theirs)[0])
        other = replace(
            change, fates=np.where(theirs, Fate.UNREAD, Fate.SAME).astype(np.uint8), sites=(),
            thread=self.thread_of(int(change.numbers[at])), uses={},
        )  # fmt: skip
        return replace(change, fates=np.where(theirs, Fate.SAME, change.fates).astype(np.uint8)), other, theirs
