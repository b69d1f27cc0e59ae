"""What the interpreter can remember: what a process stores and calls, or when it first touches watched bytes.

It shows each instruction to :func:`notice` before it executes it, if it was given a :class:`Tape`. What is remembered
lies outside of the machine's memory, and changes nothing in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vm.cpu import sv32
from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.sv32 import ADDRESS_MASK
from vm.isa import BY_NAME, INSTRUCTIONS
from vm.native.jit import jit, python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

JAL, JALR, LB, SB, SW, LR_W, AMOMAXU_W = (
    BY_NAME[name].number for name in ("jal", "jalr", "lb", "sb", "sw", "lr.w", "amomaxu.w")
)
SIZES = np.array(
    [{"b": 1, "h": 2, "w": 4}.get(row.name.split(".")[0].rstrip("u")[-1:], 0) for row in INSTRUCTIONS], np.int64
)
"""Bytes that each load and store moves; 4 for atomics."""
SIZES[LR_W : AMOMAXU_W + 1] = 4
TAKES_NOTICE = np.zeros(256, np.bool_)
"""Which opcodes :func:`notice` has to see: those of jumps and of accesses to memory."""
TAKES_NOTICE[[JAL, JALR, *range(LB, SW + 1), *range(LR_W, AMOMAXU_W + 1)]] = True

NO_ROOM = 100
"""Reason: there is no room for another page; nothing of the next instruction has happened."""
WATCHED = 101
"""Reason: the next instruction touches a watched byte; nothing of it has happened."""

RECORDING, PAGES, CALLS, LOWEST, FLOOR, HIT_ADDRESS, HIT_SIZE, HIT_WRITES, HIT_READS, WATCH_PAGES, SEEN = range(11)
"""Indices in ``control``: whether to record or to watch; pages and calls remembered; the lowest stack pointer seen
above FLOOR; of the access that met a watched byte its address and size and whether it writes and reads; pages with
watched bytes; and 256 words that thin out jumps in loops."""
SEEN_SIZE = 256

STORES, WATCHES = 1, 0
"""Rows of ``slots``."""
IMAGE, PAGE, STORES_SIZE = 4096, 4608, 4609
"""Columns of ``stores``: behind the stores to each byte the page's content before them, and its number."""
OWNERS_PAGE, OWNERS_SIZE = 4096, 4097
"""Columns of ``owners``: behind those of each byte the page's number."""
MOMENT = 32
"""A store is its writer, and from this bit on how many jumps had been logged by then."""
INHERITED = 1 << 62
"""Flag of a store: what it left is by now the damage of a window inside another."""

DEPTH, SHADOW = 0, 1
"""Indices in a shadow stack: how many return addresses it holds, and the first of them."""
SHADOW_SIZE = 256

CALL, RETURN, JUMP = 0, 1, 2
"""Kinds of jumps in ``calls``."""
FROM, TO, KIND, POINTER, FIRST = range(5)
"""Columns of ``calls``: the jump's pc and its target, its kind, the stack pointer, and a0: the first argument of a
function that is called, the result of one that returns."""


TAPE = "NamedTuple((i4[:, ::1], i8[:, ::1], u4[:, ::1], u4[:, ::1], i8[::1]), Tape)"
"""numba's type of :class:`Tape`."""


class Tape(NamedTuple):
    """What is remembered, in few arrays, since each of them has to be handed over at every call.

    ``slots`` int32[2, 2**20] has for each page its row in ``stores`` and in ``owners``, plus 1. ``stores``
    int64[s, STORES_SIZE], a row for every page stored to since the start: of each byte the pc of the last store (plus 1
    for a system call's, 0 for none) and its MOMENT. ``owners`` uint32[w, OWNERS_SIZE] say who watches a byte (0:
    nobody). ``calls`` uint32[c, 5] are calls, returns and other jumps between functions, in order; when it is full no
    more are logged; an instruction logs at most one. ``control`` int64[CONTROL_SIZE].
    """

    slots: NDArray[np.int32]
    stores: NDArray[np.int64]
    owners: NDArray[np.uint32]
    calls: NDArray[np.uint32]
    control: NDArray[np.int64]


CONTROL_SIZE = SEEN + SEEN_SIZE


def new_tape(pages: int = 16, calls: int = 16384, watched: int = 4) -> Tape:
    """An empty tape with room for so many pages, calls and watched pages."""
    return Tape(
        np.zeros((2, 1 << 20), np.int32), np.zeros((pages, STORES_SIZE), np.int64),
        np.zeros((watched, OWNERS_SIZE), np.uint32), np.zeros((calls, 5), np.uint32), np.zeros(CONTROL_SIZE, np.int64),
    )  # fmt: skip


@python_entry(f"i8({TAPE}, u4[::1], i8, i8)")
def remember(tape, words, root, page):
    """The row of ``page`` in ``stores``, with its content if this is its first store; -1 when there is no row left."""
    slot = np.int64(tape.slots[STORES, page]) - 1
    if slot >= 0:
        return slot
    slot = tape.control[PAGES]
    if slot >= len(tape.stores):
        return np.int64(-1)
    tape.control[PAGES] = slot + 1
    tape.slots[STORES, page] = slot + 1
    row = tape.stores[slot]
    row[:IMAGE] = 0
    row[PAGE] = page
    index = sv32.leaf_index(words, root, page << 12)
    entry = np.int64(words[np.uint64(index)]) if index >= 0 else np.int64(0)
    frame = sv32.frame_of(entry, len(words) >> 10)
    if frame >= 0:
        start = frame << 10
        for place in range(PAGE - IMAGE):
            low, high = words[np.uint64(start + 2 * place)], words[np.uint64(start + 2 * place + 1)]
            row[IMAGE + place] = np.int64(low) | np.int64(high) << 32
    else:
        row[IMAGE:PAGE] = 0
    return slot


