"""Every mnemonic: what may follow it, and what it becomes.

The table is computed from the rows of :mod:`vm.isa`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from vm import isa
from vm.isa import Instruction, Pseudo
from vm.values import dataclass

from . import encoder
from .assembler import Assembler
from .diagnostics import Problem
from .encoder import Template, field_of, ordering_bits, template
from .lexer import END, is_name
from .operands import (
    REGISTER,
    Address,
    FenceSet,
    Immediate,
    Name,
    Number,
    Reference,
    Step,
    Target,
    no_register,
    parse_form,
)
from .symbols import Branch, Expression, Fixup


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a mnemonic's operands, and the instructions it gives."""

    steps: tuple[Step | str, ...]
    templates: tuple[Template, ...]


@dataclass(slots=True, eq=False)
class Mnemonic:
    """A mnemonic with its forms, tried in order; ``ways`` make them when it is first met in a source."""

    name: str
    ways: tuple[Callable[[], Form], ...]
    _forms: tuple[Form, ...] = ()

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms, as many as there are ways."""
        if not self._forms:
            self._forms = tuple([way() for way in self.ways])
        return self._forms

    def __call__(self, assembler: Assembler, tokens: list[str], at: int) -> None:
        """Assemble the statement whose mnemonic is token ``at``."""
        forms = self.forms
        try:
            values = parse_form(forms[0].steps, assembler, tokens, at + 1)
            form = forms[0]
        except Problem as problem:
            form, values = self._other_form(problem, assembler, tokens, at)
        emit(assembler, form, values)

    def _other_form(
        self, problem: Problem, assembler: Assembler, tokens: list[str], at: int
    ) -> tuple[Form, list[int | Reference]]:
        """The first other form that fits; raises the problem of the form that fitted furthest, the last of equals."""
        problems = [problem]
        for form in self.forms[1:]:
            try:
                return form, parse_form(form.steps, assembler, tokens, at + 1)
            except Problem as other:
                problems.append(other)
        raise self._explained(problems, assembler, tokens, at)

    def _explained(self, problems: list[Problem], assembler: Assembler, tokens: list[str], at: int) -> Problem:
        """The problem to tell of: that of the form that fitted furthest, or what was probably meant."""
        furthest = max(reversed(problems), key=lambda problem: problem.first or 0)
        written = tokens[at + 3 :]
        if self.name in _STORES and written[:1] == ["("] and written[2:] == [")", END]:
            meant = written[1] if is_name(written[1]) else "symbol"
            note = f"a symbol needs a register for its address: {self.name} a0, {meant}, t0"
            return no_register(tokens, at + 4, note)
        if self.name in _MEMORY and written[-2:-1] == [")"] and problems[0].first == furthest.first:
            return problems[0]
        if self.name in _STORES and written[1:2] == [END]:
            if written[0] in isa.REGISTERS and not assembler.defined(written[0]):
                meant = f"did you mean '0({written[0]})'?"
                return Problem(f"expected an address, found register '{written[0]}'; {meant}", at + 3)
            furthest.notes = (f"a symbol needs a register for its address: {self.name} a0, symbol, t0",)
        return furthest


def emit(assembler: Assembler, form: Form, values: Sequence[int | Reference]) -> None:
    """Place the instructions of a form whose operands are ``values``; what is not known yet is left for later."""
    assembler.begin_instruction()
    for hole in form.templates:
        word = hole.word
        for index, shift in hole.registers:
            word |= values[index] << shift  # type: ignore[operator]
        if hole.immediate is not None:
            value = values[hole.immediate]
            assert hole.field is not None
            if isinstance(value, int):
                word = hole.field.place.insert(word, value)
            else:
                _defer(assembler, hole, word, value)
                if hole.relocation == "branch":
                    continue
        assembler.section.data += word.to_bytes(4, "little")


_STORES = frozenset(row.name for row in isa.INSTRUCTIONS if row.format == "S")
_MEMORY = frozenset(row.name for row in isa.INSTRUCTIONS if "imm(rs1)" in row.syntax)


def _defer(assembler: Assembler, hole: Template, word: int, value: Reference) -> None:
    """Leave an operand to layout or to the linker."""
    section = assembler.section
    place = assembler.place
    offset = len(section.data)
    assert hole.field is not None
    if hole.relocation == "branch":
        section.items.append(
            Branch(
                offset=offset, place=place, first=value.first, last=value.last, target=value.target, word=word,
                field=hole.field,
            )
        )  # fmt: skip
        section.data += bytes(4)
        return
    relocation, target = value.relocation or hole.relocation, value.target
    if relocation in _THROUGH_TABLE:
        relocation = _THROUGH_TABLE[relocation]
        target = Expression((assembler.table_entry(target, value.first, value.last),))
    section.fixups.append(
        Fixup(offset, len(section.items), relocation, target, place, value.first, value.last, hole.field)
    )


_THROUGH_TABLE = {"got_pcrel_hi": "pcrel_hi", "got_pair_lo": "pair_lo"}
"""Relocations of the address of a word that holds the symbol's address, and what becomes of them."""


LOW_PARTS = ("lo", "pcrel_lo")
"""What may stand before the address whose low part is wanted."""
HIGH_PARTS = ("hi", "pcrel_hi", "got_pcrel_hi")
"""What may stand before the address whose high part is wanted."""
_MODIFIERS = {"I": LOW_PARTS, "S": LOW_PARTS, "lui": HIGH_PARTS[:1], "auipc": HIGH_PARTS[1:]}


