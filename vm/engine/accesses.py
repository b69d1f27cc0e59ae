"""What the next instruction of a process is about to access in memory."""

from __future__ import annotations

from typing import NamedTuple

from vm.abi import Protection
from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.interpreter import LR_W, SC_W, update
from vm.cpu.state import PC, RESERVED_WORD, Context
from vm.cpu.sv32 import ADDRESS_MASK, PPN_SHIFT, permitted
from vm.cpu.tape import SIZES
from vm.cpu.watching import address_of, next_instruction, reads, writes
from vm.memory import AddressSpace


class Access(NamedTuple):
    """``size`` bytes at ``address`` are accessed: with the value ``read``, or None, and that ``written``, or None."""

    address: int
    size: int
    read: int | None
    written: int | None
    pc: int


class Ahead(NamedTuple):
    """An ``access`` that comes next, and what is there before it: ``old``, as large."""

    access: Access
    old: int


def look_ahead(context: Context, space: AddressSpace) -> Ahead | None:
    """Tell which access the next instruction of a process makes; None if it makes none, or will fault.

    An SC whose address is reserved reads the word, and writes it only if it is the one that was reserved. Nothing is
    marked as accessed.
    """
    tlb, ram, decoded, _, root = space.engine_arguments
    micro = int(next_instruction(context, tlb, ram, decoded, root))
    op, operand, address = micro & WITHOUT_ENTRIES, int(context[micro >> 24 & 0xFF]), int(address_of(context, micro))
    if address < 0 or (op >= LR_W and address & 3):
        return None
    size = int(SIZES[op])
    old = _read(space, address, size, Protection.WRITE if writes(op) else Protection.READ)
    if old is None:
        return None
    read = old if reads(op) else None
    written: int | None = None
    if op == SC_W:
        written = operand if old == int(context[RESERVED_WORD]) else None
    elif writes(op):
        written = operand & (1 << 8 * size) - 1 if read is None else int(update(op, old, operand))
    return Ahead(Access(address, size, read, written, int(context[PC])), old)


def _read(space: AddressSpace, address: int, size: int, access: Protection) -> int | None:
    """The value of bytes that a process may access so; None where it may not, and will fault."""
    words, value = space.memory.words, 0
    for offset in range(size):
        here = (address + offset) & ADDRESS_MASK
        index = int(permitted(words, space.root, here, int(access)))
        if index < 0:
            return None
        place = (int(words[index]) >> PPN_SHIFT << 12) + (here & 0xFFF)
        value |= int(space.memory.ram[place]) << 8 * offset
    return value
