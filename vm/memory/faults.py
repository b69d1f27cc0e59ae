"""What the kernel does to one page that a program could not access, in compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.cpu.sv32 import COPIED, PPN_SHIFT, PROTECTED, WRITE, V, W, forget, frame_of, permitted, table_of
from vm.memory.frames import FRAMES, FrameArrays, copy, take, take_clear
from vm.memory.tables import FAULTS, KEPT_PAGES, KEPT_TABLES, LATE_PAGES, LATE_TABLES, count_new, entry_or_new
from vm.native.jit import jit, python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESOLVED, PAGE_COPIED, PAGE_KEPT, TABLE_COPIED, TABLE_KEPT = 1, 2, 4, 8, 16
"""What :func:`resolve` did."""
REFUSED = -1
"""What :func:`resolve` returns for page tables that it does not trust: they name no frame of this memory."""


def unshared(done: int) -> tuple[str, str]:
    """What became of the page, and of its table: "copied", "kept" or "". ``done`` is what :func:`resolve` returned."""
    page = "copied" if done & PAGE_COPIED else "kept" if done & PAGE_KEPT else ""
    table = "copied" if done & TABLE_COPIED else "kept" if done & TABLE_KEPT else ""
    return page, table


@jit
def make_writable(frames: FrameArrays, index: int, tally: NDArray[np.int64]) -> bool:
    """Let the protected page whose entry is at ``index`` be written: copied, or taken over by its last user."""
    entry = np.int64(frames.words[np.uint64(index)])
    frame = entry >> PPN_SHIFT
    if frames.references[frame] > 1:
        own = take(frames)
        if own < 0:
            return False
        copy(frames, frame, own)
        frames.references[frame] -= 1
        frames.left[frame] = 1
        frame = own
        tally[LATE_PAGES] += 1
    else:
        frames.is_decoded[frame] = 0
        frames.left[frame] = 0
        tally[KEPT_PAGES] += 1
    frames.words[np.uint64(index)] = frame << PPN_SHIFT | (entry & 0x3FF & ~COPIED) | W
    return True


@python_entry(f"i8({FRAMES}, i8[::1], i8, i8, i8, i8, i8, i8[::1])")
def resolve(
    frames: FrameArrays,
    tlb: NDArray[np.int64],
    root: int,
    page: int,
    bits: int,
    access: int,
    source: int,
    tally: NDArray[np.int64],
) -> int:
    """Resolve a fault of an ``access`` to ``page``, whose segment allows ``bits`` of permission; 0 without a frame.

    A page without a frame gets ``source``, or one of zero bytes if that is -1. A protected page is made writable.
    Returns RESOLVED, with a bit more for what had to be unshared; REFUSED when the access would fault again.
    """
    words, write = frames.words, access == WRITE
    pointer = np.int64(words[np.uint64((root << 10) + (page >> 10))])
    if pointer & V and table_of(pointer, len(frames.references)) < 0:
        return REFUSED
    copied_tables, kept_tables = tally[LATE_TABLES], tally[KEPT_TABLES]
    copied_pages, kept_pages = tally[LATE_PAGES], tally[KEPT_PAGES]
    index = entry_or_new(frames, root, page, tally)
    if index < 0:
        return 0
    entry = np.int64(words[np.uint64(index)])
    if entry & V:
        if frame_of(entry, len(frames.references)) < 0:
            return REFUSED
        if write and (pointer & PROTECTED or not entry & W):
            tally[FAULTS] += 1
        if write and not entry & W and not make_writable(frames, index, tally):
            return 0
        forget(tlb, page, page + 1)
    else:
        if source < 0:
            source = take_clear(frames)
            if source < 0:
                return 0
        else:
            frames.references[source] += 1
        words[np.uint64(index)] = source << PPN_SHIFT | bits | V
        count_new(tally)
    if permitted(words, root, page << 12, access) < 0:
        return REFUSED
    done = RESOLVED
    done |= PAGE_COPIED if tally[LATE_PAGES] != copied_pages else 0
    done |= PAGE_KEPT if tally[KEPT_PAGES] != kept_pages else 0
    done |= TABLE_COPIED if tally[LATE_TABLES] != copied_tables else 0
    done |= TABLE_KEPT if tally[KEPT_TABLES] != kept_tables else 0
    return done
