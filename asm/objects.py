"""Object files: one source whose references are left to a linker, GNU's or LLVM's.

Source: *RISC-V ABIs Specification*, "Relocations". Line tables are for images; objects have none.
"""

from __future__ import annotations

from dataclasses import field

from vm import elf, isa
from vm.elf.object import ObjectSection, Relocation, write_object
from vm.values import dataclass

from .assembler import Assembler
from .diagnostics import Problem
from .encoder import INVERSE_BIT
from .expressions import NESTING_LIMIT
from .layout import contents
from .relocations import immediate_of
from .symbols import Branch, Expression, Fixup, Section, Symbol

_BRANCH, _JAL, _CALL, _PCREL_HI, _HI = 16, 17, 19, 23, 26
_BY_FORMAT = {"pcrel_lo": {"I": 24, "S": 25}, "pair_lo": {"I": 24, "S": 25}, "lo": {"I": 27, "S": 28}}
_WORDS = {1: 54, 2: 55, 4: 1, 8: 2}
_ADDED = {1: 33, 2: 34, 4: 35, 8: 36}
_TAKEN = {1: 37, 2: 38, 4: 39, 8: 40}
_JAL_WORD = isa.BY_NAME["jal"].match


_Reference = tuple[bool, int]
"""Where a symbol is in the table: whether among the local ones, and its number there; -1 is no symbol."""
_Entries = list[tuple[int, int, _Reference, int]]
"""Relocations of a section: offset, type, symbol, addend."""


@dataclass(slots=True)
class _Sum:
    """A value as a linker computes it: ``number`` plus some symbols and minus others."""

    number: int = 0
    plus: list[Symbol] = field(default_factory=list)
    minus: list[Symbol] = field(default_factory=list)


