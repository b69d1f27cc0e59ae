"""The page that returns from signal handlers, as an image by which a debugger sees through a handler's frame.

gdb knows such frames by itself for GNU/Linux only, and on RV32 looks for the registers where RV64 has them. So it is
given a library that is that page, with what DWARF can say of it: where the frame behind it has every register
(DWARF 4, section 6.4; "S" marks a signal's frame, as in the .eh_frame of the Linux Standard Base).
"""

from __future__ import annotations

import struct
from functools import cache

from vm.abi import SIGNAL_PAGE, SIGNAL_RETURN, Protection
from vm.abi.structures import SignalFrame, Ucontext
from vm.elf.format import Symbol
from vm.elf.leb128 import write
from vm.elf.writer import OutputSection, write_image
from vm.isa import SP

PATH = b"/[vdso]"
"""Its name, which no file of the guest has. Linux has such code in a page of that name."""
_REGISTERS = SignalFrame.OFFSETS["uc"] + Ucontext.OFFSETS["registers"]
"""Where, above the stack pointer of the page's code, pc and x1 to x31 are saved."""
_PC_COLUMN = 64
"""A register of DWARF's that RISC-V does not have: it stands for the pc, since ra is saved as well."""
_DEFINE_CFA, _SAVED_AT = 0x0F, 0x10
"""DW_CFA_def_cfa_expression, DW_CFA_expression."""
_BREG0, _DEREFERENCE = 0x70, 0x06
"""DW_OP_breg0, DW_OP_deref."""


@cache
def image() -> bytes:
    """Return the page as an ELF image with the description of its frame."""
    return write_image(
        entry=0,
        sections=[
            OutputSection(".text", Protection.READ | Protection.EXEC, SIGNAL_PAGE, SIGNAL_RETURN),
            OutputSection(".debug_frame", Protection(0), 0, _frames(), loaded=False),
        ],
        symbols=[Symbol("__vdso_rt_sigreturn", SIGNAL_PAGE, len(SIGNAL_RETURN), "global", "func", 1)],
    )


def _frames() -> bytes:
    """The contents of .debug_frame. It begins an instruction early: callers are looked up before their return."""
    common = struct.pack("<IB3sBbBB", 0xFFFF_FFFF, 1, b"zS\0", 1, 0x7C, _PC_COLUMN, 0)
    rules = bytes([_DEFINE_CFA]) + _expression(_address_of(SP) + bytes([_DEREFERENCE]))
    for column, register in [(_PC_COLUMN, 0), *((number, number) for number in range(1, 32))]:
        rules += bytes([_SAVED_AT]) + write(column) + _expression(_address_of(register))
    early = 4
    place = struct.pack("<III", 0, SIGNAL_PAGE - early, early + len(SIGNAL_RETURN))
    return _entry(common) + _entry(place + write(0) + rules)


def _address_of(register: int) -> bytes:
    """An expression for where the pc (0) or x1 to x31 is saved."""
    return bytes([_BREG0 + SP]) + write(_REGISTERS + 4 * register, signed=True)


def _expression(operations: bytes) -> bytes:
    return write(len(operations)) + operations


def _entry(contents: bytes) -> bytes:
    """An entry of the section, filled up with DW_CFA_nop."""
    contents += bytes(-len(contents) % 4)
    return len(contents).to_bytes(4, "little") + contents
