"""Places in a source as reports show them: ``file:line`` to click on, the line itself, a caret below what matters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from rich.text import Text

from vm.observe.symbols import source_lines
from vm.text import shortened

WIDTH = 80
"""Columns of a report."""

ASSEMBLY = (".s", ".S", ".asm")
"""What the names of sources in assembly end with."""


@lru_cache(maxsize=64)
def _source(path: Path | None) -> list[str]:
    return source_lines(path)


def place(file: str, line: int, path: Path | None) -> str:
    """``file:line`` as an editor opens it from here: ``path`` is where the host has the file, None if it has not."""
    if path is not None:
        try:
            return f"{path.resolve().relative_to(Path.cwd())}:{line}"
        except ValueError:
            return f"{path}:{line}"
    return f"{file}:{line}"


def code(path: Path | None, line: int) -> str:
    """A source line, tabs as spaces; empty when the source is not there."""
    lines = _source(path)
    return lines[line - 1].expandtabs(8).rstrip() if 0 < line <= len(lines) else ""


def statement(text: str, file: str) -> tuple[int, int]:
    """First and last column (excluded) of what a line of ``file`` does, without its comment and label."""
    comment = "#" if Path(file).suffix in ASSEMBLY else "//"
    body = text.split(comment)[0].rstrip() or text
    start = len(body) - len(body.lstrip())
    head = body[start:].split(None, 1)
    if comment == "#" and len(head) == 2 and head[0].endswith(":"):
        start = body.index(head[1], start + len(head[0]))
    return start, len(body)


def code_line(number: int, text: str) -> Text:
    """A source line behind its number, cut where the report ends."""
    return Text(shortened(f"{number:5} | {text}", WIDTH).rstrip())


def underline(text: str, file: str, message: str) -> Iterator[Text]:
    """A caret below what a line of ``file`` does, and a message beside it or below."""
    start, end = statement(text, file)
    end = min(end, WIDTH - 9)
    start = min(start, end - 1)
    mark = "      | " + " " * start + "^" + "~" * (end - start - 1)
    if len(mark) + 1 + len(message) <= WIDTH:
        yield Text.assemble((mark, "bold green"), f" {message}")
        return
    yield Text(mark, "bold green")
    yield from wrapped(message, "      | ")


def wrapped(text: str, indent: str) -> Iterator[Text]:
    """A text in as many lines as it takes."""
    for line in textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent):
        yield Text(line)
