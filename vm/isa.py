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

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import NamedTuple

from vm.values import dataclass

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

RA, SP, GP, TP, T0, S0 = (REGISTERS[name] for name in ("ra", "sp", "gp", "tp", "t0", "s0"))
"""The registers that have a meaning of their own: return address, stack, global and thread pointer, the alternate
link register, and the frame pointer."""
A0, A7 = REGISTERS["a0"], REGISTERS["a7"]
"""The first argument and the result of a call; a system call's number. Its arguments stand in a0-a5."""
LINK_REGISTERS = (RA, T0)
"""A jump that writes one of them is a call (table "Return-address stack prediction hints")."""

_OPCODES = (
    "LOAD", "LOAD_FP", "CUSTOM_0", "MISC_MEM", "OP_IMM", "AUIPC", "OP_IMM_32", "", "STORE", "STORE_FP", "CUSTOM_1",
    "AMO", "OP", "LUI", "OP_32", "", "MADD", "MSUB", "NMSUB", "NMADD", "OP_FP", "", "CUSTOM_2", "", "BRANCH", "JALR",
    "", "JAL", "SYSTEM", "", "CUSTOM_3", "",
)  # fmt: skip
OPCODES: Mapping[str, int] = {name: index << 2 | 3 for index, name in enumerate(_OPCODES) if name}
"""The low seven bits of a word by their name (table "RISC-V base opcode map")."""
OPCODE_MASK = 0x7F

FENCE_SETS: Mapping[str, int] = {"i": 8, "o": 4, "r": 2, "w": 1}
"""The accesses that a fence's sets may name, in the order in which they are written, and their bits."""

ORDERINGS: Mapping[str, tuple[int, int]] = {"": (0, 0), ".aq": (1, 0), ".rl": (0, 1), ".aqrl": (1, 1)}
"""The suffixes of atomics, and the (aq, rl) that they stand for."""

OPERAND_CHARACTERS: Mapping[str, str] = {
    "d": "rd", "s": "rs1", "t": "rs2", "i": "imm", "h": "shamt", "p": "pred", "c": "succ", "q": "aq", "l": "rl",
}  # fmt: skip
"""The operand each character of ``bits`` stands for."""
_WRITTEN = {character: OPERAND_CHARACTERS[character] for character in "dstih"}
"""Those that a row's syntax names."""

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


class Run(NamedTuple):
    """Neighbouring bits of an operand: as many as ``mask`` has ones, from bit ``place`` of the word up.

    They are the operand's bits from ``bit`` up.
    """

    place: int
    bit: int
    mask: int


class Field(NamedTuple):
    """Where an operand stands in a word, and what it may be: ``low`` to ``high`` in steps of ``step``.

    ``runs`` go from the left of the word to the right. An operand counts in units of ``1 << shift``: 4096 for an
    immediate of U format, which is written as the upper 20 bits, and 1 elsewhere.
    """

    runs: tuple[Run, ...]
    low: int
    high: int
    step: int
    shift: int

    def insert(self, word: int, value: int) -> int:
        """``word``, whose bits here are 0, with ``value``, which fits."""
        value <<= self.shift
        for place, bit, mask in self.runs:
            word |= (value >> bit & mask) << place
        return word

    def extract(self, word: int) -> int:
        """The operand that ``word`` holds; negative where ``low`` is and the operand's top bit is set."""
        value = 0
        for place, bit, mask in self.runs:
            value |= (word >> place & mask) << bit
        value >>= self.shift
        return value - (value > self.high) * 2 * -self.low


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

    def __post_init__(self) -> None:
        bits = self.bits.replace(" ", "")
        unknown = set(bits).difference("01-", OPERAND_CHARACTERS)
        if len(bits) != 32 or unknown:
            raise IsaError(f"{self.name}: {len(bits)} bits, unknown characters {sorted(unknown)}")
        immediate = bits.count("i")
        if immediate and immediate != len(IMMEDIATE_BITS[self.format]):
            raise IsaError(f"{self.name}: {immediate} bits of imm for format {self.format}")
        object.__setattr__(self, "mask", int(bits.translate(_FIXED), 2))
        object.__setattr__(self, "match", int(bits.translate(_ONES), 2))

    @property
    def fields(self) -> Mapping[str, Field]:
        """The operands that the word holds, in the order of :data:`OPERAND_CHARACTERS`."""
        return _fields(self.bits, self.format)


