"""Operands of instructions, as written: each kind reads its tokens and gives the values an encoder needs.

A form is a list of steps: :data:`REGISTER`, a punctuation mark, or an :class:`Immediate`, :class:`Address`,
:class:`Target`, :class:`Name` or :class:`FenceSet`, one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vm.isa import REGISTERS
from vm.values import dataclass

from . import habits
from .diagnostics import Problem
from .encoder import Field, fence_set
from .lexer import END, is_name, shorten
from .symbols import Expression


@dataclass(frozen=True, slots=True)
class Reference:
    """An operand that waits for addresses: what is made of ``target``, and the tokens ``first``..``last`` it is.

    ``relocation`` is empty when the operand was written without one.
    """

    target: Expression
    relocation: str
    first: int
    last: int


Value = int | Reference


class Context(Protocol):
    """What operands ask of the assembler."""

    def expression(self, tokens: list[str], at: int) -> tuple[int | Expression, int]:
        """The expression at token ``at``, and the index of the token after it."""

    def absolute(self, expression: Expression) -> int | None:
        """The value of an expression that is already known to be a number; None if it is not."""

    def defined(self, name: str) -> bool:
        """Whether the source has defined this symbol so far."""


class Step(Protocol):
    """One operand of a form."""

    def parse(self, context: Context, tokens: list[str], at: int, values: list[Value]) -> int:
        """Append what token ``at`` and its successors say, and return the index of the token after them.

        Raises :class:`Problem` if they are no such operand.
        """


class Register:
    """A register, by either of its names."""

    def parse(self, context: Context, tokens: list[str], at: int, values: list[Value]) -> int:
        """One value: the register's number."""
        number = REGISTERS.get(tokens[at])
        if number is None:
            raise no_register(tokens, at)
        values.append(number)
        return at + 1


REGISTER = Register()
"""The step that reads a register."""

MODIFIERS = ("hi", "lo", "pcrel_hi", "pcrel_lo", "got_pcrel_hi")
"""Names after ``%``; the relocations of the linker that they ask for bear the same names."""


def parse_form(steps: Sequence[Step | str], context: Context, tokens: list[str], at: int) -> list[Value]:
    """The values of the operands from token ``at`` to the end. Raises :class:`Problem` where the form does not fit."""
    values: list[Value] = []
    for step in steps:
        if not isinstance(step, str):
            at = step.parse(context, tokens, at, values)
        elif tokens[at] == step:
            at += 1
        else:
            raise _unexpected(tokens, at, step)
    if tokens[at] != END:
        raise Problem(f"unexpected '{shorten(tokens[at])}' after the last operand", at)
    return values


def _unexpected(tokens: list[str], at: int, wanted: str) -> Problem:
    if tokens[at] == END:
        return Problem(f"too few operands: expected '{wanted}'", at)
    return Problem(f"expected '{wanted}', found '{shorten(tokens[at])}'", at)


def no_register(tokens: list[str], at: int, *notes: str) -> Problem:
    """What is wrong with token ``at`` where a register is wanted; ``notes`` if it is like none."""
    token = tokens[at]
    if token == END:
        return Problem("too few operands: expected a register", at)
    last = at
    if token == "%" and is_name(tokens[at + 1]):
        token, last = f"%{tokens[at + 1]}", at + 1
    if is_name(token.lstrip("%")):
        message = f"unknown register '{shorten(token)}'"
        if token[0] in "$%" and token[1:] in REGISTERS:
            return Problem(f"{message}; did you mean '{token[1:]}'?", at, last)
        if token.lower() in REGISTERS:
            return Problem(f"{message}; did you mean '{token.lower()}'?", at)
        advice = habits.register(token)
        if advice:
            return Problem(message, at, last, advice)
        if notes:
            return Problem(message, at, last, *notes)
        return Problem(message, at, last, meant=(token, REGISTERS))
    return Problem(f"expected a register, found '{shorten(token)}'", at)


def _refuse_register(context: Context, tokens: list[str], at: int, *notes: str) -> None:
    """Raise :class:`Problem` for a register, also one as MIPS writes it, where a number or a symbol is wanted."""
    token = tokens[at]
    if context.defined(token):
        return
    if token in REGISTERS:
        raise Problem(f"expected a number, found register '{token}'", at, None, *notes)
    if token[:1] == "$" and token[1:] in REGISTERS:
        raise no_register(tokens, at)


def _checked(field: Field, value: int | Expression, known: int | None, first: int, last: int) -> Value:
    """The operand at tokens ``first``..``last``: the number that is ``known``, if it fits, else what waits for it."""
    if known is None:
        assert isinstance(value, Expression)
        return Reference(value, "", first, last)
    try:
        return field.check(known)
    except Problem as problem:
        raise Problem(problem.message, first, last, *problem.notes) from None


