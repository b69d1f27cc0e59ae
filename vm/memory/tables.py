"""What the kernel does to page tables, a range of pages at a time, in compiled code.

Ranges are page numbers, ``first`` included and ``end`` not. Entries are those of :mod:`vm.cpu.sv32`. Functions that
need frames return False when there are none; what they have built by then belongs to the caller's space and is freed
with it. Frames are given back in the reverse of the order in which a fork takes them, so that the next fork finds them
in a row again.

Sharing is told by reference counts alone. A page of a writable segment whose entry lacks W is *protected*: its frame
is, or was, shared by a fork, and the first write copies it, or takes it over if nobody else uses it any more. A whole
table may be shared in the same way, when the pointer entries to it carry PROTECTED; whoever changes an entry of it,
but for marking it accessed, copies the table first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.abi import PAGE_SHIFT, STACK_TOP
from vm.cpu.sv32 import (
    COMMON,
    COPIED,
    PPN_SHIFT,
    PROTECTED,
    A,
    D,
    R,
    U,
    V,
    W,
    X,
    forget,
    frame_of,
    leaf_index,
    table_of,
)
from vm.memory.frames import EPOCH, FRAMES, FREE, NOT_IN_USE, SCRATCH, ZERO, FrameArrays, drop, take, take_clear
from vm.native.jit import jit, python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARED = 0
"""Index in a tally: pages that parent and child share from now on."""
DUPLICATED = 1
"""Index in a tally: pages copied into new frames by a fork."""
TABLES = 2
"""Index in a tally: last-level page tables allocated."""
SHARED_TABLES = 3
"""Index in a tally: last-level page tables that parent and child share from now on."""
ENTRIES = 4
"""Index in a tally: entries of the parent's that a fork had to protect."""
FORKED = 5
"""Size of the part of a tally that a fork fills: SHARED to ENTRIES."""
IN_VAIN = 5
"""Index in a tally: pages that were copied though one side has not used them since, and has given them up."""
FAULTS = 6
"""Index in a tally: writes that met a protected page or table."""
LATE_PAGES = 7
"""Index in a tally: pages copied by such a write."""
KEPT_PAGES = 8
"""Index in a tally: pages that such a write took over, since nobody else used them any more."""
LATE_TABLES = 9
"""Index in a tally: shared page tables copied when they had to be changed."""
KEPT_TABLES = 10
"""Index in a tally: page tables taken over instead, by their last user."""
RESIDENT = 11
"""Index in a tally: pages with a frame, at present."""
PEAK = 12
"""Index in a tally: the most that there ever were."""
FREED = 13
"""Index in a tally: frames of pages given back to the machine."""
TALLY = 14
"""Size of a tally: int64[TALLY], counts of what was done to one space, or to one segment by a fork."""
assert TALLY <= SCRATCH

USER_REGIONS = STACK_TOP >> 22
"""Entries of a root table that are the user's."""
USER_PAGES = STACK_TOP >> PAGE_SHIFT
"""Pages below the end of the user's addresses."""
NOT_USERS = "a range of pages that are not the user's"
"""What stops the machine before it goes through entries that are no process's: a bug."""

ACCESS = R | W | X | U
"""The permission bits of an entry."""

NO_FRAME = -2
"""An index that could not be had, for want of a frame."""


@python_entry(f"i8({FRAMES}, i8)")
def new_root(frames: FrameArrays, upper: int) -> int:
    """Take a frame for a root table, with nothing but ``upper`` in it, the machine's own entry; -1 without a frame."""
    root = take_clear(frames)
    if root >= 0:
        frames.words[np.uint64((root << 10) + USER_REGIONS)] = upper
    return root


@jit
def copy_table(frames: FrameArrays, source: int, target: int) -> None:
    """Make ``target`` a second table of the same pages; those that can be written are protected in both.

    A and D start clear in both, so that they show which side has used a page since.
    """
    words, count = frames.words, len(frames.references)
    for index in range(1024):
        entry = np.int64(words[np.uint64((source << 10) + index)])
        frame = frame_of(entry, count)
        if frame < 0:
            entry = np.int64(0)
        else:
            if entry & A:
                frames.left[frame] = 0
            entry &= ~(A | D | COPIED) if entry & COMMON else ~(A | D | COPIED | W)
            frames.references[frame] += 1
            words[np.uint64((source << 10) + index)] = entry
        words[np.uint64((target << 10) + index)] = entry
    frames.counters[EPOCH] += 1