_ONES = {ord(character): "0" for character in ("-", *OPERAND_CHARACTERS)}
"""What makes a number of bits: that of those that are 1."""
_FIXED = {**_ONES, ord("0"): "1"}
"""The number of those that are fixed."""


@cache
def _fields(written: str, form: str) -> Mapping[str, Field]:
    """The operands of a row with these bits and this format."""
    places: dict[str, list[int]] = {}
    for column, bit in enumerate(written.replace(" ", "")):
        places.setdefault(bit, []).append(31 - column)
    return {
        operand: _field(form if operand == "imm" else "", tuple(places[character]))
        for character, operand in OPERAND_CHARACTERS.items()
        if character in places
    }


@cache
def _field(immediate: str, places: tuple[int, ...]) -> Field:
    """The field of an operand whose bits stand at ``places`` of the word, from the left.

    ``immediate`` is the format of a row whose immediate it is, empty for another operand.
    """
    values = IMMEDIATE_BITS[immediate] if immediate else tuple(reversed(range(len(places))))
    top, shift = max(values), min(values) if immediate == "U" else 0
    low, high = (-(1 << top), (1 << top) - 1) if immediate and not shift else (0, (2 << top - shift) - 1)
    step = 1 << min(values) - shift
    return Field(_runs(places, values), low, high + 1 - step, step, shift)


def _runs(places: Sequence[int], values: Sequence[int]) -> tuple[Run, ...]:
    """The runs of an operand whose bits ``values`` stand at ``places`` of the word, both from the left."""
    runs: list[Run] = []
    for place, bit in zip(places, values, strict=True):
        if runs and (place, bit) == (runs[-1].place - 1, runs[-1].bit - 1):
            runs[-1] = Run(place, bit, runs[-1].mask << 1 | 1)
        else:
            runs.append(Run(place, bit, 1))
    return tuple(runs)


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
    names: set[str] = set()
    by_opcode: dict[int | None, list[Instruction]] = {None: []}  # None: of rows that do not say which
    for row in rows:
        for character, operand in _WRITTEN.items():
            if (character in row.bits) != (operand in row.syntax):
                raise IsaError(f"{row.name}: {operand} in bits or in syntax, not both")
        if row.name in names:
            raise IsaError(f"{row.name}: named twice")
        names.add(row.name)
        opcode = row.match & OPCODE_MASK if row.mask & OPCODE_MASK == OPCODE_MASK else None
        rivals = [*by_opcode[None], *by_opcode.setdefault(opcode, [])] if opcode is not None else rows[: len(names) - 1]
        for other in rivals:
            if (row.match ^ other.match) & row.mask & other.mask == 0:
                raise IsaError(f"{row.name} and {other.name} overlap")
        by_opcode[opcode].append(row)


INSTRUCTIONS: tuple[Instruction, ...] = _read_rows()
"""Every instruction, by number."""
check(INSTRUCTIONS)

BY_NAME: Mapping[str, Instruction] = {row.name: row for row in INSTRUCTIONS}
"""Every instruction, by name; atomics without their ``.aq``/``.rl`` suffix."""