@dataclass(frozen=True, slots=True)
class Immediate:
    """A number, a symbol that stands for one, or a part of an address such as ``%lo(symbol)``."""

    field: Field
    modifiers: tuple[str, ...]

    def parse(self, context: Context, tokens: list[str], at: int, values: list[Value]) -> int:
        """One value: the number, checked, or a :class:`Reference`."""
        token = tokens[at]
        if token == "%":
            return self._modified(context, tokens, at, values)
        _refuse_register(context, tokens, at)
        value, after = context.expression(tokens, at)
        known = value if isinstance(value, int) else context.absolute(value)
        values.append(_checked(self.field, value, known, at, after - 1))
        return after

    def _modified(self, context: Context, tokens: list[str], at: int, values: list[Value]) -> int:
        name = tokens[at + 1]
        if name.startswith(("tprel_", "tls_", "tlsdesc_")):
            raise Problem(f"%{shorten(name)} needs thread-local storage, which images here do not have", at, at + 1)
        if name not in MODIFIERS:
            if name in REGISTERS or habits.register(f"%{name}"):
                raise no_register(tokens, at)
            known = [f"%{modifier}" for modifier in MODIFIERS]
            raise Problem(f"unknown relocation '%{shorten(name)}'", at, at + bool(name), meant=(f"%{name}", known))
        if name not in self.modifiers:
            allowed = " or ".join(f"%{modifier}" for modifier in self.modifiers)
            notes = [f"it takes {allowed}"] if allowed else []
            raise Problem(f"%{name} is not for this operand of {self.field.row.name}", at, at + 1, *notes)
        if tokens[at + 2] != "(":
            raise _unexpected(tokens, at + 2, "(")
        value, after = context.expression(tokens, at + 3)
        if tokens[after] != ")":
            raise _unexpected(tokens, after, ")")
        target = Expression((value,)) if isinstance(value, int) else value
        values.append(Reference(target, name, at, after))
        return after + 1


@dataclass(frozen=True, slots=True)
class Address:
    """``offset(register)``, the offset optional; gives the offset and the register, in this order."""

    offset: Immediate | None

    def parse(self, context: Context, tokens: list[str], at: int, values: list[Value]) -> int:
        """Two values, or only the register when the row has no offset: then it can only be written as 0."""
        if tokens[at] == "(" and tokens[at + 1] in REGISTERS and tokens[at + 2] == ")":
            if self.offset is not None:
                values.append(0)
        elif self.offset is not None:
            at = self.offset.parse(context, tokens, at, values)
        elif tokens[at] == "0":
            at += 1
        elif tokens[at] in REGISTERS:
            raise Problem(f"expected an address, found register '{tokens[at]}'; did you mean '({tokens[at]})'?", at)
        else:
            raise Problem("expected a register in parentheses", at, None, "atomics take no offset: (a0)")
        if tokens[at] != "(":
            raise _unexpected(tokens, at, "(")
        at = REGISTER.parse(context, tokens, at + 1, values)
        if tokens[at] != ")":
            raise _unexpected(tokens, at, ")")
        return at + 1


@dataclass(frozen=True, slots=True)
class Target:
    """Where a branch or jump goes: a label, or a number that is the distance in bytes."""

    field: Field

    def parse(self, context: Context, tokens: list[str], at: int, values: list[Value]) -> int:
        """One value: the distance, checked, or a :class:`Reference`."""
        value, after = context.expression(tokens, at)
        is_label = not isinstance(value, int) and len(value.code) == 1
        known = value if isinstance(value, int) else None if is_label else context.absolute(value)
        values.append(_checked(self.field, value, known, at, after - 1))
        return after


@dataclass(frozen=True, slots=True)
class Name:
    """A place in memory; one that is ``called`` may be told to be reached through a table, as in ``puts@plt``."""

    called: bool

    def parse(self, context: Context, tokens: list[str], at: int, values: list[Value]) -> int:
        """One value: always a :class:`Reference`."""
        token = tokens[at]
        if token == END:
            raise Problem("too few operands: expected a symbol", at)
        value, after = context.expression(tokens, at)
        if isinstance(value, int) and not is_name(token):
            raise Problem("expected a symbol, found a number", at, after - 1)
        if self.called and tokens[after] == "@" and tokens[after + 1] == "plt":
            after += 2
        target = Expression((value,)) if isinstance(value, int) else value
        values.append(Reference(target, "", at, after - 1))
        return after


@dataclass(frozen=True, slots=True)
class Number:
    """Any expression, as ``li`` takes it."""

    def parse(self, context: Context, tokens: list[str], at: int, values: list[Value]) -> int:
        """One value: the number, or a :class:`Reference`."""
        _refuse_register(context, tokens, at, "mv copies a register")
        value, after = context.expression(tokens, at)
        values.append(value if isinstance(value, int) else Reference(value, "", at, after - 1))
        return after


@dataclass(frozen=True, slots=True)
class FenceSet:
    """The accesses that a fence orders: letters of ``iorw``, or 0."""

    def parse(self, context: Context, tokens: list[str], at: int, values: list[Value]) -> int:
        """One value: the bits of the set."""
        if tokens[at] == END:
            raise Problem("too few operands: expected a set of accesses such as rw", at)
        try:
            values.append(fence_set(tokens[at]))
        except Problem as problem:
            raise Problem(problem.message, at, None, *problem.notes) from None
        return at + 1
