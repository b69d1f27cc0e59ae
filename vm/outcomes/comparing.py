"""The outcomes of several programs, or of one under several settings, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from vm.lines import FAINT, STRONG, Line, Part, line
from vm.outcomes.answer import SHOWN, Outcomes
from vm.outcomes.listing import GAP, Listing, Numbered
from vm.outcomes.orders import Outcome
from vm.outcomes.telling import COLUMNS, ending, headline
from vm.text import printable
from vm.values import dataclass

YES, NO = "yes", "–"


@dataclass(frozen=True, slots=True)
class Compared:
    """The outcomes of what is called ``name``, and the ``damage`` that a vfork child did in it, in words; or empty."""

    name: str
    outcomes: Outcomes
    damage: str = ""


def side_by_side(compared: Sequence[Compared], columns: int = COLUMNS, limit: int = SHOWN) -> Iterator[Line]:
    """Yield the lines of a report: a line for each with its number, then which has which outcome, as in a table.

    At most ``limit`` outcomes of each are looked at.
    """
    widest = max(len(printable(each.name)) for each in compared)
    for number, each in enumerate(compared, 1):
        found = each.outcomes
        told = headline(found.count, found.complete, found.bounds, list(found.ends))
        yield line(f"{number}{GAP}{printable(each.name).ljust(widest)}{GAP}", *told)
        if each.damage:
            yield line(" ", GAP, Part(printable(each.damage), STRONG))
    union = outcomes_of(compared, limit)
    marks = [len(YES) + len(GAP)] * len(compared)
    listing = Listing([Numbered(0, each) for each in union], columns - sum(marks))
    yield ()
    yield from listing.head()
    yield line(Part("".join(str(number).ljust(width) for number, width in enumerate(marks, 1)), FAINT))
    ends = {each.end for each in union}
    for outcome in union:
        has = "".join((YES if _has(each.outcomes, outcome) else NO).ljust(len(YES) + len(GAP)) for each in compared)
        rows = listing.rows([Numbered(0, outcome)])
        end = (Part(f"{GAP}{ending(outcome.end)}", FAINT),) if len(ends) > 1 else ()
        yield line(has, *next(rows)[1:], *end)
        yield from (line(" " * len(has), *row[1:]) for row in rows)
    if any(each.outcomes.count > limit for each in compared):
        yield line(Part(f"… of each the first {limit:,}", FAINT))


def outcomes_of(compared: Sequence[Compared], limit: int) -> list[Outcome]:
    """Return the first ``limit`` outcomes of each, those of the first first, each once.

    What a pipe gets is the same as what a terminal shows, where there are no errors.
    """
    return list(dict.fromkeys(_seen(each) for one in compared for each in islice(one.outcomes, limit)))


def _seen(outcome: Outcome) -> Outcome:
    return outcome if outcome.errors else replace(outcome, terminal=outcome.terminal or outcome.output, output=b"")


def _has(outcomes: Outcomes, outcome: Outcome) -> bool:
    if outcomes.is_piped and not outcome.errors:
        return replace(outcome, terminal=b"", output=outcome.terminal) in outcomes
    return outcome in outcomes