@jit
def prepare(tape, words, root, address, size):
    """Keep the pages that ``size`` bytes at ``address`` lie on; False when there is no room."""
    if remember(tape, words, root, address >> 12) < 0:
        return False
    return remember(tape, words, root, ((address + size - 1) & ADDRESS_MASK) >> 12) >= 0


@jit
def mark(tape, address, size, writer):
    """Note who stored ``size`` bytes at ``address``, on pages that :func:`prepare` has kept."""
    for offset in range(size):
        here = (address + offset) & ADDRESS_MASK
        slot = np.int64(tape.slots[STORES, here >> 12]) - 1
        tape.stores[slot, here & 0xFFF] = tape.control[CALLS] << MOMENT | writer


@python_entry("i8(i4[:, ::1], i8[:, ::1], u4[:, ::1], i8[::1], i8, i8)")
def next_watched(slots, stores, owners, control, address, end):
    """The first byte from ``address`` up to ``end`` that somebody watches; -1 when there is none.

    While recording, one that has been stored to since holds another's value, and is none.
    """
    while address < end:
        page, place = address >> 12, address & 0xFFF
        watched = np.int64(slots[WATCHES, page]) - 1
        if watched < 0:
            address = page + 1 << 12
            continue
        if owners[watched, place]:
            row = np.int64(slots[STORES, page]) - 1
            if not control[RECORDING] or row < 0 or stores[row, place] == 0 or stores[row, place] & INHERITED:
                return address
        address += 1
    return -1


@jit
def is_watched(tape, address, size):
    """True when one of ``size`` bytes at ``address`` is watched."""
    end = address + size
    slots, stores, owners, control = tape.slots, tape.stores, tape.owners, tape.control
    if next_watched(slots, stores, owners, control, address, min(end, ADDRESS_MASK + 1)) >= 0:
        return True
    return end > ADDRESS_MASK + 1 and next_watched(slots, stores, owners, control, 0, end & ADDRESS_MASK) >= 0


@jit
def follow(tape, shadow, micro, pc, target, pointer, first):
    """Keep the shadow stack through a JAL or JALR at ``pc`` that goes to ``target``, and log it while recording."""
    rd, rs1 = micro >> 8 & 0xFF, micro >> 16 & 0xFF
    depth = shadow[DEPTH]
    kind = JUMP
    if rd in (1, 5):
        kind = CALL
        if depth == SHADOW_SIZE:  # far below, nobody will ask for the first half
            half = SHADOW_SIZE // 2
            for place in range(SHADOW, SHADOW + half):
                shadow[place] = shadow[place + half]
            depth = half
        shadow[SHADOW + depth] = (pc + 4) & ADDRESS_MASK
        depth += 1
    elif micro & WITHOUT_ENTRIES == JALR and rs1 in (1, 5):
        above = depth - 1
        while above >= 0 and shadow[SHADOW + above] != target:
            above -= 1
        if above >= 0:
            kind = RETURN
            depth = above
        elif rs1 == 1:
            kind = RETURN
            depth = 0
    shadow[DEPTH] = depth
    if not tape.control[RECORDING]:
        return
    if kind == JUMP:
        place = SEEN + (pc >> 2 & SEEN_SIZE - 1)
        if tape.control[place] == pc:
            return
        tape.control[place] = pc
    row = tape.control[CALLS]
    if row == len(tape.calls):
        return
    tape.calls[row, FROM] = pc
    tape.calls[row, TO] = target
    tape.calls[row, KIND] = kind
    tape.calls[row, POINTER] = pointer
    tape.calls[row, FIRST] = first
    tape.control[CALLS] = row + 1


@jit
def note_pointer(tape, pointer):
    """Keep the lowest stack pointer between the floor and the first one."""
    if tape.control[FLOOR] <= pointer < tape.control[LOWEST]:
        tape.control[LOWEST] = pointer


@jit
def notice(tape, shadow, context, words, root, micro, pc):
    """Look at the instruction about to be executed; 0 to go on, or NO_ROOM or WATCHED before anything of it happens.

    Reads of watched bytes are looked for; while recording stores and jumps are remembered, otherwise stores to watched
    bytes are looked for as well.
    """
    op = micro & WITHOUT_ENTRIES
    if op in (JAL, JALR):
        target = pc + (micro >> 32)
        if op == JALR:
            target = (np.int64(context[np.uint64(micro >> 16 & 0xFF)]) + (micro >> 32)) & -2
        if not target & 2:
            follow(
                tape, shadow, micro, pc, target & ADDRESS_MASK, np.int64(context[2]), np.int64(context[10])
            )  # fmt: skip
        return 0
    if not (LB <= op <= SW or LR_W <= op <= AMOMAXU_W):
        return 0
    address = np.int64(context[np.uint64(micro >> 16 & 0xFF)])
    if op <= SW:
        address += micro >> 32
    address &= ADDRESS_MASK
    reads, writes = op < SB or op >= LR_W, op >= SB and op != LR_W
    size = SIZES[op]
    if (reads or not tape.control[RECORDING]) and is_watched(tape, address, size):
        tape.control[HIT_ADDRESS] = address
        tape.control[HIT_SIZE] = size
        tape.control[HIT_WRITES] = writes
        tape.control[HIT_READS] = reads
        return WATCHED
    if not writes or not tape.control[RECORDING]:
        return 0
    note_pointer(tape, np.int64(context[2]))
    if not prepare(tape, words, root, address, size):
        return NO_ROOM
    mark(tape, address, size, pc)
    return 0
