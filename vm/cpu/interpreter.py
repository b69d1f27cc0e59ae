"""The interpreter: the definition of what an instruction does.

:func:`execute` runs micro-ops until its budget ends or an instruction stops. The state it keeps is an index ``at`` into
the decoded array and ``bias``, so that pc = bias + 4 * at; instructions are counted when a block is left. Where the
budget ends inside the next 1024 instructions, the micro-op there is replaced by END_OF_BUDGET for as long as the block
runs: an exact budget costs nothing per instruction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vm.cpu import sv32
from vm.cpu.decode import END_OF_BUDGET, END_OF_PAGE, ENTRY, FRAME_WORDS, ILLEGAL, WITHOUT_ENTRIES
from vm.cpu.guards import KINDS, changes_guarded, may_meet, read_permitted, touches_guard
from vm.cpu.state import (
    CHANGES,
    NO_RESERVATION,
    PC,
    READS,
    RESERVED_ADDRESS,
    RESERVED_WORD,
    STOP_ADDRESS,
    STOP_RETIRED,
    STOP_SIZE,
    TOUCHES,
    WRITES,
    Context,
    Stop,
    StopReason,
)
from vm.cpu.sv32 import ADDRESS_MASK, FETCH_TLB, LOAD_TLB, PAGE_MASK, STORE_TLB, TLB_MASK
from vm.cpu.tape import CALLS, LOWEST, MOMENT, RECORDING, SIZES, TAKES_NOTICE, notice
from vm.isa import INSTRUCTIONS
from vm.native.jit import jit, python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

# fmt: off
(
    LUI, AUIPC, JAL, JALR, BEQ, BNE, BLT, BGE, BLTU, BGEU, LB, LH, LW, LBU, LHU, SB, SH, SW,
    ADDI, SLTI, SLTIU, XORI, ORI, ANDI, SLLI, SRLI, SRAI, ADD, SUB, SLL, SLT, SLTU, XOR, SRL, SRA, OR, AND,
    FENCE, ECALL, EBREAK, MUL, MULH, MULHSU, MULHU, DIV, DIVU, REM, REMU,
    LR_W, SC_W, AMOSWAP_W, AMOADD_W, AMOXOR_W, AMOAND_W, AMOOR_W, AMOMIN_W, AMOMAX_W, AMOMINU_W, AMOMAXU_W,
) = (row.number for row in INSTRUCTIONS)
# fmt: on
for _row in INSTRUCTIONS:
    assert globals()[_row.name.upper().replace(".", "_")] == _row.number, _row.name

# numba takes plain integers from a module more readily than members of an enumeration.
BUDGET, SYSCALL, FETCH_FAULT, LOAD_FAULT, STORE_FAULT = (int(reason) for reason in list(StopReason)[:5])
MISALIGNED_JUMP, MISALIGNED_ATOMIC, ILLEGAL_INSTRUCTION, BREAKPOINT = (int(reason) for reason in list(StopReason)[5:])

ENTRY_REACHED = len(StopReason) + 1
"""What :func:`execute` returns, besides a StopReason, where a translation starts."""

MASK = ADDRESS_MASK
ALIGNED_2 = PAGE_MASK | 1
ALIGNED_4 = PAGE_MASK | 3


@jit
def signed(value: int) -> int:
    """A 32-bit pattern read as two's complement."""
    return (value ^ 0x8000_0000) - 0x8000_0000


@jit
def divide(a: int, b: int) -> int:
    """DIV: signed quotient rounded to zero; -1 by zero, and -2**31 / -1 is -2**31 (RISC-V M, "Division Operations")."""
    if b == 0:
        return MASK
    sa, sb = signed(a), signed(b)
    quotient = abs(sa) // abs(sb)
    return (-quotient if (sa < 0) != (sb < 0) else quotient) & MASK


@jit
def remainder(a: int, b: int) -> int:
    """REM: the dividend's sign; the dividend by zero."""
    if b == 0:
        return a
    sa = signed(a)
    rest = abs(sa) % abs(signed(b))
    return (-rest if sa < 0 else rest) & MASK


