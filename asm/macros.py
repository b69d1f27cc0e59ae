"""Macros and repeats: what puts further lines in front of those to come."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from vm.values import dataclass

from . import alternate, conditionals
from .assembler import Assembler, Handler
from .diagnostics import Problem
from .lexer import END, is_name, shorten, spans
from .source import Reading, split_statements
from .statements import expect_end

_PARAMETER = re.compile(r"\\([A-Za-z_$.][\w$.]*|@|\(\))", re.ASCII)

Line = str | list[str]
"""A line of a body: plain, or pieces of text and, at odd places, what follows a backslash."""


@dataclass(frozen=True, slots=True)
class Body:
    """Lines to be repeated with something put in, and where they come from."""

    name: str
    lines: tuple[Line, ...]
    numbers: Sequence[int]
    characters: int

    def expand(self, assembler: Assembler, arguments: Mapping[str, str], kind: str, cause: str) -> Reading:
        """A reading of these lines with each ``\\name`` replaced. Raises :class:`Abandon` when that gets too long."""
        assembler.expand(len(self.lines), self.characters)
        lines: list[str] = []
        numbers: list[int] = []
        for line, number in zip(self.lines, self.numbers, strict=True):
            if isinstance(line, str):
                lines.append(line)
                numbers.append(number)
            else:
                pieces = [self._put(piece, place, arguments) for place, piece in enumerate(line)]
                assembler.expand(0, sum(map(len, pieces)))
                statements = split_statements("".join(pieces))
                lines += statements
                numbers += [number] * len(statements)
        return Reading(self.name, lines, numbers, lines, None, kind, cause, assembler.place)

    def alternate(self, names: Collection[str]) -> tuple[Body, tuple[str, ...]]:
        """The body read in the alternate syntax with these parameters, and the names that are new in every expansion.

        Raises :class:`Problem` where a body asks for a name that cannot be one.
        """
        lines = [line if isinstance(line, str) else _joined(line) for line in self.lines]
        gone, new = alternate.locals_of(lines)
        kept = [index for index in range(len(lines)) if index not in gone]
        split = tuple(alternate.pieces(lines[index], {*names, *new}) for index in kept)
        return Body(self.name, split, [self.numbers[index] for index in kept], self.characters), tuple(new)

    def times(self, count: int) -> Body:
        """The body ``count`` times over."""
        return Body(self.name, self.lines * count, list(self.numbers) * count, self.characters * count)

    @staticmethod
    def _put(piece: str, place: int, arguments: Mapping[str, str]) -> str:
        if place % 2 == 0:
            return piece
        return arguments.get(piece, "" if piece == "()" else "\\" + piece)


def _joined(line: Sequence[str]) -> str:
    """The line that these are the pieces of."""
    return "".join("\\" + piece if place % 2 else piece for place, piece in enumerate(line))


_WORD = re.compile(r"\s*(?:[\w.$]+\s*:\s*)*([\w.$]*)", re.ASCII)
"""The first word of a statement, behind its labels."""


def _take_body(assembler: Assembler, opening: frozenset[str], closing: frozenset[str]) -> Body:
    """The lines up to the directive that closes the one at hand. Raises :class:`Problem` when none does."""
    reading = assembler.reading
    start = reading.index
    depth = 1
    for index in range(start, len(reading.lines)):
        match = _WORD.match(reading.lines[index])
        word = match.group(1).lower() if match else ""
        if word in opening:
            depth += 1
        elif word in closing:
            depth -= 1
            if depth == 0:
                reading.index = index + 1
                lines = reading.lines[start:index]
                split = tuple(_PARAMETER.split(line) if "\\" in line else line for line in lines)
                return Body(reading.name, split, reading.numbers[start:index], sum(map(len, lines)))
    reading.index = len(reading.lines)
    raise Problem(f"no {min(closing, key=len)} closes this")


# --- macros -------------------------------------------------------------------------------------------------------

_MACRO_START = frozenset({".macro"})
_MACRO_END = frozenset({".endm", ".endmacro"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a macro. ``default`` stands in for a missing argument, unless one is ``required``; the last
    parameter may take the ``rest`` of the line."""

    name: str
    default: str = ""
    required: bool = False
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro: called like an instruction, it puts the lines of its body in place of the call."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Body
    locals: tuple[str, ...] = ()

    def __call__(self, assembler: Assembler, tokens: list[str], at: int) -> None:
        """Expand the macro for the call at token ``at``."""
        assembler.expand(0, len(self.parameters))
        arguments = self._bind(assembler, tokens, at)
        arguments["@"] = str(assembler.macro_count)
        for name in self.locals:
            arguments[name] = f".LL{assembler.local_count:04x}"
            assembler.local_count += 1
        assembler.macro_count += 1
        cause = f"in macro '{self.name}', used at"
        assembler.push(self.body.expand(assembler, arguments, "macro", cause))

    def _bind(self, assembler: Assembler, tokens: list[str], at: int) -> dict[str, str]:
        given: dict[str, str] = {}
        names = {parameter.name for parameter in self.parameters}
        position = 0
        for name, text, first, last in _arguments(assembler, tokens, at + 1, self.parameters):
            if name is None:
                if position >= len(self.parameters):
                    raise Problem(f"macro '{self.name}' takes {_count(self.parameters)}", first, last)
                given[self.parameters[position].name] = text
                position += 1
            elif name not in names:
                meant = name, sorted(names)
                raise Problem(f"macro '{self.name}' has no parameter '{shorten(name)}'", first, first, meant=meant)
            else:
                given[name] = text
        for parameter in self.parameters:
            if not given.get(parameter.name):
                if parameter.required:
                    raise Problem(f"macro '{self.name}' needs an argument for '{parameter.name}'", at)
                given[parameter.name] = parameter.default
        return given


