"""Sv32: the one page-table walker, the TLB, and the slow path of loads, stores and fetches.

Source: *RISC-V Privileged Architecture*, section "Sv32: Page-Based 32-bit Virtual-Memory Systems". A page table is one
frame of 1024 entries; an address is 10 bits of root index, 10 bits of leaf index and 12 bits of offset. Every access is
a user's: an entry without U faults. A pointer entry with R, W or X would be a 4 MiB superpage; this kernel makes none,
so that the walker treats it as invalid. Its one extension of Sv32 is PROTECTED.

No entry is trusted, whoever wrote it: one with reserved bits, or that names a frame outside physical memory, is as if
there were none. :func:`table_of` and :func:`frame_of` are the only ways from an entry to a frame.

The TLB is a direct-mapped int64 array of pairs (tag, addend) per kind of access, and the mask that tells its size. A
tag is the page's address; a lookup keeps the low address bits that must be 0 for an aligned access, so one compare
decides about page and alignment. The addend turns a virtual into a physical address. A store's entry exists only for a
page whose D bit is set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.cpu.decode import MOST_ROWS, ROW, ROWS_MADE, decode_frame
from vm.cpu.state import STOP_ADDRESS
from vm.native.jit import jit, python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

V, R, W, X, U, G, A, D = (1 << bit for bit in range(8))
"""Bits of a page-table entry: valid, read, write, execute, user, global, accessed, dirty."""
COPIED = 1 << 8
"""First bit left to software (RSW): this page was copied by a fork, so an entry without A was copied in vain."""
COMMON = 1 << 9
"""Second bit left to software: the frame belongs to a shared mapping, so that no fork ever protects or copies it."""
PROTECTED = 1 << 8
"""First bit left to software in a pointer entry: no write may pass through it, whatever the leaf entry says.

Sv32 gives pointer entries no permissions (R, W and X are 0 there). This one is an extension of this machine's, which
lets address spaces share a whole last-level table until one of them writes to its 4 MiB.
"""
PPN_SHIFT = 10
POINTER = V | R | W | X | U | A | D
"""Bits of a pointer entry of which V alone may be set: with R, W or X it would be a leaf; U, A and D are reserved."""

READ, WRITE, EXEC = 1, 2, 4
"""Kinds of access, as in :class:`vm.abi.Protection`; shifted left by one they are the bits R, W, X."""

ADDRESS_MASK = 0xFFFF_FFFF
PAGE_MASK = 0xFFFF_F000

SMALL_TLB, LARGE_TLB = 512, 4096
"""Entries for each kind of access: of a new address space, and of one whose code is translated. Powers of two."""
LOAD_TLB = 0
STORE_TLB = 2 * LARGE_TLB
FETCH_TLB = 4 * LARGE_TLB
"""Index of the first entry for each kind; a small TLB uses the first of its entries alone."""
FLUSHED = 6 * LARGE_TLB
"""Index of a mark that an engine may set, and that whoever removes entries resets to :data:`NO_TAG`."""
TLB_MASK = FLUSHED + 1
"""Index of the mask of ``address >> 11``, which is twice the entry's number."""
TLB_SIZE = TLB_MASK + 1
NO_TAG = -1


@jit
def table_of(pointer: int, frames: int) -> int:
    """The frame of the page table that a pointer entry names; -1 when it is invalid or names none of ``frames``."""
    table = pointer >> PPN_SHIFT
    if pointer & POINTER != V or table >= frames:
        return np.int64(-1)
    return table


@python_entry("i8(i8, i8)")
def frame_of(entry: int, frames: int) -> int:
    """The frame that a last-level entry names; -1 when it is invalid or names none of ``frames``."""
    frame = entry >> PPN_SHIFT
    if not entry & V or frame >= frames:
        return np.int64(-1)
    return frame


@python_entry("i8(u4[::1], i8, i8)")
def leaf_index(words: NDArray[np.uint32], root: int, address: int) -> int:
    """Index into ``words`` of the last-level entry for ``address``; -1 when no table is there."""
    table = table_of(np.int64(words[np.uint64((root << 10) + (address >> 22))]), len(words) >> 10)
    if table < 0:
        return np.int64(-1)
    return (table << 10) + (address >> 12 & 1023)


@python_entry("i8(u4[::1], i8, i8, i8)")
def permitted(words: NDArray[np.uint32], root: int, address: int, access: int) -> int:
    """Index of the entry of ``address`` if a user may make this kind of access; -1 is a page fault. Marks nothing."""
    index = leaf_index(words, root, address)
    if index < 0:
        return -1
    entry = np.int64(words[np.uint64(index)])
    need = V | U | (access << 1)
    if entry & need != need or entry & (R | W) == W or entry >> PPN_SHIFT >= len(words) >> 10:
        return -1
    if access == WRITE and words[np.uint64((root << 10) + (address >> 22))] & PROTECTED:
        return -1
    return index


@jit
def touch(words: NDArray[np.uint32], index: int, address: int, access: int) -> int:
    """Mark a permitted access in its entry, A and for WRITE also D; the physical address."""
    entry = np.int64(words[np.uint64(index)]) | A | (D if access == WRITE else 0)
    words[np.uint64(index)] = entry
    return ((entry >> PPN_SHIFT) << 12) | (address & 0xFFF)


