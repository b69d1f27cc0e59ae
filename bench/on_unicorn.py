"""A static RV32 Linux program in Unicorn, with the few system calls a computing program makes.

    python -m bench.on_unicorn IMAGE

Runs it twice, so that the second run finds Unicorn's translations, and prints the user time of the second in seconds.
"""

from __future__ import annotations

import resource
import struct
import sys

from unicorn import UC_ARCH_RISCV, UC_HOOK_INTR, UC_MODE_RISCV32, UC_PROT_ALL, Uc
from unicorn.riscv_const import UC_RISCV_REG_X2, UC_RISCV_REG_X10, UC_RISCV_REG_X17

from vm.abi import PAGE_SIZE
from vm.elf import Image, load_image

STACK_TOP, STACK_SIZE = 0x7FFF_0000, 1 << 20
A0, A1, A2 = (UC_RISCV_REG_X10 + n for n in range(3))
WRITEV, EXIT, EXIT_GROUP, SET_TID_ADDRESS, IOCTL = 66, 93, 94, 96, 29


class Program:
    """An image in a machine of its own; :meth:`run` can be called again, the data being loaded anew."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.machine = Uc(UC_ARCH_RISCV, UC_MODE_RISCV32)
        for segment in image.segments:
            start = segment.vaddr & -PAGE_SIZE
            end = -(-(segment.vaddr + segment.memsz) // PAGE_SIZE) * PAGE_SIZE
            self.machine.mem_map(start, end - start, UC_PROT_ALL)
        self.machine.mem_map(STACK_TOP - STACK_SIZE, STACK_SIZE, UC_PROT_ALL)
        self.machine.hook_add(UC_HOOK_INTR, self._call)
        self.status = -1

    def run(self) -> float:
        """Run to the end; the user time it took, in seconds."""
        for segment in self.image.segments:
            self.machine.mem_write(segment.vaddr, segment.data.ljust(segment.memsz, b"\0"))
        auxiliary = {3: self.image.phdr_address, 4: 32, 5: self.image.phnum, 6: PAGE_SIZE, 25: STACK_TOP - 64, 0: 0}
        words = (1, 0, 0, 0, *(word for pair in auxiliary.items() for word in pair))
        self.machine.mem_write(STACK_TOP - 256, struct.pack(f"<{len(words)}I", *words))
        self.machine.reg_write(UC_RISCV_REG_X2, STACK_TOP - 256)
        begin = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        self.machine.emu_start(self.image.entry, 0)
        return resource.getrusage(resource.RUSAGE_SELF).ru_utime - begin

    def _call(self, machine: Uc, _number: int, _data: object) -> None:
        number = machine.reg_read(UC_RISCV_REG_X17)
        if number in (EXIT, EXIT_GROUP):
            self.status = machine.reg_read(A0)
            machine.emu_stop()
            return
        result = {SET_TID_ADDRESS: 1, IOCTL: -25}.get(number, -38)
        if number == WRITEV:
            vectors = machine.mem_read(machine.reg_read(A1), 8 * machine.reg_read(A2))
            result = sum(size for _, size in struct.iter_unpack("<II", vectors))
        machine.reg_write(A0, result & 0xFFFF_FFFF)


def main() -> None:
    """Print the user time of a second run."""
    with open(sys.argv[1], "rb") as file:
        program = Program(load_image(file.read()))
    program.run()
    seconds = program.run()
    if program.status:
        sys.exit(f"exit status {program.status}")
    print(seconds)


if __name__ == "__main__":
    main()
