"""Guards: ranges of addresses, and which accesses to memory meet one.

They are an int64 array: how many there are, the kinds of accesses that have to be looked at, then of each guard its
start, its end, and the kinds that it is for. Behind them lies a filter, a byte for each of FILTER_SIZE words and for
all words that are a multiple of as many apart: the kinds of accesses to one of them that may meet a guard. A word that
no guard lies on is told by one look at it, unless it shares a place with another; then the guards themselves are gone
through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.cpu import sv32
from vm.cpu.state import CHANGES, READS, WRITES
from vm.cpu.sv32 import ADDRESS_MASK, PPN_SHIFT
from vm.cpu.tape import AMOMAXU_W, LB, LR_W, SB, SW
from vm.native.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNT, LOOKS, FIRST = 0, 1, 2
"""Indices: how many guards there are, what kinds of accesses are looked at, and the first guard."""
STORES_ALONE, ALL = WRITES | CHANGES, READS | WRITES | CHANGES
"""The kinds of accesses that are looked at: loads are not where no guard is for them."""
GUARD_SIZE, MOST_GUARDS = 3, 64
FILTER = FIRST + GUARD_SIZE * MOST_GUARDS
"""Index where the filter begins, eight bytes an entry."""
FILTER_SIZE = 4096
GUARDS_SIZE = FILTER + FILTER_SIZE // 8
KINDS = np.zeros(256, np.uint8)
"""For each opcode the kinds of accesses that it can be."""
KINDS[LB:SB] = READS
KINDS[SB : SW + 1] = WRITES | CHANGES
KINDS[LR_W] = READS
KINDS[LR_W + 1 : AMOMAXU_W + 1] = READS | WRITES | CHANGES


def new_guards(ranges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Guards for ``ranges``, int64[n, GUARD_SIZE], of which there are at most MOST_GUARDS."""
    guards: NDArray[np.int64] = np.zeros(GUARDS_SIZE, np.int64)
    guards[COUNT] = len(ranges)
    guards[FIRST : FIRST + ranges.size] = ranges.ravel()
    guards[LOOKS] = STORES_ALONE
    places = guards[FILTER:].view(np.uint8)
    for start, end, kinds in ranges.tolist():
        words = np.arange(start >> 2, min((end + 3) >> 2, (start >> 2) + FILTER_SIZE)) % FILTER_SIZE
        places[words] |= kinds
        if kinds & READS:
            guards[LOOKS] = ALL
    return guards


@jit
def may_meet(places, address, kinds):
    """Tell whether an access of ``kinds`` at ``address`` may meet a guard: ``places`` are guards as bytes."""
    place = 8 * FILTER + (address >> 2 & FILTER_SIZE - 1)
    if places[np.uint64(place)] & kinds:
        return True
    return address & 3 != 0 and places[np.uint64(8 * FILTER + ((address >> 2) + 1 & FILTER_SIZE - 1))] & kinds != 0


@jit
def touches_guard(guards, address, size, kinds):
    """Tell whether a guard against one of ``kinds`` of accesses lies on one of ``size`` bytes at ``address``."""
    for number in range(guards[COUNT]):
        place = np.uint64(FIRST + GUARD_SIZE * number)
        start, end = guards[place], guards[place + np.uint64(1)]
        if address < end and start < address + size and guards[place + np.uint64(2)] & kinds:
            return True
    return False


@jit
def changes_guarded(guards, address, size, old, new):
    """Tell whether ``new`` in place of ``old`` changes a byte with a guard against changes."""
    for offset in range(size):
        if (old ^ new) >> 8 * offset & 0xFF and touches_guard(guards, address + offset, 1, CHANGES):
            return True
    return False


@jit
def read_permitted(words, root, address, size, access):
    """What ``size`` bytes at ``address`` hold; -1 where not all of them may be accessed so. Marks nothing."""
    value = np.int64(0)
    for offset in range(size):
        here = (address + offset) & ADDRESS_MASK
        index = sv32.permitted(words, root, here, access)
        if index < 0:
            return np.int64(-1)
        place = (np.int64(words[np.uint64(index)]) >> PPN_SHIFT << 10) + (here >> 2 & 1023)
        value |= (np.int64(words[np.uint64(place)]) >> 8 * (here & 3) & 0xFF) << 8 * offset
    return value
