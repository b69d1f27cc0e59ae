"""The curves that papers draw: log-log, labelled at their ends, told apart without colour. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import util
from typing import Any

from vm.abi import PAGE_SIZE
from vm.laboratory.experiment import Measurement
from vm.laboratory.report import machine_facts, what_children_do
from vm.observe.costs import size

INSTALL = "plots need matplotlib: pip install 'forklore[plot]'"
"""What to tell who has none."""

STYLES = {
    "copy": ("#1b6ca8", "o", "-"),
    "cow": ("#c44536", "s", "-"),
    "on-demand": ("#2a7f62", "^", "-"),
    "vfork": ("#222222", "D", "-"),
    "spawn": ("#8a5a9e", "v", "-"),
    "host fork": ("#7a7a7a", "s", "--"),
    "host vfork": ("#7a7a7a", "D", "--"),
    "host spawn": ("#a0a0a0", "v", "--"),
}
"""Colour, marker and line of each curve."""

Curve = tuple[list[float], list[float], list[float], list[float]]
"""x, y, and the lower and upper quartile of y."""


def is_installed() -> bool:
    """True when there is a matplotlib."""
    return util.find_spec("matplotlib") is not None


def _name(found: Measurement) -> str:
    return f"host {found.experiment.method}" if found.where == "host" else found.experiment.method


def _curves(measurements: Sequence[Measurement], what: str) -> dict[str, Curve]:
    curves: dict[str, Curve] = {}
    for found in measurements:
        if what == "bytes":
            if found.counts is None:
                continue
            y = float((found.counts.copied_pages + found.counts.late_pages + found.counts.tables) * PAGE_SIZE)
            low = high = y
        else:
            y, low, high = (value / 1000 for value in (found.round.median, found.round.low, found.round.high))
        x, ys, lows, highs = curves.setdefault(_name(found), ([], [], [], []))
        x.append(found.experiment.size / 2**20)
        ys.append(y)
        lows.append(low)
        highs.append(high)
    return curves


def _spread_labels(places: list[tuple[float, str]], ratio: float) -> list[tuple[float, float, str]]:
    """Labels (where the curve ends, where the label goes, text), moved apart to at least ``ratio`` on a log axis."""
    placed: list[tuple[float, float, str]] = []
    for end, text in sorted(places):
        at = max(end, placed[-1][1] * ratio) if placed else end
        placed.append((end, at, text))
    return placed


def _draw(axes: Any, curves: dict[str, Curve], label: str) -> None:
    ends = []
    for name, (x, y, low, high) in curves.items():
        if not any(y):
            continue
        colour, marker, line = STYLES[name]
        axes.plot(x, y, color=colour, marker=marker, linestyle=line, markersize=5, linewidth=1.6)
        axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
        ends.append((y[-1], name))
    if free := [name for name, curve in curves.items() if not any(curve[1])]:
        axes.text(0.02, 0.96, f"{', '.join(free)}: nothing", transform=axes.transAxes, fontsize=9, va="top")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_title(label, loc="left", fontsize=11)
    right = max((x for curve in curves.values() for x in curve[0]), default=1.0)
    low, high = axes.get_ylim()
    for end, at, text in _spread_labels(ends, (high / low) ** 0.055):
        axes.annotate(
            text, (right, end), (right * 1.25, at), color=STYLES[text][0], fontsize=9, va="center",
            arrowprops={"arrowstyle": "-", "color": STYLES[text][0], "linewidth": 0.5}, annotation_clip=False,
        )  # fmt: skip
    ticks = sorted({x for curve in curves.values() for x in curve[0]})
    axes.set_xticks(ticks, [size(round(tick * 2**20)).replace(" ", "\n") for tick in ticks], fontsize=8)
    axes.set_xlabel("resident heap of the parent")
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def plot(measurements: Sequence[Measurement], path: str) -> None:
    """Draw time and bytes against size into ``path``, a .png or .svg. One thing that children do at a time."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11.5, 4.8), gridspec_kw={"wspace": 0.45})
    _draw(left, _curves(measurements, "time"), "from creation until collected, µs")
    _draw(right, _curves(measurements, "bytes"), "memory written by the kernel, bytes")
    facts = machine_facts()
    experiment = measurements[0].experiment
    figure.suptitle(
        f"What creating a process costs when {what_children_do(experiment)}", x=0.01, ha="left", fontsize=13
    )
    samples = min(len(found.rounds_ns) for found in measurements)
    note = f"medians and quartiles of {samples} rounds; {facts['processor']}, {facts['date']}"
    figure.text(0.01, 0.005, note, fontsize=7, color="#555555")
    figure.subplots_adjust(left=0.055, right=0.91, top=0.84, bottom=0.17)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
