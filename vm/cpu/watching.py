"""Looking at accesses to memory before they are made: the interpreter, from one load, store or atomic to the next.

An access to a watched word stops the run before it; accesses inside given areas are logged as they are made. A run
without watched words and areas never comes here, so that they cost nothing where there are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.cpu import sv32
from vm.cpu.decode import END_OF_PAGE, FRAME_WORDS, ILLEGAL, WITHOUT_ENTRIES, decode_word
from vm.cpu.interpreter import BGEU, BUDGET, EBREAK, ECALL, JAL, LB, LR_W, SB, SC_W, SW, execute
from vm.cpu.state import PC, READS, RESERVED_ADDRESS, STOP_ADDRESS, STOP_RETIRED, TOUCHES, WRITES
from vm.cpu.sv32 import ADDRESS_MASK, FETCH_TLB, PAGE_MASK, TLB_MASK
from vm.cpu.tape import AMOMAXU_W, SIZES
from vm.native.jit import jit, python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOGGED, SEEN = 0, 1
"""Indices in a log: how many accesses it holds, and the first of SEEN_SIZE that were among the last ones."""
SEEN_SIZE = 1024
ENTRIES = SEEN + SEEN_SIZE
"""Where the accesses begin that a log holds."""
WORD_SHIFT, PC_SHIFT = 32, 2
"""Where in an access that is logged the number of the word and that of the instruction's word begin, above its kind."""
MOST_WORDS = 2
"""Words that one instruction can access."""


def new_log(accesses: int = 4096) -> NDArray[np.int64]:
    """An empty log with room for so many accesses."""
    return np.zeros(ENTRIES + accesses, np.int64)


@jit
def is_access(op: int) -> bool:
    """Tell whether this is the opcode of a load, a store or an atomic."""
    return LB <= op <= SW or LR_W <= op <= AMOMAXU_W


@jit
def reads(op: int) -> bool:
    """Tell whether an access of this opcode reads memory; SC compares it with what was loaded."""
    return op < SB or op >= LR_W


@jit
def writes(op: int) -> bool:
    """Tell whether an access of this opcode can write memory."""
    return op >= SB and op != LR_W


@jit
def address_of(context, micro):
    """The address that the instruction ``micro`` accesses; -1 where it accesses none, as SC without a reservation."""
    op = micro & WITHOUT_ENTRIES
    if not is_access(op):
        return np.int64(-1)
    address = np.int64(context[np.uint64(micro >> 16 & 0xFF)])
    if op <= SW:
        address += micro >> 32
    address &= ADDRESS_MASK
    if op == SC_W and np.int64(context[RESERVED_ADDRESS]) != address:
        return np.int64(-1)
    return address


@jit
def count_until(numbers: NDArray[np.int64], number: int) -> int:
    """How many of ``numbers``, int64[n] in ascending order, are not above ``number``."""
    low, high = 0, len(numbers)
    while low < high:
        middle = (low + high) >> 1
        if numbers[middle] <= number:
            low = middle + 1
        else:
            high = middle
    return low


@jit
def has_word(watched, word):
    """Tell whether the word at address ``word`` is one of ``watched``."""
    place = count_until(watched, word)
    return place > 0 and watched[place - 1] == word


@jit
def touches(watched, address, size):
    """Tell whether one of ``size`` bytes at ``address`` is in a word of ``watched``: int64[n], in ascending order."""
    if len(watched) == 0:
        return False
    first, last = address & -4, (address + size - 1) & ADDRESS_MASK & -4
    return has_word(watched, first) or (last != first and has_word(watched, last))


@jit
def is_inside(areas: NDArray[np.int64], address: int) -> bool:
    """Tell whether ``address`` is in one of ``areas``: int64[2 * n], starts and ends in ascending order."""
    return count_until(areas, address) & 1 == 1


@jit
def note(log: NDArray[np.int64], areas: NDArray[np.int64], address: int, pc: int, kind: int) -> None:
    """Log an access to the word at ``address`` by the instruction at ``pc``, if it lies in one of ``areas``.

    What was logged lately is not logged again.
    """
    if not is_inside(areas, address):
        return
    entry = address >> 2 << WORD_SHIFT | pc >> 2 << PC_SHIFT | kind
    place = SEEN + ((address ^ pc) >> 2 & SEEN_SIZE - 1)
    if log[place] != entry:
        log[place] = entry
        log[ENTRIES + log[LOGGED]] = entry
        log[LOGGED] += 1


