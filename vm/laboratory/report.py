"""Measurements for people and for programs: a table, CSV, JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from vm.abi import PAGE_SIZE
from vm.laboratory.experiment import Counts, Experiment, Measurement, Spread
from vm.laboratory.sweep import rows
from vm.quantities import duration, size


def machine_facts() -> dict[str, str]:
    """What a reader needs to know of where figures were made."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        model = names[0] if names else model
    except OSError:
        pass
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
    }


def as_json(measurements: Sequence[Measurement]) -> str:
    """One object: the facts of the machine, and a record a measurement."""
    return json.dumps({"machine": machine_facts(), "measurements": list(rows(measurements))}, indent=1)


def as_csv(measurements: Sequence[Measurement]) -> str:
    """A header, and a line a measurement."""
    records = list(rows(measurements))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]) if records else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def spread_text(spread: Spread | None) -> str:
    """The median, and half the distance of the quartiles in per cent of it."""
    if spread is None:
        return "–"
    half = (spread.high - spread.low) / 2
    share = 100 * half / spread.median if spread.median else 0
    return f"{duration(round(spread.median))} ±{share:.0f}%"


def what_children_do(experiment: Experiment) -> str:
    """The experiment's varying part in words."""
    action = {"exit": "exits", "exec": "execs", "shell": "runs a shell", "write": f"writes {experiment.written} %"}[
        experiment.action
    ]
    many = f"{experiment.children} children, each " if experiment.children > 1 else "the child "
    deep = f", {experiment.depth} generations deep" if experiment.depth > 1 else ""
    return f"{many}{action}{deep}"


def as_tables(measurements: Sequence[Measurement]) -> list[RenderableType]:
    """For each thing that children do a table of counts and one of times: a row for each size and method."""
    groups: dict[str, list[Measurement]] = {}
    for found in measurements:
        groups.setdefault(what_children_do(found.experiment), []).append(found)
    return [make(title, members) for title, members in groups.items() for make in (_counts_table, _times_table)]


def _pages(count: int) -> str:
    return size(count * PAGE_SIZE) if count else "–"


def _number(count: int) -> str:
    return f"{count:,}" if count else "–"


_COUNT_COLUMNS: tuple[tuple[str, Callable[[Counts], str]], ...] = (
    ("copied", lambda counts: _pages(counts.copied_pages)),
    ("later", lambda counts: _pages(counts.late_pages)),
    ("in vain", lambda counts: _pages(counts.in_vain)),
    ("tables", lambda counts: _number(counts.tables)),
    ("later", lambda counts: _number(counts.late_tables)),
    ("PTEs", lambda counts: _number(counts.entries + counts.protected)),
    ("parent", lambda counts: _number(counts.parent_faults)),
    ("child", lambda counts: _number(counts.child_faults)),
)
"""Memory copied at the call, later, and unused; page tables allocated and copied; entries written; faults by whom."""


def _counts_table(title: str, members: Sequence[Measurement]) -> RenderableType:
    table = _table()
    for name, _ in _COUNT_COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for shown, found in _named(found for found in members if found.counts is not None):
        assert found.counts is not None
        table.add_row(*shown, *(cell(found.counts) for _, cell in _COUNT_COLUMNS))
    return Group(Text(f"{title}: memory, page tables, faults", style="bold"), table)


def _times_table(title: str, members: Sequence[Measurement]) -> RenderableType:
    table = _table()
    for name in ("call", "until collected"):
        table.add_column(name, justify="right", no_wrap=True)
    for shown, found in _named(members):
        table.add_row(*shown, spread_text(found.call), spread_text(found.round))
    return Group(Text(f"{title}: time, median and quartiles", style="bold"), table)


_LEGEND = (
    "copied     memory copied at the call; later: at faults; in vain: given up unused",
    "tables     page tables made at the call; later: copied at faults",
    "PTEs       page-table entries written at the call; parent, child: their faults",
)
_TIMES_LEGEND = (
    "call       until it returns in the parent; until collected: until wait does;",
    "           ±: half the distance of the quartiles, of the median",
)


def legend(measurements: Sequence[Measurement]) -> str:
    """What the columns of the tables mean."""
    counted = any(found.counts is not None for found in measurements)
    return "\n".join([*(_LEGEND if counted else ()), *_TIMES_LEGEND])


def emulated_faults(measurements: Sequence[Measurement]) -> str:
    """A note on times that would be others on hardware, where faults make cow dearer than copy; empty where not."""
    copies: dict[Experiment, float] = {}
    for found in measurements:
        if found.where != "host" and found.experiment.method == "copy":
            copies[replace(found.experiment, method="cow")] = found.round.median
    dearer = [
        found
        for found in measurements
        if found.counts is not None and found.counts.child_faults + found.counts.parent_faults > 1
        and found.round.median > copies.get(found.experiment, found.round.median)
    ]  # fmt: skip
    if not dearer:
        return ""
    sizes = ", ".join(dict.fromkeys(size(found.experiment.size) for found in dearer))
    return (
        f"cow took longer than copy at {sizes}:\n"
        "  the faults that it puts work off to are emulated here, at 10 µs or more each,\n"
        "  where hardware takes less than one; the counts are exact all the same, and\n"
        "  --host measures this computer's own kernel"
    )


def _table() -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("heap", justify="right", no_wrap=True)
    table.add_column("method", no_wrap=True)
    return table


def _named(members: Iterable[Measurement]) -> Iterator[tuple[tuple[str, str], Measurement]]:
    """Each with its size, where that is another than the last one's, and its method."""
    before = 0
    for found in members:
        experiment = found.experiment
        name = f"host {experiment.method}" if found.where == "host" else experiment.method
        yield (size(experiment.size) if experiment.size != before else "", name), found
        before = experiment.size