def _step(operand: str, row: Instruction) -> Step:
    """How an operand of ``row`` is read."""
    if operand in ("rd", "rs1", "rs2"):
        return REGISTER
    if operand in ("pred", "succ"):
        return FenceSet()
    if operand in ("symbol", "place"):
        return Name(called=operand == "symbol")
    hole = field_of(row, operand)
    if row.format in "BJ":
        return Target(hole)
    modifiers = _MODIFIERS.get(row.name, _MODIFIERS.get(row.format, ())) if operand == "imm" else ()
    return Immediate(hole, modifiers)


def _steps(syntax: str, row: Instruction) -> tuple[tuple[Step | str, ...], list[str]]:
    """The steps of a form written as ``syntax``, and the names of the values they give."""
    steps: list[Step | str] = []
    names: list[str] = []
    for piece in re.findall(r"imm\(rs1\)|\(rs1\)|\w+|,", syntax):
        if piece == "imm(rs1)":
            immediate = _step("imm", row)
            assert isinstance(immediate, Immediate)
            steps.append(Address(immediate))
            names += ["imm", "rs1"]
        elif piece == "(rs1)":
            steps.append(Address(None))
            names.append("rs1")
        elif piece == ",":
            steps.append(piece)
        else:
            steps.append(_step(piece, row))
            names.append(piece)
    return tuple(steps), names


def _mnemonics() -> dict[str, Mnemonic]:
    ways: dict[str, list[Callable[[], Form]]] = {}
    for row in isa.INSTRUCTIONS:
        if row.extension == "A":
            for suffix in isa.ORDERINGS:
                ways[row.name + suffix] = [partial(_ordered_form, row, suffix)]
        else:
            ways[row.name] = [partial(_real_form, row)]
    for pseudo in isa.PSEUDO_INSTRUCTIONS:
        ways.setdefault(pseudo.name, []).append(partial(_pseudo_form, pseudo))
    for name, word in isa.PSEUDO_WORDS.items():
        ways[name] = [partial(_word_form, word)]
    return {name: Mnemonic(name, tuple(own)) for name, own in ways.items()}


def _pseudo_form(pseudo: Pseudo) -> Form:
    """The form of a pseudo-instruction. Its immediate belongs to the one instruction that takes it."""
    steps, names = _steps(pseudo.syntax, pseudo.expansion[0][0])
    return Form(steps, tuple(template(row, operands, names) for row, operands in pseudo.expansion))


def _real_form(row: Instruction, suffix: int = 0) -> Form:
    steps, names = _steps(row.syntax, row)
    written = re.findall(r"\w+", row.syntax)
    return Form(steps, (template(row, written, names, suffix),))


def _ordered_form(row: Instruction, suffix: str) -> Form:
    return _real_form(row, ordering_bits(row, suffix))


def _word_form(word: int) -> Form:
    return Form((), (Template(word, ()),))


TABLE: Mapping[str, Mnemonic] = _mnemonics()
"""Every mnemonic that forms describe: all but ``li``, ``la`` and ``lla`` of any number."""

_LI_RANGE = (-(1 << 32) + 1, (1 << 32) - 1)
"""Numbers of 32 bits, and what ``~`` makes of them."""


def load_immediate(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``li rd, number``: one instruction or two, whichever the number needs."""
    (rd, operand) = parse_form((REGISTER, ",", Number()), assembler, tokens, at + 1)
    assert isinstance(rd, int)
    number = operand if isinstance(operand, int) else assembler.absolute(operand.target)
    last = len(tokens) - 2
    if number is None:
        note = "set the number before li uses it; the address of a symbol is loaded by la"
        raise Problem("li needs a number that is known here", at + 3, last, note)
    _emit_number(assembler, rd, number, at + 3, last)


@cache
def _first_part(name: str) -> Template:
    """The first of the instructions that load a number, lui or addi."""
    return TABLE["lui" if name == "lui" else "li"].forms[0].templates[0]


@cache
def _further_part(name: str) -> Template:
    """What follows it, addi or slli."""
    operand = "imm" if name == "addi" else "shamt"
    return template(isa.BY_NAME[name], ("rd", "rd", operand), ("rd", operand))


def _emit_number(assembler: Assembler, rd: int, number: int, first: int, last: int) -> None:
    if not _LI_RANGE[0] <= number <= _LI_RANGE[1]:
        message = f"number {number} does not fit in 32 bits: {number & _LI_RANGE[1]:#x} is loaded"
        assembler.warn(Problem(message, first, last))
        number &= _LI_RANGE[1]
    assembler.begin_instruction()
    part = _first_part
    for name, immediate in encoder.load_immediate(number):
        hole = part(name)
        word = hole.word
        for _, shift in hole.registers:
            word |= rd << shift
        assert hole.field is not None
        assembler.section.data += hole.field.place.insert(word, immediate).to_bytes(4, "little")
        part = _further_part


def load_address(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``la rd, place``: the place's distance from here, or ``li`` when it is a number."""
    if tokens[at + 1] in isa.REGISTERS and tokens[at + 2] == ",":
        value, end = assembler.expression(tokens, at + 3)
        number = value if isinstance(value, int) else assembler.absolute(value)
        if number is not None and not tokens[end]:
            _emit_number(assembler, isa.REGISTERS[tokens[at + 1]], number, at + 3, end - 1)
            return
    TABLE["lga" if assembler.pic and tokens[at].lower() == "la" else "la"](assembler, tokens, at)