@jit
def note_access(context, log, areas, micro, address, pc):
    """Log the access to ``address`` that the instruction ``micro`` at ``pc`` has just made."""
    op = micro & WITHOUT_ENTRIES
    has_failed = op == SC_W and context[np.uint64(micro >> 8 & 0xFF)] != 0
    kind = (READS if reads(op) else 0) | (WRITES if writes(op) and not has_failed else 0)
    note(log, areas, address, pc, kind)
    last = (address + SIZES[op] - 1) & ADDRESS_MASK
    if last >> 2 != address >> 2:
        note(log, areas, last, pc, kind)


@jit
def next_instruction(context, tlb, ram, decoded, root):
    """The micro-op of the instruction that comes next, ILLEGAL if it cannot be fetched; nothing is marked for that."""
    pc = np.int64(context[PC])
    if pc & 3:
        return np.int64(ILLEGAL)
    entry = FETCH_TLB + (pc >> 11 & tlb[TLB_MASK])
    if tlb[np.uint64(entry)] == pc & PAGE_MASK:
        return decoded[np.uint64(tlb[np.uint64(entry + 1)] + (pc >> 2 & FRAME_WORDS - 1))]
    words = ram.view(np.uint32)
    index = sv32.permitted(words, root, pc, sv32.EXEC)
    if index < 0:
        return np.int64(ILLEGAL)
    frame = np.int64(words[np.uint64(index)]) >> sv32.PPN_SHIFT
    return decode_word(np.int64(words[np.uint64((frame << 10) + (pc >> 2 & FRAME_WORDS - 1))]))


@python_entry("i8(u4[::1], i8[::1], u1[::1], i8[::1], i8, i8[::1])")
def next_touching(context, tlb, ram, decoded, root, watched):
    """The micro-op of the instruction that comes next if it accesses one of the words ``watched``; else ILLEGAL."""
    micro = next_instruction(context, tlb, ram, decoded, root)
    address = address_of(context, micro)
    if address >= 0 and touches(watched, address, SIZES[micro & WITHOUT_ENTRIES]):
        return micro
    return np.int64(ILLEGAL)


@jit
def count_ahead(tlb, decoded, pc):
    """How many instructions from ``pc`` on, which is no access, are executed before an access may come; at least 1."""
    entry = FETCH_TLB + (pc >> 11 & tlb[TLB_MASK])
    if tlb[np.uint64(entry)] != pc & PAGE_MASK:
        return 1
    at = tlb[np.uint64(entry + 1)] + (pc >> 2 & FRAME_WORDS - 1)
    count = 0
    while True:
        op = decoded[np.uint64(at + count)] & WITHOUT_ENTRIES
        if is_access(op) or op == END_OF_PAGE:
            return max(count, 1)
        count += 1
        if JAL <= op <= BGEU or ECALL <= op <= EBREAK or op >= ILLEGAL:
            return count


@python_entry("i8(u4[::1], i8[::1], u1[::1], i8[::1], u1[::1], i8, i8, i8[::1], i8[::1], i8[::1], i8[::1])")
def run_watched(context, tlb, ram, decoded, is_decoded, root, budget, stop, watched, areas, log):
    """Run as :func:`vm.cpu.interpreter.execute` does, but stop before an access to a word of ``watched``: TOUCHES.

    Nothing of that instruction has happened then. Accesses in ``areas`` are written to ``log``, which must have room
    for one; BUDGET comes early when it has none any more.
    """
    retired = np.int64(0)
    reason = np.int64(BUDGET)
    while retired < budget:
        pc = np.int64(context[PC])
        micro = next_instruction(context, tlb, ram, decoded, root)
        address, steps, is_noted = address_of(context, micro), np.int64(1), False
        if address >= 0:
            if touches(watched, address, SIZES[micro & WITHOUT_ENTRIES]):
                reason = np.int64(TOUCHES)
                break
            is_noted = len(areas) > 0
            if is_noted and ENTRIES + log[LOGGED] + MOST_WORDS > len(log):
                break
        else:
            steps = min(count_ahead(tlb, decoded, pc), budget - retired)
        reason = np.int64(execute(context, tlb, ram, decoded, is_decoded, root, steps, stop, np.int64(WITHOUT_ENTRIES)))
        retired += stop[STOP_RETIRED]
        if is_noted and stop[STOP_RETIRED]:
            note_access(context, log, areas, micro, address, pc)
        if reason != BUDGET or not stop[STOP_RETIRED]:
            break  # without an instruction it is a mark of vm.cpu.stepping's
    if reason in (BUDGET, TOUCHES):
        stop[STOP_ADDRESS] = 0
    stop[STOP_RETIRED] = retired
    return reason