_PSEUDO_ROWS = """
* nop    |                | addi zero, zero, 0
* li     | rd, imm        | addi rd, zero, imm
* mv     | rd, rs1        | addi rd, rs1, 0
  move   | rd, rs1        | addi rd, rs1, 0
* not    | rd, rs1        | xori rd, rs1, -1
* neg    | rd, rs2        | sub rd, zero, rs2
* seqz   | rd, rs1        | sltiu rd, rs1, 1
* snez   | rd, rs2        | sltu rd, zero, rs2
* sltz   | rd, rs1        | slt rd, rs1, zero
* sgtz   | rd, rs2        | slt rd, zero, rs2
  sgt    | rd, rs1, rs2   | slt rd, rs2, rs1
  sgtu   | rd, rs1, rs2   | sltu rd, rs2, rs1
  zext.b | rd, rs1        | andi rd, rs1, 255
  zext.h | rd, rs1        | slli rd, rs1, 16; srli rd, rd, 16
  sext.b | rd, rs1        | slli rd, rs1, 24; srai rd, rd, 24
  sext.h | rd, rs1        | slli rd, rs1, 16; srai rd, rd, 16
  add    | rd, rs1, imm   | addi rd, rs1, imm
  and    | rd, rs1, imm   | andi rd, rs1, imm
  or     | rd, rs1, imm   | ori rd, rs1, imm
  xor    | rd, rs1, imm   | xori rd, rs1, imm
  slt    | rd, rs1, imm   | slti rd, rs1, imm
  sltu   | rd, rs1, imm   | sltiu rd, rs1, imm
  sll    | rd, rs1, shamt | slli rd, rs1, shamt
  srl    | rd, rs1, shamt | srli rd, rs1, shamt
  sra    | rd, rs1, shamt | srai rd, rs1, shamt
* beqz   | rs1, imm       | beq rs1, zero, imm
* bnez   | rs1, imm       | bne rs1, zero, imm
* blez   | rs1, imm       | bge zero, rs1, imm
* bgez   | rs1, imm       | bge rs1, zero, imm
* bltz   | rs1, imm       | blt rs1, zero, imm
* bgtz   | rs1, imm       | blt zero, rs1, imm
  bgt    | rs1, rs2, imm  | blt rs2, rs1, imm
  ble    | rs1, rs2, imm  | bge rs2, rs1, imm
  bgtu   | rs1, rs2, imm  | bltu rs2, rs1, imm
  bleu   | rs1, rs2, imm  | bgeu rs2, rs1, imm
* j      | imm            | jal zero, imm
* jal    | imm            | jal ra, imm
* ret    |                | jalr zero, 0, ra
* jr     | rs1            | jalr zero, 0, rs1
  jr     | imm(rs1)       | jalr zero, imm, rs1
  jr     | rs1, imm       | jalr zero, imm, rs1
  jalr   | rd, rs1, imm   | jalr rd, imm, rs1
  jalr   | rd, rs1        | jalr rd, 0, rs1
* jalr   | rs1            | jalr ra, 0, rs1
  jalr   | rs1, imm       | jalr ra, imm, rs1
  jalr   | imm(rs1)       | jalr ra, imm, rs1
  call   | rd, symbol     | auipc rd, %call_hi symbol; jalr rd, %call_lo symbol, rd
  call   | symbol         | auipc ra, %call_hi symbol; jalr ra, %call_lo symbol, ra
  tail   | symbol         | auipc t1, %call_hi symbol; jalr zero, %call_lo symbol, t1
  jump   | symbol, rs1    | auipc rs1, %call_hi symbol; jalr zero, %call_lo symbol, rs1
  lb     | rd, place      | auipc rd, %pcrel_hi place; lb rd, %pair_lo place, rd
  lh     | rd, place      | auipc rd, %pcrel_hi place; lh rd, %pair_lo place, rd
  lw     | rd, place      | auipc rd, %pcrel_hi place; lw rd, %pair_lo place, rd
  lbu    | rd, place      | auipc rd, %pcrel_hi place; lbu rd, %pair_lo place, rd
  lhu    | rd, place      | auipc rd, %pcrel_hi place; lhu rd, %pair_lo place, rd
  sb     | rs2, place, rs1 | auipc rs1, %pcrel_hi place; sb rs2, %pair_lo place, rs1
  sh     | rs2, place, rs1 | auipc rs1, %pcrel_hi place; sh rs2, %pair_lo place, rs1
  sw     | rs2, place, rs1 | auipc rs1, %pcrel_hi place; sw rs2, %pair_lo place, rs1
  la     | rd, place      | auipc rd, %pcrel_hi place; addi rd, rd, %pair_lo place
  lla    | rd, place      | auipc rd, %pcrel_hi place; addi rd, rd, %pair_lo place
  lga    | rd, place      | auipc rd, %got_pcrel_hi place; lw rd, %got_pair_lo place, rd
* fence  |                | fence iorw, iorw
  pause  |                | fence w, 0
  scall  |                | ecall
  sbreak |                | ebreak
"""


