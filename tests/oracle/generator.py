"""Random sequences of legal RV32IMA instructions that cannot fault, from a seed.

A sequence is position-independent code that ends in ECALL or EBREAK. It visits every instruction, loops a bounded
number of times, branches, jumps and calls, writes to x0, and reads and writes memory through three registers that it
otherwise leaves alone: one word-aligned and one unaligned pointer into DATA, one into pages that may only be read.
The encoder is written from the manual's instruction listings and shares nothing with the product's.
"""

from __future__ import annotations

import random
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CODE, CODE_SIZE = 0x003F_E000, 4 * 4096
"""Pages that may be read and executed; they cross a boundary of last-level page tables, as DATA does."""
DATA, DATA_SIZE = 0x00BF_D000, 6 * 4096
"""Pages that may be read and written."""
CONSTANT, CONSTANT_SIZE = 0x7FFF_E000, 2 * 4096
"""Pages that may only be read, at the top of the user's addresses."""

BORDERLANDS = (
    (DATA + DATA_SIZE, bytes(range(256)) * 16, "r"),
    (DATA + DATA_SIZE + 4096, struct.pack("<I", 0x0010_0073) * 1024, "x"),
    (0x1000_0000, bytes(4 * 4096), "rw"),
)
"""More pages, for sequences that may fault: behind DATA one to read and one to execute, and zeros apart."""

BORDERS = (
    0, 0x1000, CODE, CODE + CODE_SIZE, DATA, DATA + DATA_SIZE, DATA + DATA_SIZE + 4096, DATA + DATA_SIZE + 2 * 4096,
    CONSTANT, CONSTANT + CONSTANT_SIZE, 0x1000_0000, 0x1000_2000, 0x1000_4000,
)  # fmt: skip
"""Addresses where permissions begin and end."""

EDGES = (0, 1, 2, 3, 31, 32, 0x7FF, 0x800, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_8000,
         0xFFFF_F800, 0xFFFF_FFE0, 0xFFFF_FFFE, 0xFFFF_FFFF)  # fmt: skip
"""Register values at which signs, shifts, products and quotients change their behaviour."""

ARITHMETIC = {
    "add": (0, 0), "sub": (0, 0x20), "sll": (1, 0), "slt": (2, 0), "sltu": (3, 0), "xor": (4, 0), "srl": (5, 0),
    "sra": (5, 0x20), "or": (6, 0), "and": (7, 0),
}  # fmt: skip
MULTIPLY = {name: (f3, 1) for f3, name in enumerate(("mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu"))}
IMMEDIATE = {"addi": 0, "slti": 2, "sltiu": 3, "xori": 4, "ori": 6, "andi": 7}
SHIFTS = {"slli": (1, 0), "srli": (5, 0), "srai": (5, 0x20)}
BRANCHES = {"beq": 0, "bne": 1, "blt": 4, "bge": 5, "bltu": 6, "bgeu": 7}
LOADS = {"lb": 0, "lh": 1, "lw": 2, "lbu": 4, "lhu": 5}
STORES = {"sb": 0, "sh": 1, "sw": 2}
AMOS = {
    "amoadd.w": 0, "amoswap.w": 1, "amoxor.w": 4, "amoor.w": 8, "amoand.w": 12, "amomin.w": 16, "amomax.w": 20,
    "amominu.w": 24, "amomaxu.w": 28,
}  # fmt: skip


def r_type(opcode: int, f3: int, f7: int, rd: int, rs1: int, rs2: int) -> int:
    return f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode


def i_type(opcode: int, f3: int, rd: int, rs1: int, immediate: int) -> int:
    return (immediate & 0xFFF) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode


def s_type(opcode: int, f3: int, rs1: int, rs2: int, immediate: int) -> int:
    return (immediate >> 5 & 127) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (immediate & 31) << 7 | opcode


def b_type(f3: int, rs1: int, rs2: int, offset: int) -> int:
    high = (offset >> 12 & 1) << 6 | offset >> 5 & 63
    return high << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (offset & 30 | offset >> 11 & 1) << 7 | 0x63