@jit
def update(op: int, old: int, operand: int) -> int:
    """What an atomic memory operation writes back."""
    if op == AMOSWAP_W:
        return operand
    if op == AMOADD_W:
        return (old + operand) & MASK
    if op == AMOXOR_W:
        return old ^ operand
    if op == AMOAND_W:
        return old & operand
    if op == AMOOR_W:
        return old | operand
    if op == AMOMIN_W:
        return min(signed(old), signed(operand)) & MASK
    if op == AMOMAX_W:
        return max(signed(old), signed(operand)) & MASK
    if op == AMOMINU_W:
        return min(old, operand)
    return max(old, operand)


@jit
def atomic(context, words, root, op, address, operand, stop):
    """Execute LR, SC or an AMO: the value for rd, or the negated reason it stopped for.

    The reservation is an address and the word that LR read there; SC compares the word instead of watching stores.
    A word that changed and changed back in between (ABA) is therefore not noticed. SC always clears the reservation.
    """
    stop[STOP_ADDRESS] = address
    if address & 3:
        return np.int64(-MISALIGNED_ATOMIC)
    if op == SC_W and np.int64(context[RESERVED_ADDRESS]) != address:
        context[RESERVED_ADDRESS] = NO_RESERVATION
        return np.int64(1)
    physical = sv32.translate(words, root, address, sv32.READ if op == LR_W else sv32.WRITE)
    if physical < 0:
        return np.int64(-LOAD_FAULT if op == LR_W else -STORE_FAULT)
    place = np.uint64(physical >> 2)
    old = np.int64(words[place])
    if op == LR_W:
        context[RESERVED_ADDRESS] = address
        context[RESERVED_WORD] = old
        return old
    if op == SC_W:
        context[RESERVED_ADDRESS] = NO_RESERVATION
        if old != np.int64(context[RESERVED_WORD]):
            return np.int64(1)
        words[place] = operand
        return np.int64(0)
    words[place] = update(op, old, operand)
    return old


@jit
def meets(guards, context, words, root, micro):
    """Tell whether the instruction ``micro``, an access, meets a guard when it is executed now: not if it faults.

    An SC that fails has read the word if that was reserved, and written nothing.
    """
    op = micro & WITHOUT_ENTRIES
    operand = np.int64(context[np.uint64(micro >> 24 & 0xFF)])
    address = (np.int64(context[np.uint64(micro >> 16 & 0xFF)]) + (micro >> 32 if op <= SW else 0)) & MASK
    size, kinds = SIZES[op], np.int64(KINDS[op])
    if not touches_guard(guards, address, size, kinds):
        return False
    if op >= LR_W and (address & 3 or (op == SC_W and np.int64(context[RESERVED_ADDRESS]) != address)):
        return False
    old = read_permitted(words, root, address, size, sv32.READ if kinds == READS else sv32.WRITE)
    if old < 0:
        return False
    if op == SC_W and old != np.int64(context[RESERVED_WORD]):
        kinds = np.int64(READS)
    if touches_guard(guards, address, size, kinds & (READS | WRITES)):
        return True
    new = update(op, old, operand) if op > SC_W else operand
    return kinds & CHANGES != 0 and changes_guarded(guards, address, size, old, new)


