"""Printing without blanks at the ends of lines, so that output can be compared and pasted."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments


def _trim(line: list[Segment]) -> Iterator[Segment]:
    while line and not line[-1].text.strip():
        line = line[:-1]
    yield from line[:-1]
    for segment in line[-1:]:
        yield Segment(segment.text.rstrip(), segment.style)
    yield Segment.line()


def print_trimmed(console: Console, what: RenderableType) -> None:
    """Print ``what``, each line without the blanks at its end."""
    for line in console.render_lines(what, pad=False):
        console.print(Segments(_trim(line)), end="")