@jit
def own_entry(frames: FrameArrays, root: int, page: int, tally: NDArray[np.int64]) -> int:
    """Return the index in ``words`` of the entry of ``page``, in a table that this space may change.

    A shared table is copied first, or taken over by its last user. -1: there is none. NO_FRAME: no frame for a copy.
    """
    slot = np.uint64((root << 10) + (page >> 10))
    pointer = np.int64(frames.words[slot])
    table = table_of(pointer, len(frames.references))
    if table < 0:
        return np.int64(-1)
    if pointer & PROTECTED:
        if frames.references[table] > 1:
            own = take(frames)
            if own < 0:
                return np.int64(NO_FRAME)
            copy_table(frames, table, own)
            frames.references[table] -= 1
            table = own
            tally[LATE_TABLES] += 1
        else:
            tally[KEPT_TABLES] += 1
        frames.words[slot] = table << PPN_SHIFT | V
    return (table << 10) + (page & 1023)


@jit
def entry_or_new(frames: FrameArrays, root: int, page: int, tally: NDArray[np.int64]) -> int:
    """Return what :func:`own_entry` does, but make an empty table where there is none yet."""
    index = own_entry(frames, root, page, tally)
    if index != -1:
        return index
    table = take_clear(frames)
    if table < 0:
        return np.int64(NO_FRAME)
    frames.words[np.uint64((root << 10) + (page >> 10))] = table << PPN_SHIFT | V
    tally[TABLES] += 1
    return (table << 10) + (page & 1023)


@jit
def check_range(first: int, end: int) -> None:
    """Stop the machine unless these are pages of the user's."""
    if not 0 <= first <= end <= USER_PAGES:
        raise AssertionError(NOT_USERS)


@python_entry(f"b1({FRAMES}, i8, i8, i8, i8, i8[::1])")
def map_clear(frames: FrameArrays, root: int, first: int, end: int, access: int, tally: NDArray[np.int64]) -> bool:
    """Give each page of the range that has no frame one of zero bytes, with these permission bits."""
    check_range(first, end)
    for page in range(first, end):
        index = entry_or_new(frames, root, page, tally)
        if index < 0:
            return False
        if frames.words[np.uint64(index)] & V:
            continue
        frame = take_clear(frames)
        if frame < 0:
            return False
        frames.words[np.uint64(index)] = frame << PPN_SHIFT | access | V
        count_new(tally)
    return True


@jit
def count_new(tally: NDArray[np.int64]) -> None:
    """One more page of a space has a frame."""
    tally[RESIDENT] += 1
    tally[PEAK] = max(tally[PEAK], tally[RESIDENT])


@python_entry(f"i8({FRAMES}, i8, i8, i8)")
def resident(frames: FrameArrays, root: int, first: int, end: int) -> int:
    """Count the pages of the range that have a frame."""
    total = 0
    page = first
    while page < end:
        index = leaf_index(frames.words, root, page << 12)
        stop = min(end, (page | 1023) + 1)
        if index >= 0:
            for place in range(index, index + stop - page):
                total += np.int64(frames.words[np.uint64(place)] & V)
        page = stop
    return total


@jit
def drop_entries(frames: FrameArrays, first: int, end: int, tally: NDArray[np.int64]) -> None:
    """Clear a range of entries in ``words``, in a table of the space's own, from its end on, and give up their frames.

    In one loop: a call for each entry would take twenty times as long.
    """
    words, references, left, is_decoded = frames.words, frames.references, frames.left, frames.is_decoded
    in_vain, freed, dropped, place = 0, 0, 0, frames.counters[FREE]
    for index in range(end - 1, first - 1, -1):
        entry = np.int64(words[np.uint64(index)])
        if not entry & V:
            continue
        words[np.uint64(index)] = 0
        dropped += 1
        frame = np.uint64(entry >> PPN_SHIFT)
        if frame >= np.uint64(len(references)):
            continue
        users = references[frame] - 1
        if users < 0:
            raise AssertionError(NOT_IN_USE)
        references[frame] = users
        if entry & A:
            left[frame] = 0
        elif entry & COPIED or (users == 0 and left[frame]):
            in_vain += 1
        if users == 0:
            frames.free[np.uint64(place)] = frame
            place += 1
            freed += 1
            is_decoded[frame] = 0
            left[frame] = 0
    frames.counters[FREE] = place
    tally[IN_VAIN] += in_vain
    tally[FREED] += freed
    tally[RESIDENT] -= dropped


@jit
def drop_table(frames: FrameArrays, root: int, slot: int) -> None:
    """Leave the last-level table, empty or shared, in ``slot`` of the root table, if there is one."""
    place = np.uint64((root << 10) + slot)
    table = table_of(np.int64(frames.words[place]), len(frames.references))
    if table >= 0:
        drop(frames, table)
    frames.words[place] = 0


