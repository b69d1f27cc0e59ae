"""An engine that remembers: what a process stored and called, or when it first touches bytes that are watched.

It executes one instruction after another by the interpreter itself, and looks at each before and behind it. So it is
an engine like the others, with the same results, at a tenth of their speed. What it remembers is kept in a
:class:`Tape`, which lives outside of the machine's memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vm.cpu import interpreter, sv32
from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.interpreter import AMOMAXU_W, BUDGET, JAL, JALR, LB, LHU, LR_W, SB, SC_W, SW
from vm.cpu.jit import jit
from vm.cpu.state import PC, STOP_ADDRESS, STOP_RETIRED
from vm.cpu.sv32 import ADDRESS_MASK, FETCH_TLB, PAGE_MASK, PPN_SHIFT, TLB_INDEX, V

NO_ROOM = 0
"""Reason: the tape is full; nothing of the next instruction has happened."""
WATCHED = 100
"""Reason: the next instruction touches a watched byte; nothing of it has happened."""

PAGES, CALLS, LOWEST, INITIAL, FLOOR, HIT_SIZE, HIT_WRITES, HIT_READS, CONTROL_SIZE = range(9)
"""Indices in ``control``: pages remembered, calls remembered, the lowest stack pointer seen between FLOOR and INITIAL,
and of the access that met a watched byte its size and whether it writes and reads."""

DEPTH, BASE_RETURNS, SHADOW = 0, 1, 2
"""Indices in a shadow stack: return addresses on it, returns below its start, and the first address."""
SHADOW_SIZE = 1024

CALL, RETURN, JUMP = 0, 1, 2
"""Kinds of jumps in ``calls``."""
FROM, TO, KIND, DEEP, POINTER = range(5)
"""Columns of ``calls``: the jump's pc and its target, its kind, the depth after it and the stack pointer."""


class Tape(NamedTuple):
    """What is remembered.

    Of every page stored to since the start, by slot: ``pages`` int32[s] its number, ``images`` uint8[s, 4096] its
    content before, ``writers`` uint32[s, 4096] the pc of the last store to each byte (plus 1 for a system call's, 0
    for none), ``moments`` uint32[s, 4096] how many jumps were logged by then. ``slots`` int32[2**20] is the slot of
    each page plus 1. ``calls`` uint32[c, 5] are calls, returns and other jumps between functions, in order; ``seen``
    uint32[256] thins out jumps in loops. ``watch_slots`` and ``owners`` uint32[w, 4096] say who watches a byte (0:
    nobody). ``control`` int64[CONTROL_SIZE].
    """

    slots: NDArray[np.int32]
    pages: NDArray[np.int32]
    images: NDArray[np.uint8]
    writers: NDArray[np.uint32]
    moments: NDArray[np.uint32]
    calls: NDArray[np.uint32]
    seen: NDArray[np.uint32]
    watch_slots: NDArray[np.int32]
    owners: NDArray[np.uint32]
    control: NDArray[np.int64]


def new_tape(pages: int = 16, calls: int = 1024, watched: int = 4) -> Tape:
    """An empty tape with room for so many pages, calls and watched pages."""
    return Tape(
        np.zeros(1 << 20, np.int32), np.zeros(pages, np.int32), np.zeros((pages, 4096), np.uint8),
        np.zeros((pages, 4096), np.uint32), np.zeros((pages, 4096), np.uint32), np.zeros((calls, 5), np.uint32),
        np.zeros(256, np.uint32), np.zeros(1 << 20, np.int32), np.zeros((watched, 4096), np.uint32),
        np.zeros(CONTROL_SIZE, np.int64),
    )  # fmt: skip


@jit
def remember(tape, words, ram, root, page):
    """The slot of ``page``, whose content is kept if this is its first; -1 when there is no slot left."""
    slot = np.int64(tape.slots[page]) - 1
    if slot >= 0:
        return slot
    slot = tape.control[PAGES]
    if slot >= len(tape.pages):
        return np.int64(-1)
    tape.control[PAGES] = slot + 1
    tape.slots[page] = slot + 1
    tape.pages[slot] = page
    index = sv32.leaf_index(words, root, page << 12)
    entry = np.int64(words[np.uint64(index)]) if index >= 0 else np.int64(0)
    if entry & V:
        start = (entry >> PPN_SHIFT) << 12
        tape.images[slot, :] = ram[start : start + 4096]
    else:
        tape.images[slot, :] = 0
    tape.writers[slot, :] = 0
    return slot


@jit
def prepare(tape, words, ram, root, address, size):
    """Keep the pages that ``size`` bytes at ``address`` lie on; False when there is no room."""
    if remember(tape, words, ram, root, address >> 12) < 0:
        return False
    return remember(tape, words, ram, root, ((address + size - 1) & ADDRESS_MASK) >> 12) >= 0


@jit
def mark(tape, address, size, writer):
    """Note who stored ``size`` bytes at ``address``, on pages that :func:`prepare` has kept."""
    for offset in range(size):
        here = (address + offset) & ADDRESS_MASK
        slot = tape.slots[here >> 12] - 1
        tape.writers[slot, here & 0xFFF] = writer
        tape.moments[slot, here & 0xFFF] = tape.control[CALLS]


@jit
def is_watched(tape, address, size):
    """True when one of ``size`` bytes at ``address`` is watched."""
    for offset in range(size):
        here = (address + offset) & ADDRESS_MASK
        slot = tape.watch_slots[here >> 12]
        if slot and tape.owners[slot - 1, here & 0xFFF]:
            return True
    return False


