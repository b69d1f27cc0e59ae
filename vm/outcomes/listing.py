"""Outcomes in a list, and what is common to them once: a row for each where there is room, else a column or a block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from vm.lines import FAINT, PLAIN, STRONG, Line, Part, line
from vm.outcomes.escapes import escaped
from vm.outcomes.orders import STREAMS, Outcome
from vm.quantities import plural
from vm.text import shortened
from vm.values import dataclass

NOTHING = "–"
"""What stands for an output without any byte."""
BULLET = "*"
"""What stands for the number of an outcome that has none, where it has several lines."""
LONGEST_BLOCK = 40
"""Lines of one outcome that are shown."""
WORTHWHILE = 2
"""Lines that several outcomes have in common from which on they are told once."""
GAP = "  "


@dataclass(frozen=True, slots=True)
class Numbered:
    """An outcome as number ``number`` of a list, from 1; 0 has none."""

    number: int
    outcome: Outcome


def cells_of(data: bytes) -> tuple[str, ...]:
    """The lines of an output, each as it is shown, with the escape that ends it."""
    parts = [part + b"\n" for part in data.split(b"\n")]
    parts[-1] = parts[-1][:-1]
    return tuple(shortened(escaped(part)) for part in parts if part)


class Listing:
    """Shows outcomes in at most ``columns``, if that can be.

    What all of ``outcomes`` begin and end with is told before the first, but not if they are part of a longer list
    (``is_part``). They are the ones that are shown, in any number of groups: ``of`` is what they are called there.
    """

    def __init__(self, outcomes: Sequence[Numbered], columns: int, *, is_part: bool = False, of: str = "all") -> None:
        self._columns = columns
        self._of = of
        self._width = max(4, *(len(f"{each.number:,}") for each in outcomes)) if outcomes else 4
        self._streams = _streams_of(outcomes)
        self._cells = {each.outcome: _cells(each.outcome, self._streams) for each in outcomes}
        only = len(self._streams) == 1 and len(self._cells) > 1 and not is_part
        every = [cells[0] for cells in self._cells.values()] if only else []
        self._begin = _worth(_common(every))
        rest = [cells[len(self._begin) :] for cells in every]
        self._end = tuple(reversed(_worth(_common([cells[::-1] for cells in rest]))))
        self._row_widths = self._widths()
        self._abreast_count = self._columns_abreast()

    def _middle(self, outcome: Outcome) -> list[tuple[str, ...]]:
        """The lines of each stream that are not common to all."""
        return [cells[len(self._begin) : len(cells) - len(self._end)] for cells in self._cells[outcome]]

    def _widths(self) -> list[list[int]] | None:
        """The widths of the columns of each stream, those of lines if there is room; None if only blocks have room."""
        middles = [self._middle(outcome) for outcome in self._cells]
        aligned = [_column_widths(streams) for streams in zip(*middles, strict=True)]
        joined = [[max(map(len, map("".join, streams)), default=0)] for streams in zip(*middles, strict=True)]
        room = self._columns - self._width - len(GAP)
        for widths in (aligned, joined):
            if len(self._streams) > 1:
                for name, each in zip(self._streams, widths, strict=True):
                    each[-1] += max(0, len(name) - sum(each) - len(GAP) * (len(each) - 1))
            if sum(sum(each) + len(GAP) * len(each) for each in widths) - len(GAP) <= room:
                return widths
        return None

    def head(self) -> Iterator[Line]:
        """What is common, and the names of the columns where there are several streams."""
        for told, cells in (("begin with", self._begin), ("end with", self._end)):
            yield from self._together(f"{self._of} {told}", cells)
        if len(self._streams) > 1 and self._row_widths is not None:
            widths = [sum(each) + len(GAP) * (len(each) - 1) for each in self._row_widths]
            names = [name.ljust(width) for name, width in zip(self._streams, widths, strict=True)]
            yield line(" " * self._width, GAP, Part(GAP.join(names), FAINT))

    def _together(self, told: str, cells: Sequence[str]) -> Iterator[Line]:
        """The lines that all have: in one if there is room, else below each other."""
        if not cells:
            return
        width = len(f"{self._of} begin with") + len(GAP)
        if width + len(GAP.join(cells)) <= self._columns:
            yield line(Part(told.ljust(width), FAINT), GAP.join(cells))
            return
        yield line(Part(told, FAINT))
        yield from _bounded(" " * self._width + GAP, cells)

    def rows(self, outcomes: Iterable[Numbered]) -> Iterator[Line]:
        """The lines of these outcomes, which are among those that this was made for."""
        if self._abreast_count:
            yield from self._abreast(list(outcomes))
            return
        former: Outcome | None = None
        for each in outcomes:
            if self._row_widths is not None:
                yield self._row(each, former, self._row_widths)
            else:
                yield from self._block(each, former)
            former = each.outcome

    def _columns_abreast(self) -> int:
        """How many columns of lines have room next to each other: 0 where they do not help."""
        if self._row_widths is not None or len(self._streams) > 1 or len(self._cells) < 2:
            return 0
        cells = [text for outcome in self._cells for text in self._middle(outcome)[0]]
        width = max(map(len, cells), default=1) + len(GAP)
        count = (self._columns - self._width) // width
        return count if count > 1 else 0

    def _abreast(self, outcomes: Sequence[Numbered]) -> Iterator[Line]:
        """The lines of each below its number, several next to each other."""
        former: tuple[str, ...] = ()
        for first in range(0, len(outcomes), self._abreast_count):
            columns = []
            for each in outcomes[first : first + self._abreast_count]:
                cells = self._middle(each.outcome)[0]
                same = len(_common([cells, former]))
                parts = [
                    Part(text, FAINT if place < same else PLAIN) for place, text in enumerate(cells[:LONGEST_BLOCK])
                ]
                if len(cells) > LONGEST_BLOCK:
                    parts.append(Part(f"… {len(cells) - LONGEST_BLOCK:,} more", FAINT))
                above = [Part(f"{each.number:,}" if each.number else BULLET, STRONG)]
                columns.append([*(above if each.number or len(outcomes) > 1 else ()), *(parts or [Part(NOTHING)])])
                former = cells
            widths = [max(len(part.text) for part in column) for column in columns]
            for row in zip_longest(*columns, fillvalue=Part("")):
                shown = [Part(part.text.ljust(width), part.style) for part, width in zip(row, widths, strict=True)]
                yield line(" " * self._width, *(each for part in shown for each in (GAP, part)))

    def _number(self, each: Numbered) -> str:
        return (f"{each.number:,}" if each.number else "").rjust(self._width)

    def _row(self, each: Numbered, former: Outcome | None, widths: Sequence[Sequence[int]]) -> Line:
        parts: list[str | Part] = [self._number(each)]
        before = self._middle(former) if former is not None else [()] * len(widths)
        for cells, known, columns in zip(self._middle(each.outcome), before, widths, strict=True):
            same = len(_common([cells, known]))
            cells = cells or (NOTHING,)
            if len(columns) == 1:
                text = "".join(cells)
                begin = len("".join(_common([text, "".join(known)])).rstrip("\\"))
                parts += [GAP, Part(text[:begin], FAINT), text[begin:].ljust(columns[0] - begin)]
                continue
            for place, width in enumerate(columns):
                text = cells[place] if place < len(cells) else ""
                parts += [GAP, Part(text.ljust(width), FAINT if place < same else "")]
        return line(*parts)

    def _block(self, each: Numbered, former: Outcome | None) -> Iterator[Line]:
        known = self._middle(former) if former is not None else [()] * len(self._streams)
        number = self._number(each) if each.number else BULLET.rjust(self._width)
        streams = list(zip(self._streams, self._middle(each.outcome), known, strict=True))
        for name, cells, before in [each for each in streams if each[1]] or streams[:1]:
            mark = GAP + (f"{name}: " if len(self._streams) > 1 else "")
            same = len(_common([cells, before]))
            shown = list(cells) or [NOTHING]
            if same >= WORTHWHILE:
                yield line(number, mark, Part(f"{plural(same, 'line')} as the one before", FAINT))
                number, shown = " " * self._width, shown[same:]
            for text in _bounded(mark, shown):
                yield line(number, *text)
                number = " " * self._width


def _bounded(before: str, cells: Sequence[str]) -> Iterator[Line]:
    """A line for each of the first."""
    for text in cells[:LONGEST_BLOCK]:
        yield line(before, text)
    if len(cells) > LONGEST_BLOCK:
        yield line(before, Part(f"… {plural(len(cells) - LONGEST_BLOCK, 'more line')}", FAINT))


def _streams_of(outcomes: Iterable[Numbered]) -> tuple[str, ...]:
    """The streams that something was written to, one at least."""
    used = [name for name in STREAMS if any(getattr(each.outcome, name) for each in outcomes)]
    return tuple(used) or STREAMS[:1]


def _cells(outcome: Outcome, streams: Iterable[str]) -> list[tuple[str, ...]]:
    return [cells_of(getattr(outcome, name)) for name in streams]


def _common(lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """What all of the lists begin with."""
    found = []
    for texts in zip(*lists, strict=False):
        if any(text != texts[0] for text in texts):
            break
        found.append(texts[0])
    return tuple(found)


def _worth(cells: tuple[str, ...]) -> tuple[str, ...]:
    return cells if len(cells) >= WORTHWHILE else ()


def _column_widths(lists: Sequence[Sequence[str]]) -> list[int]:
    most = max(map(len, lists), default=0)
    return [max(len(cells[place]) for cells in lists if place < len(cells)) for place in range(most)] or [len(NOTHING)]
