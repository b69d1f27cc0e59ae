"""Pseudo-instructions that RARS or Venus have and GNU has not."""

from __future__ import annotations

from vm.isa import REGISTERS, high_part, low_part

from ..assembler import Assembler, Handler
from ..diagnostics import Problem
from ..instructions import TABLE as MNEMONICS
from ..lexer import END, tokenize

LOADS, STORES = ("lb", "lh", "lw", "lbu", "lhu"), ("sb", "sh", "sw")


def absolute(name: str) -> Handler:
    """The handler of a load or store that may name a number as its address: ``lw t0, 0x10010000``."""
    usual = MNEMONICS[name]

    def handler(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``lw rd, number``; ``sw rs, number, rt``, without rt for what is near 0; as Ripes ``lw rd, number, rs``"""
        if name in LOADS and tokens[-3:-2] == [","] and tokens[-2] in REGISTERS and len(tokens) > at + 5:
            tokens = [*tokens[:-3], "(", tokens[-2], ")", END]
        number = _number(assembler, tokens, at)
        if number is None:
            usual(assembler, tokens, at)
            return
        value, after = number
        low, high = low_part(value), high_part(value)
        base = tokens[at + 1] if name in LOADS else tokens[after + 1] if tokens[after] == "," else "zero"
        if high and base == "zero":
            raise Problem(f"a store to {value:#x} needs a register for the address", at + 3, after - 1)
        if high:
            _emit(assembler, f"lui {base}, {high}")
        else:
            base = "zero"
        _emit(assembler, f"{name} {tokens[at + 1]}, {low}({base})")

    return handler


def _number(assembler: Assembler, tokens: list[str], at: int) -> tuple[int, int] | None:
    """The address of a load or store if it is a number alone, and the token after it."""
    if tokens[at + 2 : at + 3] != [","] or not (tokens[at + 3][:1].isdigit() or tokens[at + 3] == "-"):
        return None
    if tokens[at + 3][-1] in "bf" and tokens[at + 3][:-1].isdigit():
        return None
    value, after = assembler.expression(tokens, at + 3)
    if not isinstance(value, int) or tokens[after] == "(":
        return None
    return value & 0xFFFF_FFFF, after


def _emit(assembler: Assembler, instruction: str) -> None:
    tokens = tokenize(instruction)
    MNEMONICS[tokens[0]](assembler, tokens, 0)


def comparison(first: str, swapped: bool, then: tuple[str, str]) -> Handler:
    """The handler of ``seq rd, a, b`` and its kin: two instructions, the second with rd alone and a number."""

    def handler(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``seq rd, rs1, rs2``"""
        operands = tokens[at + 1 : -1]
        if operands[1:4:2] != [",", ","] or len(operands) != 5:
            raise Problem(f"{tokens[at]} takes three registers", at, len(tokens) - 2)
        rd, left, right = operands[::2]
        left, right = (right, left) if swapped else (left, right)
        _emit(assembler, f"{first} {rd}, {left}, {right}")
        _emit(assembler, f"{then[0]} {rd}, {rd}, {then[1]}")

    return handler


_NOT = ("xori", "1")

COMPARISONS: dict[str, Handler] = {
    "seq": comparison("sub", False, ("sltiu", "1")),
    "sge": comparison("slt", False, _NOT),
    "sgeu": comparison("sltu", False, _NOT),
    "sle": comparison("slt", True, _NOT),
    "sleu": comparison("sltu", True, _NOT),
}
"""Venus's comparisons."""


def not_equal(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``sne rd, rs1, rs2``"""
    comparison("sub", False, ("sltiu", "1"))(assembler, tokens, at)
    _emit(assembler, f"xori {tokens[at + 1]}, {tokens[at + 1]}, 1")


COMMON: dict[str, Handler] = {
    **{name: absolute(name) for name in (*LOADS, *STORES)},
    "b": MNEMONICS["j"],
}
"""Pseudo-instructions of both dialects."""
