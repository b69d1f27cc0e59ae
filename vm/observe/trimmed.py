"""Printing without blanks at the ends of lines, so that output can be compared and pasted.

Nothing printed here commands the terminal but our own colours: texts of a guest's are shown with escapes.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments
from rich.text import Text

from vm.text import printable


def _trim(line: list[Segment]) -> Iterator[Segment]:
    while line and not line[-1].text.strip():
        line = line[:-1]
    for segment in line[:-1]:
        yield Segment(printable(segment.text), segment.style)
    for segment in line[-1:]:
        yield Segment(printable(segment.text.rstrip()), segment.style)
    yield Segment.line()


def print_trimmed(console: Console, what: RenderableType) -> None:
    """Print ``what``, each line without the blanks at its end."""
    for line in console.render_lines(what, pad=False):
        console.print(Segments(_trim(line)), end="")


def print_line(console: Console, line: Text) -> None:
    """Print a line as it is, however long, without the blanks at its end."""
    console.print(Segments(_trim(list(line.render(console)))), end="")