@jit
def follow(tape, shadow, micro, pc, target, pointer, logging):
    """Keep the shadow stack through a JAL or JALR at ``pc`` that went to ``target``, and log it."""
    rd, rs1 = micro >> 8 & 0xFF, micro >> 16 & 0xFF
    depth = shadow[DEPTH]
    kind = JUMP
    if rd == 1 or rd == 5:
        kind = CALL
        if depth == SHADOW_SIZE:  # far below, nobody will ask for the first half
            half = SHADOW_SIZE // 2
            shadow[SHADOW : SHADOW + half] = shadow[SHADOW + half : SHADOW + SHADOW_SIZE].copy()
            depth = half
        shadow[SHADOW + depth] = (pc + 4) & ADDRESS_MASK
        depth += 1
    elif micro & WITHOUT_ENTRIES == JALR and (rs1 == 1 or rs1 == 5):
        above = depth - 1
        while above >= 0 and shadow[SHADOW + above] != target:
            above -= 1
        if above >= 0:
            kind = RETURN
            depth = above
        elif rs1 == 1:
            kind = RETURN
            depth = 0
            shadow[BASE_RETURNS] += 1
    shadow[DEPTH] = depth
    if kind == JUMP:
        place = pc >> 2 & 255
        if tape.seen[place] == pc:
            return
        tape.seen[place] = pc
    if logging:
        row = tape.control[CALLS]
        tape.calls[row, FROM] = pc
        tape.calls[row, TO] = target
        tape.calls[row, KIND] = kind
        tape.calls[row, DEEP] = depth
        tape.calls[row, POINTER] = pointer
        tape.control[CALLS] = row + 1


@jit
def access_size(op):
    """Bytes that a load, store or atomic moves; 0 for any other instruction."""
    if LB <= op <= LHU:
        return (1, 2, 4, 1, 2)[op - LB]
    if SB <= op <= SW:
        return 1 << (op - SB)
    return 4 if LR_W <= op <= AMOMAXU_W else 0


@jit
def next_micro_op(context, tlb, words, decoded, is_decoded, root):
    """The micro-op at pc; -1 where none can be fetched, which the interpreter will find too."""
    pc = np.int64(context[PC])
    if pc & 3:
        return np.int64(-1)
    entry = FETCH_TLB + (pc >> 11 & TLB_INDEX)
    row = tlb[np.uint64(entry + 1)]
    if tlb[np.uint64(entry)] != pc & PAGE_MASK:
        row = sv32.fetch(tlb, words, decoded, is_decoded, root, pc)
        if row < 0:
            return np.int64(-1)
    return decoded[np.uint64(row + (pc >> 2 & 1023))]


@jit
def note_pointer(tape, pointer):
    """Keep the lowest stack pointer between the floor and the first one."""
    if tape.control[FLOOR] <= pointer < tape.control[LOWEST]:
        tape.control[LOWEST] = pointer


@jit
def record(context, tlb, ram, decoded, is_decoded, root, budget, stop, tape, shadow):
    """As :func:`vm.cpu.interpreter.execute`, remembering every store and call; NO_ROOM before a store without room."""
    words = ram.view(np.uint32)
    reason = BUDGET
    done = np.int64(0)
    while done < budget:
        micro = next_micro_op(context, tlb, words, decoded, is_decoded, root)
        op = micro & WITHOUT_ENTRIES
        pc = np.int64(context[PC])
        note_pointer(tape, np.int64(context[2]))
        size = access_size(op) if micro != -1 else 0
        writes = size > 0 and op >= SB and op != LR_W
        address = np.int64(0)
        if writes:
            imm = micro >> 32 if op < LR_W else 0
            address = (np.int64(context[np.uint64(micro >> 16 & 0xFF)]) + imm) & ADDRESS_MASK
            if not prepare(tape, words, ram, root, address, size):
                reason = NO_ROOM
                break
        jumps = micro != -1 and op in (JAL, JALR)
        if jumps and tape.control[CALLS] >= len(tape.calls):
            reason = NO_ROOM
            break
        reason = interpreter.execute(context, tlb, ram, decoded, is_decoded, root, 1, stop, WITHOUT_ENTRIES)
        if reason != BUDGET:
            break
        done += 1
        if writes and not (op == SC_W and context[np.uint64(micro >> 8 & 0xFF)]):
            mark(tape, address, size, pc)
        if jumps:
            follow(tape, shadow, micro, pc, np.int64(context[PC]), np.int64(context[2]), True)
    stop[STOP_RETIRED] = done
    return reason


@jit
def watch(context, tlb, ram, decoded, is_decoded, root, budget, stop, tape, shadow):
    """As :func:`vm.cpu.interpreter.execute`; WATCHED before an instruction that touches a watched byte."""
    words = ram.view(np.uint32)
    reason = BUDGET
    done = np.int64(0)
    while done < budget:
        micro = next_micro_op(context, tlb, words, decoded, is_decoded, root)
        op = micro & WITHOUT_ENTRIES
        pc = np.int64(context[PC])
        size = access_size(op) if micro != -1 else 0
        if size:
            imm = micro >> 32 if op < LR_W else 0
            address = (np.int64(context[np.uint64(micro >> 16 & 0xFF)]) + imm) & ADDRESS_MASK
            if is_watched(tape, address, size):
                stop[STOP_ADDRESS] = address
                tape.control[HIT_SIZE] = size
                tape.control[HIT_WRITES] = op >= SB and op != LR_W
                tape.control[HIT_READS] = op < SB or op >= LR_W
                reason = WATCHED
                break
        reason = interpreter.execute(context, tlb, ram, decoded, is_decoded, root, 1, stop, WITHOUT_ENTRIES)
        if reason != BUDGET:
            break
        done += 1
        if micro != -1 and op in (JAL, JALR):
            follow(tape, shadow, micro, pc, np.int64(context[PC]), np.int64(context[2]), False)
    stop[STOP_RETIRED] = done
    return reason
