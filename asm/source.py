"""Sources as the assembler reads them: statements one a line, and where each came from.

A reading is a run of lines read in order: a source file, an included one, or the text that a macro call or a repeat
expands to. Readings remember what caused them, so that an error in an expansion can say where it was asked for.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence

from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One source: the name that messages give it and its text."""

    name: str
    text: str


Place = tuple["Reading", int]
"""A statement: its reading and its index there."""


class Reading:
    """Lines being read. ``lines`` hold one statement each; ``numbers[i]`` is the line of the file ``lines[i]`` is on.

    Where lines hold several statements, ``shown[i]`` is the whole line and ``columns[i]`` is where in it, from 0,
    ``lines[i]`` starts; elsewhere ``shown`` is ``lines`` and ``columns`` is empty.
    ``parent`` and ``parent_index`` are the reading and the statement that caused this one, ``cause`` says how
    (``in macro 'm', used at``); a source of its own has no parent. ``parent_end`` is the last
    statement that belongs to the cause (a repeat's ``.endr``). ``index`` counts the statements read,
    ``conditionals`` the conditions that were open before the first. ``more`` gives the readings to read next, when
    this is a round of a repeat.
    """

    __slots__ = (
        "cause", "columns", "conditionals", "depth", "index", "kind", "lines", "more", "name", "numbers", "parent",
        "parent_end", "parent_index", "shown",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        lines: list[str],
        numbers: Sequence[int],
        shown: list[str],
        columns: list[int] | None = None,
        kind: str = "source",
        cause: str = "",
        parent: Place | None = None,
    ) -> None:
        self.name = name
        self.lines = lines
        self.numbers = numbers
        self.shown = shown
        self.columns = columns or []
        self.kind = kind
        self.cause = cause
        self.parent: Reading | None = parent[0] if parent else None
        self.parent_index = parent[1] if parent else 0
        self.parent_end = parent[0].index - 1 if parent else 0
        self.depth: int = self.parent.depth + 1 if self.parent else 0
        self.index: int = 0
        self.conditionals = 0
        self.more: Iterator[Reading] | None = None

    def replace(self, index: int, line: str) -> None:
        """Have ``line`` read as the statement at ``index``. Unless it is as long, it is what messages show, too."""
        if self.shown is self.lines:
            self.shown = list(self.shown)
        if len(line) != len(self.lines[index]):
            self.shown[index] = line
            if self.columns:
                self.columns[index] = 0
        self.lines[index] = line


_OUTSIDE_COMMENTS = re.compile(
    r"""
    (?P<keep> "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.|'(?='))'? ) # strings and characters may hold comment signs
  | (?P<line> \#[^\n]* | //[^\n]* )
  | (?P<block> /\*.*?\*/ )
  | (?P<open> /\* )
  | (?P<semicolon> ; )
    """,
    re.VERBOSE | re.DOTALL,
)

CONTINUATION = "\v"
"""Stands for a line break inside a block comment: white space that does not end the statement."""


def open_source(name: str, text: str, parent: Place | None = None) -> tuple[Reading, int | None]:
    """A reading for ``text``, and the line number of a block comment that is never closed (None if all are)."""
    text = plain(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")
    if "\v" in text:
        text = text.replace("\v", " ")
    text = text.removesuffix("\n")
    kind = "include" if parent else "source"
    cause = "included here" if parent else ""
    unclosed = None
    stripped = text
    if "/*" in text or ";" in text:
        stripped, unclosed = _strip(text)
    lines = stripped.split("\n")
    if stripped is text:
        return Reading(name, lines, range(1, len(lines) + 1), lines, None, kind, cause, parent), unclosed
    return Reading(name, *_separate(lines, text.split("\n")), kind, cause, parent), unclosed


def plain(text: str) -> str:
    """``text`` without a byte order mark; one in UTF-16 is read as such."""
    encoding = "utf-16" if text[:2] in ("\udcff\udcfe", "\udcfe\udcff") else ""
    if text[1:8:2] == "\0\0\0\0":
        encoding = "utf-16-le"
    elif text[:8:2] == "\0\0\0\0":
        encoding = "utf-16-be"
    if encoding:
        with contextlib.suppress(UnicodeEncodeError):
            text = text.encode("utf-8", "surrogateescape").decode(encoding, "replace")
    return text.removeprefix("\ufeff")


def _strip(text: str) -> tuple[str, int | None]:
    """Blank out block comments, and mark the semicolons that separate statements by a form feed."""
    pieces: list[str] = []
    position = 0
    unclosed = None
    for match in _OUTSIDE_COMMENTS.finditer(text):
        kind = match.lastgroup
        pieces.append(text[position : match.start()].replace("\f", " "))
        found = match.group()
        if kind == "block":
            found = re.sub(r"[^\n]", " ", found).replace("\n", CONTINUATION)
        elif kind == "open":
            unclosed = text.count("\n", 0, match.start()) + 1
            pieces.append("\n" * text.count("\n", match.start()))
            position = len(text)
            break
        pieces.append("\f" if kind == "semicolon" else found)
        position = match.end()
    pieces.append(text[position:].replace("\f", " "))
    return "".join(pieces), unclosed


def _separate(lines: list[str], originals: list[str]) -> tuple[list[str], list[int], list[str], list[int]]:
    """The ``lines``, ``numbers``, ``shown`` and ``columns`` of a reading, from lines that ``_strip`` made.

    Empty statements are left out, but every line keeps one.
    """
    statements: list[str] = []
    numbers: list[int] = []
    shown: list[str] = []
    columns: list[int] = []
    number = 1
    for line in lines:
        height = line.count(CONTINUATION)
        original = CONTINUATION.join(originals[number - 1 : number + height])
        column = 0
        for part in line.split("\f"):
            if column == 0 or (not part.isspace() and part):
                statements.append(part)
                numbers.append(number)
                shown.append(original)
                columns.append(column)
            column += len(part) + 1
        number += height + 1
    return statements, numbers, shown, columns


def split_statements(text: str) -> list[str]:
    """The statements of one line that macro arguments were put into: they may have brought semicolons along."""
    if ";" not in text and "\n" not in text:
        return [text]
    return _strip(text)[0].replace("\n", "\f").split("\f")
