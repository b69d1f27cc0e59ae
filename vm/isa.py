"""The instruction set: one row an instruction, and everything else derived from the rows.

RV32I, M and A in user mode: 59 fixed-width instructions of 32 bits. Source: *The RISC-V Instruction Set
Manual, Volume I: Unprivileged Architecture*, chapters "RV32I", "M" and "A", and its instruction listings.

A row's ``bits`` are written as the manual draws them, most significant bit first, one character a bit:

==========  =========================================================================
``0`` ``1``  fixed: the word matches only with this value
``-``       ignored: any value is accepted, the assembler writes the row's default
``d s t``   a bit of rd, rs1, rs2
``i``       a bit of the immediate; the row's format says which (figure "Types of immediate")
``h``       a bit of the shift amount
``p c``     a bit of FENCE's predecessor and successor sets
``q l``     the acquire and release bits of an atomic
==========  =========================================================================

The decoder, the assembler, the disassembler, the oracle's test generators and the README's table are computed
from these rows; none of them lists instructions again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

WORD_MASK = 0xFFFF_FFFF

ABI_NAMES: tuple[str, ...] = (
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2",
    "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
    "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7",
    "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
)  # fmt: skip
"""Register names of the psABI's integer calling convention, by number."""

REGISTERS: Mapping[str, int] = (
    {name: number for number, name in enumerate(ABI_NAMES)} | {f"x{n}": n for n in range(32)} | {"fp": 8}
)
"""Every accepted register name and its number."""

OPERAND_CHARACTERS: Mapping[str, str] = {
    "d": "rd", "s": "rs1", "t": "rs2", "i": "imm", "h": "shamt", "p": "pred", "c": "succ", "q": "aq", "l": "rl",
}  # fmt: skip
"""The operand each character of ``bits`` stands for."""

