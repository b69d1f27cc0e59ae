"""Tables of plain text, 80 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from vm.quantities import plural

WIDTH = 80
"""Columns of a line."""
GAP = "  "


def table(heads: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a line of ``heads``, and for each row as many as its longest cell takes.

    ``widths`` are those of all columns but the last, which has what is left of a line; negative for a column whose text
    stands at its right end.
    """
    every = (*widths, WIDTH - sum(abs(width) + len(GAP) for width in widths))
    for row in (heads, *rows):
        cells = [wrapped(text, abs(width)) for text, width in zip(row, every, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            placed = [
                f"{part:{'>' if width < 0 else '<'}{abs(width)}}" for part, width in zip(parts, every, strict=True)
            ]
            yield GAP.join(placed).rstrip()


def wrapped(text: str, width: int) -> list[str]:
    """Return ``text`` in lines of at most ``width`` letters; one, empty, for none."""
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def paragraph(text: str, indent: str = "", more: str | None = None) -> list[str]:
    """Return ``text`` in lines of :data:`WIDTH`, each behind ``indent``; behind ``more`` from the second one on."""
    following = indent if more is None else more
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=following, break_on_hyphens=False
    ) or [indent.rstrip()]  # fmt: skip


def bounded(lines: Iterable[str], most: int, word: str = "line", words: str = "") -> Iterator[str]:
    """Yield the first ``most`` of ``lines``, and how many more there would be."""
    beyond = 0
    for number, line in enumerate(lines):
        if number < most:
            yield line
        else:
            beyond += 1
    if beyond:
        yield f"… {plural(beyond, f'more {word}', f'more {words}' if words else '')}"