@python_entry(f"b1({FRAMES}, i8[::1], i8, i8, i8, i8, i8, i8[::1])")
def unmap(
    frames: FrameArrays,
    tlb: NDArray[np.int64],
    root: int,
    first: int,
    end: int,
    lone_first: int,
    lone_end: int,
    tally: NDArray[np.int64],
) -> bool:
    """Drop the pages of the range, and the whole tables of the 4 MiB regions ``lone_first`` to ``lone_end``."""
    check_range(first, end)
    for slot in range((end - 1) >> 10, (first >> 10) - 1, -1):
        place = np.uint64((root << 10) + slot)
        pointer = np.int64(frames.words[place])
        if table_of(pointer, len(frames.references)) < 0:
            continue
        alone = lone_first <= slot < lone_end
        low, high = max(first, slot << 10), min(end, (slot + 1) << 10)
        present = resident(frames, root, low, high)
        if alone and pointer & PROTECTED:
            if frames.references[pointer >> PPN_SHIFT] > 1:
                tally[RESIDENT] -= present
                present = 0
            else:
                frames.words[place] = pointer & ~PROTECTED
        if present:
            index = own_entry(frames, root, low, tally)
            if index < 0:
                return False
            drop_entries(frames, index, index + high - low, tally)
        if alone:
            drop_table(frames, root, slot)
    forget(tlb, first, end)
    return True


@python_entry(f"i8({FRAMES}, i8, i8[::1])")
def destroy(frames: FrameArrays, root: int, tally: NDArray[np.int64]) -> int:
    """Drop every page, every table and the root. Return how many pages turn out to have been copied in vain.

    What lies above the user's addresses is the machine's own, and stays.
    """
    before = tally[IN_VAIN]
    words, count = frames.words, len(frames.references)
    for slot in range(USER_REGIONS - 1, -1, -1):
        pointer = np.int64(words[np.uint64((root << 10) + slot)])
        if not pointer:
            continue
        table = table_of(pointer, count)
        if table >= 0 and frames.references[table] == 1:
            drop_entries(frames, table << 10, (table + 1) << 10, tally)
    for slot in range(USER_REGIONS - 1, -1, -1):
        if words[np.uint64((root << 10) + slot)]:  # a call counts every array's references
            drop_table(frames, root, slot)
    drop(frames, root)
    return tally[IN_VAIN] - before


@python_entry(f"b1({FRAMES}, i8[::1], i8, i8, i8, i8, i8[::1])")
def protect(
    frames: FrameArrays,
    tlb: NDArray[np.int64],
    root: int,
    first: int,
    end: int,
    access: int,
    tally: NDArray[np.int64],
) -> bool:
    """Give the resident pages of the range these permission bits.

    Among pages that may be written from now on, those whose frame others use too stay protected, and those that show
    the zero frame are given up, to get a frame of their own when they are touched.
    """
    check_range(first, end)
    for page in range(first, end):
        index = leaf_index(frames.words, root, page << 12)
        if index < 0 or frame_of(np.int64(frames.words[np.uint64(index)]), len(frames.references)) < 0:
            continue
        index = own_entry(frames, root, page, tally)
        if index < 0:
            return False
        entry = np.int64(frames.words[np.uint64(index)])
        frame = entry >> PPN_SHIFT
        bits = access
        if access & W and not entry & COMMON:
            if frame == frames.counters[ZERO]:
                drop_entries(frames, index, index + 1, tally)
                continue
            if frames.references[frame] > 1:
                bits &= ~W
            else:
                frames.is_decoded[frame] = 0
        frames.words[np.uint64(index)] = entry & ~ACCESS | bits
    forget(tlb, first, end)
    return True


@python_entry(f"b1({FRAMES}, i8[::1], i8, i8, i8, i8, i8[::1])")
def move(
    frames: FrameArrays,
    tlb: NDArray[np.int64],
    root: int,
    first: int,
    count: int,
    target: int,
    tally: NDArray[np.int64],
) -> bool:
    """Move the entries of ``count`` pages from ``first`` to ``target``; the ranges do not overlap, and target is empty.

    Every table is there, and the space's own, before the first entry moves.
    """
    check_range(first, first + count)
    check_range(target, target + count)
    for page in range(first, first + count):
        if own_entry(frames, root, page, tally) == NO_FRAME:
            return False
        present = leaf_index(frames.words, root, page << 12) >= 0
        if present and entry_or_new(frames, root, target + page - first, tally) < 0:
            return False
    for page in range(first, first + count):
        index = leaf_index(frames.words, root, page << 12)
        if index >= 0:
            place = leaf_index(frames.words, root, (target + page - first) << 12)
            frames.words[np.uint64(place)] = frames.words[np.uint64(index)]
            frames.words[np.uint64(index)] = 0
    forget(tlb, first, first + count)
    return True


@python_entry(f"void({FRAMES}, i4[::1])")
def drop_frames(frames: FrameArrays, held: NDArray[np.int32]) -> None:
    """Give up one reference to each of these frames; -1 stands for none."""
    for index in range(len(held) - 1, -1, -1):
        if held[index] >= 0:
            drop(frames, np.int64(held[index]))