@python_entry("i8(u4[::1], i8[::1], u1[::1], i8[::1], u1[::1], i8, i8, i8[::1], i8)")
def execute(context, tlb, ram, decoded, is_decoded, root, budget, stop, mask, tape=None, shadow=None, guards=None):
    """Run at most ``budget`` (>= 0) instructions of one process; return the :class:`StopReason` as an int.

    context: uint32[CONTEXT_SIZE], updated; tlb: int64[TLB_SIZE] of the address space with root table ``root``;
    ram: uint8[frames * 4096]; decoded: int64[frames * ROW + COUNTS]; is_decoded: uint8[frames];
    stop: int64[STOP_SIZE], receives the address concerned and the count of retired instructions; mask: WITHOUT_ENTRIES,
    or WITH_ENTRIES to stop where a translation starts. A ``tape``, with the shadow stack of the process, is shown every
    instruction before it is executed, and may stop the run instead; without one, nothing of it is compiled. So it is
    with ``guards`` (:mod:`vm.cpu.guards`), which stop the run before an access that meets one: TOUCHES.
    """
    halves = ram.view(np.uint16)
    words = ram.view(np.uint32)
    if tape is not None:
        control, slots, stores = tape.control, tape.slots, tape.stores
        recording = control[RECORDING]
    if guards is not None:
        places = guards.view(np.uint8)
    tlb_index = tlb[TLB_MASK]
    pc = np.int64(context[PC])
    retired = np.int64(0)
    reason = 0
    stop[STOP_ADDRESS] = 0
    while reason == 0:
        # Enter the page of pc. Each turn of this loop runs the blocks that follow one another inside one page.
        if retired >= budget:
            reason = BUDGET
            break
        if pc & 3:
            reason = MISALIGNED_JUMP
            stop[STOP_ADDRESS] = pc
            break
        entry = FETCH_TLB + (pc >> 11 & tlb_index)
        row = tlb[np.uint64(entry + 1)]
        if tlb[np.uint64(entry)] != pc & PAGE_MASK:
            row = sv32.fetch(tlb, words, decoded, is_decoded, root, pc)
            if row < 0:
                reason = FETCH_FAULT
                stop[STOP_ADDRESS] = pc
                break
        at = row + (pc >> 2 & 1023)
        bias = pc - 4 * at
        block = at
        planted = at + budget - retired
        replaced = np.int64(0)
        if planted < row + FRAME_WORDS:
            replaced = decoded[np.uint64(planted)]
            decoded[np.uint64(planted)] = END_OF_BUDGET
        while True:
            micro = decoded[np.uint64(at)]
            op = micro & mask
            rd = np.uint64(micro >> 8 & 0xFF)
            a = np.int64(context[np.uint64(micro >> 16 & 0xFF)])
            b = np.int64(context[np.uint64(micro >> 24 & 0xFF)])
            imm = micro >> 32
            target = bias + 4 * at + imm
            if tape is not None and TAKES_NOTICE[op]:
                # Most accesses are nothing new, and are dealt with here: a call would count every array's references.
                size = SIZES[op]
                address = (a + (imm if op <= SW else 0)) & MASK
                records = recording and SB <= op <= SW
                slot = np.int64(slots[np.uint64(records), np.uint64(address >> 12)]) - 1
                if size == 0 or address & 0xFFF > 4096 - size:
                    reason = notice(tape, shadow, context, words, root, micro, bias + 4 * at)
                elif records and slot >= 0 and np.int64(context[2]) >= control[LOWEST]:
                    store = control[CALLS] << MOMENT | bias + 4 * at
                    place = address & 0xFFF
                    if size == 4:
                        for offset in range(4):
                            stores[np.uint64(slot), np.uint64(place + offset)] = store
                    else:
                        for offset in range(size):
                            stores[np.uint64(slot), np.uint64(place + offset)] = store
                elif records or slot >= 0 or (recording and op >= LR_W):
                    reason = notice(tape, shadow, context, words, root, micro, bias + 4 * at)
                if reason:
                    break
            if guards is not None and KINDS[op]:
                address = (a + (imm if op <= SW else 0)) & MASK
                if may_meet(places, address, KINDS[op]) and meets(guards, context, words, root, micro):
                    reason = TOUCHES
                    break
            # An arm either completes its instruction and goes on, or sets `reason` and breaks, or falls out of the
            # chain as a taken jump to `target`.
            if op == LUI:
                context[rd] = imm & MASK
                at += 1
                continue
            if op == AUIPC:
                context[rd] = target & MASK
                at += 1
                continue
            if op == JAL:
                if not target & 2:
                    context[rd] = (bias + 4 * at + 4) & MASK
            elif op == JALR:
                target = (a + imm) & (MASK - 1)
                if not target & 2:
                    context[rd] = (bias + 4 * at + 4) & MASK
            elif op == BEQ:
                if a != b:
                    at += 1
                    continue
            elif op == BNE:
                if a == b:
                    at += 1
                    continue
            elif op == BLT:
                if signed(a) >= signed(b):
                    at += 1
                    continue
            elif op == BGE:
                if signed(a) < signed(b):
                    at += 1
                    continue
            elif op == BLTU:
                if a >= b:
                    at += 1
                    continue
            elif op == BGEU:
                if a < b:
                    at += 1
                    continue
            elif op == LB:
                address = (a + imm) & MASK
                entry = LOAD_TLB + (address >> 11 & tlb_index)
                if tlb[np.uint64(entry)] == address & PAGE_MASK:
                    value = np.int64(ram[np.uint64(address + tlb[np.uint64(entry + 1)])])
                else:
                    value = sv32.load(tlb, ram, words, root, address, 1, stop)
                if value < 0:
                    reason = LOAD_FAULT
                    break
                context[rd] = ((value ^ 0x80) - 0x80) & MASK
                at += 1
                continue
            elif op == LH:
                address = (a + imm) & MASK
                entry = LOAD_TLB + (address >> 11 & tlb_index)
                if tlb[np.uint64(entry)] == address & ALIGNED_2:
                    value = np.int64(halves[np.uint64((address + tlb[np.uint64(entry + 1)]) >> 1)])
                else:
                    value = sv32.load(tlb, ram, words, root, address, 2, stop)
                if value < 0:
                    reason = LOAD_FAULT
                    break
                context[rd] = ((value ^ 0x8000) - 0x8000) & MASK
                at += 1
                continue
            elif op == LW:
                address = (a + imm) & MASK
                entry = LOAD_TLB + (address >> 11 & tlb_index)
                if tlb[np.uint64(entry)] == address & ALIGNED_4:
                    value = np.int64(words[np.uint64((address + tlb[np.uint64(entry + 1)]) >> 2)])
                else:
                    value = sv32.load(tlb, ram, words, root, address, 4, stop)
                if value < 0:
                    reason = LOAD_FAULT
                    break
                context[rd] = value
                at += 1
                continue
            elif op == LBU:
                address = (a + imm) & MASK
                entry = LOAD_TLB + (address >> 11 & tlb_index)
                if tlb[np.uint64(entry)] == address & PAGE_MASK:
                    value = np.int64(ram[np.uint64(address + tlb[np.uint64(entry + 1)])])
                else:
                    value = sv32.load(tlb, ram, words, root, address, 1, stop)
                if value < 0:
                    reason = LOAD_FAULT
                    break
                context[rd] = value
                at += 1
                continue
            elif op == LHU:
                address = (a + imm) & MASK
                entry = LOAD_TLB + (address >> 11 & tlb_index)
                if tlb[np.uint64(entry)] == address & ALIGNED_2:
                    value = np.int64(halves[np.uint64((address + tlb[np.uint64(entry + 1)]) >> 1)])
                else:
                    value = sv32.load(tlb, ram, words, root, address, 2, stop)
                if value < 0:
                    reason = LOAD_FAULT
                    break
                context[rd] = value
                at += 1
                continue
            elif op == SB:
                address = (a + imm) & MASK
                entry = STORE_TLB + (address >> 11 & tlb_index)
                if tlb[np.uint64(entry)] == address & PAGE_MASK:
                    ram[np.uint64(address + tlb[np.uint64(entry + 1)])] = b & 0xFF
                elif not sv32.store(tlb, ram, words, root, address, 1, b, stop):
                    reason = STORE_FAULT
                    break
                at += 1
                continue
            elif op == SH:
                address = (a + imm) & MASK
                entry = STORE_TLB + (address >> 11 & tlb_index)
                if tlb[np.uint64(entry)] == address & ALIGNED_2:
                    halves[np.uint64((address + tlb[np.uint64(entry + 1)]) >> 1)] = b & 0xFFFF
                elif not sv32.store(tlb, ram, words, root, address, 2, b, stop):
                    reason = STORE_FAULT
                    break
                at += 1
                continue
            elif op == SW:
                address = (a + imm) & MASK
                entry = STORE_TLB + (address >> 11 & tlb_index)
                if tlb[np.uint64(entry)] == address & ALIGNED_4:
                    words[np.uint64((address + tlb[np.uint64(entry + 1)]) >> 2)] = b
                elif not sv32.store(tlb, ram, words, root, address, 4, b, stop):
                    reason = STORE_FAULT
                    break
                at += 1
                continue
            elif op == ADDI:
                context[rd] = (a + imm) & MASK
                at += 1
                continue
            elif op == SLTI:
                context[rd] = signed(a) < imm
                at += 1
                continue
            elif op == SLTIU:
                context[rd] = a < imm & MASK
                at += 1
                continue
            elif op == XORI:
                context[rd] = (a ^ imm) & MASK
                at += 1
                continue
            elif op == ORI:
                context[rd] = (a | imm) & MASK
                at += 1
                continue
            elif op == ANDI:
                context[rd] = a & imm
                at += 1
                continue
            elif op == SLLI:
                context[rd] = (a << imm) & MASK
                at += 1
                continue
            elif op == SRLI:
                context[rd] = a >> imm
                at += 1
                continue
            elif op == SRAI:
                context[rd] = (signed(a) >> imm) & MASK
                at += 1
                continue
            elif op == ADD:
                context[rd] = (a + b) & MASK
                at += 1
                continue
            elif op == SUB:
                context[rd] = (a - b) & MASK
                at += 1
                continue
            elif op == SLL:
                context[rd] = (a << (b & 31)) & MASK
                at += 1
                continue
            elif op == SLT:
                context[rd] = signed(a) < signed(b)
                at += 1
                continue
            elif op == SLTU:
                context[rd] = a < b
                at += 1
                continue
            elif op == XOR:
                context[rd] = a ^ b
                at += 1
                continue
            elif op == SRL:
                context[rd] = a >> (b & 31)
                at += 1
                continue
            elif op == SRA:
                context[rd] = (signed(a) >> (b & 31)) & MASK
                at += 1
                continue
            elif op == OR:
                context[rd] = a | b
                at += 1
                continue
            elif op == AND:
                context[rd] = a & b
                at += 1
                continue
            elif op == FENCE:
                at += 1
                continue
            elif op == ECALL:
                reason = SYSCALL
                break
            elif op == EBREAK:
                reason = BREAKPOINT
                break
            elif op == MUL:
                context[rd] = (signed(a) * signed(b)) & MASK
                at += 1
                continue
            elif op == MULH:
                context[rd] = (signed(a) * signed(b) >> 32) & MASK
                at += 1
                continue
            elif op == MULHSU:
                context[rd] = (signed(a) * b >> 32) & MASK
                at += 1
                continue
            elif op == MULHU:
                context[rd] = np.uint64(a) * np.uint64(b) >> np.uint64(32)
                at += 1
                continue
            elif op == DIV:
                context[rd] = divide(a, b)
                at += 1
                continue
            elif op == DIVU:
                context[rd] = np.uint64(a) // np.uint64(b) if b else np.uint64(MASK)
                at += 1
                continue
            elif op == REM:
                context[rd] = remainder(a, b)
                at += 1
                continue
            elif op == REMU:
                context[rd] = np.uint64(a) % np.uint64(b) if b else np.uint64(a)
                at += 1
                continue
            elif op == ILLEGAL:
                reason = ILLEGAL_INSTRUCTION
                break
            elif op == END_OF_BUDGET:
                reason = BUDGET
                break
            elif op == END_OF_PAGE:
                target = (bias + 4 * at) & MASK
                at -= 1  # no instruction: the block ended with the one before
            elif op >= ENTRY:
                reason = ENTRY_REACHED
                break
            else:
                value = atomic(context, words, root, op, a, b, stop)
                if value < 0:
                    reason = -value
                    break
                stop[STOP_ADDRESS] = 0
                context[rd] = value
                at += 1
                continue
            # A taken jump to `target`.
            if target & 2:
                reason = MISALIGNED_JUMP
                stop[STOP_ADDRESS] = target & MASK
                break
            retired += at + 1 - block
            here = bias + 4 * at
            if (target ^ here) & ~0xFFF == 0 and budget - retired >= FRAME_WORDS:
                at += (target - here) >> 2
                block = at
                continue
            pc = target & MASK
            break
        if planted < row + FRAME_WORDS:
            decoded[np.uint64(planted)] = replaced
        if reason:
            retired += at - block
            pc = bias + 4 * at
    context[PC] = pc
    stop[STOP_RETIRED] = retired
    return reason


class EngineSpace(Protocol):
    """What an engine needs of an address space."""

    @property
    def engine_arguments(self) -> tuple[Any, ...]:
        """(tlb, ram, decoded, is_decoded, root) as :func:`execute` takes them."""


def run(context: Context, space: EngineSpace, budget: int) -> Stop:
    """Run at most ``budget`` instructions of the process with ``context`` in ``space``."""
    stop: NDArray[np.int64] = np.zeros(STOP_SIZE, np.int64)
    reason = execute(context, *space.engine_arguments, budget, stop, WITHOUT_ENTRIES)
    return Stop(StopReason(reason), int(context[PC]), int(stop[STOP_ADDRESS]), int(stop[STOP_RETIRED]))
