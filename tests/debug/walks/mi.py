"""Records of gdb's machine interface, read.

Source: *Debugging with GDB*, "GDB/MI Output Syntax".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_RECORD = re.compile(r"(\d*)([\^*+=])([\w-]+)(.*)", re.DOTALL)
_NAME = re.compile(r"[\w-]+(?==)")
_ESCAPED = re.compile(r"\\([0-7]{1,3}|.)", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "a": "\a", "v": "\v", "e": "\x1b"}


@dataclass(frozen=True, slots=True)
class Record:
    """One line: ``kind`` is ``^`` (a result), ``*`` (it runs or has stopped), ``=`` (something has changed), ``~`` (the
    console), ``@`` (the target) or ``&`` (the log).

    ``name`` is its class, ``values`` what it says; ``text`` is a stream's, and what is no record has the kind ``?``.
    """

    kind: str
    name: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    token: int | None = None
    text: str = ""


def read(line: str) -> Record:
    """Read a line that gdb has written."""
    if line[:1] in ("~", "@", "&") and line[1:2] == '"':
        text, end = _string(line, 1)
        if end == len(line):
            return Record(line[0], text=text)
    found = _RECORD.fullmatch(line)
    if found is None:
        return Record("?", text=line)
    token, kind, name, rest = found.groups()
    values, end = _results(rest, 1, "") if rest else ({}, 0)
    if rest and (rest[0] != "," or end != len(rest)):
        return Record("?", text=line)
    return Record(kind, name, values, int(token) if token else None)


def _string(text: str, place: int) -> tuple[str, int]:
    """The C string whose quotation mark stands at ``place``, and where it has ended. Not UTF-8 is replaced."""
    end = place + 1
    while text[end : end + 1] not in ('"', ""):
        end += 2 if text[end] == "\\" else 1
    raw = _ESCAPED.sub(_unescaped, text[place + 1 : end])
    return raw.encode("latin-1", "replace").decode("utf-8", "replace"), end + 1


def _unescaped(found: re.Match[str]) -> str:
    said = found[1]
    return chr(int(said, 8) & 0xFF) if said[0] in "01234567" else _SHORT.get(said, said)


def _results(text: str, place: int, closing: str) -> tuple[dict[str, Any], int]:
    """``name=value`` pairs up to ``closing``. A name that comes twice has the last value."""
    values: dict[str, Any] = {}
    while place < len(text) and text[place] != closing:
        found = _NAME.match(text, place)
        if found is None:
            return values, -1
        values[found[0]], place = _value(text, found.end() + 1)
        if text[place : place + 1] == ",":
            place += 1
    return values, place


def _value(text: str, place: int) -> tuple[Any, int]:
    if text[place] == '"':
        return _string(text, place)
    if text[place] == "{":
        values, end = _results(text, place + 1, "}")
        return values, end + 1
    items: list[Any] = []
    place += 1
    while text[place] != "]":
        found = _NAME.match(text, place)
        item, place = _value(text, place if found is None else found.end() + 1)
        items.append(item)
        if text[place] == ",":
            place += 1
    return items, place + 1