def _count(parameters: Sequence[Parameter]) -> str:
    return f"{len(parameters) or 'no'} argument{'s' * (len(parameters) != 1)}"


_OPERATORS = frozenset(
    ("+", "-", "~", "/", "*", "=", "==", "|", "||", "^", "&", "&&", "!", "!=", "<", "<=", "<<", ">", ">=", ">>", "<>")
)


def _arguments(
    assembler: Assembler, tokens: list[str], at: int, parameters: Sequence[Parameter]
) -> Iterator[tuple[str | None, str, int, int]]:
    """The arguments of a macro call from token ``at``, as (name or None, text, first token, last token).

    A comma separates them; so does space, unless an operator stands beside it or parentheses around it.
    """
    line = assembler.reading.lines[assembler.index]
    places = spans(line)
    position = 0
    rest = [parameter.name for parameter in parameters if parameter.rest]
    while tokens[at] != END:
        assembler.limits.work()
        name = None
        if is_name(tokens[at]) and tokens[at + 1] == "=":
            name, at = tokens[at], at + 2
        first = at
        if name in rest or (name is None and rest and position == len(parameters) - 1):
            yield name, line[places[at][0] : places[-1][0]], at, len(tokens) - 2
            return
        text, at = _one_argument(assembler, tokens, places, at)
        yield name, text, min(first, at), max(first, at - 1)
        position += name is None
        if tokens[at] == ",":
            at += 1


def _one_argument(
    assembler: Assembler, tokens: list[str], places: Sequence[tuple[int, int]], at: int
) -> tuple[str, int]:
    """The text of the argument that starts at token ``at``, in the syntax in force, and the index after it."""
    if assembler.alternate and tokens[at] == "%":
        return alternate.evaluated(assembler, tokens, at)
    if assembler.alternate and tokens[at][0] == "<":
        found = alternate.bracketed(assembler.reading.lines[assembler.index], places[at][0])
        if found is not None:
            text, position = found
            return text, next(index for index in range(at, len(places)) if places[index][0] >= position)
    return _argument(tokens, places, at)


def _argument(tokens: list[str], places: Sequence[tuple[int, int]], at: int) -> tuple[str, int]:
    """The text of the argument that starts at token ``at``, and the index of the token after it."""
    pieces: list[str] = []
    depth = 0
    start = at
    while tokens[at] != END:
        token = tokens[at]
        if depth == 0:
            if token == ",":
                break
            spaced = at > start and places[at][0] > places[at - 1][1]
            if spaced and token not in _OPERATORS and tokens[at - 1] not in _OPERATORS:
                break
        depth += (token == "(") - (token == ")" and depth > 0)
        pieces.append(token[1:-1] if token[0] == '"' and len(token) > 1 else token)
        at += 1
    return "".join(pieces), at


