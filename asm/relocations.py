"""Filling in what waited for addresses: immediates of instructions, data, and branches.

Source: *RISC-V ABIs Specification*, "Relocations", and LLVM's linker for weak symbols that nobody defines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from vm import isa
from vm.isa import high_part, low_part

from .diagnostics import Problem
from .encoder import INVERSE_BIT, field_of
from .expressions import Base
from .layout import contents
from .source import Place
from .symbols import Branch, Expression, Fixup, Section

WEAK = "weak"
"""The base of the value 0 that a weak symbol has which nobody defines."""


class Values(Protocol):
    """What is asked of the linker on behalf of one source."""

    def value(self, expression: Expression) -> tuple[Base, int]:
        """The value of an expression, addresses being complete. Raises :class:`Problem`."""

    def report(self, problem: Problem, place: Place, first: int, last: int) -> None:
        """Record a problem of the tokens ``first``..``last`` of the statement at ``place``."""


def fill_in(section: Section, values: Values) -> bytes:
    """The final bytes of a section that has its address; what cannot be filled in is reported."""
    data = contents(section)
    high_parts = _HighParts(section, values)
    for fixup in section.fixups:
        offset = section.position(fixup.offset, fixup.items)
        try:
            if fixup.field is None:
                _fill_data(fixup, data, offset, values)
            else:
                _fill_operand(fixup, data, offset, section, values, high_parts)
        except Problem as problem:
            values.report(problem, fixup.place, fixup.first, fixup.last)
    for index, item in enumerate(section.items):
        if isinstance(item, Branch):
            try:
                _fill_branch(item, data, section.position(item.offset, index), section, values)
            except Problem as problem:
                values.report(problem, item.place, item.first, item.last)
    return bytes(data)


def _fill_data(fixup: Fixup, data: bytearray, offset: int, values: Values) -> None:
    size = fixup.size
    _, value = values.value(fixup.target)
    if not -(1 << 8 * size - 1) <= value < 1 << 8 * size and size < 8:
        raise Problem(f"{value} does not fit in {size} byte{'s' * (size > 1)}")
    data[offset : offset + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")


def _fill_operand(
    fixup: Fixup, data: bytearray, offset: int, section: Section, values: Values, high_parts: _HighParts
) -> None:
    assert fixup.field is not None
    pc = section.address + offset
    relocation = fixup.relocation
    target = fixup.target
    if relocation == "pcrel_lo":
        high = high_parts.find(fixup)
        target, pc = high.target, section.address + section.position(high.offset, high.items)
    base, value = values.value(target)
    if base == WEAK and relocation in ("call_hi", "call_lo", "jump"):
        immediate = 0
    elif relocation == "absolute" and base is not None:
        note = "%lo(symbol) is the low part of an address, %hi(symbol) the high part"
        raise Problem("an address does not fit here", None, None, note)
    else:
        immediate = fixup.field.check(immediate_of(relocation, value, pc))
    word = int.from_bytes(data[offset : offset + 4], "little")
    data[offset : offset + 4] = fixup.field.place.insert(word, immediate).to_bytes(4, "little")


_JAL = isa.BY_NAME["jal"]
_JUMP = field_of(_JAL, "imm")


def _fill_branch(branch: Branch, data: bytearray, offset: int, section: Section, values: Values) -> None:
    """The branch itself, or its inverse over a jump to the target when layout made it two instructions."""
    base, value = values.value(branch.target)
    distance = value - (section.address + offset)
    if branch.extra:
        far = 0 if base == WEAK else _JUMP.check(distance - 4)
        words = [branch.field.place.insert(branch.word ^ INVERSE_BIT, 8), _JUMP.place.insert(_JAL.match, far)]
    else:
        words = [branch.field.place.insert(branch.word, branch.field.check(distance))]
    data[offset : offset + 4 * len(words)] = b"".join(word.to_bytes(4, "little") for word in words)


class _HighParts:
    """The ``%pcrel_hi`` of a section, to be found by the label of their instruction."""

    def __init__(self, section: Section, values: Values) -> None:
        self._section = section
        self._values = values
        self._by_offset: dict[int, Fixup] | None = None

    def find(self, low: Fixup) -> Fixup:
        """The one that the ``%pcrel_lo`` at hand names. Raises :class:`Problem` if there is none."""
        section = self._section
        if self._by_offset is None:
            self._by_offset = {
                section.position(fixup.offset, fixup.items): fixup
                for fixup in section.fixups
                if fixup.relocation == "pcrel_hi"
            }
        base, value = self._values.value(low.target)
        high = self._by_offset.get(value - section.address) if base is section else None
        if high is None:
            raise Problem("%pcrel_lo needs the label of an auipc with %pcrel_hi in this section")
        return high


def immediate_of(relocation: str, value: int, pc: int = 0) -> int:
    """What ``relocation`` makes of a value for an instruction at ``pc``."""
    return _RELOCATIONS[relocation](value, pc)


_RELOCATIONS: dict[str, Callable[[int, int], int]] = {
    "absolute": lambda value, pc: value,
    "hi": lambda value, pc: high_part(value),
    "lo": lambda value, pc: low_part(value),
    "pcrel_hi": lambda value, pc: high_part(value - pc),
    "pcrel_lo": lambda value, pc: low_part(value - pc),
    "pair_lo": lambda value, pc: low_part(value - (pc - 4)),
    "call_hi": lambda value, pc: high_part(value - pc),
    "call_lo": lambda value, pc: low_part(value - (pc - 4)),
    "jump": lambda value, pc: value - pc,
}
"""What goes into an immediate, from the symbol's value and the instruction's address (psABI, "Relocations").

``pair_lo`` and ``call_lo`` belong to the auipc just before them, ``pcrel_lo`` to the one whose label it names: its
``pc`` is that auipc's."""
