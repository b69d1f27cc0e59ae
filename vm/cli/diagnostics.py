"""What is said of sources, as people see it: wrapped and in colour at a terminal, line by line elsewhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from vm.cli import say
from vm.cli.lines import print_lines
from vm.text import message

if TYPE_CHECKING:
    from rich.text import Text

    from asm import Diagnostic

WIDTH = 80
"""Columns that lines are wrapped at. Lines of a source, and what marks places in them, are left whole."""

_SOURCE = re.compile(r" *\d* \| |\t|$")
_NOTE = "      = "
_COLOURS = {"error": "bold red", "fatal error": "bold red", "warning": "bold magenta", "note": "bold cyan"}
_HEAD = re.compile(rf"\S.*?: ({'|'.join(_COLOURS)}):")
_COUNT = re.compile(r"[\d,]+ (?:error|warning)s?\b")


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Show diagnostics on standard error, and how many there are."""
    from asm.diagnostics import render

    every = list(diagnostics)
    if every:
        print_said(render(every))


def print_said(text: str) -> None:
    """Show on standard error what an assembler or a compiler says, in colour when a person reads it there."""
    is_watched = sys.stderr is not None and sys.stderr.isatty()  # None where it was closed at the start
    print_lines(_coloured(line) for said in displayed(text).split("\n") for line in _wrapped(said, is_watched))


def tell_refusal(text: str) -> None:
    """Say why a program cannot be run: in a line of ours, and in those of an assembler or a compiler if it knows."""
    reason, _, details = text.partition("\n")
    say(reason)
    if details:
        print_said(details)


def displayed(text: str) -> str:
    """``text`` with bytes that are not UTF-8 replaced, and escapes for what would command a terminal."""
    return message(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _wrapped(line: str, is_watched: bool) -> Iterator[str]:
    if not is_watched or len(line) <= WIDTH or _SOURCE.match(line):
        yield line
        return
    import textwrap  # for a terminal alone

    indent = "        " if line.startswith(_NOTE) else "    "
    yield from textwrap.wrap(
        line, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False, expand_tabs=False
    )


def _coloured(line: str) -> Text:
    from rich.text import Text

    text = Text(line)
    if _SOURCE.match(line):
        text.highlight_regex(r"^ +\| [ \t]*(\^~*)$", "bold green")
    elif line.startswith((_NOTE, "        ")):
        text.stylize("cyan")
    elif head := _HEAD.match(line):
        text.stylize("bold", 0, head.end())
        text.stylize(_COLOURS[head[1]], head.start(1), head.end())
    elif _COUNT.match(line):
        text.stylize("bold")
    return text
