"""Measurements for people and for programs: a table, CSV, JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import time
from collections.abc import Sequence

from rich.table import Table

from vm.abi import PAGE_SIZE
from vm.laboratory.experiment import Experiment, Measurement, Spread
from vm.laboratory.sweep import rows
from vm.observe.costs import duration, size


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


def as_tables(measurements: Sequence[Measurement]) -> list[Table]:
    """A table for each thing that children do: a row for each size and method."""
    groups: dict[str, list[Measurement]] = {}
    for found in measurements:
        groups.setdefault(what_children_do(found.experiment), []).append(found)
    return [_table(title, members) for title, members in groups.items()]


def _table(title: str, members: Sequence[Measurement]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("heap", justify="right", no_wrap=True)
    table.add_column("method", no_wrap=True)
    for name in ("copied", "later", "PTEs", "tables", "call", "in all"):
        table.add_column(name, justify="right", no_wrap=True)
    before = 0
    for found in members:
        experiment, counts = found.experiment, found.counts
        shown = size(experiment.size) if experiment.size != before else ""
        before = experiment.size
        name = f"host {experiment.method}" if found.where == "host" else experiment.method
        cells = ["", "", "", ""]
        if counts is not None:
            moved = (counts.copied_pages, counts.late_pages)
            cells = [size(pages * PAGE_SIZE) if pages else "–" for pages in moved]
            cells += [f"{counts.entries:,}", f"{counts.tables:,}"]
        table.add_row(shown, name, *cells, spread_text(found.call), spread_text(found.round))
    return table
