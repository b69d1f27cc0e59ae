"""``.insn``: an instruction by its format and the numbers in its fields, or by its word.

Source: *Using as*, "RISC-V-Instruction-Formats"; *RISC-V Instruction Set Manual*, "RV32/64G Instruction Set Listings",
for the names of opcodes.
"""

from __future__ import annotations

from vm import isa

from .assembler import Assembler
from .diagnostics import Problem
from .encoder import Template, field_of
from .instructions import HIGH_PARTS, LOW_PARTS, Form, emit
from .lexer import END, shorten
from .operands import REGISTER, Address, Immediate, Step, Target, parse_form
from .statements import expect_comma, expect_end, found

_IMMEDIATE = Immediate(field_of(isa.BY_NAME["addi"], "imm"), LOW_PARTS)
_STORED = Immediate(field_of(isa.BY_NAME["sw"], "imm"), LOW_PARTS)
_UPPER = Immediate(field_of(isa.BY_NAME["lui"], "imm"), HIGH_PARTS)
_BRANCH = Target(field_of(isa.BY_NAME["beq"], "imm"))
_JUMP = Target(field_of(isa.BY_NAME["jal"], "imm"))
_RD, _RS1, _RS2, _RS3 = 7, 15, 20, 27

_Way = tuple[tuple[Step | str, ...], tuple[tuple[int, int], ...], Immediate | Target | None]
"""How the operands behind the numbers are written: their steps, (index, shift) of registers, and the last operand."""

_R: _Way = ((REGISTER, ",", REGISTER, ",", REGISTER), ((0, _RD), (1, _RS1), (2, _RS2)), None)
_R4: _Way = ((*_R[0], ",", REGISTER), (*_R[1], (3, _RS3)), None)
_B: _Way = ((REGISTER, ",", REGISTER, ",", _BRANCH), ((0, _RS1), (1, _RS2)), _BRANCH)
_J: _Way = ((REGISTER, ",", _JUMP), ((0, _RD),), _JUMP)

FORMATS: dict[str, tuple[tuple[int, ...], tuple[_Way, ...]]] = {
    "r": ((3, 7), (_R, _R4)),
    "r4": ((3, 2), (_R4,)),
    "i": (
        (3,),
        (
            ((REGISTER, ",", REGISTER, ",", _IMMEDIATE), ((0, _RD), (1, _RS1)), _IMMEDIATE),
            ((REGISTER, ",", Address(_IMMEDIATE)), ((0, _RD), (2, _RS1)), _IMMEDIATE),
        ),
    ),
    "s": ((3,), (((REGISTER, ",", Address(_STORED)), ((0, _RS2), (2, _RS1)), _STORED),)),
    "b": ((3,), (_B,)),
    "sb": ((3,), (_B,)),
    "u": ((), (((REGISTER, ",", _UPPER), ((0, _RD),), _UPPER),)),
    "j": ((), (_J,)),
    "uj": ((), (_J,)),
}
"""Widths of the function codes behind the opcode, the first at bit 12 and the second at bit 25; ways to go on."""

_COMPRESSED = ("cr", "ci", "ciw", "css", "cl", "cs", "ca", "cb", "cj")


def insn(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.insn format opcode, function codes…, operands…``, ``.insn word`` or ``.insn 4, word``"""
    kind = tokens[at + 1].lower()
    if kind in _COMPRESSED:
        raise Problem(f"format {kind} is one of compressed instructions, which this machine does not have", at + 1)
    if kind not in FORMATS:
        _word(assembler, tokens, at)
        return
    widths, ways = FORMATS[kind]
    word, after = _opcode(assembler, tokens, at + 2)
    if kind == "r" and tokens[at + 2 :].count(",") == 6:
        widths = (3, 2)
    for width, shift in zip(widths, (12, 25), strict=False):
        after = expect_comma(tokens, after)
        code, last = assembler.number(tokens, after, "a function code")
        if not 0 <= code < 1 << width:
            raise Problem(f"{code} does not fit in {width} bits", after, last - 1)
        word, after = word | code << shift, last
    after = expect_comma(tokens, after)
    problems = []
    for way in ways:
        try:
            _place(assembler, tokens, after, word, way)
            return
        except Problem as problem:
            problems.append(problem)
    raise max(reversed(problems), key=lambda problem: problem.first or 0)


def _place(assembler: Assembler, tokens: list[str], at: int, word: int, way: _Way) -> None:
    steps, registers, last = way
    values = parse_form(steps, assembler, tokens, at)
    if last is None:
        template = Template(word, registers)
    else:
        index = next(index for index in range(len(values)) if index not in dict(registers))
        relocation = {"B": "branch", "J": "jump"}.get(last.field.row.format, "absolute")
        template = Template(word, registers, index, last.field, relocation)
    emit(assembler, Form(steps, (template,)), values)


def _opcode(assembler: Assembler, tokens: list[str], at: int) -> tuple[int, int]:
    if tokens[at] in isa.OPCODES:
        return isa.OPCODES[tokens[at]], at + 1
    if tokens[at] == END:
        raise Problem("expected an opcode", at)
    value, after = assembler.number(tokens, at, "an opcode")
    if not 0 <= value < 128 or value & 3 != 3:
        note = "the low two bits of an instruction of 32 bits are set"
        raise Problem(f"{value:#x} is no opcode of seven bits", at, after - 1, note)
    return value, after


def _word(assembler: Assembler, tokens: list[str], at: int) -> None:
    start = at + 1
    if tokens[start] == END or (tokens[start][0].isalpha() and tokens[start + 1][:1].isalnum()):
        raise Problem(f"expected a format or a word{found(tokens[start])}", start, meant=(tokens[start], FORMATS))
    value, after = assembler.number(tokens, start, ".insn")
    if tokens[after] == ",":
        if value not in (2, 4):
            raise Problem(f"an instruction of {shorten(str(value))} bytes", start, after - 1)
        start = after + 1
        size = value
        value, after = assembler.number(tokens, start, ".insn")
        if (size == 2) != (value & 3 != 3):
            raise Problem(f"{value:#x} is no instruction of {size} bytes", start, after - 1)
    expect_end(tokens, after)
    if value & 3 != 3:
        raise Problem(f"{value:#x} is a compressed instruction, which this machine does not have", start, after - 1)
    if not 0 <= value < 1 << 32:
        raise Problem(f"{value:#x} does not fit in 32 bits", start, after - 1)
    assembler.begin_instruction()
    assembler.section.data += value.to_bytes(4, "little")
