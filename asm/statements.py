"""Small readers that directives share."""

from __future__ import annotations

from .assembler import Assembler
from .diagnostics import Problem
from .lexer import END, bare, is_symbol, shorten, unescape


def found(token: str) -> str:
    """``, found 'x'`` for messages, or nothing at the end of a statement."""
    return f", found '{shorten(token)}'" if token else ""


def expect_end(tokens: list[str], at: int) -> None:
    """Raise :class:`Problem` unless the statement ends at token ``at``."""
    if tokens[at] != END:
        raise Problem(f"unexpected '{shorten(tokens[at])}' at the end of the statement", at)


def expect_comma(tokens: list[str], at: int) -> int:
    """The index of the token after the comma at ``at``. Raises :class:`Problem` if there is none."""
    if tokens[at] != ",":
        raise Problem(f"expected ','{found(tokens[at])}", at)
    return at + 1


def symbol_name(tokens: list[str], at: int) -> str:
    """The name of a symbol at token ``at``. Raises :class:`Problem` if it is none."""
    name = tokens[at]
    if not is_symbol(name) or name == ".":
        raise Problem(f"expected the name of a symbol{found(name)}", at)
    return bare(name)


def string(tokens: list[str], at: int) -> bytes:
    """The bytes of the string at token ``at``. Raises :class:`Problem` if it is none."""
    token = tokens[at]
    if token[:1] != '"':
        raise Problem(f"expected a string in double quotes{found(token)}", at)
    if len(token) < 2:
        raise Problem("the string that starts here does not end", at, len(tokens) - 2)
    try:
        return unescape(token)
    except Problem as problem:
        raise Problem(problem.message, at, None, *problem.notes) from None


def text(tokens: list[str], at: int) -> str:
    """The string at token ``at`` as text."""
    return string(tokens, at).decode("utf-8", "replace")


def fill_value(assembler: Assembler, tokens: list[str], at: int, size: int = 1) -> tuple[int, int]:
    """The value of ``size`` bytes to fill with, cut off when it is wider, and the index of the token after it."""
    value, after = assembler.number(tokens, at, "a fill value")
    return value & (1 << 8 * size) - 1, after


def alignment_value(value: int, power: bool, first: int, last: int) -> int:
    """The alignment in bytes that ``value`` asks for, as a ``power`` of two or in bytes.

    Raises :class:`Problem`, for the tokens ``first``..``last``, when it is none.
    """
    if power and not 0 <= value <= 31:
        raise Problem(f"alignment 2**{value} is not possible", first, last, "the operand is an exponent of two")
    alignment = 1 << value if power else max(value, 1)
    if alignment & alignment - 1 or value < 0:
        raise Problem(f"alignment {value} is not a power of two", first, last)
    if alignment > ALIGNMENT_LIMIT:
        raise Problem(f"alignment {alignment} is more than {ALIGNMENT_LIMIT} bytes", first, last)
    return alignment


ALIGNMENT_LIMIT = 1 << 16
"""Largest alignment in bytes: sections start on pages, and larger ones only make holes."""
