"""A comparison for people: a table with a column for each way to run the program, and below it what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import RenderableType
from rich.constrain import Constrain
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vm.abi import PAGE_SIZE, signal_name
from vm.laboratory.comparison import Comparison, Outcome, median, output_difference
from vm.observe.final_memory import Difference, describe
from vm.quantities import duration, plural, size

WIDTH = 80
"""Columns that names and contents of memory are shortened to: --format json has them whole."""

MOST_LINES = 24
"""Lines of an output's difference, and places of memory, that are shown."""

_Cell = Callable[[Outcome], str]


def _bytes(pages: int) -> str:
    return size(pages * PAGE_SIZE) if pages else "–"


def _count(value: int) -> str:
    return f"{value:,}" if value else "–"


def _time(times: Sequence[int]) -> str:
    found = median(times)
    return "–" if found is None else duration(found)


def _status(outcome: Outcome) -> str:
    if outcome.status is None:
        return "not ended"
    return str(outcome.status) if outcome.signal is None else f"{outcome.status} {signal_name(outcome.signal)}"


_COUNTS: tuple[tuple[str, _Cell], ...] = (
    ("copied at once", lambda outcome: _bytes(outcome.totals.copied)),
    ("copied later", lambda outcome: _bytes(outcome.totals.late_pages)),
    ("copied in vain", lambda outcome: _bytes(outcome.totals.in_vain)),
    ("page tables made", lambda outcome: _count(outcome.totals.tables)),
    ("  shared", lambda outcome: _count(outcome.totals.tables_shared)),
    ("  copied later", lambda outcome: _count(outcome.totals.late_tables)),
    ("PTEs written", lambda outcome: _count(outcome.totals.entries + outcome.totals.protected)),
    ("faults", lambda outcome: _count(outcome.totals.faults)),
    ("  of parents", lambda outcome: _count(outcome.totals.by_parents)),
)
"""Rows of which those are shown that hold something for somebody."""

_MEMORY: tuple[tuple[str, _Cell], ...] = (
    ("memory at peak", lambda outcome: size(outcome.peak * PAGE_SIZE)),
    ("  shared at most", lambda outcome: _bytes(outcome.most_shared)),
    ("pid 2 at its peak", lambda outcome: _bytes(outcome.end.peak) if outcome.end else "–"),
    ("  private at its end", lambda outcome: _bytes(outcome.end.private) if outcome.end else "–"),
    ("  shared at its end", lambda outcome: _bytes(outcome.end.shared) if outcome.end else "–"),
)

_TIMES: tuple[tuple[str, _Cell], ...] = (
    ("time in creations", lambda outcome: _time(outcome.calls_ns if outcome.totals.creations else ())),
    ("time in all", lambda outcome: _time(outcome.runs_ns)),
)


def as_table(comparison: Comparison) -> Table:
    """What each run showed, beside the first, and what it cost."""
    outcomes = comparison.outcomes
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    for outcome in outcomes:
        table.add_column(outcome.variant.name, justify="right", no_wrap=True)
    reference = comparison.reference
    table.add_row("output", *_sameness(outcomes, lambda outcome: outcome.output, size(len(reference.output))))
    if any(outcome.errors for outcome in outcomes):
        table.add_row("errors", *_sameness(outcomes, lambda outcome: outcome.errors, size(len(reference.errors))))
    table.add_row("exit status", *map(_status, outcomes))
    table.add_row("final memory", "", *("differs" if found else "same" for found in comparison.memory[1:]))
    for rows in (_COUNTS, _MEMORY, _TIMES):
        shown = [(name, [cell(outcome) for outcome in outcomes]) for name, cell in rows]
        if shown := [(name, cells) for name, cells in shown if set(cells) != {"–"}]:
            table.add_row()
        for name, cells in shown:
            table.add_row(name, *cells)
    return table


def _sameness(outcomes: Sequence[Outcome], what: Callable[[Outcome], bytes], first: str) -> Iterator[str]:
    yield first
    for outcome in outcomes[1:]:
        yield "same" if what(outcome) == what(outcomes[0]) else "differs"


def render(comparison: Comparison) -> Iterator[RenderableType]:
    """The table, then for each run that differs from the first one, in what."""
    yield as_table(comparison)
    reference = comparison.reference
    for outcome, memory in zip(comparison.outcomes[1:], comparison.memory[1:], strict=True):
        sides = ("vfork", "fork") if outcome.variant.vfork_as_fork else (reference.variant.name, outcome.variant.name)
        for what, first, second in (
            ("output", reference.output, outcome.output), ("errors", reference.errors, outcome.errors),
        ):  # fmt: skip
            if first != second:
                yield Text(f"\n{what} with {sides[0]} (-) and {sides[1]} (+)", style="bold")
                yield from _cut([Text(f"  {line}") for line in output_difference(first, second)])
        if memory:
            yield Text("\nfinal memory of pid 2", style="bold")
            yield Constrain(Padding(_memory_table(memory, sides), (0, 0, 0, 2)), WIDTH)
            if len(memory) > MOST_LINES:
                yield Text(f"  … {plural(len(memory) - MOST_LINES, 'more place')}")


def _cut(lines: list[Text]) -> Iterator[Text]:
    yield from lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        yield Text(f"  … {plural(len(lines) - MOST_LINES, 'more line')}")


def _memory_table(memory: Sequence[Difference], sides: tuple[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("address", no_wrap=True, min_width=8)
    table.add_column("what", overflow="ellipsis", no_wrap=True, max_width=24)
    table.add_column("where", no_wrap=True, min_width=7)
    for side in sides:
        table.add_column(f"with {side}", overflow="ellipsis", no_wrap=True, max_width=26)
    for found in memory[:MOST_LINES]:
        name = found.name or plural(found.size, "byte")
        contents = (describe(data, found.size) for data in (found.first, found.second))
        table.add_row(f"{found.address:08x}", name, found.where, *contents)
    return table