def _define(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.macro name parameter, parameter=default, parameter:req, parameter:vararg``"""
    body = _take_body(assembler, _MACRO_START, _MACRO_END)
    name = tokens[at + 1]
    if not is_name(name):
        raise Problem(".macro needs a name", at + 1)
    if isinstance(assembler.statements.get(name), Macro):
        raise Problem(f"macro '{name}' is already defined", at + 1, None, ".purgem forgets a macro")
    after = at + 2 if tokens[at + 2] != "," else at + 3
    parameters = tuple(_parameters(assembler, tokens, after))
    new: tuple[str, ...] = ()
    if assembler.alternate:
        body, new = body.alternate([parameter.name for parameter in parameters])
    assembler.statements[name] = macro = Macro(name, parameters, body, new)
    assembler.statements.setdefault(name.lower(), macro)


def _parameters(assembler: Assembler, tokens: list[str], at: int) -> Iterator[Parameter]:
    places = spans(assembler.reading.lines[assembler.index])
    seen: set[str] = set()
    while tokens[at] != END:
        name = tokens[at]
        if not is_name(name):
            raise Problem(f"expected the name of a parameter, found '{shorten(name)}'", at)
        if name in seen:
            raise Problem(f"parameter '{name}' is named twice", at)
        seen.add(name)
        at += 1
        qualifier, default = "", ""
        if tokens[at] == ":":
            qualifier = tokens[at + 1]
            if qualifier not in ("req", "vararg"):
                raise Problem("expected 'req' or 'vararg'", at + 1)
            at += 2
        if tokens[at] == "=":
            default, at = _argument(tokens, places, at + 1)
        if qualifier == "vararg" and tokens[at] != END:
            raise Problem("the parameter that takes the rest must be the last", at)
        if tokens[at] == ",":
            at += 1
        yield Parameter(name, default, qualifier == "req", qualifier == "vararg")


def _leave(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.exitm``"""
    readings = assembler.readings
    depth = len(readings) - 1
    while depth >= 0 and readings[depth].kind == "repeat":
        depth -= 1
    if depth < 0 or readings[depth].kind != "macro":
        raise Problem(".exitm outside a macro", at)
    for reading in readings[depth:]:
        reading.index = len(reading.lines)
        reading.more = None
    conditionals.drop(assembler, readings[depth].conditionals)


def _forget(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.purgem name``"""
    name = tokens[at + 1]
    macro = assembler.statements.get(name)
    if not isinstance(macro, Macro):
        assembler.warn(Problem(f"no macro '{shorten(name)}' is defined", at + 1))
        return
    for key in {name, name.lower()}:
        if assembler.statements.get(key) is macro:
            del assembler.statements[key]
            if key in assembler.builtins:
                assembler.statements[key] = assembler.builtins[key]


def _alternate(on: bool) -> Handler:
    """The handler of ``.altmacro``, or of ``.noaltmacro``."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        expect_end(tokens, at + 1)
        assembler.alternate = on

    return place


# --- repeats ------------------------------------------------------------------------------------------------------

_REPEAT_START = frozenset({".rept", ".rep", ".irp", ".irpc"})
_REPEAT_END = frozenset({".endr"})
_IN_REPEAT = "in the repeat at"


def _repeat(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.rept count``"""
    body = _take_body(assembler, _REPEAT_START, _REPEAT_END)
    count, after = assembler.number(tokens, at + 1, tokens[at])
    if count < 0:
        raise Problem(f"a repeat count cannot be negative: {count}", at + 1, after - 1)
    if tokens[after] != END:
        raise Problem(f"unexpected '{shorten(tokens[after])}' after the count", after)
    length = max(len(body.lines), 1)
    if count * length > assembler.limits.lines:
        assembler.expand(count * length, 0)
    _push_next(assembler, _rounds(assembler, body, count))


_LINES_AT_ONCE = 1000


def _rounds(assembler: Assembler, body: Body, count: int) -> Iterator[Reading]:
    """Readings that hold ``count`` times the body: several at once, since a reading costs more than a line."""
    at_once = _LINES_AT_ONCE // max(len(body.lines), 1) or 1
    while count > 0:
        yield body.times(min(count, at_once)).expand(assembler, {}, "repeat", _IN_REPEAT)
        count -= at_once


def _for_each(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.irp name, value, value…``: the body once for each value"""
    body = _take_body(assembler, _REPEAT_START, _REPEAT_END)
    name, start = _loop_name(tokens, at)
    values = [text for _, text, _, _ in _arguments(assembler, tokens, start, ())] or [""]
    if assembler.alternate:
        body, _ = body.alternate([name])
    _push_next(assembler, (body.expand(assembler, {name: value}, "repeat", _IN_REPEAT) for value in values))


def _for_each_character(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.irpc name, characters``: the body once for each character"""
    body = _take_body(assembler, _REPEAT_START, _REPEAT_END)
    name, start = _loop_name(tokens, at)
    values = "".join([text for _, text, _, _ in _arguments(assembler, tokens, start, ())][:1]) or [""]
    if assembler.alternate:
        body, _ = body.alternate([name])
    _push_next(assembler, (body.expand(assembler, {name: value}, "repeat", _IN_REPEAT) for value in values))


def _loop_name(tokens: list[str], at: int) -> tuple[str, int]:
    """The name to put values in for, and the index of the first token of the values; the comma may be missing."""
    if not is_name(tokens[at + 1]):
        raise Problem(f"{tokens[at]} needs a name to put values in for", at + 1)
    return tokens[at + 1], at + 2 + (tokens[at + 2] == ",")


def _push_next(assembler: Assembler, readings: Iterator[Reading]) -> None:
    """Read the first of ``readings``, and the others after it."""
    reading = next(readings, None)
    if reading is not None:
        reading.more = readings
        assembler.push(reading)


def resume(assembler: Assembler, finished: Reading) -> None:
    """After the last line of ``finished``: the next round of a repeat, if it was one."""
    if finished.more is not None:
        assert finished.parent is not None
        assembler.reading, assembler.index = finished.parent, finished.parent_index
        _push_next(assembler, finished.more)


def _stray(assembler: Assembler, tokens: list[str], at: int) -> None:
    assembler.warn(Problem(f"{tokens[at]} closes nothing", at))


TABLE: dict[str, Handler] = {
    ".altmacro": _alternate(True),
    ".noaltmacro": _alternate(False),
    ".macro": _define,
    ".exitm": _leave,
    ".purgem": _forget,
    ".rept": _repeat,
    ".rep": _repeat,
    ".irp": _for_each,
    ".irpc": _for_each_character,
    **dict.fromkeys(_MACRO_END | _REPEAT_END, _stray),
}
"""Handlers of these directives."""
