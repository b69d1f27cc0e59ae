"""Instruction words from the rows of :mod:`vm.isa`: where each operand's bits go, computed once.

A :class:`Template` is a word with holes. The assembler fills the holes of a real instruction or of each instruction
of a pseudo-instruction's expansion; immediates that wait for an address are filled in by the linker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vm import isa
from vm.isa import Instruction
from vm.values import dataclass

from .diagnostics import Problem


@dataclass(frozen=True, slots=True)
class Field:
    """One operand of one row, and its ``place`` in the word."""

    row: Instruction
    operand: str
    place: isa.Field

    def check(self, value: int) -> int:
        """``value`` as it goes into the word; raises :class:`Problem` without a place when it does not fit.

        A 12-bit immediate may also be written as the unsigned 32-bit number with the same bits.
        """
        place = self.place
        if place.low <= value <= place.high and value % place.step == 0:
            return value
        if self.row.format in "IS" and 0 <= value - (1 << 32) - place.low < -place.low:
            return value - (1 << 32)
        raise Problem(*self._misfit(value))

    def _misfit(self, value: int) -> tuple[str, None, None, *tuple[str, ...]]:
        place = self.place
        limits = f"({place.low} to {place.high})"
        if self.operand == "shamt":
            return f"shift amount {value} is not between {place.low} and {place.high}", None, None
        if self.row.format in "BJ":
            if value % place.step:
                return f"offset {value} is not a multiple of {place.step}", None, None
            kind = "branch" if self.row.format == "B" else "jump"
            return f"target out of reach: offset {value} of a {kind} {limits}", None, None
        bits = (place.high - place.low).bit_length()
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
    return Field(row, operand, row.fields[operand])


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
                registers.append((names.index(name), hole.place.runs[0].place))
            else:
                word = hole.place.insert(word, isa.REGISTERS[name] if operand in _REGISTER_FIELDS else fence_set(name))
        elif name in names:
            immediate, field = names.index(name), hole
        else:
            word = hole.place.insert(word, hole.check(int(name)))
    return Template(word, tuple(registers), immediate, field, relocation)


def fence_set(text: str) -> int:
    """The bits of a fence's set: letters of ``iorw`` in that order, or ``0``. Raises :class:`Problem` otherwise."""
    if text == "0":
        return 0
    if not text or text != "".join(letter for letter in isa.FENCE_SETS if letter in text):
        raise Problem(f"'{text}' is not a set of accesses", None, None, "letters of 'iorw', in that order, or 0")
    return sum(isa.FENCE_SETS[letter] for letter in text)


def ordering_bits(row: Instruction, suffix: str) -> int:
    """The bits that ``suffix`` sets in the word of an atomic."""
    aq, rl = isa.ORDERINGS[suffix]
    return row.fields["aq"].insert(row.fields["rl"].insert(0, rl), aq)


def load_immediate(value: int) -> list[tuple[str, int]]:
    """The instructions by which ``li`` makes ``value``, as (mnemonic, immediate); the first has no source register.

    ``value`` is cut off to 32 bits. This is LLVM's choice (RISCVMatInt) for RV32.
    """
    value = (value & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000
    low, high = isa.low_part(value), isa.high_part(value)
    if not high:
        return [("addi", value)]
    if not low:
        return [("lui", high)]
    trailing_zeros = (value & -value).bit_length() - 1
    if trailing_zeros and -32 <= value >> trailing_zeros < 32:
        return [("addi", value >> trailing_zeros), ("slli", trailing_zeros)]
    return [("lui", high), ("addi", low)]
