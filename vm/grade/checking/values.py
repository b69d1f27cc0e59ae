"""Operators on conditions, values and statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vm.grade.checking.calls import LEFT_OUT
from vm.grade.checking.changes import Change, Source
from vm.grade.checking.tokens import Kind

_COMPARED = {"==": "!=", "!=": "=="}
_BOUNDS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_JOINED = {"&&": "||", "||": "&&"}
_SUMS = {"+": "-", "-": "+"}
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)([uUlL]*)", re.ASCII)
_PIECE = re.compile(r"\\(?:x[0-9a-fA-F]+|[0-7]{1,3}|[\s\S])|%[^a-zA-Z%]*[hlLqjzt]*[a-zA-Z%]|[\s\S]")
"""What a letter of a string may be part of: an escape sequence, a conversion of printf's."""


def condition(source: Source) -> Iterator[Change]:
    """A condition the wrong way round."""
    for at in range(len(source.tokens)):
        if source.name(at) in ("if", "while") and at + 1 in source.partners:
            last = source.partners[at + 1]
            if last > at + 2:
                yield source.change(at + 1, last, f"(!{source.between(at + 1, last + 1)})")


def _replaced(source: Source, table: dict[str, str], is_binary: bool = False) -> Iterator[Change]:
    for at in range(len(source.tokens)):
        if source.sign(at) in table and not (is_binary and not _ends_value(source, at - 1)):
            yield source.change(at, at, table[source.sign(at)])


def _ends_value(source: Source, at: int) -> bool:
    """Whether an operator behind this word has a left side: then it is no sign of a number."""
    is_value = at >= 0 and source.tokens[at].kind in (Kind.NAME, Kind.NUMBER, Kind.CHARACTER)
    return (is_value and source.name(at) not in ("return", "case")) or source.sign(at) in (")", "]")


def comparison(source: Source) -> Iterator[Change]:
    """``!=`` for ``==``, and the other way round."""
    yield from _replaced(source, _COMPARED)


def boundary(source: Source) -> Iterator[Change]:
    """One too many, or too few: ``<=`` for ``<``, and the like."""
    yield from _replaced(source, _BOUNDS)


def junction(source: Source) -> Iterator[Change]:
    """``||`` for ``&&``, and the other way round."""
    yield from _replaced(source, _JOINED)


def arithmetic(source: Source) -> Iterator[Change]:
    """``-`` for ``+``, and the other way round."""
    yield from _replaced(source, _SUMS, is_binary=True)


def _is_status(source: Source, at: int) -> bool:
    """Whether a word is all that is returned, or all that a process exits with."""
    if source.name(at - 1) == "return":
        return source.sign(at + 1) == ";"
    is_exit = source.name(at - 2) in ("exit", "_exit", "_Exit")
    return is_exit and source.sign(at - 1) == "(" and source.sign(at + 1) == ")"


def _is_index(source: Source, at: int) -> bool:
    """Whether a word says which end of a pipe is meant, or may."""
    is_end = source.tokens[at].text in ("0", "1") and source.name(at - 2) not in ("", "argv", "envp", "environ")
    return is_end and source.sign(at - 1) == "[" and source.sign(at + 1) == "]"


def status(source: Source) -> Iterator[Change]:
    """Another exit status, or value of a function."""
    named = {"EXIT_SUCCESS": "EXIT_FAILURE", "EXIT_FAILURE": "EXIT_SUCCESS"}
    for at, token in enumerate(source.tokens):
        if token.text in named and token.kind is Kind.NAME:
            yield source.change(at, at, named[token.text])
        elif token.kind is Kind.NUMBER and _is_status(source, at):
            value = _value(token.text)
            if value is not None:
                yield source.change(at, at, "1" if value == 0 else "0")


def pipe_end(source: Source) -> Iterator[Change]:
    """The other end of a pipe: ``[1]`` for ``[0]``, and the other way round."""
    for at, token in enumerate(source.tokens):
        if token.kind is Kind.NUMBER and _is_index(source, at):
            yield source.change(at, at, "1" if token.text == "0" else "0")


def constant(source: Source) -> Iterator[Change]:
    """A number that is one too large, or too small."""
    for at, token in enumerate(source.tokens):
        value = _value(token.text) if token.kind is Kind.NUMBER else None
        if value is None or _is_status(source, at) or _is_index(source, at):
            continue
        suffix = token.text[len(token.text.rstrip("uUlL")) :]
        yield source.change(at, at, f"{value + 1}{suffix}")
        if value:
            yield source.change(at, at, f"{value - 1}{suffix}")


def _value(text: str) -> int | None:
    found = _NUMBER.fullmatch(text)
    if found is None or len(text) > 20:
        return None
    digits = found.group(1)
    return int(digits, 16 if digits[1:2] in ("x", "X") else 8 if digits[0] == "0" else 10)


def string(source: Source) -> Iterator[Change]:
    """A text with another letter in it."""
    for token in source.tokens:
        if token.kind is Kind.STRING and token.text.endswith('"'):
            for piece in _PIECE.finditer(token.text, token.text.index('"') + 1, len(token.text) - 1):
                letter = piece.group()
                if len(letter) == 1 and letter.isascii() and letter.isalnum():
                    start = token.start + piece.start()
                    yield Change(start, start + 1, chr(ord(letter) + 1) if letter not in "zZ9" else letter + letter)
                    break


def newline(source: Source) -> Iterator[Change]:
    """A line that does not end."""
    for token in source.tokens:
        if token.kind is Kind.STRING and re.search(r'(?<!\\)(?:\\\\)*\\n"$', token.text):
            yield Change(token.end - 3, token.end - 1, "")


def no_statement(source: Source) -> Iterator[Change]:
    """A statement is left out that no other operator leaves out."""
    for first, end in source.statements:
        if source.name(first) not in LEFT_OUT:
            yield source.change(first, end - 1, "")
