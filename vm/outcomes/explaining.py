"""The report on an outcome that cannot be: why, in sentences, and the source lines that they name."""

from __future__ import annotations

from collections.abc import Iterator

from vm.lines import FAINT, STRONG, Line, Part, line, wrapped
from vm.outcomes.cases import Reason
from vm.outcomes.listing import GAP
from vm.outcomes.sentences import told
from vm.outcomes.sources import Sources

MOST_LINES = 12
"""Source lines that are shown."""


def reason_lines(reason: Reason, sources: Sources, columns: int, told_before: str = "impossible") -> Iterator[Line]:
    """Yield the lines of a report on why there is no such outcome, at most so many letters wide where they can be.

    ``told_before`` is what the reason is given for.
    """
    (first, *others), named = told(reason, sources.place_of)
    head = f"{told_before}: "
    for number, row in enumerate(wrapped(first, columns, head, GAP)):
        yield line(Part(head[:-2], STRONG), row[len(head) - 2 :]) if number == 0 else line(row)
    for sentence in others:
        yield from map(line, wrapped(sentence, columns, GAP, GAP * 2))
    lines = sorted({(each.file, each.line): each.code for each in named if each.line}.items())[:MOST_LINES]
    places = [f"{file}:{number}" for (file, number), _ in lines]
    for name, (_, code) in zip(places, lines, strict=True):
        yield line(GAP, Part(name.ljust(max(map(len, places))), FAINT), GAP, code)
