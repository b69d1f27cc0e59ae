"""Everything that the laboratory's figures rest on, in one command that writes the reference report anew.

    python -m bench.strategies [--rounds N] [--folder FOLDER]

It takes some minutes, and wants a machine that does nothing else. Every figure is the median of at least 20 rounds, in
which what is compared takes turns; counts and contents are checked before times are believed. The report goes to
bench/reference: strategies.json holds every time, strategies.md is for reading, with its pictures beside it. The exit
status is 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import measures
from bench.measures import MIB
from bench.targets import Target
from vm.laboratory import METHODS, report
from vm.laboratory.experiment import Experiment, Measurement, Spread
from vm.laboratory.plot import plot
from vm.laboratory.summary import Line, summary
from vm.laboratory.sweep import Plan, rows, sweep
from vm.native import jit
from vm.quantities import duration
from vm.quantities import size as size_text

FOLDER = Path(__file__).parent / "reference"
ROUNDS = 20
SIZE = 64 * MIB
LARGE = 512 * MIB
EMPTY = 4096
VFORK_SIZES = (64 << 10, 4 * MIB, 64 * MIB, LARGE)
SWEEP_SIZES = (64 << 10, 512 << 10, 4 * MIB, 32 * MIB, 128 * MIB, LARGE)
SMALL_ROUNDS = 100
"""Forks of a small process in one turn, of which the median counts."""
SHARES = (0, 1, 10, 25, 50, 75, 100)
"""Per cent of its heap that a child writes."""
COMMAND = "python -m bench.strategies"

Times = dict[str, list[float]]


def copies(rounds: int) -> Times:
    """Copying a heap of 64 MiB, beside numpy's copy of as much."""
    times: Times = {}
    source, target = measures.buffers(SIZE)
    for number in range(rounds):
        found: dict[str, float] = {"numpy": measures.numpy_copy(source, target)}
        found |= measures.copy_times(SIZE, number)
        for name, time in found.items():
            times.setdefault(name, []).append(time)
    return times


def deferring(rounds: int) -> tuple[Times, dict[str, Any]]:
    """The call of cow and on-demand with 512 MiB and with nothing; the counts of the large ones."""
    pairs = [(method, size) for method in ("cow", "on-demand") for size in (EMPTY, LARGE)]
    with measures.interleaved([Experiment(method, size, rounds=rounds) for method, size in pairs]) as run:
        watches = run()
    times: Times = {}
    for (method, size), watch in zip(pairs, watches, strict=True):
        times[f"{method}, {'empty' if size == EMPTY else '512 MiB'}"] = watch.calls[1:]
    small_cow, cow, small_on_demand, on_demand = (watch.counts for watch in watches)
    return times, {
        # What a process has besides its heap is in the small one as well, whose heap is one page.
        "PTEs": cow.shared_pages - small_cow.shared_pages + 1,
        "table entries": on_demand.shared_tables - small_on_demand.shared_tables,
    }


def vforks(rounds: int) -> Times:
    """vfork + exit + wait, by the size of the parent."""
    with measures.interleaved([Experiment("vfork", size, rounds=rounds) for size in VFORK_SIZES]) as run:
        watches = run()
    assert all(watch.counts.frames == watch.counts.entries == 0 for watch in watches)
    return {f"vfork, {size_text(size)}": watch.rounds[1:] for size, watch in zip(VFORK_SIZES, watches, strict=True)}


def small(rounds: int) -> Times:
    """fork and vfork of a small process, in the machine and on its host."""
    times: Times = {}
    for _ in range(rounds):
        for name, time in measures.small_times(SMALL_ROUNDS).items():
            times.setdefault(name, []).append(time)
    return times


def targets(times: Times, counts: dict[str, Any]) -> list[Target]:
    """What the figures are held against."""
    middle = {name: statistics.median(values) for name, values in times.items()}
    net = {name: middle[f"{name}, 512 MiB"] - middle[f"{name}, empty"] for name in ("cow", "on-demand")}
    flat = [middle[f"vfork, {size_text(size)}"] for size in VFORK_SIZES]
    return [
        Target("copy of 64 MiB : numpy's copy of 64 MiB", middle["copy, fresh"] / middle["numpy"], 1.3),
        Target("cow of 64 MiB : copy of it", middle["cow"] / middle["copy, fresh"], 1 / 30),
        Target("PTEs that cow touches for 512 MiB", counts["PTEs"], 131_072, is_exact=True),
        Target("table entries that on-demand touches", counts["table entries"], 128, is_exact=True),
        Target("on-demand : cow at 512 MiB, net of an empty fork", net["on-demand"] / net["cow"], 0.1),
        Target("vfork at 64 KiB to 512 MiB, slowest : fastest", max(flat) / min(flat), 1.2),
        Target("fork+exit+wait, small, machine : host", middle["fork, machine"] / middle["fork, host"], 1.0),
        Target("vfork+exit+wait, machine : host", middle["vfork, machine"] / middle["vfork, host"], 2.0),
    ]


