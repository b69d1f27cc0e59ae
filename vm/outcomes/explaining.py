"""The report on an outcome that cannot be: why, in sentences, and the source lines that they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

from vm.outcomes.cases import Reason
from vm.outcomes.lines import FAINT, STRONG, Line, Part, line
from vm.outcomes.listing import GAP
from vm.outcomes.sentences import told
from vm.outcomes.sources import Sources

MOST_LINES = 12
"""Source lines that are shown."""


def reason_lines(reason: Reason, sources: Sources, columns: int) -> Iterator[Line]:
    """Yield the lines of a report on why there is no such outcome, at most so many letters wide where they can be."""
    (first, *others), named = told(reason, sources.place_of)
    head = "impossible: "
    for number, row in enumerate(_wrapped(first, columns, head, GAP)):
        yield line(Part(head[:-2], STRONG), row[len(head) - 2 :]) if number == 0 else line(row)
    for sentence in others:
        yield from map(line, _wrapped(sentence, columns, GAP, GAP * 2))
    lines = sorted({(each.file, each.line): each.code for each in named if each.line}.items())[:MOST_LINES]
    places = [f"{file}:{number}" for (file, number), _ in lines]
    for name, (_, code) in zip(places, lines, strict=True):
        yield line(GAP, Part(name.ljust(max(map(len, places))), FAINT), GAP, code)


def _wrapped(text: str, columns: int, first: str, others: str) -> Iterator[str]:
    """A text in as many rows as it takes, each behind an indent; what stands between backticks is not torn."""
    whole = re.sub("`[^`]*`", lambda quoted: quoted[0].replace(" ", "\0"), text)
    for row in wrap(whole, columns, initial_indent=first, subsequent_indent=others, break_on_hyphens=False):
        yield row.replace("\0", " ")