def u_type(opcode: int, rd: int, upper: int) -> int:
    return (upper & 0xFFFFF) << 12 | rd << 7 | opcode


def j_type(rd: int, offset: int) -> int:
    bits = (offset >> 20 & 1) << 19 | (offset >> 1 & 0x3FF) << 9 | (offset >> 11 & 1) << 8 | offset >> 12 & 0xFF
    return bits << 12 | rd << 7 | 0x6F


ECALL, EBREAK = 0x0000_0073, 0x0010_0073


@dataclass(frozen=True, slots=True)
class Case:
    """One sequence in a batch's code: where it starts, where it stops, and the registers it starts with."""

    start: int
    end: int
    registers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Several sequences, to be run in order over one memory, and that memory: (address, content, permissions)."""

    seed: int
    regions: tuple[tuple[int, bytes, str], ...]
    cases: tuple[Case, ...]

    @property
    def code(self) -> bytes:
        """The content of the pages at CODE."""
        return self.regions[0][1]


class Generator:
    """Everything random here comes from ``seed``; ``emitted`` counts the instructions by name."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.emitted: Counter[str] = Counter()
        self.free: list[int] = []
        self.words_pointer = self.bytes_pointer = self.constant_pointer = 0

    def batch(self, cases: int) -> Batch:
        """Up to ``cases`` sequences, fewer if they do not fit into the code pages."""
        code: list[int] = []
        made: list[Case] = []
        while len(made) < cases:
            words, registers = self.sequence()
            if len(code) + len(words) > CODE_SIZE // 4:
                break
            start = CODE + 4 * len(code)
            code += words
            made.append(Case(start, CODE + 4 * len(code) - 4, registers))
        code += [EBREAK] * (CODE_SIZE // 4 - len(code))
        regions = (
            (CODE, struct.pack(f"<{len(code)}I", *code), "rx"),
            (DATA, self.random.randbytes(DATA_SIZE), "rw"),
            (CONSTANT, self.random.randbytes(CONSTANT_SIZE), "r"),
        )
        return Batch(self.seed, regions, tuple(made))

    def neighbours(self, count: int) -> list[int]:
        """``count`` words, each a legal one with one bit flipped, or with none, or all bits random."""
        words: list[int] = []
        while len(words) < count:
            for word in self.sequence()[0]:
                words += [word, word ^ 1 << self.random.randrange(32), word ^ 1 << self.random.randrange(32)]
            words.append(self.random.getrandbits(32))
        return words[:count]

    def sabotage(self, batch: Batch) -> Batch:
        """The same batch with some pointers near the edges of what may be accessed, and some words spoilt.

        Most of its cases stop early, for every reason there is; some run in circles.
        """
        code = bytearray(batch.code)
        cases = []
        for case in batch.cases:
            registers = list(case.registers)
            for number, value in enumerate(registers[1:], 1):
                if any(start <= value < start + len(data) for start, data, _ in batch.regions):
                    if self.random.getrandbits(1):
                        step = self.random.choice((-8, -4, 0, 4, self.random.randint(-9, 9)))
                        registers[number] = (self.random.choice(BORDERS) + step) & 0xFFFF_FFFF
                elif self.random.getrandbits(3) == 0:
                    registers[number] = self.random.choice(BORDERS)
            if self.random.getrandbits(1):
                place = 4 * self.random.randint((case.start - CODE) // 4, (case.end - CODE) // 4)
                code[place : place + 4] = struct.pack("<I", self.spoil(*struct.unpack_from("<I", code, place)))
            cases.append(Case(case.start, case.end, tuple(registers)))
        regions = ((CODE, bytes(code), "rx"), *batch.regions[1:], *BORDERLANDS)
        return Batch(batch.seed, regions, tuple(cases))

    def spoil(self, word: int) -> int:
        """``word`` with one bit flipped, or a jump, a branch or an access of any kind to anywhere."""
        offset = self.random.choice((2, 4, -2, -4, 4096, self.random.getrandbits(21)))
        match self.random.randrange(7):
            case 0:
                return j_type(self.source(), offset)
            case 1:
                return b_type(self.random.choice(list(BRANCHES.values())), self.source(), self.source(), offset)
            case 2:
                return i_type(0x67, 0, self.source(), self.source(), offset)
            case 3:
                return r_type(0x2F, 2, self.random.getrandbits(7), self.source(), self.source(), self.source())
            case 4:
                return i_type(0x03, self.random.getrandbits(3), self.source(), self.source(), offset)
            case 5:
                return s_type(0x23, self.random.getrandbits(2), self.source(), self.source(), offset)
        return word ^ 1 << self.random.randrange(32)

    def sequence(self) -> tuple[list[int], tuple[int, ...]]:
        """Words of one sequence of 16 to 40 instructions and its stop, and 32 registers to start with."""
        numbers = self.random.sample(range(1, 32), 31)
        self.words_pointer, self.bytes_pointer, self.constant_pointer, *self.free = numbers
        words = self.block(self.random.randint(16, 40), depth=0)
        words.append(self.random.choice((ECALL, ECALL, ECALL, EBREAK)))
        self.emitted["ebreak" if words[-1] == EBREAK else "ecall"] += 1
        return words, self.registers()

    def registers(self) -> tuple[int, ...]:
        choice, bits = self.random.choice, self.random.getrandbits
        values = [0, *(choice(EDGES) if bits(1) else bits(32) for _ in range(31))]
        middle = DATA + DATA_SIZE // 2
        near = middle + self.random.randint(-6, 6)
        values[self.bytes_pointer] = near if bits(1) else middle + self.random.randint(-2048, 2047)
        values[self.words_pointer] = (near if bits(1) else middle + self.random.randint(-2048, 2047)) & -4
        values[self.constant_pointer] = choice((CODE + CODE_SIZE // 2, CONSTANT + 4096)) + self.random.randint(-6, 6)
        return tuple(values)

    def block(self, length: int, depth: int) -> list[int]:
        """At least ``length`` words, generated from the last to the first so that forward jumps know what they skip."""
        units: list[list[int]] = []
        size = 0
        while size < length:
            unit = self.random.choice(NESTING_UNITS if depth < 2 and length - size > 8 else UNITS)
            units.append(unit(self, units, depth))
            size += len(units[-1])
        return [word for unit in reversed(units) for word in unit]

    def source(self) -> int:
        """Any register, the pointers and x0 included."""
        return self.random.getrandbits(5)

    def destination(self) -> int:
        """A register that no address depends on; sometimes x0."""
        return self.random.choice(self.free) if self.random.getrandbits(4) else 0

    def pick(self, table: dict[str, int] | dict[str, tuple[int, int]]) -> tuple[int, int]:
        """(funct3, funct7) of a random row, or (number, 0) of a table that holds one number a row."""
        name = self.random.choice(list(table))
        self.emitted[name] += 1
        value = table[name]
        return value if isinstance(value, tuple) else (value, 0)

    def count(self, name: str, word: int) -> int:
        self.emitted[name] += 1
        return word

    def constant(self, rd: int, value: int) -> list[int]:
        """LUI and ADDI that load ``value``."""
        low = (value & 0xFFF ^ 0x800) - 0x800
        return [
            self.count("lui", u_type(0x37, rd, (value - low) >> 12)),
            self.count("addi", i_type(0x13, 0, rd, rd, low)),
        ]

    def distance(self, units: Sequence[list[int]]) -> int:
        """Bytes of a random number of the units that follow."""
        skipped = self.random.randint(0, min(4, len(units)))
        return 4 * sum(map(len, units[len(units) - skipped :]))

    # --- units: each takes the units that follow it (the nearest last) and the depth, and returns words -----------

    def arithmetic(self, units: Sequence[list[int]], depth: int) -> list[int]:
        f3, f7 = self.pick(ARITHMETIC)
        return [r_type(0x33, f3, f7, self.destination(), self.source(), self.source())]

    def multiply(self, units: Sequence[list[int]], depth: int) -> list[int]:
        f3, f7 = self.pick(MULTIPLY)
        return [r_type(0x33, f3, f7, self.destination(), self.source(), self.source())]

    def multiply_edges(self, units: Sequence[list[int]], depth: int) -> list[int]:
        a, b = self.random.sample(self.free, 2)
        words = self.constant(a, self.random.choice(EDGES)) + self.constant(b, self.random.choice(EDGES))
        f3, f7 = self.pick(MULTIPLY)
        return [*words, r_type(0x33, f3, f7, self.random.choice((a, b, self.destination())), a, b)]

    def immediate(self, units: Sequence[list[int]], depth: int) -> list[int]:
        f3, _ = self.pick(IMMEDIATE)
        value = self.random.choice((self.random.getrandbits(12), 0, 1, -1, 2047, -2048))
        return [i_type(0x13, f3, self.destination(), self.source(), value)]

    def shift(self, units: Sequence[list[int]], depth: int) -> list[int]:
        f3, f7 = self.pick(SHIFTS)
        return [r_type(0x13, f3, f7, self.destination(), self.source(), self.random.getrandbits(5))]

    def upper(self, units: Sequence[list[int]], depth: int) -> list[int]:
        name, opcode = self.random.choice((("lui", 0x37), ("auipc", 0x17)))
        return [self.count(name, u_type(opcode, self.destination(), self.random.getrandbits(20)))]

    def offset(self) -> int:
        """A load's or store's immediate, often small so that page boundaries are crossed and places meet again."""
        return self.random.randint(-8, 8) if self.random.getrandbits(1) else self.random.randint(-2048, 2047)

    def load(self, units: Sequence[list[int]], depth: int) -> list[int]:
        base = self.random.choice((self.words_pointer, self.bytes_pointer, self.bytes_pointer, self.constant_pointer))
        return [i_type(0x03, self.pick(LOADS)[0], self.destination(), base, self.offset())]

    def store(self, units: Sequence[list[int]], depth: int) -> list[int]:
        base = self.random.choice((self.words_pointer, self.bytes_pointer, self.bytes_pointer))
        return [s_type(0x23, self.pick(STORES)[0], base, self.source(), self.offset())]

    def step_pointer(self, units: Sequence[list[int]], depth: int) -> list[int]:
        register, step = self.random.choice(((self.words_pointer, 4), (self.bytes_pointer, self.random.randint(1, 3))))
        return [self.count("addi", i_type(0x13, 0, register, register, self.random.choice((step, -step))))]

    def atomic(self, units: Sequence[list[int]], depth: int) -> list[int]:
        f5, _ = self.pick(AMOS)
        ordering = self.random.getrandbits(2)
        return [r_type(0x2F, 2, f5 << 2 | ordering, self.destination(), self.words_pointer, self.source())]

    def atomic_elsewhere(self, units: Sequence[list[int]], depth: int) -> list[int]:
        address = self.random.choice(self.free)
        step = 4 * self.random.randint(-4, 4)
        return [
            self.count("addi", i_type(0x13, 0, address, self.words_pointer, step)),
            r_type(0x2F, 2, self.pick(AMOS)[0] << 2, self.random.choice(self.free), address, self.source()),
        ]

    def load_reserved(self, units: Sequence[list[int]], depth: int) -> list[int]:
        f7 = 2 << 2 | self.random.getrandbits(2)
        return [self.count("lr.w", r_type(0x2F, 2, f7, self.destination(), self.words_pointer, 0))]

    def store_conditional(self, units: Sequence[list[int]], depth: int) -> list[int]:
        f7 = 3 << 2 | self.random.getrandbits(2)
        return [self.count("sc.w", r_type(0x2F, 2, f7, self.destination(), self.words_pointer, self.source()))]

    def reservation(self, units: Sequence[list[int]], depth: int) -> list[int]:
        """LR, then nothing, a store nearby, the same word stored again, or another address; then SC."""
        value, other = self.random.sample(self.free, 2)
        pointer = self.words_pointer
        words = [self.count("lr.w", r_type(0x2F, 2, 2 << 2, value, pointer, 0))]
        match self.random.getrandbits(2):
            case 0:
                words.append(self.count("sw", s_type(0x23, 2, pointer, value, 0)))
            case 1:
                words.append(self.count("sb", s_type(0x23, 0, pointer, other, self.random.randint(-2, 5))))
            case 2:
                words.append(self.count("addi", i_type(0x13, 0, other, pointer, self.random.choice((-4, 4)))))
                pointer = other
        words.append(self.count("sc.w", r_type(0x2F, 2, 3 << 2, self.destination(), pointer, self.source())))
        return words

    def fence(self, units: Sequence[list[int]], depth: int) -> list[int]:
        rd, rs1 = (self.source(), self.source()) if self.random.getrandbits(1) else (0, 0)
        return [self.count("fence", i_type(0x0F, 0, rd, rs1, self.random.getrandbits(12)))]

    def hint(self, units: Sequence[list[int]], depth: int) -> list[int]:
        """An operation whose result is discarded, as the manual's hints are."""
        unit = self.random.choice((Generator.arithmetic, Generator.immediate, Generator.shift, Generator.upper))
        return [word & ~(31 << 7) for word in unit(self, units, depth)]

    def branch(self, units: Sequence[list[int]], depth: int) -> list[int]:
        a = self.source()
        b = a if self.random.getrandbits(2) == 0 else self.source()
        return [b_type(self.pick(BRANCHES)[0], a, b, 4 + self.distance(units))]

    def jump(self, units: Sequence[list[int]], depth: int) -> list[int]:
        return [self.count("jal", j_type(self.destination(), 4 + self.distance(units)))]

    def jump_register(self, units: Sequence[list[int]], depth: int) -> list[int]:
        """AUIPC and JALR, with bit 0 of the target set half of the time: JALR clears it."""
        register = self.random.choice(self.free)
        link = self.random.choice((register, self.destination()))
        offset = 8 + self.distance(units) + self.random.getrandbits(1)
        return [
            self.count("auipc", u_type(0x17, register, 0)),
            self.count("jalr", i_type(0x67, 0, link, register, offset)),
        ]

    def call(self, units: Sequence[list[int]], depth: int) -> list[int]:
        """A jump over a function, and a call back to it."""
        link = self.reserve()
        body = self.block(self.random.randint(1, 6), depth + 1)
        self.free.append(link)
        self.emitted.update(("jal", "jal", "jalr"))
        size = 4 * len(body)
        return [j_type(0, size + 8), *body, i_type(0x67, 0, 0, link, 0), j_type(link, -size - 4)]

    def loop(self, units: Sequence[list[int]], depth: int) -> list[int]:
        """A body run one to four times, closed by a backward branch or by a jump that a branch leaves."""
        counter = self.reserve()
        body = self.block(self.random.randint(1, 8), depth + 1)
        self.free.append(counter)
        self.emitted.update(("addi", "addi"))
        start = i_type(0x13, 0, counter, 0, self.random.randint(1, 4))
        down = i_type(0x13, 0, counter, counter, -1)
        back = -4 * (len(body) + 1)
        if self.random.getrandbits(2):
            name, a, b = self.random.choice((("bne", counter, 0), ("blt", 0, counter), ("bltu", 0, counter)))
            return [start, *body, down, self.count(name, b_type(BRANCHES[name], a, b, back))]
        name, a, b = self.random.choice((("beq", counter, 0), ("bge", 0, counter), ("bgeu", 0, counter)))
        leave = self.count(name, b_type(BRANCHES[name], a, b, 8))
        return [start, *body, down, leave, self.count("jal", j_type(0, back - 4))]

    def reserve(self) -> int:
        """Take a register away from ``destination`` until it is put back."""
        return self.free.pop(self.random.randrange(len(self.free)))


Unit = Callable[[Generator, Sequence[list[int]], int], list[int]]

UNITS: tuple[Unit, ...] = (
    *(3 * (Generator.arithmetic, Generator.immediate, Generator.load, Generator.store)),
    *(2 * (Generator.multiply, Generator.shift, Generator.branch)),
    Generator.multiply_edges, Generator.upper, Generator.step_pointer, Generator.atomic, Generator.atomic_elsewhere,
    Generator.load_reserved, Generator.store_conditional, Generator.reservation, Generator.fence, Generator.hint,
    Generator.jump, Generator.jump_register,
)  # fmt: skip

NESTING_UNITS: tuple[Unit, ...] = (*UNITS, *(2 * (Generator.call, Generator.loop)))
