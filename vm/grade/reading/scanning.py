"""Where the keys of a document in TOML are written, which Python's reader does not tell.

Tables, lists and texts are followed as far as their ends have to be known; what a value is, and whether the document is
one, is for :mod:`tomllib` to say. Source: TOML 1.0.0, https://toml.io/en/v1.0.0.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress

from vm.grade.reading.problems import Refused

DEEPEST = 64
"""Tables and lists inside each other that are followed."""
LONGEST = 200
"""Letters of a number or a date."""

_BLANK = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_REST = re.compile(r"[ \t]*+(?:#[^\n]*+)?+(?:\n|\Z)")
_PART = re.compile(r"[ \t]*+([A-Za-z0-9_-]++|\"(?:\\.|[^\"\\\n])*+\"|'[^'\n]*+')[ \t]*+")
_VALUE = re.compile(
    r'"""(?:\\.|(?!""")[^\\])*+"{3,5}+'
    r"|'''(?:(?!''').)*+'{3,5}+"
    r'|"(?:\\.|[^"\\\n])*+"'
    r"|'[^'\n]*+'"
    r"|([^\[\]{},#\"'\n]++)",
    re.DOTALL,
)


class Mark:
    """Where a value is written: the line of its key, or of itself in a list. ``below``: marks of what it holds."""

    __slots__ = ("below", "line")

    def __init__(self, line: int) -> None:
        self.line = line
        self.below: dict[str, Mark] | list[Mark] = {}


class _Lost(Exception):
    """The document is none from here on."""


def marks_of(text: str) -> tuple[Mark, int]:
    """The marks of a document with line feeds alone at the ends of its lines, and the offset where it is no TOML.

    Raises Refused for what would take too long to read: tables too deep in each other, numbers that are too long.
    """
    scanner = _Scanner(text)
    with suppress(_Lost):  # what is wrong is said by who reads the values
        scanner.document()
    return scanner.top, scanner.at


class _Scanner:
    def __init__(self, text: str) -> None:
        self.top = Mark(1)
        self._text = text
        self.at = 0
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def document(self) -> None:
        here, depth = self.top, 0
        while not self._is_end():
            line = self._line()
            if self._takes("[["):
                here, depth = self._header(line, "]]")
            elif self._takes("["):
                here, depth = self._header(line, "]")
            else:
                self._pair(here, depth)
            self._match(_REST)

    # --- places -------------------------------------------------------------------------------------------------------

    def _line(self) -> int:
        return bisect_right(self._starts, self.at)

    def _is_end(self) -> bool:
        self._match(_BLANK)
        return self.at == len(self._text)

    def _takes(self, mark: str) -> bool:
        found = self._text.startswith(mark, self.at)
        self.at += len(mark) if found else 0
        return found

    def _needs(self, mark: str) -> None:
        if not self._takes(mark):
            raise _Lost

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self._text, self.at)
        if found is None:
            raise _Lost
        self.at = found.end()
        return found

    def _too_deep(self, depth: int) -> None:
        if depth > DEEPEST:
            raise Refused(f"more than {DEEPEST} tables or lists are inside each other", line=self._line())

    # --- tables -------------------------------------------------------------------------------------------------------

    def _header(self, line: int, end: str) -> tuple[Mark, int]:
        """The table that a line in brackets begins, and how deep it is."""
        *names, last = self._key(0)
        self._needs(end)
        above = self._inner(self.top, names, line)
        if end == "]":
            table = self._inner(above, [last], line)
            table.line = line
            return table, len(names) + 1
        entries = self._inner_or_list(above, last, line)
        entries.append(Mark(line))
        return entries[-1], len(names) + 1

    def _inner(self, here: Mark, names: list[str], line: int) -> Mark:
        """The table in a table that ``names`` lead to, the last one of a list of tables."""
        for name in names:
            if not isinstance(here.below, dict):
                raise _Lost
            here = here.below.setdefault(name, Mark(line))
            if isinstance(here.below, list):
                if not here.below:
                    raise _Lost
                here = here.below[-1]
        return here

    def _inner_or_list(self, here: Mark, name: str, line: int) -> list[Mark]:
        """The list of tables ``name`` in a table, which may be new."""
        if not isinstance(here.below, dict):
            raise _Lost
        found = here.below.get(name)
        if found is None:
            found = here.below[name] = Mark(line)
            found.below = []
        if not isinstance(found.below, list):
            raise _Lost
        return found.below

    def _pair(self, here: Mark, depth: int) -> None:
        """A key and its value."""
        line = self._line()
        *names, last = self._key(depth)
        self._needs("=")
        above = self._inner(here, names, line)
        if not isinstance(above.below, dict) or last in above.below:
            raise _Lost
        above.below[last] = self._value(line, depth + len(names) + 1)

    def _key(self, depth: int) -> list[str]:
        """The parts of a key, without quotes."""
        parts = []
        while True:
            parts.append(_unquoted(self._match(_PART)[1]))
            self._too_deep(depth + len(parts))
            if not self._takes("."):
                return parts

    # --- values -------------------------------------------------------------------------------------------------------

    def _value(self, line: int, depth: int) -> Mark:
        while self._text.startswith((" ", "\t"), self.at):
            self.at += 1
        mark = Mark(line)
        if self._takes("["):
            self._too_deep(depth)
            mark.below = list(self._entries(depth))
        elif self._takes("{"):
            self._too_deep(depth)
            self._braces(mark, depth)
        elif len(self._match(_VALUE)[1] or "") > LONGEST:
            raise Refused(f"a number has more than {LONGEST} digits", line=line)
        return mark

    def _entries(self, depth: int) -> Iterator[Mark]:
        """The entries of a list, up to its end."""
        self._match(_BLANK)
        while not self._takes("]"):
            yield self._value(self._line(), depth + 1)
            self._match(_BLANK)
            if not self._takes(","):
                self._needs("]")
                return
            self._match(_BLANK)

    def _braces(self, table: Mark, depth: int) -> None:
        """A table in braces, up to its end."""
        self._match(_BLANK)
        while not self._takes("}"):
            self._pair(table, depth)
            self._match(_BLANK)
            if not self._takes(","):
                self._needs("}")
                return
            self._match(_BLANK)


def _unquoted(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] != '"':
        return part
    try:
        text: str = tomllib.loads(f"key = {part}")["key"]
    except ValueError:
        raise _Lost from None
    return text
