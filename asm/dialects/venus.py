"""What Venus alone has: files that it imports, and ``#define``."""

from __future__ import annotations

from ..assembler import Assembler, Handler
from ..diagnostics import Problem
from ..lexer import END, spans, unescape
from .values import own


def import_file(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.import file``: link the file, too"""
    if tokens[at + 1] == END:
        raise Problem(".import needs the name of a file", at + 1)
    line = assembler.reading.lines[assembler.index]
    places = spans(line)
    name = line[places[at + 1][0] : places[-1][0]].strip()
    if len(name) > 1 and name[0] + name[-1] in ('""', "''", "<>"):
        name = name[1:-1]
    name = unescape(f'"{name}"').decode("utf-8", "surrogateescape") if "\\" not in name else ""
    if not name or "\0" in name:
        raise Problem("this is no name of a file", at + 1, len(tokens) - 2)
    own(assembler).imports.append((name, assembler.place))


TABLE: dict[str, Handler] = {".import": import_file}
"""Directives of Venus."""