class _Object:
    """One source's object file under construction."""

    def __init__(self, assembler: Assembler) -> None:
        self.assembler = assembler
        named = {symbol.section for symbol in assembler.symbols.values()}
        parts = [part for part in assembler.parts() if part.allocated and (part.final_size or part in named)]
        self.index = {part: number for number, part in enumerate(parts, 1)}
        self.locals: list[elf.Symbol] = []
        self.globals: list[elf.Symbol] = []
        self._known: dict[Symbol, _Reference] = {}
        self._labels: dict[tuple[Section, int], int] = {}

    def bytes(self) -> bytes:
        """The file. Problems are reported to the source."""
        self._collect()
        made = [(part, *self._fill(part)) for part in self.index]
        sections = []
        for part, data, entries in made:
            relocations = tuple(
                Relocation(offset, kind, self._number(symbol), addend) for offset, kind, symbol, addend in entries
            )
            sections.append(
                ObjectSection(
                    part.name, part.protection, bytes(data), part.final_size, part.alignment, part.nobits, relocations
                )
            )
        return write_object(sections, (*self.locals, *self.globals))

    def _number(self, symbol: _Reference) -> int:
        """A symbol's index in the whole table, now that it is complete."""
        local, number = symbol
        return number + 1 if local or number < 0 else len(self.locals) + number + 1

    def _collect(self) -> None:
        for symbol in self.assembler.symbols.values():
            if (symbol.defined or symbol.common) and not symbol.temporary:
                self._reference(symbol)

    def _reference(self, symbol: Symbol) -> _Reference:
        """Where ``symbol`` is in the table: whether among the local ones, and its number there."""
        if symbol not in self._known:
            place = symbol.section
            value: int = 0
            section: int | str = "undef"
            if place is not None:
                value = place.position(symbol.offset, symbol.items)
                section = self.index.get(place, "abs")
            elif symbol.constant is not None:
                value, section = symbol.constant & 0xFFFF_FFFF, "abs"
            elif symbol.expression is not None:
                value, section = self._alias(symbol)
            elif symbol.common is not None:
                value, section = symbol.common[1], "common"
            binding = symbol.binding
            if section == "undef" and binding == "local":
                binding = "weak" if symbol.optional else "global"
            table = self.locals if binding == "local" else self.globals
            size = symbol.size if isinstance(symbol.size, int) else self._sum(symbol.size).number
            self._known[symbol] = binding == "local", len(table)
            name = "" if symbol.temporary else symbol.name
            table.append(elf.Symbol(name, value, size & 0xFFFF_FFFF, binding, symbol.type, section))
        return self._known[symbol]

    def _alias(self, symbol: Symbol) -> tuple[int, int | str]:
        """Value and section of a symbol that an expression gives; only one in a section of this source can be."""
        assert symbol.expression is not None
        total = self._sum(symbol.expression)
        if not total.plus and not total.minus:
            return total.number & 0xFFFF_FFFF, "abs"
        base = total.plus[0] if len(total.plus) == 1 and not total.minus else None
        if base is None or base.section not in self.index:
            raise Problem(f"symbol '{symbol.name}' stands for what an object file cannot name")
        return base.section.position(base.offset, base.items) + total.number, self.index[base.section]

    def _sum(self, expression: Expression, depth: int = 0) -> _Sum:
        """The value of an expression. Raises :class:`Problem` when it is no sum of symbols and numbers."""
        stack: list[_Sum] = []
        for element in expression.code:
            if isinstance(element, int):
                stack.append(_Sum(element))
            elif isinstance(element, Symbol):
                stack.append(self._value(element, depth))
            elif element in ("+", "-"):
                right, left = stack.pop(), stack.pop()
                sign = 1 if element == "+" else -1
                added, taken = (right.plus, right.minus) if sign > 0 else (right.minus, right.plus)
                stack.append(_Sum(left.number + sign * right.number, left.plus + added, left.minus + taken))
            else:
                known = self.assembler.absolute(expression)
                if known is None:
                    raise Problem(f"no relocation expresses '{element}' of an address")
                return _Sum(known)
            self._cancel(stack[-1])
        return stack[0]

    def _value(self, symbol: Symbol, depth: int) -> _Sum:
        if symbol.constant is not None:
            return _Sum(symbol.constant)
        if symbol.expression is not None and symbol.binding == "local":
            if depth > NESTING_LIMIT:
                raise Problem(f"symbol '{symbol.name}' is defined by way of itself")
            return self._sum(symbol.expression, depth + 1)
        return _Sum(0, [symbol])

    @staticmethod
    def _cancel(total: _Sum) -> None:
        """Take out pairs of symbols whose distance is known: both in one section."""
        for one in list(total.plus):
            other = next((symbol for symbol in total.minus if symbol is one or symbol.section is one.section), None)
            if other is None or (one.section is None and other is not one):
                continue
            total.plus.remove(one)
            total.minus.remove(other)
            if one.section is not None and other.section is not None:
                total.number += one.section.position(one.offset, one.items)
                total.number -= other.section.position(other.offset, other.items)

    # --- relocations ------------------------------------------------------------------------------------------

    def _fill(self, section: Section) -> tuple[bytearray, _Entries]:
        """The bytes of a section, and its relocations: offset, type, symbol, addend."""
        data = contents(section)
        found: _Entries = []
        for fixup in section.fixups:
            offset = section.position(fixup.offset, fixup.items)
            try:
                if fixup.field is None:
                    self._data(fixup, data, offset, found)
                else:
                    self._operand(fixup, data, offset, section, found)
            except Problem as problem:
                message = Problem(problem.message, fixup.first, fixup.last, *problem.notes)
                self.assembler.report(message, fixup.place)
        for index, item in enumerate(section.items):
            if isinstance(item, Branch):
                offset = section.position(item.offset, index)
                try:
                    self._branch(item, data, offset, found)
                except Problem as problem:
                    self.assembler.report(Problem(problem.message, item.first, item.last), item.place)
        return data, sorted(found, key=lambda entry: entry[0])

    def _data(self, fixup: Fixup, data: bytearray, offset: int, found: _Entries) -> None:
        total, size = self._sum(fixup.target), fixup.size
        if not total.plus and not total.minus:
            data[offset : offset + size] = (total.number & (1 << 8 * size) - 1).to_bytes(size, "little")
        elif len(total.plus) == 1 and not total.minus:
            found.append((offset, _WORDS[size], self._reference(total.plus[0]), total.number))
        elif len(total.plus) == len(total.minus) == 1:
            found.append((offset, _ADDED[size], self._reference(total.plus[0]), total.number))
            found.append((offset, _TAKEN[size], self._reference(total.minus[0]), 0))
        else:
            raise Problem("no relocation expresses this sum")

    def _operand(self, fixup: Fixup, data: bytearray, offset: int, section: Section, found: _Entries) -> None:
        assert fixup.field is not None
        kind = fixup.relocation
        if kind == "call_lo":
            return
        if kind == "pair_lo":
            found.append((offset, _BY_FORMAT[kind][fixup.field.row.format], self._label(section, offset - 4), 0))
            return
        total = self._sum(fixup.target)
        if not total.plus and not total.minus and kind in ("absolute", "hi", "lo"):
            word = int.from_bytes(data[offset : offset + 4], "little")
            number = fixup.field.check(immediate_of(kind, total.number))
            data[offset : offset + 4] = fixup.field.place.insert(word, number).to_bytes(4, "little")
            return
        if kind == "absolute":
            raise Problem("an address does not fit here", None, None, "%lo(symbol) is the low part of an address")
        fixed = {"call_hi": _CALL, "pcrel_hi": _PCREL_HI, "hi": _HI, "jump": _JAL}
        relocation = fixed[kind] if kind in fixed else _BY_FORMAT[kind][fixup.field.row.format]
        found.append((offset, relocation, *self._target(total)))

    def _branch(self, branch: Branch, data: bytearray, offset: int, found: _Entries) -> None:
        word, kind, at = branch.word, _BRANCH, offset
        if branch.extra:
            word, kind, at = branch.field.place.insert(branch.word ^ INVERSE_BIT, 8), _JAL, offset + 4
            data[at : at + 4] = _JAL_WORD.to_bytes(4, "little")
        data[offset : offset + 4] = word.to_bytes(4, "little")
        found.append((at, kind, *self._target(self._sum(branch.target))))

    def _target(self, total: _Sum) -> tuple[_Reference, int]:
        """The symbol and the addend that name a place."""
        if len(total.plus) > 1 or total.minus:
            raise Problem("no relocation expresses this sum")
        return (self._reference(total.plus[0]) if total.plus else (False, -1)), total.number

    def _label(self, section: Section, offset: int) -> _Reference:
        """A local label of an auipc, for the instruction that takes the low part."""
        if (section, offset) not in self._labels:
            self._labels[section, offset] = len(self.locals)
            self.locals.append(elf.Symbol(".L0", offset, 0, "local", "notype", self.index[section]))
        return True, self._labels[section, offset]


def render(assembler: Assembler) -> bytes:
    """The object file of a source that is laid out; what no relocation expresses is reported to it."""
    made = _Object(assembler)
    try:
        return made.bytes()
    except Problem as problem:
        assembler.report(problem)
        return b""
