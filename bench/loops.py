"""Small programs for measuring engines: what each leaves in a0, and how to load it into our machine or into Unicorn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from unicorn import UC_ARCH_RISCV, UC_MODE_RISCV32, UC_PROT_ALL, Uc
from unicorn.riscv_const import UC_RISCV_REG_X10

from asm import Source, assemble
from vm.abi import PAGE_SIZE, Protection
from vm.cpu import interpreter
from vm.cpu.state import PC, Context, Stop, new_context
from vm.elf import Image, load_image
from vm.kernel.exec.loader import image_content, load_segments
from vm.memory import AddressSpace, PhysicalMemory
from vm.memory.segments import Held

MEMORY_BYTES = 16 << 20
BUDGET = 1 << 40
"""Instructions; far more than any loop here retires."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A program in assembly that ends in EBREAK with ``expected`` in a0 (x10)."""

    name: str
    source: str
    expected: int

    def image(self) -> Image:
        """The program, assembled."""
        return load_image(assemble([Source(f"{self.name}.s", self.source)]).image)


ARITHMETIC_TURNS = 200_000
ARITHMETIC = f"""
_start: li      a0, 1
        li      t0, {ARITHMETIC_TURNS}
        li      t2, 69069
1:      slli    t1, a0, 13
        xor     a0, a0, t1
        srli    t1, a0, 17
        xor     a0, a0, t1
        slli    t1, a0, 5
        xor     a0, a0, t1
        mul     t1, a0, t2
        add     a0, a0, t1
        addi    t0, t0, -1
        bnez    t0, 1b
        ebreak
"""

MEMORY_WORDS = 1 << 16
MEMORY_TURNS = 4
MEMORY = f"""
_start: li      a0, 0
        li      s0, {MEMORY_TURNS}
pass:   la      t0, array
        li      t1, {MEMORY_WORDS}
        mv      t2, s0
1:      sw      t2, 0(t0)
        addi    t2, t2, 3
        addi    t0, t0, 4
        addi    t1, t1, -1
        bnez    t1, 1b
        la      t0, array
        li      t1, {MEMORY_WORDS}
2:      lw      t2, 0(t0)
        lbu     t3, 1(t0)
        add     a0, a0, t2
        xor     a0, a0, t3
        addi    t0, t0, 4
        addi    t1, t1, -1
        bnez    t1, 2b
        addi    s0, s0, -1
        bnez    s0, pass
        ebreak

        .bss
array:  .space  4 * {MEMORY_WORDS}
"""

FIBONACCI_OF = 22
CALLS = f"""
_start: la      sp, stack_top
        li      a0, {FIBONACCI_OF}
        call    fibonacci
        ebreak

fibonacci:
        li      t0, 2
        bltu    a0, t0, 1f
        addi    sp, sp, -16
        sw      ra, 12(sp)
        sw      a0, 8(sp)
        addi    a0, a0, -1
        call    fibonacci
        lw      t0, 8(sp)
        sw      a0, 8(sp)
        addi    a0, t0, -2
        call    fibonacci
        lw      t0, 8(sp)
        add     a0, a0, t0
        lw      ra, 12(sp)
        addi    sp, sp, 16
1:      ret

        .bss
        .space  4096
stack_top:
        .space  16
"""

SIEVE_BELOW = 1 << 17
SIEVE = f"""
_start: la      s0, composite
        li      s1, {SIEVE_BELOW}
        li      t4, 1
        mv      t0, s0
        add     t1, s0, s1
1:      sb      zero, 0(t0)
        addi    t0, t0, 1
        bne     t0, t1, 1b
        li      a0, 0
        li      t0, 2
2:      add     t1, s0, t0
        lbu     t2, 0(t1)
        bnez    t2, 4f
        addi    a0, a0, 1
        slli    t2, t0, 1
3:      bgeu    t2, s1, 4f
        add     t3, s0, t2
        sb      t4, 0(t3)
        add     t2, t2, t0
        j       3b
4:      addi    t0, t0, 1
        bltu    t0, s1, 2b
        ebreak

        .bss
composite:
        .space  {SIEVE_BELOW}
"""


