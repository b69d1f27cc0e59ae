"""Directives that read another file: as lines of the source, or as bytes."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from .assembler import Assembler, Handler
from .diagnostics import Problem
from .lexer import shorten, unescape
from .source import open_source
from .statements import expect_end


def _include(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.include "name"``: first beside the source that includes it, then where the reader looks."""
    text, name = _read(assembler, tokens, at)
    expect_end(tokens, at + 2)
    reading, unclosed = open_source(name, text, assembler.place)
    assembler.expand(len(reading.lines), len(text))
    if unclosed is not None:
        assembler.report_unclosed(reading, unclosed)
    assembler.push(reading)


def _incbin(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.incbin "name", skip, count``: the bytes of a file behind ``skip``; 0 stands for all"""
    text, name = _read(assembler, tokens, at)
    data = text.encode("utf-8", "surrogateescape")
    start, after = at, at + 2
    skip = count = 0
    if tokens[after] == ",":
        if tokens[after + 1] != ",":
            skip, after = assembler.number(tokens, after + 1, "the number of bytes to skip")
        else:
            after += 1
        if tokens[after] == ",":
            count, after = assembler.number(tokens, after + 1, "the number of bytes")
    expect_end(tokens, after)
    if min(skip, count) < 0 or skip + count > len(data):
        raise Problem(f"'{shorten(name)}' has {len(data)} bytes", start + 1, after - 1)
    assembler.mark()
    data = data[skip : skip + count] if count else data[skip:]
    try:
        assembler.limits.reserve(len(data))
    except Problem as problem:
        raise Problem(problem.message, start + 1) from None
    assembler.append(data, start)


def _read(assembler: Assembler, tokens: list[str], at: int) -> tuple[str, str]:
    """The text of the file that the directive at token ``at`` names, and its name: first beside the source."""
    token = tokens[at + 1]
    if token[:1] != '"' or len(token) < 2:
        raise Problem(f'{tokens[at]} needs a name in quotes: {tokens[at]} "name"', at + 1)
    if assembler.read_include is None:
        raise Problem("nothing can be included here", at, at + 1)
    name = _file_name(token, at + 1)
    beside = posixpath.join(posixpath.dirname(assembler.reading.name), name)
    return _read_first(assembler, dict.fromkeys((beside, name)), at + 1)


def _file_name(token: str, at: int) -> str:
    try:
        name = unescape(token).decode("utf-8", "surrogateescape")
    except Problem as problem:
        raise Problem(problem.message, at, None, *problem.notes) from None
    if not name or "\0" in name:
        raise Problem("this is no name of a file", at)
    return name


def _read_first(assembler: Assembler, names: Mapping[str, None], at: int) -> tuple[str, str]:
    """The text of the first of ``names`` that can be read, and that name."""
    assert assembler.read_include is not None
    reason: OSError | None = None
    for name in names:
        try:
            return assembler.read_include(name), name
        except UnicodeDecodeError:
            raise Problem(f"cannot read '{shorten(name)}': it is not a text in UTF-8", at) from None
        except OSError as error:
            reason = reason or error
    assert reason is not None
    why = reason.strerror or str(reason) or "it cannot be read"
    raise Problem(f"cannot include '{shorten(list(names)[-1])}': {why}", at)


TABLE: dict[str, Handler] = {".include": _include, ".incbin": _incbin}
"""Handlers of these directives."""