IMMEDIATE_BITS: Mapping[str, tuple[int, ...]] = {
    "R": (),
    "I": (11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
    "S": (11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
    "B": (12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 11),
    "U": (31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12),
    "J": (20, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 11, 19, 18, 17, 16, 15, 14, 13, 12),
}
"""For each format, the immediate's bit held by each ``i``, from the left."""


class IsaError(AssertionError):
    """The table contradicts itself: a bug of ours, raised at import."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One row of the instruction set.

    ``number`` is the row's index, dense from 0: the interpreter's opcode. ``mask`` and ``match`` are computed from
    ``bits``: a word is this instruction when ``word & mask == match``. ``syntax`` lists the operands as the assembler
    writes them; ``effect`` states the result in words, with x[...] for registers, m8/m16/m32[...] for memory,
    ``s`` and ``u`` suffixes for signed and unsigned readings, and ``op=`` for an update, as in ``maxu=``.
    """

    number: int
    name: str
    extension: str
    format: str
    bits: str
    syntax: str
    effect: str
    mask: int = field(init=False)
    match: int = field(init=False)
    fields: Mapping[str, tuple[tuple[int, int], ...]] = field(init=False, hash=False)

    def __post_init__(self) -> None:
        bits = self.bits.replace(" ", "")
        unknown = set(bits) - set("01-") - set(OPERAND_CHARACTERS)
        if len(bits) != 32 or unknown:
            raise IsaError(f"{self.name}: {len(bits)} bits, unknown characters {sorted(unknown)}")
        object.__setattr__(self, "mask", int("".join("1" if bit in "01" else "0" for bit in bits), 2))
        object.__setattr__(self, "match", int("".join("1" if bit == "1" else "0" for bit in bits), 2))
        object.__setattr__(self, "fields", self._fields(bits))

    def _fields(self, bits: str) -> dict[str, tuple[tuple[int, int], ...]]:
        """Map each operand to pairs (bit of the word, bit of the operand)."""
        fields: dict[str, tuple[tuple[int, int], ...]] = {}
        for character, operand in OPERAND_CHARACTERS.items():
            places = [31 - column for column, bit in enumerate(bits) if bit == character]
            if not places:
                continue
            values = IMMEDIATE_BITS[self.format] if operand == "imm" else tuple(range(len(places) - 1, -1, -1))
            if len(values) != len(places):
                raise IsaError(f"{self.name}: {len(places)} bits of {operand} for format {self.format}")
            fields[operand] = tuple(zip(places, values, strict=True))
        return fields

    @property
    def operands(self) -> tuple[str, ...]:
        """Names of the operands that the word holds, in the order of ``OPERAND_CHARACTERS``."""
        return tuple(self.fields)

    @property
    def immediate_range(self) -> tuple[int, int, int] | None:
        """(lowest, highest, step) of the immediate as :func:`encode` takes it, None without one.

        U-format immediates count as the assembler writes them: the upper 20 bits, 0 to 0xFFFFF.
        """
        if "imm" not in self.fields:
            return None
        if self.format == "U":
            return (0, 0xF_FFFF, 1)
        top = max(IMMEDIATE_BITS[self.format])
        step = 1 << min(IMMEDIATE_BITS[self.format])
        return (-(1 << top), (1 << top) - step, step)


_ROWS = """
lui    I U | iiiiiiiiiiiiiiiiiiii ddddd 0110111 | rd, imm | x[rd] = imm << 12
auipc  I U | iiiiiiiiiiiiiiiiiiii ddddd 0010111 | rd, imm | x[rd] = pc + (imm << 12)
jal    I J | iiiiiiiiiiiiiiiiiiii ddddd 1101111 | rd, imm | x[rd] = pc + 4; pc = pc + imm
jalr   I I | iiiiiiiiiiii sssss 000 ddddd 1100111 | rd, imm(rs1) | t = pc + 4; pc = (x[rs1] + imm) & ~1; x[rd] = t
beq    I B | iiiiiii ttttt sssss 000 iiiii 1100011 | rs1, rs2, imm | if x[rs1] == x[rs2]: pc = pc + imm
bne    I B | iiiiiii ttttt sssss 001 iiiii 1100011 | rs1, rs2, imm | if x[rs1] != x[rs2]: pc = pc + imm
blt    I B | iiiiiii ttttt sssss 100 iiiii 1100011 | rs1, rs2, imm | if x[rs1]s < x[rs2]s: pc = pc + imm
bge    I B | iiiiiii ttttt sssss 101 iiiii 1100011 | rs1, rs2, imm | if x[rs1]s >= x[rs2]s: pc = pc + imm
bltu   I B | iiiiiii ttttt sssss 110 iiiii 1100011 | rs1, rs2, imm | if x[rs1]u < x[rs2]u: pc = pc + imm
bgeu   I B | iiiiiii ttttt sssss 111 iiiii 1100011 | rs1, rs2, imm | if x[rs1]u >= x[rs2]u: pc = pc + imm
lb     I I | iiiiiiiiiiii sssss 000 ddddd 0000011 | rd, imm(rs1) | x[rd] = m8[x[rs1] + imm]s
lh     I I | iiiiiiiiiiii sssss 001 ddddd 0000011 | rd, imm(rs1) | x[rd] = m16[x[rs1] + imm]s
lw     I I | iiiiiiiiiiii sssss 010 ddddd 0000011 | rd, imm(rs1) | x[rd] = m32[x[rs1] + imm]
lbu    I I | iiiiiiiiiiii sssss 100 ddddd 0000011 | rd, imm(rs1) | x[rd] = m8[x[rs1] + imm]u
lhu    I I | iiiiiiiiiiii sssss 101 ddddd 0000011 | rd, imm(rs1) | x[rd] = m16[x[rs1] + imm]u
sb     I S | iiiiiii ttttt sssss 000 iiiii 0100011 | rs2, imm(rs1) | m8[x[rs1] + imm] = x[rs2]
sh     I S | iiiiiii ttttt sssss 001 iiiii 0100011 | rs2, imm(rs1) | m16[x[rs1] + imm] = x[rs2]
sw     I S | iiiiiii ttttt sssss 010 iiiii 0100011 | rs2, imm(rs1) | m32[x[rs1] + imm] = x[rs2]
addi   I I | iiiiiiiiiiii sssss 000 ddddd 0010011 | rd, rs1, imm | x[rd] = x[rs1] + imm
slti   I I | iiiiiiiiiiii sssss 010 ddddd 0010011 | rd, rs1, imm | x[rd] = x[rs1]s < imm
sltiu  I I | iiiiiiiiiiii sssss 011 ddddd 0010011 | rd, rs1, imm | x[rd] = x[rs1]u < (imm)u
xori   I I | iiiiiiiiiiii sssss 100 ddddd 0010011 | rd, rs1, imm | x[rd] = x[rs1] ^ imm
ori    I I | iiiiiiiiiiii sssss 110 ddddd 0010011 | rd, rs1, imm | x[rd] = x[rs1] | imm
andi   I I | iiiiiiiiiiii sssss 111 ddddd 0010011 | rd, rs1, imm | x[rd] = x[rs1] & imm
slli   I R | 0000000 hhhhh sssss 001 ddddd 0010011 | rd, rs1, shamt | x[rd] = x[rs1] << shamt
srli   I R | 0000000 hhhhh sssss 101 ddddd 0010011 | rd, rs1, shamt | x[rd] = x[rs1]u >> shamt
srai   I R | 0100000 hhhhh sssss 101 ddddd 0010011 | rd, rs1, shamt | x[rd] = x[rs1]s >> shamt
add    I R | 0000000 ttttt sssss 000 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1] + x[rs2]
sub    I R | 0100000 ttttt sssss 000 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1] - x[rs2]
sll    I R | 0000000 ttttt sssss 001 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1] << (x[rs2] & 31)
slt    I R | 0000000 ttttt sssss 010 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1]s < x[rs2]s
sltu   I R | 0000000 ttttt sssss 011 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1]u < x[rs2]u
xor    I R | 0000000 ttttt sssss 100 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1] ^ x[rs2]
srl    I R | 0000000 ttttt sssss 101 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1]u >> (x[rs2] & 31)
sra    I R | 0100000 ttttt sssss 101 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1]s >> (x[rs2] & 31)
or     I R | 0000000 ttttt sssss 110 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1] | x[rs2]
and    I R | 0000000 ttttt sssss 111 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1] & x[rs2]
fence  I I | ---- pppp cccc ----- 000 ----- 0001111 | pred, succ | orders nothing here and retires
ecall  I I | 000000000000 00000 000 00000 1110011 | | stops for a system call
ebreak I I | 000000000001 00000 000 00000 1110011 | | stops for a debugger (SIGTRAP)
mul    M R | 0000001 ttttt sssss 000 ddddd 0110011 | rd, rs1, rs2 | x[rd] = (x[rs1] * x[rs2]) & 0xffffffff
mulh   M R | 0000001 ttttt sssss 001 ddddd 0110011 | rd, rs1, rs2 | x[rd] = (x[rs1]s * x[rs2]s) >> 32
mulhsu M R | 0000001 ttttt sssss 010 ddddd 0110011 | rd, rs1, rs2 | x[rd] = (x[rs1]s * x[rs2]u) >> 32
mulhu  M R | 0000001 ttttt sssss 011 ddddd 0110011 | rd, rs1, rs2 | x[rd] = (x[rs1]u * x[rs2]u) >> 32
div    M R | 0000001 ttttt sssss 100 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1]s / x[rs2]s, to zero; -1 by zero
divu   M R | 0000001 ttttt sssss 101 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1]u / x[rs2]u; 2**32 - 1 by zero
rem    M R | 0000001 ttttt sssss 110 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1]s % x[rs2]s; x[rs1] by zero
remu   M R | 0000001 ttttt sssss 111 ddddd 0110011 | rd, rs1, rs2 | x[rd] = x[rs1]u % x[rs2]u; x[rs1] by zero
lr.w   A R | 00010ql 00000 sssss 010 ddddd 0101111 | rd, (rs1) | x[rd] = m32[x[rs1]], reserved
sc.w   A R | 00011ql ttttt sssss 010 ddddd 0101111 | rd, rs2, (rs1) | if reserved: m32[x[rs1]] = x[rs2]; x[rd] = failed
amoswap.w A R | 00001ql ttttt sssss 010 ddddd 0101111 | rd, rs2, (rs1) | x[rd] = m32[x[rs1]]; m32[x[rs1]] = x[rs2]
amoadd.w A R | 00000ql ttttt sssss 010 ddddd 0101111 | rd, rs2, (rs1) | x[rd] = m32[x[rs1]]; m32[x[rs1]] += x[rs2]
amoxor.w A R | 00100ql ttttt sssss 010 ddddd 0101111 | rd, rs2, (rs1) | x[rd] = m32[x[rs1]]; m32[x[rs1]] ^= x[rs2]
amoand.w A R | 01100ql ttttt sssss 010 ddddd 0101111 | rd, rs2, (rs1) | x[rd] = m32[x[rs1]]; m32[x[rs1]] &= x[rs2]
amoor.w A R | 01000ql ttttt sssss 010 ddddd 0101111 | rd, rs2, (rs1) | x[rd] = m32[x[rs1]]; m32[x[rs1]] |= x[rs2]
amomin.w A R | 10000ql ttttt sssss 010 ddddd 0101111 | rd, rs2, (rs1) | x[rd] = m32[x[rs1]]; m32[x[rs1]] mins= x[rs2]
amomax.w A R | 10100ql ttttt sssss 010 ddddd 0101111 | rd, rs2, (rs1) | x[rd] = m32[x[rs1]]; m32[x[rs1]] maxs= x[rs2]
amominu.w A R | 11000ql ttttt sssss 010 ddddd 0101111 | rd, rs2, (rs1) | x[rd] = m32[x[rs1]]; m32[x[rs1]] minu= x[rs2]
amomaxu.w A R | 11100ql ttttt sssss 010 ddddd 0101111 | rd, rs2, (rs1) | x[rd] = m32[x[rs1]]; m32[x[rs1]] maxu= x[rs2]
"""


def _read_rows() -> tuple[Instruction, ...]:
    rows: list[Instruction] = []
    for line in _ROWS.strip().splitlines():
        head, bits, syntax, effect = (part.strip() for part in line.split("|", 3))
        name, extension, format = head.split()
        rows.append(Instruction(len(rows), name, extension, format, bits, syntax, effect))
    return tuple(rows)


def check(rows: tuple[Instruction, ...]) -> None:
    """Raise :class:`IsaError` if two rows overlap or share a name, or a syntax names an operand its bits lack."""
    for index, row in enumerate(rows):
        for operand in ("rd", "rs1", "rs2", "imm", "shamt"):
            if (operand in row.fields) != (operand in row.syntax):
                raise IsaError(f"{row.name}: {operand} in bits or in syntax, not both")
        for other in rows[:index]:
            if other.name == row.name:
                raise IsaError(f"{row.name}: named twice")
            if (row.match ^ other.match) & row.mask & other.mask == 0:
                raise IsaError(f"{row.name} and {other.name} overlap")


INSTRUCTIONS: tuple[Instruction, ...] = _read_rows()
"""Every instruction, by number."""
check(INSTRUCTIONS)

BY_NAME: Mapping[str, Instruction] = {row.name: row for row in INSTRUCTIONS}
"""Every instruction, by name; atomics without their ``.aq``/``.rl`` suffix."""


def find(word: int) -> Instruction | None:
    """The instruction that ``word`` (32 bits) encodes; None when it is illegal."""
    for row in INSTRUCTIONS:
        if word & row.mask == row.match:
            return row
    return None


def extract(row: Instruction, word: int) -> dict[str, int]:
    """Values of the operands that ``word`` holds, each as :func:`encode` takes them.

    Immediates are sign-extended; U-format immediates are the upper 20 bits, unsigned.
    """
    values = {}
    for operand, places in row.fields.items():
        value = sum((word >> place & 1) << bit for place, bit in places)
        if operand == "imm":
            limits = row.immediate_range
            assert limits is not None
            value = value >> 12 if row.format == "U" else value - (value > limits[1]) * 2 * -limits[0]
        values[operand] = value
    return values


def encode(row: Instruction, **operands: int) -> int:
    """The word for ``row`` with these operands (absent ones are 0); ignored bits are 0.

    Raises ValueError for an operand the row does not have, or a value that does not fit.
    """
    word = row.match
    for operand, value in operands.items():
        if operand not in row.fields:
            raise ValueError(f"{row.name} has no operand {operand}")
        places = row.fields[operand]
        limits = row.immediate_range if operand == "imm" else None
        low, high, step = limits or (0, (1 << len(places)) - 1, 1)
        if not low <= value <= high or value % step:
            raise ValueError(f"{row.name}: {operand} {value} is not in {low}..{high} in steps of {step}")
        value = value << 12 if limits and row.format == "U" else value
        word |= sum((value >> bit & 1) << place for place, bit in places)
    return word


def rows_of(extension: str) -> Iterator[Instruction]:
    """The rows of one extension, "I", "M" or "A", in order."""
    return (row for row in INSTRUCTIONS if row.extension == extension)
