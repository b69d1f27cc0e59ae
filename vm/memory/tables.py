"""What the kernel does to page tables, a range of pages at a time, in compiled code.

Ranges are page numbers, ``first`` included and ``end`` not. Entries are those of :mod:`vm.cpu.sv32`. Functions that
need frames return False when there are none; what they have built by then belongs to the caller's space and is freed
with it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vm.abi import STACK_TOP
from vm.cpu.jit import jit
from vm.cpu.sv32 import COPIED, PPN_SHIFT, READ, WRITE, A, D, R, U, V, W, X, leaf_index, translate
from vm.memory.frames import FrameArrays, copy, drop, take, take_clear

SHARED = 0
"""Index in ``counts``: pages that parent and child share from now on."""
DUPLICATED = 1
"""Index in ``counts``: pages copied into new frames."""
TABLES = 2
"""Index in ``counts``: last-level page tables allocated."""
IN_VAIN = 3
"""Index in ``counts``: pages copied by a fork and given up without having been accessed."""
COUNTS = 4

ACCESS = R | W | X | U
"""The permission bits of an entry."""


@jit
def leaf_or_new(frames: FrameArrays, root: int, page: int, counts: NDArray[np.int64]) -> int:
    """Index of the entry of ``page`` in ``words``, with a new empty table if it has none yet; -1 without a frame."""
    slot = np.uint64((root << 10) + (page >> 10))
    if not frames.words[slot] & V:
        table = take_clear(frames)
        if table < 0:
            return np.int64(-1)
        frames.words[slot] = table << PPN_SHIFT | V
        counts[TABLES] += 1
    return leaf_index(frames.words, root, page << 12)


@jit
def map_clear(frames: FrameArrays, root: int, first: int, end: int, access: int, counts: NDArray[np.int64]) -> bool:
    """Give each page of the range that has no frame one of zero bytes, with these permission bits."""
    for page in range(first, end):
        index = leaf_or_new(frames, root, page, counts)
        if index < 0:
            return False
        if frames.words[np.uint64(index)] & V:
            continue
        frame = take_clear(frames)
        if frame < 0:
            return False
        frames.words[np.uint64(index)] = frame << PPN_SHIFT | access | V
    return True


@jit
def clone(
    frames: FrameArrays, parent: int, child: int, first: int, end: int, share: bool, counts: NDArray[np.int64]
) -> bool:
    """Give the child with root ``child`` the parent's resident pages of the range: the same frames, or copies.

    A and D start clear in the child, so that they tell what the child itself accesses.
    """
    page = first
    while page < end:
        index = leaf_index(frames.words, parent, page << 12)
        stop = min(end, (page | 1023) + 1)
        if index < 0:
            page = stop
            continue
        target = leaf_or_new(frames, child, page, counts)
        if target < 0:
            return False
        for _ in range(page, stop):
            entry = np.int64(frames.words[np.uint64(index)])
            if entry & V:
                frame = entry >> PPN_SHIFT
                flags = entry & ~(A | D | COPIED) & 0x3FF
                if share:
                    frames.references[frame] += 1
                    counts[SHARED] += 1
                else:
                    source = frame
                    frame = take(frames)
                    if frame < 0:
                        return False
                    copy(frames, source, frame)
                    flags |= COPIED
                    counts[DUPLICATED] += 1
                frames.words[np.uint64(target)] = frame << PPN_SHIFT | flags
            index += 1
            target += 1
        page = stop
    return True


@jit
def unmap(frames: FrameArrays, root: int, first: int, end: int, counts: NDArray[np.int64]) -> None:
    """Clear the entries of the range and drop their frames."""
    page = first
    while page < end:
        index = leaf_index(frames.words, root, page << 12)
        stop = min(end, (page | 1023) + 1)
        if index >= 0:
            for place in range(index, index + stop - page):
                entry = np.int64(frames.words[np.uint64(place)])
                if entry & V:
                    if entry & (COPIED | A) == COPIED:
                        counts[IN_VAIN] += 1
                    drop(frames, entry >> PPN_SHIFT)
                    frames.words[np.uint64(place)] = 0
        page = stop


@jit
def drop_table(frames: FrameArrays, root: int, slot: int) -> None:
    """Free the empty last-level table in ``slot`` of the root table, if there is one."""
    place = np.uint64((root << 10) + slot)
    pointer = np.int64(frames.words[place])
    if pointer & V:
        drop(frames, pointer >> PPN_SHIFT)
        frames.words[place] = 0


@jit
def destroy(frames: FrameArrays, root: int, counts: NDArray[np.int64]) -> None:
    """Drop every page, every table and the root. What lies above the user's addresses is the machine's own."""
    for slot in range(STACK_TOP >> 22):
        if frames.words[np.uint64((root << 10) + slot)] & V:
            unmap(frames, root, slot << 10, (slot + 1) << 10, counts)
            drop_table(frames, root, slot)
    drop(frames, root)


@jit
def protect(frames: FrameArrays, root: int, first: int, end: int, access: int) -> bool:
    """Give the resident pages of the range these permission bits.

    A page about to become writable is unshared first, stops paying for itself (its segment does from now on), and
    loses its decoded form.
    """
    for page in range(first, end):
        index = leaf_index(frames.words, root, page << 12)
        if index < 0:
            continue
        entry = np.int64(frames.words[np.uint64(index)])
        if not entry & V:
            continue
        frame = entry >> PPN_SHIFT
        if access & W:
            if frames.references[frame] > 1:
                own = take(frames)
                if own < 0:
                    return False
                copy(frames, frame, own)
                drop(frames, frame)
                frame = own
            frames.counters[1] -= frames.self_paid[frame]
            frames.self_paid[frame] = 0
            frames.is_decoded[frame] = 0
        frames.words[np.uint64(index)] = frame << PPN_SHIFT | entry & 0x3FF & ~ACCESS | access
    return True


@jit
def pay_for_themselves(frames: FrameArrays, root: int, first: int, end: int) -> None:
    """Mark the frames of the range as paying for themselves: the caller has committed them."""
    for page in range(first, end):
        entry = np.int64(frames.words[np.uint64(leaf_index(frames.words, root, page << 12))])
        frames.self_paid[entry >> PPN_SHIFT] = 1


@jit
def resident(frames: FrameArrays, root: int, first: int, end: int) -> int:
    """How many pages of the range have a frame."""
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
def fill(words: NDArray[np.uint32], ram: NDArray[np.uint8], root: int, address: int, data: NDArray[np.uint8]) -> None:
    """Write ``data`` to mapped pages whatever their permissions: the loader's way in. A and D stay as they are."""
    done = 0
    while done < len(data):
        here = address + done
        entry = np.int64(words[np.uint64(leaf_index(words, root, here))])
        place = (entry >> PPN_SHIFT << 12) + (here & 0xFFF)
        size = min(len(data) - done, 4096 - (here & 0xFFF))
        ram[place : place + size] = data[done : done + size]
        done += size