def arithmetic_result() -> int:
    """What ARITHMETIC computes: xorshift32, multiplied by 69070."""
    a = 1
    for _ in range(ARITHMETIC_TURNS):
        a ^= a << 13 & 0xFFFF_FFFF
        a ^= a >> 17
        a ^= a << 5 & 0xFFFF_FFFF
        a = a * 69070 & 0xFFFF_FFFF
    return a


def memory_result() -> int:
    """What MEMORY computes: a running sum of words, each step mixed with the word's second byte."""
    a = 0
    for turn in range(MEMORY_TURNS, 0, -1):
        for index in range(MEMORY_WORDS):
            word = turn + 3 * index
            a = (a + word & 0xFFFF_FFFF) ^ (word >> 8 & 0xFF)
    return a


def fibonacci() -> int:
    """What CALLS computes."""
    a, b = 0, 1
    for _ in range(FIBONACCI_OF):
        a, b = b, a + b
    return a


def primes() -> int:
    """What SIEVE computes: how many primes there are below SIEVE_BELOW."""
    prime = np.ones(SIEVE_BELOW, bool)
    prime[:2] = False
    for number in range(2, int(SIEVE_BELOW**0.5) + 1):
        if prime[number]:
            prime[number * number :: number] = False
    return int(prime.sum())


def loops() -> tuple[Loop, ...]:
    """Every loop, with its result computed in Python."""
    return (
        Loop("arithmetic", ARITHMETIC, arithmetic_result()),
        Loop("memory", MEMORY, memory_result()),
        Loop("calls", CALLS, fibonacci()),
        Loop("sieve", SIEVE, primes()),
    )


@dataclass(slots=True)
class OnInterpreter:
    """A loop in our machine: its pages resident, its code decoded."""

    loop: Loop
    entry: int
    context: Context
    space: AddressSpace

    @classmethod
    def load(cls, loop: Loop) -> OnInterpreter:
        """Load the loop and run it once."""
        image = loop.image()
        space = AddressSpace(PhysicalMemory(MEMORY_BYTES))
        load_segments(space, image, lambda segment: image_content(loop.name, segment, Held(segment.data)))
        for segment in image.segments:  # touch what it may write, so that no page fault is left
            if segment.protection & Protection.WRITE:
                space.write(segment.vaddr, space.read(segment.vaddr, segment.memsz))
        loaded = cls(loop, image.entry, new_context(), space)
        loaded.run()
        loaded.check()
        return loaded

    def run(self) -> Stop:
        """Run from the start to EBREAK, without the last run's result."""
        self.context[10] = 0
        self.context[PC] = self.entry
        return interpreter.run(self.context, self.space, BUDGET)

    def check(self) -> None:
        """Raise AssertionError unless the last run gave the right result."""
        assert self.space.read(int(self.context[PC]), 4) == b"\x73\x00\x10\x00", "did not stop at EBREAK"
        assert int(self.context[10]) == self.loop.expected, f"a0 is {int(self.context[10])}"


@dataclass(slots=True)
class OnUnicorn:
    """A loop in Unicorn, translated."""

    loop: Loop
    entry: int
    end: int
    unicorn: Uc

    @classmethod
    def load(cls, loop: Loop, end: int) -> OnUnicorn:
        """Load the loop and run it once; ``end`` is the address of its EBREAK."""
        image = loop.image()
        unicorn = Uc(UC_ARCH_RISCV, UC_MODE_RISCV32)
        for segment in image.segments:
            start, stop = segment.vaddr & -PAGE_SIZE, -(-(segment.vaddr + segment.memsz) // PAGE_SIZE) * PAGE_SIZE
            unicorn.mem_map(start, stop - start, UC_PROT_ALL)
            unicorn.mem_write(segment.vaddr, segment.data)
        loaded = cls(loop, image.entry, end, unicorn)
        loaded.run()
        loaded.check()
        return loaded

    def run(self) -> None:
        """Run from the start to EBREAK, without the last run's result."""
        self.unicorn.reg_write(UC_RISCV_REG_X10, 0)
        self.unicorn.emu_start(self.entry, self.end)

    def check(self) -> None:
        """Raise AssertionError unless the last run gave the right result."""
        found = self.unicorn.reg_read(UC_RISCV_REG_X10)
        assert found == self.loop.expected, f"a0 is {found} in Unicorn"
