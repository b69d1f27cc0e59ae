"""Macros and names as RARS has them: ``.macro print(%x)`` to ``.end_macro``, and ``.eqv NAME text``.

Source: RARS's help, "Macros". Labels that a macro defines are its own: every call has new ones. Macros of one name
differ by the number of their parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import field

from vm.values import dataclass

from ..assembler import Assembler
from ..diagnostics import Problem
from ..lexer import END, is_name, shorten, spans
from ..macros import Body, Line
from .values import own

_WORDS = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'|\#.*)|(%[\w.$]+|\$?[A-Za-z_.][\w.$]*)""", re.ASCII | re.VERBOSE
)
_LABEL = re.compile(r"\s*([A-Za-z_.$][\w.$]*)\s*:", re.ASCII)
_END = frozenset((".end_macro", ".endm", ".endmacro"))


@dataclass(frozen=True, slots=True)
class Version:
    """A macro with a certain number of parameters. ``labels`` are those that it defines."""

    parameters: tuple[str, ...]
    labels: tuple[str, ...]
    body: Body


@dataclass(slots=True)
class Macro:
    """All macros of one name, by the number of their parameters."""

    name: str
    versions: dict[int, Version] = field(default_factory=dict)

    def __call__(self, assembler: Assembler, tokens: list[str], at: int) -> None:
        """Expand the macro for the call at token ``at``."""
        given = list(_arguments(assembler, tokens, at + 1))
        version = self.versions.get(len(given))
        if version is None:
            counts = " or ".join(str(count) for count in sorted(self.versions))
            raise Problem(f"macro '{self.name}' takes {counts} arguments, not {len(given)}", at, len(tokens) - 2)
        arguments = dict(zip(version.parameters, given, strict=True))
        arguments.update((label, f"{label}_M{assembler.macro_count}") for label in version.labels)
        assembler.macro_count += 1
        reading = version.body.expand(assembler, arguments, "macro", f"in macro '{self.name}', used at")
        assembler.push(reading)


def _arguments(assembler: Assembler, tokens: list[str], at: int) -> Iterator[str]:
    """The arguments from token ``at`` on: parted by commas or spaces, all of them in parentheses or none."""
    line = assembler.reading.lines[assembler.index]
    places = spans(line)
    end = len(tokens) - 1
    if tokens[at] == "(" and tokens[end - 1] == ")":
        at, end = at + 1, end - 1
    while at < end:
        assembler.limits.work()
        if tokens[at] == ",":
            at += 1
            continue
        first = at
        while at + 1 < end and tokens[at + 1] != "," and places[at + 1][0] == places[at][1]:
            at += 1
        yield line[places[first][0] : places[at][1]]
        at += 1


def define(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.macro name (%parameter, %parameter)``"""
    name = tokens[at + 1]
    lines, numbers = _take_lines(assembler)
    if not is_name(name):
        raise Problem(".macro needs a name", at + 1)
    parameters = tuple(_parameters(tokens, at + 2))
    macro = assembler.statements.get(name)
    if not isinstance(macro, Macro):
        macro = assembler.statements[name] = Macro(name)
        own(assembler).macros.add(name)
    if len(parameters) in macro.versions:
        raise Problem(f"macro '{name}' with {len(parameters)} parameters is already defined", at + 1)
    found = (match.group(1) for match in map(_LABEL.match, lines) if match)
    labels = tuple(dict.fromkeys(label for label in found if label not in parameters))
    names = {*parameters, *labels}
    split = tuple(_split(line, names) for line in lines)
    body = Body(assembler.reading.name, split, numbers, sum(map(len, lines)))
    macro.versions[len(parameters)] = Version(parameters, labels, body)


def _take_lines(assembler: Assembler) -> tuple[list[str], Sequence[int]]:
    """The lines up to the directive that ends the macro at hand, and their numbers. Problem when none does."""
    reading = assembler.reading
    start = reading.index
    for index in range(start, len(reading.lines)):
        words = reading.lines[index].split(None, 1)
        if words and words[0].lower() in _END:
            reading.index = index + 1
            return list(reading.lines[start:index]), reading.numbers[start:index]
    reading.index = len(reading.lines)
    raise Problem("no .end_macro closes this")


def _parameters(tokens: list[str], at: int) -> Iterator[str]:
    """The names of the parameters from token ``at`` on, each with its percent sign."""
    seen: set[str] = set()
    while tokens[at] != END:
        if tokens[at] in ("(", ")", ","):
            at += 1
            continue
        name, last = tokens[at], at
        if name == "%" and tokens[at + 1] != END:
            name, last = "%" + tokens[at + 1], at + 1
        if name[0] not in "%$" or len(name) < 2:
            raise Problem(f"a parameter begins with %, '{shorten(name)}' does not", at)
        if name in seen:
            raise Problem(f"parameter '{shorten(name)}' is named twice", at, last)
        seen.add(name)
        yield name
        at = last + 1


def _split(line: str, names: set[str]) -> Line:
    """``line``, or its pieces with one of ``names`` at every odd place."""
    pieces: list[str] = []
    done = 0
    for match in _WORDS.finditer(line):
        if match.group(2) in names:
            pieces += [line[done : match.start()], match.group(2)]
            done = match.end()
    return [*pieces, line[done:]] if pieces else line


def name_value(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.eqv name text``: the text stands wherever the name does, from here on"""
    name = tokens[at + 1]
    if not is_name(name):
        raise Problem(".eqv needs a name", at + 1)
    if tokens[at + 2] == END:
        raise Problem(f"'{shorten(name)}' needs something to stand for", at + 2)
    line = assembler.reading.lines[assembler.index]
    places = spans(line)
    start = at + 3 if tokens[at + 2] == "," else at + 2
    source = own(assembler)
    source.values[name] = source.valued(line[places[start][0] : places[-1][0]].strip())
