"""The loop around translated code: enter it, and interpret where there is none.

The interpreter stops by itself where a translation starts, since the micro-op there carries a mark
(:data:`vm.cpu.decode.ENTRY`). Everything that translated code does not do, from a page fault to the last instructions
of a budget, the interpreter does; so every stop is the interpreter's.

What is hot is found by sampling: every ``CHUNK`` interpreted instructions the next jump that goes back, calls or
returns warms its target; so does every jump out of translated code to a target without one, and every end of a budget
the head of the loop it came in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.cpu import sv32
from vm.cpu.decode import TRANSLATED, WITH_ENTRIES, WITHOUT_ENTRIES
from vm.cpu.interpreter import BUDGET, ENTRY_REACHED, JAL, JALR, execute
from vm.cpu.state import CONTEXT_SIZE, PC, SINK, STOP_ADDRESS, STOP_RETIRED
from vm.cpu.sv32 import (
    ADDRESS_MASK,
    EXEC,
    FETCH_TLB,
    FLUSHED,
    NO_TAG,
    PPN_SHIFT,
    READ,
    TLB_MASK,
    TLB_SIZE,
    WRITE,
    A,
    permitted,
)
from vm.engine.translator import layout
from vm.native.jit import c_entry, foreign, jit, python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

WANTED = ENTRY_REACHED + 1
"""What :func:`drive` returns, besides a StopReason, for a hot or marked pc without a function in this space."""

ACROSS = 1
"""In place of a function: what is translated there goes across an address at which somebody wants to stop."""

HOT, MUST_SKIP = 1, 2
"""Why, in stop[STOP_ADDRESS]: pc is hot; pc must be skipped unless it is given a function."""

CHUNK, THRESHOLD, SKIP, NATIVE, ENTRIES, LINKS_USED, UNTIL_SAMPLE, JITTER, CONTROL_SIZE = range(9)
"""Indices of the control array: instructions between samples; warmth at which a pc is hot (0: translate whatever is
met); 1 to interpret the next instruction whatever it is; instructions that ran translated; times translated code was
entered; links in use by all translations; instructions until the next sample, 0 for a new count; what
makes each count another. Behind these CONTROL_SIZE entries stand HEAT_ENTRIES."""

NEVER_HOT = 1 << 30
"""A warmth that nothing reaches."""
KNOWN_AS_HOT = 256
"""Warmth at which that is hot which was hot before."""
SAMPLE = 512
"""Warmth of one sample; an arrival from translated code is worth 1."""
HEAT_ENTRIES = 1 << 14
TARGET_ENTRIES = 1 << 13
"""Entries of the table of a space's functions by pc, at most half of them used."""
MOST_DEPENDENCIES = 1024
TARGETS_AT = layout.SIZE
DEPENDENCIES_AT = TARGETS_AT + 2 * TARGET_ENTRIES
TABLES_SIZE = DEPENDENCIES_AT + 2 * MOST_DEPENDENCIES
"""Tables of a space, int64[TABLES_SIZE]: the state block, pairs (pc, function), pairs (page, frame) these depend on."""
MOST_STEPS = 64
"""Instructions stepped through at most in search of a sample's jump."""
LONGEST_PATH = 300
"""At least as many instructions as any block's path."""


@foreign("void(i8, i8, i8, i4)")
def _enter(function, state, target, budget, pc):
    """Call the C function at the address ``function`` with (state, target, budget, pc)."""
    raise AssertionError("there is no machine code to be called")


@c_entry("i8(i8[::1], u4[::1], i8, i8)")
def refill(state, words, address, kind):
    """The addend of an access inside one page, entered into the TLB; NO_ADDEND for a fault or two pages.

    ``kind`` is the access's size, with STORE added for a store.
    """
    size = kind & 15
    if (address & 0xFFF) + size > 4096:
        return np.int64(layout.NO_ADDEND)
    access, base = (WRITE, sv32.STORE_TLB) if kind & layout.STORE else (READ, sv32.LOAD_TLB)
    index = permitted(words, state[layout.ROOT], address, access)
    if index < 0:
        return np.int64(layout.NO_ADDEND)
    addend = sv32.touch(words, index, address, access) - address
    sv32.fill(state[layout.TLB : layout.TLB + TLB_SIZE], base, address, addend)
    return addend


@python_entry("i8(i8[::1], i8)")
def look_up(targets: NDArray[np.int64], pc: int) -> int:
    """What a space's table of pairs (pc, function) has for ``pc``: a function or ACROSS; 0 when it has nothing."""
    place = pc >> 2 & (TARGET_ENTRIES - 1)
    while targets[np.uint64(2 * place)] != layout.NO_PC:
        if targets[np.uint64(2 * place)] == pc:
            return targets[np.uint64(2 * place + 1)]
        place = place + 1 & (TARGET_ENTRIES - 1)
    return np.int64(0)