@jit
def read_user(
    words: NDArray[np.uint32], ram: NDArray[np.uint8], root: int, address: int, data: NDArray[np.uint8], done: int
) -> int:
    """Fill ``data`` from byte ``done`` on with user memory at ``address``, with a user's permissions.

    Returns how many bytes are done: fewer than len(data) when the page of the next one faults.
    """
    while done < len(data):
        here = (address + done) & 0xFFFF_FFFF
        place = translate(words, root, here, READ)
        if place < 0:
            break
        size = min(len(data) - done, 4096 - (here & 0xFFF))
        data[done : done + size] = ram[place : place + size]
        done += size
    return done


@jit
def write_user(
    words: NDArray[np.uint32], ram: NDArray[np.uint8], root: int, address: int, data: NDArray[np.uint8], done: int
) -> int:
    """Write ``data`` from byte ``done`` on to user memory; otherwise as :func:`read_user`."""
    while done < len(data):
        here = (address + done) & 0xFFFF_FFFF
        place = translate(words, root, here, WRITE)
        if place < 0:
            break
        size = min(len(data) - done, 4096 - (here & 0xFFF))
        ram[place : place + size] = data[done : done + size]
        done += size
    return done


@jit
def find_zero(words: NDArray[np.uint32], ram: NDArray[np.uint8], root: int, address: int, limit: int) -> int:
    """Distance from ``address`` to the first zero byte below ``limit``; -1 - distance where a page faults; limit."""
    distance = 0
    while distance < limit:
        here = (address + distance) & 0xFFFF_FFFF
        place = translate(words, root, here, READ)
        if place < 0:
            return -1 - distance
        size = min(limit - distance, 4096 - (here & 0xFFF))
        for offset in range(size):
            if ram[np.uint64(place + offset)] == 0:
                return distance + offset
        distance += size
    return limit
