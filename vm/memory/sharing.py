"""How a fork makes the child's page tables, in compiled code: a whole space in one call.

``ranges`` int64[n, 3] holds (first page, end page, 1 where the program may write) of each segment in ascending order;
``tallies`` int64[n, TALLY] receives what was done for each. In the child A and D start clear, so that they tell what
the child itself accesses. Page tables are taken first, then pages, both in ascending order: so a run of neighbouring
pages becomes a run of neighbouring frames, which is copied as one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vm.cpu.jit import jit
from vm.cpu.sv32 import COMMON, COPIED, PPN_SHIFT, PROTECTED, A, D, V, W, leaf_index
from vm.memory.frames import FrameArrays, take
from vm.memory.tables import (
    DUPLICATED,
    ENTRIES,
    SHARED,
    SHARED_TABLES,
    USER_REGIONS,
    entry_or_new,
    own_entry,
)


@jit
def copy_run(frames: FrameArrays, source: int, target: int, count: int) -> None:
    """Copy ``count`` frames that follow one another, at the speed of memory."""
    lines = frames.lines
    distance = (target - source) * 512
    for index in range(source * 512, (source + count) * 512):
        lines[np.uint64(index + distance)] = lines[np.uint64(index)]


@jit
def new_tables(
    frames: FrameArrays, parent: int, child: int, ranges: NDArray[np.int64], tallies: NDArray[np.int64]
) -> bool:
    """Give the child an empty table wherever the parent has one that a range needs; False without a frame."""
    for row in range(len(ranges)):
        for region in range(ranges[row, 0] >> 10, ((ranges[row, 1] - 1) >> 10) + 1):
            present = frames.words[np.uint64((parent << 10) + region)] & V
            if present and entry_or_new(frames, child, region << 10, tallies[row]) < 0:
                return False
    return True


@jit
def copy_pages(
    frames: FrameArrays, parent: int, child: int, ranges: NDArray[np.int64], tallies: NDArray[np.int64]
) -> bool:
    """The textbook's fork: pages that may be written are copied, the others and shared mappings are shared."""
    if not new_tables(frames, parent, child, ranges, tallies):
        return False
    words, references = frames.words, frames.references
    run_source, run_target, run = np.int64(0), np.int64(0), np.int64(0)
    for row in range(len(ranges)):
        shared, copied = 0, 0
        page, end = ranges[row, 0], ranges[row, 1]
        while page < end:
            index = leaf_index(words, parent, page << 12)
            target = leaf_index(words, child, page << 12)
            stop = min(end, (page | 1023) + 1)
            if index < 0:
                page = stop
                continue
            for place in range(index, index + stop - page):
                entry = np.int64(words[np.uint64(place)])
                if not entry & V:
                    continue
                frame = entry >> PPN_SHIFT
                flags = entry & 0x3FF & ~(A | D | COPIED)
                if not ranges[row, 2] or entry & COMMON:
                    references[frame] += 1
                    shared += 1
                else:
                    source = frame
                    frame = take(frames)
                    if frame < 0:
                        return False
                    if source != run_source + run or frame != run_target + run:
                        copy_run(frames, run_source, run_target, run)
                        run_source, run_target, run = source, frame, 0
                    run += 1
                    flags |= COPIED
                    copied += 1
                words[np.uint64(target + place - index)] = frame << PPN_SHIFT | flags
            page = stop
        tallies[row, SHARED] += shared
        tallies[row, DUPLICATED] += copied
    copy_run(frames, run_source, run_target, run)
    return True


@jit
def share_pages(
    frames: FrameArrays, parent: int, child: int, ranges: NDArray[np.int64], tallies: NDArray[np.int64]
) -> bool:
    """Copy-on-write: every page is shared, and those that may be written are protected on both sides.

    A and D start clear in the parent as well, so that it shows which side has used a page since.
    """
    if not new_tables(frames, parent, child, ranges, tallies):
        return False
    words, references, left = frames.words, frames.references, frames.left
    for row in range(len(ranges)):
        shared, protected = 0, 0
        page, end = ranges[row, 0], ranges[row, 1]
        while page < end:
            stop = min(end, (page | 1023) + 1)
            if not words[np.uint64((parent << 10) + (page >> 10))] & V:
                page = stop
                continue
            index = own_entry(frames, parent, page, tallies[row])
            if index < 0:
                return False
            target = leaf_index(words, child, page << 12)
            for place in range(index, index + stop - page):
                entry = np.int64(words[np.uint64(place)])
                if entry & V:
                    frame = entry >> PPN_SHIFT
                    if entry & A:
                        left[frame] = 0
                    drop = A | D | COPIED | (0 if entry & COMMON else W)
                    protected += (entry & drop & W) != 0
                    entry &= ~drop
                    references[frame] += 1
                    shared += 1
                    words[np.uint64(place)] = entry
                    words[np.uint64(target + place - index)] = entry
            page = stop
        tallies[row, SHARED] += shared
        tallies[row, ENTRIES] += protected
    return True


@jit
def share_tables(frames: FrameArrays, parent: int, child: int, tally: NDArray[np.int64]) -> None:
    """On-demand fork: the child's root table points to the parent's own tables, which are protected as a whole.

    No table and no page is looked at; nothing is needed but the child's root table.
    """
    for region in range(USER_REGIONS):
        pointer = np.int64(frames.words[np.uint64((parent << 10) + region)])
        if pointer & V:
            tally[ENTRIES] += (pointer & PROTECTED) == 0
            tally[SHARED_TABLES] += 1
            pointer |= PROTECTED
            frames.references[pointer >> PPN_SHIFT] += 1
            frames.words[np.uint64((parent << 10) + region)] = pointer
            frames.words[np.uint64((child << 10) + region)] = pointer
