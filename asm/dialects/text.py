"""Lines of a simulator's source as GNU would write them: the same characters at the same places wherever that can be.

RARS and Venus take a comma for a space. Where they part two operands by a space alone, one of them becomes a comma, so
that all that reads operands afterwards reads GNU's syntax, and messages still point at what was written.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from vm.isa import REGISTERS

from ..lexer import TOKEN

_PIECES = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)'|\#[^\n]*|;""")
_WORDS = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'|\#.*|[A-Za-z_.$][\w.$]*""", re.ASCII)
_AS_WRITTEN = frozenset(
    (".section", ".macro", ".include", ".import", ".eqv", ".end_macro", ".ascii", ".asciz", ".asciiz", ".string")
)  # fmt: skip
"""Statements whose operands are no list, or hold strings."""

Token = tuple[str, int, int]
"""A token with the places where it starts and ends."""


def hide_semicolons(text: str) -> str:
    """``text`` with semicolons that begin a comment as ``#``: in these dialects they part no statements."""
    if ";" not in text:
        return text
    return _PIECES.sub(lambda match: "#" if match.group() == ";" else match.group(), text)


def tokens_of(line: str) -> list[Token]:
    """The tokens of a line without its comment."""
    found = [(match.group(), match.start(), match.end()) for match in TOKEN.finditer(line)]
    if found and found[-1][0].startswith(("#", "//")):
        found.pop()
    return found


def after_labels(tokens: list[Token]) -> int:
    """The index of the first token that belongs to no label."""
    at = 0
    while at + 1 < len(tokens) and tokens[at + 1][0] == ":":
        at += 2
    return at


def replace_words(line: str, values: Mapping[str, str]) -> str:
    """``line`` with the words that have a value replaced by it, outside of strings and comments."""
    return _WORDS.sub(lambda match: values.get(match.group(), match.group()), line)


def put_commas(line: str, macros: Container[str]) -> str:
    """``line`` with one comma between two operands and none elsewhere. Calls of ``macros`` stay as they are."""
    tokens = tokens_of(line)
    at = after_labels(tokens)
    if len(tokens) - at < 2 or tokens[at][0].lower() in _AS_WRITTEN or tokens[at][0] in macros:
        return line
    if tokens[at + 1][0] == "=":
        return line
    characters = list(line)
    depth = 0
    for index in range(at, len(tokens) - 1):
        text, _, end = tokens[index]
        following, after, _ = tokens[index + 1]
        depth += (text == "(") - (text == ")")
        if following == "," and (text == "," or index == at or index + 2 == len(tokens)):
            characters[after] = " "
        elif index > at and after > end and depth <= 0 and _ends(text) and _begins(tokens, index + 1):
            characters[after - 1] = ","
    return "".join(characters)


def _ends(text: str) -> bool:
    """Whether an operand may end with this token."""
    return text[0].isalnum() or text[0] in "_.$')"


def _begins(tokens: list[Token], at: int) -> bool:
    """Whether an operand begins with the token at ``at``, behind one that has ended and a space."""
    text, _, end = tokens[at]
    if text == "(":
        return tokens[at - 1][0] in REGISTERS
    if text in ("-", "+", "~", "%"):
        return at + 1 < len(tokens) and tokens[at + 1][1] == end
    return text[0].isalnum() or text[0] in "_.$'\""
