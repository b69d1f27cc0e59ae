"""Unicorn (QEMU's translator) as a judge of legal RV32IMA code.

It runs in machine mode, with compressed instructions, CSRs and privileged instructions enabled, so it judges neither
illegal words nor misaligned jumps and atomics.
"""

from __future__ import annotations

import struct

from unicorn import UC_ARCH_RISCV, UC_MODE_RISCV32, UC_PROT_EXEC, UC_PROT_READ, UC_PROT_WRITE, Uc
from unicorn.riscv_const import UC_RISCV_REG_PC, UC_RISCV_REG_X0, UC_RISCV_REG_X1

REGISTERS = [UC_RISCV_REG_X0 + number for number in range(32)]
PROTECTION = {"r": UC_PROT_READ, "w": UC_PROT_WRITE, "x": UC_PROT_EXEC}
SCRATCH = 0xF000_0000
"""A page of the judge's own, outside the user's addresses."""


class UnicornMachine:
    """32 registers, a pc and a flat memory."""

    def __init__(self) -> None:
        self.unicorn = Uc(UC_ARCH_RISCV, UC_MODE_RISCV32)
        self.mapped: set[int] = set()
        self.unicorn.mem_map(SCRATCH, 4096)
        store_conditional = 0x1800_A02F  # sc.w x0, x0, (x1)
        self.unicorn.mem_write(SCRATCH, struct.pack("<I", store_conditional))

    def install(self, address: int, data: bytes, permissions: str) -> None:
        """Map pages with this content, in place of what was there; code is decoded anew."""
        if address not in self.mapped:
            self.unicorn.mem_map(address, len(data), sum(PROTECTION[letter] for letter in permissions))
            self.mapped.add(address)
        self.unicorn.mem_write(address, data)
        self.unicorn.ctl_flush_tb()

    def peek(self, address: int, size: int) -> bytes:
        """Bytes of mapped pages."""
        return bytes(self.unicorn.mem_read(address, size))

    def clear_reservation(self) -> None:
        """Forget any LR, by an SC to a place that no test reserves."""
        self.unicorn.reg_write(UC_RISCV_REG_X1, SCRATCH + 16)
        self.unicorn.emu_start(SCRATCH, SCRATCH + 4)

    @property
    def x(self) -> list[int]:
        """The registers."""
        return list(self.unicorn.reg_read_batch(REGISTERS))

    @x.setter
    def x(self, values: list[int]) -> None:
        self.unicorn.reg_write_batch(list(zip(REGISTERS[1:], values[1:], strict=True)))

    @property
    def pc(self) -> int:
        """The address of the next instruction."""
        return int(self.unicorn.reg_read(UC_RISCV_REG_PC))

    @pc.setter
    def pc(self, value: int) -> None:
        self.unicorn.reg_write(UC_RISCV_REG_PC, value)

    def run(self, start: int, end: int) -> None:
        """Execute from ``start`` until ``end`` is reached; raises UcError on any exception."""
        self.unicorn.emu_start(start, end)

    def step(self) -> None:
        """Execute one instruction."""
        self.unicorn.emu_start(self.pc, 0, count=1)