def measure(rounds: int, say: Callable[[str], None]) -> tuple[Times, dict[str, Any]]:
    """Every figure with a target; the times by name, the counts."""
    say("small processes, here and on the host")
    times = small(rounds)
    say("copies of 64 MiB")
    times |= copies(rounds)
    say("forks of 512 MiB that defer")
    found, counts = deferring(2 * rounds)
    times |= found
    say("vfork from 64 KiB to 512 MiB")
    times |= vforks(2 * rounds)
    return times, counts


def draw(folder: Path, rounds: int, say: Callable[[str], None]) -> tuple[list[Measurement], list[Line]]:
    """The sweeps, their pictures, and the summary of small costs."""
    repeats = 3
    per_run = -(-rounds // repeats)
    say("every method from 64 KiB to 512 MiB")
    by_size = sweep(Plan(METHODS, SWEEP_SIZES, rounds=per_run, repeats=repeats, on_host=True))
    plot(by_size, str(folder / "creation.png"))
    plot(by_size, str(folder / "creation.svg"))
    say("children that write")
    by_share = sweep(Plan(METHODS, (4 * MIB,), SHARES, "write", rounds=per_run, repeats=repeats, on_host=True))
    plot(by_share, str(folder / "writing.png"))
    say("children that exec, and small costs")
    execs = sweep(Plan(METHODS, (16 * MIB,), action="exec", rounds=per_run, repeats=repeats, on_host=True))
    return by_size + by_share + execs, summary(per_run, repeats, on_host=True)


def _table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *lines))


def _times_table(times: Times) -> str:
    lines = []
    for name, values in times.items():
        spread = Spread.of(values)
        quartiles = f"{duration(round(spread.low))} – {duration(round(spread.high))}"
        lines.append((name, duration(round(spread.median)), quartiles, str(len(values))))
    return _table(("figure", "median", "quartiles", "rounds"), lines)


def _exec_table(measurements: Sequence[Measurement]) -> str:
    lines = []
    for found in measurements:
        if found.experiment.action == "exec":
            counts = found.counts
            pages = (counts.copied_pages, counts.late_pages, counts.in_vain) if counts else ()
            cells = [size_text(count * 4096) if count else "–" for count in pages] or [""] * 3
            name = f"host {found.experiment.method}" if found.where == "host" else found.experiment.method
            lines.append((name, *cells, duration(round(found.round.median))))
    return _table(("fork, then exec, of 16 MiB", "copied", "later", "in vain", "until collected"), lines)


def _summary_table(lines: Sequence[Line]) -> str:
    cells = [(line.name, report.spread_text(line.machine), report.spread_text(line.host)) for line in lines]
    return _table(("small costs", "machine", "host"), cells)


def markdown(found: Sequence[Target], times: Times, measurements: Sequence[Measurement], lines: Sequence[Line]) -> str:
    """The report for reading."""
    facts = report.machine_facts()
    parts = [
        "# What creating a process costs: reference report",
        f"{facts['processor']}; {facts['system']}; Python {facts['python']}; {facts['date']}. Made by `{COMMAND}`.",
        _table(("what", "measured", "target", ""), [target.texts for target in found]),
        "The pictures: [by size](creation.png), [by what the child writes](writing.png). Bands are quartiles.",
        "![What creating a process costs, by the size of its parent](creation.png)",
        "## Times behind the targets",
        "`fresh`: frames in ascending order, all of memory touched before; `fragmented`: free frames in random order; "
        "`cold`: memory that the host has not provided yet. `empty`: a fork of a process with a heap of one page. "
        "`machine` and `host`: until a child that exits is collected; the heap is 64 KiB in the machine, a page there.",
        _times_table(times),
        "## A copy that is thrown away",
        _exec_table(measurements),
        "## As lmbench's lat_proc, until the child is collected",
        _summary_table(lines),
    ]
    return "\n\n".join(parts) + "\n"


def write(
    folder: Path, found: Sequence[Target], times: Times, counts: dict[str, Any], measurements: Sequence[Measurement],
    lines: Sequence[Line],
) -> None:  # fmt: skip
    """Write both forms of the report."""
    data = {
        "machine": report.machine_facts(),
        "targets": [asdict(target) | {"is_met": target.is_met} for target in found],
        "counts": counts,
        "times_ns": {name: [round(value) for value in values] for name, values in times.items()},
        "sweeps": list(rows(measurements)),
        "summary": [asdict(line) for line in lines],
    }
    (folder / "strategies.json").write_text(json.dumps(data, indent=1) + "\n")
    (folder / "strategies.md").write_text(markdown(found, times, measurements, lines))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="interleaved rounds (default 20)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the report goes (default bench/reference)")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)

    def say(what: str) -> None:
        print(f"measuring {what}", file=sys.stderr, flush=True)

    jit.prepare()
    times, counts = measure(options.rounds, say)
    found = targets(times, counts)
    measurements, lines = draw(options.folder, options.rounds, say)
    write(options.folder, found, times, counts, measurements, lines)
    for target in found:
        what, value, limit, verdict = target.texts
        print(f"{what:<52}{value:>10}{limit:>12}  {verdict}")
    return 0 if all(target.is_met for target in found) else 1


if __name__ == "__main__":
    sys.exit(main())
