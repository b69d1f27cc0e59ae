"""Instruction words from the rows of :mod:`vm.isa`: where each operand's bits go, computed once.

A :class:`Template` is a word with holes. The assembler fills the holes of a real instruction or of each instruction
of a pseudo-instruction's expansion; immediates that wait for an address are filled in by the linker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vm import isa
from vm.isa import Instruction

from .diagnostics import Problem


@dataclass(frozen=True, slots=True)
class Field:
    """One operand of one row. ``runs`` are its groups of neighbouring bits, as (bit of the value, mask, bit of the
    word); the value lies in ``low``..``high`` in steps of ``step``, a U-format immediate counting in units of 4096.
    """

    row: Instruction
    operand: str
    runs: tuple[tuple[int, int, int], ...]
    low: int
    high: int
    step: int

    def insert(self, word: int, value: int) -> int:
        """``word`` with ``value``, which fits, in this field, until now 0."""
        for bit, mask, place in self.runs:
            word |= (value >> bit & mask) << place
        return word

    def check(self, value: int) -> int:
        """``value`` as it goes into the word; raises :class:`Problem` without a place when it does not fit.

        A 12-bit immediate may also be written as the unsigned 32-bit number with the same bits.
        """
        if self.low <= value <= self.high and value % self.step == 0:
            return value
        if self.row.format in "IS" and 0 <= value - (1 << 32) - self.low < -self.low:
            return value - (1 << 32)
        raise Problem(*self._misfit(value))

    def _misfit(self, value: int) -> tuple[str, None, None, *tuple[str, ...]]:
        limits = f"({self.low} to {self.high})"
        if self.operand == "shamt":
            return f"shift amount {value} is not between {self.low} and {self.high}", None, None
        if self.row.format in "BJ":
            if value % self.step:
                return f"offset {value} is not a multiple of {self.step}", None, None
            kind = "branch" if self.row.format == "B" else "jump"
            return f"target out of reach: offset {value} of a {kind} {limits}", None, None
        bits = (self.high - self.low).bit_length()
        if "imm(rs1)" in self.row.syntax:
            note = "a larger offset is added to the register first, by li and add"
            return f"offset {value} does not fit in {bits} bits {limits}", None, None, note
        message = f"immediate {value} does not fit in {bits} bits {limits}"
        if self.row.format == "U":
            return message, None, None, "it is the upper 20 bits: the value is shifted left by 12"
        if self.row.name == "addi":
            return message, None, None, "a larger constant needs li, or lui and addi"
        return message, None, None


def field_of(row: Instruction, operand: str) -> Field:
    """Where ``operand`` of ``row`` goes, and what it may be."""
    places = row.fields[operand]
    limits = row.immediate_range if operand == "imm" else None
    low, high, step = limits or (0, (1 << len(places)) - 1, 1)
    base = 12 if row.format == "U" and operand == "imm" else 0
    runs: list[list[int]] = []
    for place, bit in places:
        if runs and runs[-1][0] == bit - base + 1 and runs[-1][2] == place + 1:
            runs[-1] = [bit - base, runs[-1][1] << 1 | 1, place]
        else:
            runs.append([bit - base, 1, place])
    return Field(row, operand, tuple((bit, mask, place) for bit, mask, place in runs), low, high, step)


INVERSE_BIT = 1 << 12
"""The bit of a branch's word that turns its condition into the opposite one (the last of funct3)."""

assert all(isa.find(row.match ^ INVERSE_BIT) for row in isa.INSTRUCTIONS if row.format == "B")


@dataclass(frozen=True, slots=True)
class Template:
    """A word with holes: ``registers`` are (index of the operand, shift) pairs to be or-ed in.

    ``immediate`` is the index of the operand that goes into ``field``, None when there is none; ``relocation`` is what
    the linker makes of a symbol there.
    """

    word: int
    registers: tuple[tuple[int, int], ...]
    immediate: int | None = None
    field: Field | None = None
    relocation: str = "absolute"


_REGISTER_FIELDS = ("rd", "rs1", "rs2")
_OPERAND = re.compile(r"[%\w.-]+")


def template(row: Instruction, operands: Sequence[str], names: Sequence[str], suffix: int = 0) -> Template:
    """The template for ``row`` with ``operands``, one for each operand of its syntax.

    An operand is a register's name, a number, one of ``names`` (the operands as written, whose indices the template
    holds), or one of these with a relocation as in ``%pcrel_hi symbol``. ``suffix`` are bits to set besides.
    """
    word = row.match | suffix
    registers: list[tuple[int, int]] = []
    immediate: int | None = None
    field: Field | None = None
    relocation = {"B": "branch", "J": "jump"}.get(row.format, "absolute")
    for operand, written in zip(_OPERAND.findall(row.syntax), operands, strict=True):
        hole = field_of(row, operand)
        reference, _, name = written.rpartition(" ")
        if reference:
            relocation = reference[1:]
        if operand in _REGISTER_FIELDS or operand in ("pred", "succ"):
            if name in names:
                registers.append((names.index(name), hole.runs[0][2]))
            else:
                word = hole.insert(word, isa.REGISTERS[name] if operand in _REGISTER_FIELDS else fence_set(name))
        elif name in names:
            immediate, field = names.index(name), hole
        else:
            word = hole.insert(word, hole.check(int(name)))
    return Template(word, tuple(registers), immediate, field, relocation)


FENCE_LETTERS = "iorw"


def fence_set(text: str) -> int:
    """The bits of a fence's set: letters of ``iorw`` in that order, or ``0``. Raises :class:`Problem` otherwise."""
    if text == "0":
        return 0
    places = [FENCE_LETTERS.find(letter) for letter in text]
    if not text or -1 in places or places != sorted(set(places)):
        raise Problem(f"'{text}' is not a set of accesses", None, None, "letters of 'iorw', in that order, or 0")
    return sum(8 >> place for place in places)


ORDERINGS = {"": 0, ".aq": 2, ".rl": 1, ".aqrl": 3}
"""Suffixes of atomics, and the aq and rl bits they set."""


def ordering_bits(row: Instruction, suffix: str) -> int:
    """The bits that ``suffix`` sets in the word of an atomic."""
    bits = ORDERINGS[suffix]
    return field_of(row, "aq").insert(field_of(row, "rl").insert(0, bits & 1), bits >> 1)
