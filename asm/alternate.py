"""The alternate macro syntax, in force after ``.altmacro``: parameters need no backslash, ``LOCAL`` names are new in
every expansion, ``<text>`` is one argument and ``%expression`` its value.

Source: *Using as*, ".altmacro".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .assembler import Assembler
from .diagnostics import Problem
from .lexer import is_name, shorten

_NAME = r"\\([A-Za-z_$.][\w$.]*|@|\(\))|&?(?<![\w.$])([A-Za-z_$.][\w$.]*)"


def pieces(line: str, names: Collection[str]) -> list[str]:
    """A line of a body as pieces of text and, at odd places, the parameters to put in: one of ``names``, with
    backslash, between ampersands or bare, or anything behind a backslash."""
    found: list[str] = []
    position = 0
    for match in re.finditer(_NAME, line, re.ASCII):
        name = match.group(1) or match.group(2)
        if match.group(1) is None and name not in names:
            continue
        found += [line[position : match.start()], name]
        position = match.end()
        if line[position : position + 1] == "&":
            position += 1
    return [*found, line[position:]]


def locals_of(lines: Sequence[str]) -> tuple[dict[int, None], list[str]]:
    """The ``LOCAL`` lines of a body, by index, and the names in them. Raises :class:`Problem` for what is no name."""
    found: dict[int, None] = {}
    names: list[str] = []
    for index, line in enumerate(lines):
        word, _, rest = line.strip().partition(" ")
        if word.upper() == "LOCAL":
            found[index] = None
            names += [name.strip() for name in rest.split(",")]
    for name in names:
        if not is_name(name):
            raise Problem(f"'{shorten(name)}' cannot be a LOCAL name")
    return found, names


def bracketed(line: str, start: int) -> tuple[str, int] | None:
    """The text of ``<text>`` that begins at ``start``, and the position after it; ``!`` takes a character as it is."""
    text = ""
    depth = 0
    position = start
    while position < len(line):
        letter = line[position]
        position += 1
        if letter == "!" and position < len(line):
            text += line[position]
            position += 1
            continue
        depth += (letter == "<") - (letter == ">")
        if depth == 0:
            return text, position
        if (letter, depth) != ("<", 1):
            text += letter
    return None


def evaluated(assembler: Assembler, tokens: list[str], at: int) -> tuple[str, int]:
    """The value of ``%expression`` at token ``at`` in decimal, and the index of the token after it."""
    value, after = assembler.number(tokens, at + 1, "%")
    return str(value), after
