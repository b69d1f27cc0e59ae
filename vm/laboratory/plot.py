"""The curves that papers draw: log-log, labelled at their ends, told apart without colour. Needs matplotlib."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import field
from importlib import util
from typing import Any

from vm.abi import PAGE_SIZE
from vm.laboratory.experiment import Counts, Measurement
from vm.laboratory.report import machine_facts, what_children_do
from vm.quantities import duration, size
from vm.values import dataclass

INSTALL = "plots need matplotlib: pip install '.[plot]' or pip install matplotlib"
"""What to tell who has none."""

STYLES = {
    "copy": ("#1b6ca8", "o"),
    "cow": ("#c44536", "s"),
    "on-demand": ("#2a7f62", "^"),
    "vfork": ("#222222", "D"),
    "spawn": ("#8a5a9e", "v"),
    "host fork": ("#6a6a6a", "s"),
    "host vfork": ("#6a6a6a", "D"),
    "host spawn": ("#6a6a6a", "v"),
}
"""Colour and marker of each curve; those of the host are dashed, and their markers hollow."""

LABELS_AT = 1.06
"""Where labels begin, as a part of the axis."""
LABEL_GAP = 0.055
"""Least distance of two labels, as a part of the axis."""


class CannotPlot(ValueError):
    """Measurements make no curve; the text says why."""


@dataclass(slots=True)
class Curve:
    """One method: x, y, and the quartiles of y where there are any."""

    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Panel:
    """What one of the pictures shows: ``value`` gives y with its quartiles, None where there is none."""

    title: str
    axis: str
    value: Callable[[Measurement], tuple[float, float, float] | None]
    unit: Callable[[float], str]


def is_installed() -> bool:
    """True when there is a matplotlib."""
    return util.find_spec("matplotlib") is not None


def _call(found: Measurement) -> tuple[float, float, float]:
    return found.call.median, found.call.low, found.call.high


def _round(found: Measurement) -> tuple[float, float, float]:
    return found.round.median, found.round.low, found.round.high


def _counted(count: Callable[[Counts], int]) -> Callable[[Measurement], tuple[float, float, float] | None]:
    def value(found: Measurement) -> tuple[float, float, float] | None:
        if found.counts is None:
            return None
        number = float(count(found.counts))
        return number, number, number

    return value


def bytes_copied(counts: Counts) -> int:
    """Bytes of pages and page tables that the kernel filled for a child, at the call and later."""
    return (counts.copied_pages + counts.late_pages + counts.tables + counts.late_tables) * PAGE_SIZE


def entries_written(counts: Counts) -> int:
    """Page-table entries written at the call: the child's, and the parent's that were protected."""
    return counts.entries + counts.protected


PANELS = (
    Panel("time of the call", "time", _call, lambda y: duration(round(y))),
    Panel("time until the child is collected", "time", _round, lambda y: duration(round(y))),
    Panel(
        "pages and page tables filled, at once and later", "memory", _counted(bytes_copied), lambda y: size(round(y))
    ),
    Panel("page-table entries written at the call", "entries", _counted(entries_written), lambda y: f"{y:,.0f}"),
)


def _name(found: Measurement) -> str:
    return f"host {found.experiment.method}" if found.where == "host" else found.experiment.method


def _curves(measurements: Sequence[Measurement], panel: Panel, *, by_size: bool) -> dict[str, Curve]:
    curves: dict[str, Curve] = {}
    for found in measurements:
        value = panel.value(found)
        if value is None:
            continue
        curve = curves.setdefault(_name(found), Curve())
        curve.x.append(found.experiment.size if by_size else found.experiment.written)
        for values, number in zip((curve.y, curve.low, curve.high), value, strict=True):
            values.append(number)
    return curves


def _place_labels(ends: list[tuple[float, str]]) -> list[tuple[float, float, str]]:
    """Labels (where the curve ends, where the label goes, text), in parts of the axis, moved apart and inside it."""
    placed: list[tuple[float, float, str]] = []
    for end, text in sorted(ends):
        at = max(end, placed[-1][1] + LABEL_GAP) if placed else end
        placed.append((end, at, text))
    limit = 1.0
    for index in reversed(range(len(placed))):
        end, at, text = placed[index]
        placed[index] = end, min(at, limit), text
        limit = placed[index][1] - LABEL_GAP
    return placed


def _draw_curve(axes: Any, name: str, curve: Curve) -> None:
    colour, marker = STYLES[name]
    is_host = name.startswith("host ")
    axes.plot(
        curve.x, curve.y, color=colour, marker=marker, linestyle="--" if is_host else "-", markersize=5, linewidth=1.6,
        markerfacecolor="white" if is_host else colour,
    )  # fmt: skip
    if any(low < high for low, high in zip(curve.low, curve.high, strict=True)):
        axes.fill_between(curve.x, curve.low, curve.high, color=colour, alpha=0.12, linewidth=0)


def _draw(axes: Any, curves: dict[str, Curve], panel: Panel, *, by_size: bool) -> None:
    drawn = {name: curve for name, curve in curves.items() if any(curve.y)}
    for name, curve in drawn.items():
        _draw_curve(axes, name, curve)
    axes.set_yscale("log")
    axes.set_title(panel.title, loc="left", fontsize=11)
    _scale_x(axes, sorted({x for curve in curves.values() for x in curve.x}), by_size=by_size)
    _scale_y(axes, panel)
    _label(axes, curves)
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _scale_x(axes: Any, values: list[float], *, by_size: bool) -> None:
    if by_size:
        axes.set_xscale("log", base=2)
    ticks: list[float] = []
    for value in values:
        if not ticks or (value >= 4 * ticks[-1] if by_size else value >= ticks[-1] + 8):
            ticks.append(value)
    axes.set_xticks(ticks, [size(round(tick)) if by_size else f"{tick:g} %" for tick in ticks], fontsize=8)
    axes.set_xticks(values, [], minor=True)
    axes.set_xlabel("resident heap of the parent" if by_size else "part of it that the child writes", fontsize=9)


def _scale_y(axes: Any, panel: Panel) -> None:
    from matplotlib import ticker

    if panel.unit(4096.0).endswith("KiB"):
        axes.set_yscale("log", base=2)
        axes.yaxis.set_major_locator(ticker.LogLocator(base=16))
        axes.yaxis.set_minor_locator(ticker.NullLocator())
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: panel.unit(y)))
    axes.tick_params(axis="y", labelsize=8)
    axes.set_ylabel(panel.axis, fontsize=9)


def _label(axes: Any, curves: dict[str, Curve]) -> None:
    """The name of each curve, to the right of its last point; where it is zero throughout, at the bottom."""
    from_data = axes.transData + axes.transAxes.inverted()
    ends = []
    for name, curve in curves.items():
        height = from_data.transform((curve.x[-1], curve.y[-1]))[1] if any(curve.y) else 0.0
        ends.append((float(height), name))
    for end, at, name in _place_labels(ends):
        colour = STYLES[name][0]
        text = name if any(curves[name].y) else f"{name}: none"
        axes.text(LABELS_AT, at, text, transform=axes.transAxes, color=colour, fontsize=9, va="center")
        if any(curves[name].y) and at != end:  # lines end left of all labels, in whose order they are
            line = axes.plot((0.97, LABELS_AT - 0.01), (end, at), transform=axes.transAxes, color=colour, linewidth=0.5)
            line[0].set_clip_on(False)


def plot(measurements: Sequence[Measurement], path: str) -> None:
    """Draw time and counts into ``path``, a .png or .svg: against size, or at one size against the part written.

    Raises CannotPlot for measurements of more than that.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams |= {"svg.hashsalt": "forklore", "svg.fonttype": "none"}
    from matplotlib import pyplot

    by_size = len({found.experiment.size for found in measurements}) > 1
    experiment = measurements[0].experiment
    if by_size and len({what_children_do(found.experiment) for found in measurements}) > 1:
        raise CannotPlot("curves over several sizes are of one thing that children do: give one value to --write")
    figure, grid = pyplot.subplots(2, 2, figsize=(11, 8.2))
    for axes, panel in zip(grid.flat, PANELS, strict=True):
        _draw(axes, _curves(measurements, panel, by_size=by_size), panel, by_size=by_size)
    what = what_children_do(experiment) if by_size else f"the child writes to a heap of {size(experiment.size)}"
    figure.suptitle(f"What creating a process costs when {what}", x=0.02, ha="left", fontsize=13)
    facts = machine_facts()
    samples = min(len(found.rounds_ns) for found in measurements)
    note = f"times: medians and quartiles of {samples} rounds; {facts['processor']}, {facts['system']}, {facts['date']}"
    figure.text(0.02, 0.008, note, fontsize=7, color="#555555")
    figure.subplots_adjust(left=0.085, right=0.88, top=0.9, bottom=0.09, wspace=0.5, hspace=0.32)
    if path.endswith(".svg"):
        figure.savefig(path, metadata={"Date": None})
    else:
        _save_small(figure, path)
    pyplot.close(figure)


def _save_small(figure: Any, path: str) -> None:
    """A PNG of few colours, which is a quarter the size."""
    from PIL import Image

    picture = io.BytesIO()
    figure.savefig(picture, dpi=100)
    Image.open(picture).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, "PNG", optimize=True)
