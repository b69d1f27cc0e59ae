"""How a fork makes the child's page tables, in compiled code: a whole space in one call.

:func:`copy`, :func:`copy_on_write` and :func:`on_demand` take the parent's root table and ``upper``, the machine's own
entry of every root table. They return the child's root table; -1 without a frame, with nothing left of what was begun.
``ranges`` int64[n, 3] holds (start, end, protection) of each segment in ascending order, addresses and Protection bits;
``tallies`` int64[n + 1, FORKED] receives what was done for each, and in its last row for all.

In the child A and D start clear, so that they tell what the child itself accesses. Page tables are taken first, then
pages, both in ascending order: so a run of neighbouring pages becomes a run of neighbouring frames, which is copied as
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.abi import PAGE_SHIFT
from vm.cpu.sv32 import COMMON, COPIED, PPN_SHIFT, PROTECTED, WRITE, A, D, V, W, frame_of, leaf_index, table_of
from vm.memory.frames import FRAMES, FrameArrays, take
from vm.memory.tables import (
    DUPLICATED,
    ENTRIES,
    FORKED,
    SHARED,
    SHARED_TABLES,
    USER_REGIONS,
    destroy,
    entry_or_new,
    new_root,
    own_entry,
)
from vm.native.jit import jit, python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    words, count = frames.words, len(frames.references)
    for row in range(len(ranges)):
        for region in range(ranges[row, 0] >> 22, ((ranges[row, 1] - 1) >> 22) + 1):
            table = table_of(np.int64(words[np.uint64((parent << 10) + region)]), count)
            if table >= 0 and entry_or_new(frames, child, region << 10, tallies[row]) < 0:
                return False
    return True


@jit
def copy_pages(
    frames: FrameArrays, parent: int, child: int, ranges: NDArray[np.int64], tallies: NDArray[np.int64]
) -> bool:
    """Copy the pages that may be written, and share the others and shared mappings; False without a frame."""
    words, references, count = frames.words, frames.references, len(frames.references)
    run_source, run_target, run = np.int64(0), np.int64(0), np.int64(0)
    for row in range(len(ranges)):
        shared, copied = 0, 0
        page, end = ranges[row, 0] >> PAGE_SHIFT, ranges[row, 1] >> PAGE_SHIFT
        while page < end:
            index = leaf_index(words, parent, page << 12)
            target = leaf_index(words, child, page << 12)
            stop = min(end, (page | 1023) + 1)
            if index < 0:
                page = stop
                continue
            for place in range(index, index + stop - page):
                entry = np.int64(words[np.uint64(place)])
                frame = frame_of(entry, count)
                if frame < 0:
                    continue
                flags = entry & 0x3FF & ~(A | D | COPIED)
                if not ranges[row, 2] & WRITE or entry & COMMON:
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
def expel(words: NDArray[np.uint32], first: int, end: int, count: int) -> None:
    """Clear the entries from ``first`` to ``end`` that name none of ``count`` frames, which no entry of ours does.

    To look for the highest first is so quick that nothing is lost by it: LLVM compares eight at a time.
    """
    highest = np.uint32(0)
    for place in range(first, end):
        highest = max(highest, words[np.uint64(place)])
    if np.int64(highest) >> PPN_SHIFT < count:
        return
    for place in range(first, end):
        if np.int64(words[np.uint64(place)]) >> PPN_SHIFT >= count:
            words[np.uint64(place)] = 0


@jit
def share_pages(
    frames: FrameArrays, parent: int, child: int, ranges: NDArray[np.int64], tallies: NDArray[np.int64]
) -> bool:
    """Share every page, protecting on both sides those that may be written; False without a frame.

    A and D start clear in the parent as well, so that it shows which side has used a page since.
    """
    words, references, left, count = frames.words, frames.references, frames.left, len(frames.references)
    for row in range(len(ranges)):
        shared, protected = 0, 0
        page, end = ranges[row, 0] >> PAGE_SHIFT, ranges[row, 1] >> PAGE_SHIFT
        while page < end:
            stop = min(end, (page | 1023) + 1)
            if table_of(np.int64(words[np.uint64((parent << 10) + (page >> 10))]), count) < 0:
                page = stop
                continue
            index = own_entry(frames, parent, page, frames.scratch)
            if index < 0:
                return False
            expel(words, index, index + stop - page, count)
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
def sum_up(tallies: NDArray[np.int64]) -> None:
    """Let the last row be the sum of the others."""
    last = len(tallies) - 1
    for row in range(last):
        for column in range(FORKED):
            tallies[last, column] += tallies[row, column]


@jit
def give_up(frames: FrameArrays, child: int) -> int:
    """Drop what there is of the child."""
    destroy(frames, child, frames.scratch)
    return np.int64(-1)


@python_entry(f"i8({FRAMES}, i8, i8, i8[:, ::1], i8[:, ::1])")
def copy(frames: FrameArrays, parent: int, upper: int, ranges: NDArray[np.int64], tallies: NDArray[np.int64]) -> int:
    """The textbook's fork."""
    child = new_root(frames, upper)
    if child < 0:
        return child
    if not new_tables(frames, parent, child, ranges, tallies) or not copy_pages(frames, parent, child, ranges, tallies):
        return give_up(frames, child)
    sum_up(tallies)
    return child


@python_entry(f"i8({FRAMES}, i8, i8, i8[:, ::1], i8[:, ::1])")
def copy_on_write(
    frames: FrameArrays, parent: int, upper: int, ranges: NDArray[np.int64], tallies: NDArray[np.int64]
) -> int:
    """Unix's fork: the first write to a page copies it."""
    child = new_root(frames, upper)
    if child < 0:
        return child
    if not new_tables(frames, parent, child, ranges, tallies) or not share_pages(
        frames, parent, child, ranges, tallies
    ):
        return give_up(frames, child)
    sum_up(tallies)
    return child


@python_entry(f"i8({FRAMES}, i8, i8, i8[::1])")
def on_demand(frames: FrameArrays, parent: int, upper: int, tally: NDArray[np.int64]) -> int:
    """On-demand fork: the child's root table points to the parent's own tables, which are protected as a whole.

    No table and no page is looked at; nothing is needed but the child's root table. ``tally`` is int64[FORKED].
    """
    child = new_root(frames, upper)
    if child < 0:
        return child
    count = len(frames.references)
    for region in range(USER_REGIONS):
        pointer = np.int64(frames.words[np.uint64((parent << 10) + region)])
        if not pointer:
            continue
        table = table_of(pointer, count)
        if table >= 0:
            tally[ENTRIES] += (pointer & PROTECTED) == 0
            tally[SHARED_TABLES] += 1
            pointer |= PROTECTED
            frames.references[table] += 1
            frames.words[np.uint64((parent << 10) + region)] = pointer
            frames.words[np.uint64((child << 10) + region)] = pointer
    return child