class Pseudo(NamedTuple):
    """A pseudo-instruction: a name for instructions with some operands fixed, or for a short sequence of them.

    ``syntax`` lists the operands as they are written: those of a row, ``symbol`` for what is called, and ``place`` for
    another address, such as ``table + 4``. ``expansion`` has the instructions that it stands for, each with the
    operands of its syntax: a register's name, a number, an operand of ``syntax``, or one behind what is made of it.
    ``%pcrel_hi`` and ``%pair_lo`` are the two halves of its distance from the auipc, ``%call_hi`` and ``%call_lo``
    likewise for a call, which may go to an undefined weak symbol, ``%got_pcrel_hi`` and ``%got_pair_lo`` those of a
    word that holds the address. ``shown`` says that the disassembler writes the instruction in this way.
    """

    name: str
    syntax: str
    expansion: tuple[tuple[Instruction, tuple[str, ...]], ...]
    shown: bool


def _read_pseudo_rows() -> tuple[Pseudo, ...]:
    rows = []
    for line in _PSEUDO_ROWS.strip().splitlines():
        head, syntax, expansion = (part.strip() for part in line.split("|"))
        instructions = []
        for part in expansion.split("; "):
            name, _, operands = part.partition(" ")
            instructions.append((BY_NAME[name], tuple(operands.split(", ")) if operands else ()))
        rows.append(Pseudo(head.lstrip("* "), syntax, tuple(instructions), head.startswith("*")))
    return tuple(rows)


PSEUDO_INSTRUCTIONS: tuple[Pseudo, ...] = _read_pseudo_rows()
"""Every pseudo-instruction but those of one word: one row for each way to write it, which are tried in this order.

``li`` stands here with the number that one instruction can load; of a row that several fit, the disassembler takes
the first that is ``shown``. Sources: *RISC-V Assembly Programmer's Manual*, "A listing of standard RISC-V
pseudoinstructions", and LLVM's assembler, whose expansions these are.
"""

PSEUDO_WORDS: Mapping[str, int] = {
    "fence.tso": 0x8330_000F,
    "unimp": 0xC000_1073,
}
"""Mnemonics that are one word: fence.tso is a FENCE with bits set that the machine ignores; unimp is LLVM's and GNU's
permanently illegal instruction, a write to a read-only CSR."""


_BY_OPCODE: Mapping[int, tuple[Instruction, ...]] = {
    opcode: tuple(row for row in INSTRUCTIONS if row.match & OPCODE_MASK == opcode) for opcode in OPCODES.values()
}
_JUMPS = (OPCODES["JAL"], OPCODES["JALR"])


def find(word: int) -> Instruction | None:
    """The instruction that ``word`` (32 bits) encodes; None when it is illegal."""
    for row in _BY_OPCODE.get(word & OPCODE_MASK, ()):
        if word & row.mask == row.match:
            return row
    return None


def is_call(word: int) -> bool:
    """True for a jump that leaves the address behind it in a link register."""
    return word & OPCODE_MASK in _JUMPS and word >> 7 & 31 in LINK_REGISTERS


def extract(row: Instruction, word: int) -> dict[str, int]:
    """Values of the operands that ``word`` holds, each as :func:`encode` takes them.

    Immediates are sign-extended; U-format immediates are the upper 20 bits, unsigned.
    """
    return {operand: place.extract(word) for operand, place in row.fields.items()}


def encode(row: Instruction, **operands: int) -> int:
    """The word for ``row`` with these operands (absent ones are 0); ignored bits are 0.

    Raises ValueError for an operand the row does not have, or a value that does not fit.
    """
    word = row.match
    for operand, value in operands.items():
        place = row.fields.get(operand)
        if place is None:
            raise ValueError(f"{row.name} has no operand {operand}")
        if not place.low <= value <= place.high or value % place.step:
            limits = f"{place.low}..{place.high} in steps of {place.step}"
            raise ValueError(f"{row.name}: {operand} {value} is not in {limits}")
        word = place.insert(word, value)
    return word


def low_part(value: int) -> int:
    """The signed low 12 bits of ``value``: what the second of two instructions adds to :func:`high_part`."""
    return (value & 0xFFF ^ 0x800) - 0x800


def high_part(value: int) -> int:
    """The upper 20 of the 32 bits of ``value``, as lui and auipc take them, so that adding the low part gives it."""
    return (value + 0x800 >> 12) & 0xF_FFFF