@python_entry("i8(i8[::1], i8)")
def find(targets: NDArray[np.int64], pc: int) -> int:
    """The function for ``pc`` in a space's table; 0 when there is none."""
    function = look_up(targets, pc)
    return function if function != ACROSS else np.int64(0)


@jit
def insert(targets: NDArray[np.int64], pc: int, function: int) -> None:
    """Enter a function into a space's table."""
    place = pc >> 2 & (TARGET_ENTRIES - 1)
    while targets[np.uint64(2 * place)] != layout.NO_PC and targets[np.uint64(2 * place)] != pc:
        place = place + 1 & (TARGET_ENTRIES - 1)
    targets[np.uint64(2 * place)] = pc
    targets[np.uint64(2 * place + 1)] = function


@jit
def remember(block: NDArray[np.int64], pc: int, function: int) -> None:
    """Enter a function into the jump cache."""
    place = layout.JUMPS + 2 * (pc >> 2 & (layout.JUMP_ENTRIES - 1))
    block[np.uint64(place)] = pc
    block[np.uint64(place + 1)] = function


@python_entry("void(i8[::1], i8[::1], i8[:, ::1])")
def use(block: NDArray[np.int64], targets: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
    """Link functions into a space: ``rows`` int64[n, 3] are pc, function and the number of the link to it, or -1.

    ACROSS for a function unlinks the one that is there.
    """
    for row in range(len(rows)):
        pc, function, link = rows[row, 0], rows[row, 1], rows[row, 2]
        insert(targets, pc, function)
        if function == ACROSS:
            function = block[layout.UNKNOWN_TARGET]
        remember(block, pc, function)
        if link >= 0:
            block[np.uint64(layout.LINKS + link)] = function


@python_entry("void(i8[::1], i8[::1], i8)")
def forget_all(block: NDArray[np.int64], targets: NDArray[np.int64], links: int) -> None:
    """Unlink every translation from a space."""
    for index in range(layout.LINKS, layout.LINKS + links):
        block[np.uint64(index)] = block[layout.UNKNOWN_TARGET]
    for index in range(layout.JUMP_ENTRIES):
        block[np.uint64(layout.JUMPS + 2 * index)] = layout.NO_PC
    for index in range(TARGET_ENTRIES):
        targets[np.uint64(2 * index)] = layout.NO_PC
    block[layout.DEPENDENCIES] = 0


@python_entry("b1(u4[::1], i8, u1[::1], i8, i8, b1)")
def is_intact(
    words: NDArray[np.uint32], root: int, is_decoded: NDArray[np.uint8], page: int, frame: int, need_accessed: bool
) -> bool:
    """True if ``page`` (an address) is still ``frame``, executable, fetched from before, and not changed since."""
    index = permitted(words, root, page, EXEC)
    if index < 0:
        return False
    entry = np.int64(words[np.uint64(index)])
    marked = entry & A != 0 or not need_accessed
    return marked and entry >> PPN_SHIFT == frame and is_decoded[np.uint64(frame)] == TRANSLATED


@jit
def is_entry(tlb: NDArray[np.int64], decoded: NDArray[np.int64], pc: int, target: int) -> bool:
    """True if going from ``pc`` to ``target`` was a jump that went back, called or returned."""
    if target == pc + 4:
        return False
    row = tlb[np.uint64(FETCH_TLB + (pc >> 11 & tlb[TLB_MASK]) + 1)]
    micro = decoded[np.uint64(row + (pc >> 2 & 1023))]
    op = micro & WITHOUT_ENTRIES
    return target <= pc or op == JALR or (op == JAL and micro >> 8 & 0xFF != SINK)


@jit
def warm(heat: NDArray[np.int64], pc: int, amount: int, threshold: int) -> int:
    """Warm ``pc``: HOT, and then it starts from cold again, or 0. ``heat`` holds warmth << 32 | pc.

    Of two that share a place the warmer stays, and cools.
    """
    place = np.uint64(pc >> 2 & (HEAT_ENTRIES - 1))
    other = heat[place]
    if other & ADDRESS_MASK != pc:
        if other >> 32 > amount:
            heat[place] = other - (amount << 32)
            return 0
        other = pc
    heat[place] = other + (amount << 32)
    if heat[place] >> 32 < threshold:
        return 0
    heat[place] = 0
    return HOT


@jit
def check(words, root, is_decoded, tlb, block, targets, dependencies, links):
    """After entries left the TLB: keep the space's links only if every page they depend on is what it was."""
    if tlb[FLUSHED] != NO_TAG or block[layout.DEPENDENCIES] == 0:
        return
    for index in range(block[layout.DEPENDENCIES]):
        page, frame = dependencies[2 * index], dependencies[2 * index + 1]
        if not is_intact(words, root, is_decoded, page, frame, True):
            forget_all(block, targets, links)
            break
    tlb[FLUSHED] = 0


@jit
def enter(context, block, function, left, pc):
    """Run translated code at ``pc``; the instructions left."""
    registers = block[: CONTEXT_SIZE // 2].view(np.uint32)
    for index in range(1, 32):
        registers[index] = context[index]
    _enter(block[layout.ENTER], block[layout.SELF], function, left, pc)
    for index in range(1, 32):
        context[index] = registers[index]
    context[PC] = registers[PC]
    return block[layout.BUDGET]


@jit
def plan(control, why, left, search):
    """(most instructions to interpret next, mask for the interpreter); (0, 0) to ask for a translation first."""
    if why == layout.LEFT_SHORT_BUDGET:
        return min(left, np.int64(LONGEST_PATH)), WITHOUT_ENTRIES
    if why == layout.LEFT_ONE_STEP or search != 0:
        return np.int64(1), WITHOUT_ENTRIES
    if control[SKIP] != 0:
        control[SKIP] = 0
        return np.int64(1), WITHOUT_ENTRIES
    if control[THRESHOLD] == 0:
        return np.int64(0), 0
    if control[UNTIL_SAMPLE] == 0:
        # No two counts alike, or the samples of a loop all fall on one of its jumps.
        control[JITTER] = control[JITTER] * 5 + 12345 & 0xFFFF
        control[UNTIL_SAMPLE] = max(control[CHUNK] + control[CHUNK] * (control[JITTER] - 0x8000) // 0x10000, 1)
    return min(left, control[UNTIL_SAMPLE]), WITH_ENTRIES


@jit
def wish_at_mark(control, targets, pc):
    """MUST_SKIP where a translation is marked and the space has none; where one goes across an address, what warms."""
    function = look_up(targets, pc)
    if function != ACROSS:
        return MUST_SKIP if function == 0 else 0
    control[SKIP] = 1
    return warm(control[CONTROL_SIZE:], pc, 1, min(control[THRESHOLD], KNOWN_AS_HOT))


@python_entry("i8(u4[::1], i8[::1], u1[::1], i8[::1], u1[::1], i8, i8[::1], i8[::1], i8, i8[::1])")
def drive(context, tlb, ram, decoded, is_decoded, root, tables, control, budget, stop, guards=None):
    """Run at most ``budget`` instructions: a StopReason with ``stop`` as :func:`~vm.cpu.interpreter.execute` fills it.

    Or WANTED, with HOT or MUST_SKIP in stop[STOP_ADDRESS]. ``tables`` are a space's, see :data:`TABLES_SIZE`. With
    ``guards`` it may be TOUCHES, as of the interpreter; without them, nothing of that is compiled.
    """
    block, targets, dependencies = tables[: layout.SIZE], tables[TARGETS_AT:DEPENDENCIES_AT], tables[DEPENDENCIES_AT:]
    heat = control[CONTROL_SIZE:]
    check(ram.view(np.uint32), root, is_decoded, tlb, block, targets, dependencies, control[LINKS_USED])
    threshold = control[THRESHOLD]
    left = budget
    search = 0  # steps left in search of a sample's jump
    reason, wish = BUDGET, 0
    while left != 0 and wish == 0:
        pc = np.int64(context[PC])
        why = np.int64(0)
        function = find(targets, pc) if control[SKIP] == 0 and search == 0 else np.int64(0)
        if function != 0:
            remember(block, pc, function)
            before, left = left, enter(context, block, function, left, pc)
            control[NATIVE] += before - left
            control[ENTRIES] += 1
            why = block[layout.WHY]
            if left == 0:
                break
            pc = np.int64(context[PC])
            if why != layout.LEFT_ONE_STEP and threshold != 0 and find(targets, pc) == 0:
                wish = warm(heat, pc, SAMPLE if why == layout.LEFT_SHORT_BUDGET else 1, threshold)
                if wish != 0:
                    break
            if why == layout.LEFT_UNKNOWN_TARGET:
                continue
        limit, mask = plan(control, why, left, search)
        if limit == 0:
            wish = MUST_SKIP
            break
        if guards is None:
            last = execute(context, tlb, ram, decoded, is_decoded, root, limit, stop, mask)
        else:
            last = execute(context, tlb, ram, decoded, is_decoded, root, limit, stop, mask, None, None, guards)
        left -= stop[STOP_RETIRED]
        target = np.int64(context[PC])
        if mask == WITH_ENTRIES:
            control[UNTIL_SAMPLE] -= stop[STOP_RETIRED]
        if last == BUDGET and stop[STOP_RETIRED] < limit:
            break  # at a mark: somebody wants to stop here (vm.cpu.stepping)
        if last == ENTRY_REACHED:
            wish = wish_at_mark(control, targets, target)
        elif last != BUDGET:
            reason = last
            break
        elif search != 0:
            search -= 1
            if is_entry(tlb, decoded, pc, target):
                search = 0
                wish = warm(heat, target, SAMPLE, threshold)
        elif mask == WITH_ENTRIES and control[UNTIL_SAMPLE] == 0:
            search = MOST_STEPS
    if wish != 0:
        reason = WANTED
    if reason in (BUDGET, WANTED):
        stop[STOP_ADDRESS] = wish
    stop[STOP_RETIRED] = budget - left
    return reason
