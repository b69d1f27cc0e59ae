"""What is wrong with a document that is no TOML, and what people mean who write it so."""

from __future__ import annotations

import re

from vm.grade.reading.problems import Refused
from vm.text import printable, shortened

_PLACED = re.compile(r"(?s)(.*) \(at (?:line (\d+), column (\d+)|end of document)\)")

_ENDLESS = ("Unterminated string", "Expected \"'", "Expected '\"")
"""What it says of texts without end."""

_TWICE = "a key stands in a table once: leave one of the two out"
_QUOTE = 'a text ends in its line, with the quote that begins it, unless that is """'
_BRACES = "a table in braces ends in its line, without a comma behind its last key; a long one has a line of its own "
_BRACES += "instead, [tests.limits] say, with its keys below"
_SLIPS: tuple[tuple[str, str, str], ...] = (
    ("Invalid value", r"=\s*(?:True|False)\b", "write true or false, in small letters"),
    ("Invalid value", r"=\s*(?:#.*)?$", "a value stands behind the equals sign, in the same line"),
    ("Invalid value", r"[=\[,]\s*[A-Za-z_/.~$]", 'a text stands in quotes, as "text"'),
    ("", r"[=\[,]\s*[+-]?0[\d_]", "a number does not begin with a 0; in base 8 it begins with 0o"),
    ("Unescaped '\\'", "", r"write \\ for a backslash, or the text in single quotes, where it stands for itself"),
    ("Found invalid character '\\n'", "", _QUOTE),
    ("Illegal character '\\n'", "", _QUOTE),
    *[(message, "", "a text ends with the quotes that begin it") for message in _ENDLESS],
    ("Expected '=' after a key", "", "a line is KEY = VALUE; a key with other letters than A-Z a-z 0-9 _ - has quotes"),
    ("Cannot overwrite a value", "", _TWICE),
    ("Duplicate inline table key", "", _TWICE),
    ("Cannot declare", "", "a table begins once, with all of its keys below; each test begins with [[tests]]"),
    ("Cannot mutate immutable", "", "a table in braces is complete: write the key between them"),
    ("Cannot redefine", "", "a table is written in one place"),
    ("Unclosed inline table", "", _BRACES),
    ("Invalid initial character for a key part", r"\{[^}]*$|,\s*\}", _BRACES),
    ("Unclosed array", "", "a list ends with ], and commas stand between what is in it"),
    ("Expected ']", "", "[NAME] begins a table, [[tests]] begins a test"),
    ("Expected newline or end of document", r'"[^"]*"[^",\]}#]', r"write \" for a quote in a text"),
    ("Expected newline or end of document", "", "a line has one key; a comment begins with #"),
    ("Invalid statement", "", "a line is KEY = VALUE, [TABLE], [[tests]] or a comment, which begins with #"),
    ("Invalid initial character for a key part", "", "a key with other letters than A-Z a-z 0-9 _ - stands in quotes"),
)
"""How the reader's message begins, what its line has in it, and what to do."""


def refusal(error: ValueError, text: str, end: int) -> Refused:
    """What :mod:`tomllib` says of a document, with its line and column and what to do.

    ``end`` is how far its texts could be followed: of one without end, it names the end of the document.
    """
    found = _PLACED.fullmatch(str(error))
    lines = text.split("\n")
    message = found[1] if found is not None else str(error)
    line, column = len(lines), len(lines[-1]) + 1
    if found is not None and found[2]:
        line, column = int(found[2]), int(found[3])
    if message.startswith(_ENDLESS):
        line, column = text.count("\n", 0, end) + 1, end - text.rfind("\n", 0, end)
    return Refused(
        f"this is no TOML: {shortened(printable(message), 200)}", _advice(message, lines[line - 1]), line, column
    )


def _advice(message: str, line: str) -> str:
    return next(
        (what for begins, has, what in _SLIPS if message.startswith(begins) and re.search(has, line[:1000])), ""
    )