@jit
def translate(words: NDArray[np.uint32], root: int, address: int, access: int) -> int:
    """Physical address of ``address`` for a user's ``access``, setting A (and D for WRITE); -1 on a page fault."""
    index = permitted(words, root, address, access)
    if index < 0:
        return -1
    return touch(words, index, address, access)


def new_tlb(entries: int = SMALL_TLB) -> NDArray[np.int64]:
    """A TLB of SMALL_TLB or LARGE_TLB entries for each kind of access; none of them holds anything."""
    tlb = np.empty(TLB_SIZE, np.int64)
    tlb[TLB_MASK] = 2 * (entries - 1)
    empty(tlb)
    return tlb


@python_entry("void(i8[::1], i8)")
def empty_kind(tlb: NDArray[np.int64], base: int) -> None:
    """Drop every translation for the kind of access whose first entry is at ``base``."""
    tlb[base : base + tlb[TLB_MASK] + 2] = NO_TAG


@python_entry("void(i8[::1])")
def empty(tlb: NDArray[np.int64]) -> None:
    """Drop every translation."""
    for base in (LOAD_TLB, STORE_TLB, FETCH_TLB):
        empty_kind(tlb, base)
    tlb[FLUSHED] = NO_TAG


@jit
def fill(tlb: NDArray[np.int64], base: int, address: int, addend: int) -> None:
    """Enter the page of ``address`` into the TLB whose first entry is at ``base``."""
    entry = base + (address >> 11 & tlb[TLB_MASK])
    tlb[np.uint64(entry)] = address & PAGE_MASK
    tlb[np.uint64(entry + 1)] = addend


@jit
def forget(tlb: NDArray[np.int64], first: int, end: int) -> None:
    """Drop the translations of pages ``first`` to ``end`` (page numbers, the last not included) from the TLB."""
    mask = tlb[TLB_MASK]
    if end - first > mask >> 1:
        empty(tlb)
        return
    for page in range(first, end):
        address = page << 12
        entry = address >> 11 & mask
        for base in (LOAD_TLB, STORE_TLB, FETCH_TLB):
            if tlb[np.uint64(base + entry)] == address:
                tlb[np.uint64(base + entry)] = NO_TAG
    tlb[FLUSHED] = NO_TAG


@jit
def second_page(address: int) -> int:
    """Address of the page behind the one that holds ``address``; the address space wraps."""
    return ((address | 0xFFF) + 1) & ADDRESS_MASK


@jit
def locate(words, root, address, size, access, stop):
    """Physical addresses of the first byte and of the part on a second page (0 without one); -1 first on a fault.

    Both pages are checked before either is marked: an access that faults has changed nothing.
    """
    index = permitted(words, root, address, access)
    if index < 0:
        stop[STOP_ADDRESS] = address
        return np.int64(-1), np.int64(0)
    if (address & 0xFFF) + size <= 4096:
        return touch(words, index, address, access), np.int64(0)
    other = permitted(words, root, second_page(address), access)
    if other < 0:
        stop[STOP_ADDRESS] = second_page(address)
        return np.int64(-1), np.int64(0)
    return touch(words, index, address, access), touch(words, other, second_page(address), access)


@jit
def load(tlb, ram, words, root, address, size, stop):
    """The little-endian value of ``size`` bytes at any address; -1 on a fault, with its address in ``stop``."""
    first, rest = locate(words, root, address, size, READ, stop)
    if first < 0:
        return np.int64(-1)
    fill(tlb, LOAD_TLB, address, first - address)
    inside = min(size, 4096 - (address & 0xFFF))
    value = np.int64(0)
    for offset in range(size):
        place = first + offset if offset < inside else rest + offset - inside
        value |= np.int64(ram[np.uint64(place)]) << (8 * offset)
    return value


@jit
def store(tlb, ram, words, root, address, size, value, stop):
    """Store ``size`` bytes at any address; False on a fault, with nothing written and its address in ``stop``."""
    first, rest = locate(words, root, address, size, WRITE, stop)
    if first < 0:
        return False
    fill(tlb, STORE_TLB, address, first - address)
    inside = min(size, 4096 - (address & 0xFFF))
    for offset in range(size):
        place = first + offset if offset < inside else rest + offset - inside
        ram[np.uint64(place)] = value >> (8 * offset) & 0xFF
    return True


@jit
def fetch(tlb, words, decoded, is_decoded, root, address):
    """Index of the decoded row of the page of ``address``, decoding its frame if need be; -1 on a fault.

    It is a fault, too, that as many rows have been made as may be: whoever resolves it drops them all.
    """
    physical = translate(words, root, address, EXEC)
    if physical < 0:
        return np.int64(-1)
    frame = physical >> 12
    if not is_decoded[np.uint64(frame)]:
        if decoded[ROWS_MADE] >= decoded[MOST_ROWS]:
            return np.int64(-1)
        decode_frame(words, decoded, frame)
        is_decoded[np.uint64(frame)] = 1
    fill(tlb, FETCH_TLB, address, frame * ROW)
    return frame * ROW
