"""How a fork makes the child's page tables, in compiled code: all ranges of a space in one call.

``ranges`` int64[n, 3] holds (first page, end page, 1 if its pages are shared and 0 if copied) in ascending order;
``tallies`` int64[n, TALLY] receives what was done for each. In the child A and D start clear, so that they tell what
the child itself accesses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vm.cpu.jit import jit
from vm.cpu.sv32 import COMMON, COPIED, PPN_SHIFT, A, D, V, leaf_index
from vm.memory.frames import FrameArrays, copy, take
from vm.memory.tables import DUPLICATED, SHARED, entry_or_new


@jit
def clone(
    frames: FrameArrays, parent: int, child: int, first: int, end: int, share: bool, tally: NDArray[np.int64]
) -> bool:
    """Give the child with root ``child`` the parent's resident pages of the range: the same frames, or copies."""
    page = first
    while page < end:
        index = leaf_index(frames.words, parent, page << 12)
        stop = min(end, (page | 1023) + 1)
        if index < 0:
            page = stop
            continue
        target = entry_or_new(frames, child, page, tally)
        if target < 0:
            return False
        for _ in range(page, stop):
            entry = np.int64(frames.words[np.uint64(index)])
            if entry & V:
                frame = entry >> PPN_SHIFT
                flags = entry & ~(A | D | COPIED) & 0x3FF
                if share or entry & COMMON:
                    frames.references[frame] += 1
                    tally[SHARED] += 1
                else:
                    source = frame
                    frame = take(frames)
                    if frame < 0:
                        return False
                    copy(frames, source, frame)
                    flags |= COPIED
                    tally[DUPLICATED] += 1
                frames.words[np.uint64(target)] = frame << PPN_SHIFT | flags
            index += 1
            target += 1
        page = stop
    return True
