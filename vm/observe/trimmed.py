"""Printing as files and other programs want it too: no blanks at the ends of lines, and no line broken or cut.

Nothing printed here commands the terminal but our own colours: texts of a guest's are shown with escapes.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments
from rich.text import Text

from vm.lines import FAINT, PLAIN, STRONG, Line, Part
from vm.text import printable

UNBROKEN = 1000
"""Columns where nobody looks at a terminal: more than any table has."""


def report_console(*, stderr: bool = False) -> Console:
    """Where a report is printed. Its lines are as long as they are unless it is a terminal."""
    console = Console(stderr=stderr, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = UNBROKEN
    return console


def _trim(line: list[Segment]) -> Iterator[Segment]:
    while line and not line[-1].text.strip():
        line = line[:-1]
    for segment in line[:-1]:
        yield Segment(printable(segment.text), segment.style)
    for segment in line[-1:]:
        yield Segment(printable(segment.text.rstrip()), segment.style)
    yield Segment.line()


def print_trimmed(console: Console, what: RenderableType) -> None:
    """Print ``what``, each line without the blanks at its end; the lines of a text as they are, however long."""
    if isinstance(what, Text):
        for text in what.split("\n"):
            print_line(console, text)
        return
    for line in console.render_lines(what, pad=False):
        console.print(Segments(_trim(line)), end="")


def print_line(console: Console, line: Text) -> None:
    """Print a line as it is, however long, without the blanks at its end."""
    console.print(Segments(_trim(list(line.render(console)))), end="", soft_wrap=True)


def as_lines(what: RenderableType) -> Iterator[Line]:
    """Yield ``what`` as lines that become text or HTML, each as long as it is."""
    console = Console(width=UNBROKEN, highlight=False, emoji=False, markup=False, force_jupyter=False)
    if isinstance(what, Text):
        rows = [list(text.render(console)) for text in what.split("\n")]
    else:
        rows = console.render_lines(what, pad=False)
    for row in rows:
        yield tuple([Part(segment.text, _style(segment)) for segment in row if segment.text not in ("", "\n")])


def _style(segment: Segment) -> str:
    style = segment.style
    if style is None:
        return PLAIN
    return STRONG if style.bold else FAINT if style.dim else PLAIN
