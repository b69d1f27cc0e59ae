"""Pictures of orders, as textbooks draw process graphs: a line a process, from birth to end. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from vm.outcomes.orders import Order, Step
from vm.outcomes.process_graph import Arrow, Dot, Lane, process_graph
from vm.text import printable

FORMATS = ("svg", "png")
INSTALL = "pictures need matplotlib: pip install '.[plot]' or pip install matplotlib"
"""What to tell who has none."""

OUTPUT_SIZE, CALL_SIZE, NAME_SIZE, SMALL_SIZE = 15, 11, 13, 10
"""Sizes of letters, in points: of what is written; of what a step is; of names and the title; of notes."""
LANE_HEIGHT, COLUMN_WIDTH = 0.92, 0.62
"""Distance of two lanes, and the least of two columns, in inches."""
MARGIN = 0.25
HEAD = 0.2
"""How long the part of a dashed arrow is that is not, with its head, in inches."""
MOST_DOTS = 150
"""Dots of a PNG to an inch, fewer where the picture is large."""
MOST_PIXELS = 20_000_000
INK, PALE, PAPER = "#1a1a1a", "#6d6d6d", "#ffffff"
BANDS = ("#ffffff", "#f4f4f4")

ARROWS = {
    "exit": ("-", "is waited for"),
    "resumed": ("-", "lets its parent go on"),
    "data": ((0, (5, 3)), "bytes that are read"),
    "signal": ((0, (6, 2, 1, 2)), "signal"),
    "memory": ((0, (1, 2)), "access to the same memory"),
    "woken": ((0, (3, 1.5)), "wakes"),
}
"""Dashes of each kind of arrow, and what it means; those of all others are :data:`OTHER_ARROW`."""
OTHER_ARROW = ((0, (8, 4)), "comes first")
"""Dashes and meaning of an arrow of any other kind."""
FONTS = ("DejaVu Sans", "DejaVu Sans Mono")
"""Fonts of names and of what is written; matplotlib brings them."""
MARKERS = {"exec": ("s", 8.5), "death": ("X", 10), "wait": ("o", 8.5)}
"""Shape and size of the steps that are not drawn as a dot."""


_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "forklore",
    "svg.fonttype": "none",
    "font.family": FONTS[0],
    "text.parse_math": False,
}
"""Settings of matplotlib: a guest's dollars are no formulas, and the same picture is the same file."""


class CannotDraw(ValueError):
    """There is no picture: the text says what is missing."""


def no_line(_: Step) -> None:
    """Know no line of source for a step."""


def draw(
    order: Order,
    file: Path | BinaryIO,
    format: str,
    title: str = "",
    line_of: Callable[[Step], int | None] = no_line,
) -> None:
    """Draw ``order`` into ``file``, in one of :data:`FORMATS`; the same bytes each time.

    ``line_of`` gives the line of source that a step's call stands in, None for one that is not to be shown.
    Raises CannotDraw without matplotlib, and for another format.
    """
    if format not in FORMATS:
        raise CannotDraw(f"no picture can be drawn as {format!r}, only as {' or '.join(FORMATS)}")
    drawn = figure(order, title, line_of)
    import matplotlib as mpl

    width, height = drawn.get_size_inches()
    dots = min(MOST_DOTS, int((MOST_PIXELS / (width * height)) ** 0.5))
    with mpl.rc_context(_SETTINGS):
        drawn.savefig(file, format=format, dpi=dots, metadata={"Date": None} if format == "svg" else None)


def figure(order: Order, title: str = "", line_of: Callable[[Step], int | None] = no_line) -> Any:
    """Return the picture of ``order`` as a Figure of matplotlib. Raises CannotDraw without matplotlib."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise CannotDraw(INSTALL) from error
    with mpl.rc_context(_SETTINGS):
        drawing = _Drawing(order, title, line_of, _legible)
        made = Figure(figsize=drawing.size, facecolor=PAPER)
        drawing.draw(made.add_axes((0, 0, 1, 1)))
    return made


def _legible(text: str) -> str:
    """Return ``text`` with escapes for letters that the fonts have not."""
    known = _letters()
    return "".join(
        letter if ord(letter) in known else letter.encode("unicode_escape").decode() for letter in printable(text)
    )


@cache
def _letters() -> frozenset[int]:
    """Return the codes of all letters that every font of a picture has."""
    from matplotlib.font_manager import findfont, get_font

    return frozenset.intersection(*(frozenset(get_font(findfont(font)).get_charmap()) for font in FONTS))


def _width(text: str, size: float, *, mono: bool = False) -> float:
    """Estimate how wide a text is, in inches."""
    return len(text) * size * (0.62 if mono else 0.58) / 72


class _Drawing:
    """A graph in inches: where its columns are, and how each of its parts is drawn."""

    def __init__(
        self, order: Order, title: str, line_of: Callable[[Step], int | None], legible: Callable[[str], str]
    ) -> None:
        self.graph = process_graph(order, legible)
        self.title = legible(title)
        lines = {dot.step: line_of(order.steps[dot.step]) for dot in self.graph.dots}
        self.lines = {step: f"line {line}" for step, line in lines.items() if line is not None}
        self.raised = self._raised()
        self.x = self._place_columns()
        self.has_legend = bool(self._legend())
        self.top = MARGIN + (0.45 if title else 0.0)
        below = 0.3 * (self.has_legend + bool(self.graph.left_out))
        self.size = (self._full_width(), self.top + LANE_HEIGHT * max(len(self.graph.lanes), 1) + below + MARGIN)

    # --- where things are ----------------------------------------------------------------------------------------

    def _raised(self) -> set[int]:
        """Return the steps whose name stands above, since an arrow comes from below or leads there."""
        below: set[tuple[int, int]] = set()
        above: set[tuple[int, int]] = set()
        for arrow in self.graph.arrows:
            is_downward = arrow.target[0] > arrow.source[0]
            if arrow.why != "exit":
                (below if is_downward else above).add(arrow.source)
            (above if is_downward else below).add(arrow.target)
        return {
            dot.step
            for dot in self.graph.dots
            if not dot.above and (dot.lane, dot.column) in below - above and dot.kind not in ("fork", "thread")
        }

    def _place_columns(self) -> list[float]:
        """Return the place of each column: far enough from those before it for what is written in each lane."""
        names = max((_width(lane.name, NAME_SIZE) for lane in self.graph.lanes), default=0.0)
        halves: list[dict[int, tuple[float, float]]] = [{} for _ in self.graph.lanes]
        for arrow in self.graph.arrows:
            if arrow.why in ("exit", "resumed"):
                low, high = sorted((arrow.source[0], arrow.target[0]))
                for crossed in range(low + 1, high):
                    halves[crossed][arrow.target[1]] = (0.05, 0.05)
                if arrow.why == "resumed":
                    halves[arrow.target[0]][arrow.target[1]] = (0.05, 0.05)
        for birth in self.graph.births:
            halves[birth.child][birth.column] = (0.05, 0.05)
        for dot in self.graph.dots:
            below = max(_width(dot.below, CALL_SIZE), _width(self.lines.get(dot.step, ""), SMALL_SIZE))
            above = _width(dot.above, OUTPUT_SIZE, mono=True)
            halves[dot.lane][dot.column] = (below / 2, 0.0) if dot.step in self.raised else (above / 2, below / 2)
        count = max((dot.column for dot in self.graph.dots), default=0)
        places = [MARGIN + names + 0.2]
        for column in range(1, count + 1):
            place = places[-1] + (COLUMN_WIDTH if column > 1 else 0.3)
            for lane in halves:
                if column in lane:
                    before = max((other for other in lane if other < column), default=None)
                    left = lane[before] if before is not None else (0.0, 0.0)
                    needed = max(a + b for a, b in zip(left, lane[column], strict=True)) + 0.14
                    place = max(place, places[before or 0] + needed)
            places.append(place)
        return places

    def _full_width(self) -> float:
        ends = [
            self._right(number) + 0.15 + _width(lane.tail, CALL_SIZE) for number, lane in enumerate(self.graph.lanes)
        ]
        ends += [self.x[dot.column] + _width(dot.above, OUTPUT_SIZE, mono=True) / 2 for dot in self.graph.dots]
        legend = sum(0.75 + _width(meaning, SMALL_SIZE) for _, meaning in self._legend())
        texts = [_width(self.title, NAME_SIZE) * 1.15, legend, _width(self.graph.left_out, SMALL_SIZE)]
        return max([*ends, *(MARGIN + width for width in texts), 3.0]) + MARGIN

    def _y(self, lane: int) -> float:
        return self.size[1] - self.top - LANE_HEIGHT * (lane + 0.5)

    def _right(self, number: int) -> float:
        """Return where the line of a lane ends: behind the words of its last step if it goes on."""
        lane = self.graph.lanes[number]
        last = [dot for dot in self.graph.dots if (dot.lane, dot.column) == (number, lane.end)]
        wide = max((_width(text, OUTPUT_SIZE) for dot in last for text in (dot.above, dot.below)), default=0.0)
        return self.x[lane.end] + (max(0.3, wide / 2 + 0.1) if lane.tail else 0.0)

    def _legend(self) -> list[tuple[Any, str]]:
        """Return the dashes that need a word, with it."""
        found = dict.fromkeys(arrow.why for arrow in self.graph.arrows if arrow.why not in ("exit", "resumed"))
        legend = list(dict.fromkeys(ARROWS.get(why, OTHER_ARROW) for why in found))
        if any(lane.suspended for lane in self.graph.lanes):
            legend.append((":", "suspended by vfork"))
        return legend

    # --- drawing -------------------------------------------------------------------------------------------------

    def draw(self, axes: Any) -> None:
        """Draw all: what is behind first."""
        axes.set_axis_off()
        axes.set_xlim(0, self.size[0])
        axes.set_ylim(0, self.size[1])
        for number, lane in enumerate(self.graph.lanes):
            self._draw_lane(axes, number, lane)
        for birth in self.graph.births:
            x = self.x[birth.column]
            axes.plot([x, x], [self._y(birth.parent), self._y(birth.child)], color=INK, linewidth=2.2, zorder=2)
        for arrow in self.graph.arrows:
            self._draw_arrow(axes, arrow)
        for dot in self.graph.dots:
            self._draw_dot(axes, dot)
        self._draw_notes(axes)

    def _draw_lane(self, axes: Any, number: int, lane: Lane) -> None:
        y, colour = self._y(number), INK
        axes.axhspan(y - LANE_HEIGHT / 2, y + LANE_HEIGHT / 2, color=BANDS[number % 2], linewidth=0, zorder=0)
        axes.text(MARGIN, y, lane.name, fontsize=NAME_SIZE, va="center", color=colour)
        at = lane.start
        for start, end in lane.suspended:
            axes.plot([self.x[at], self.x[start]], [y, y], color=colour, linewidth=2.2, zorder=2)
            axes.plot([self.x[start], self.x[end]], [y, y], ":", color=colour, linewidth=2.2, zorder=2)
            at = end
        right = self._right(number)
        axes.plot([self.x[at], right], [y, y], color=colour, linewidth=2.2, zorder=2, solid_capstyle="projecting")
        if lane.tail and lane.tail != "…":
            axes.plot([right, right], [y - 0.12, y + 0.12], color=colour, linewidth=3, zorder=2)
        axes.text(right + 0.1, y, lane.tail, fontsize=CALL_SIZE, va="center", color=colour)

    def _draw_arrow(self, axes: Any, arrow: Arrow) -> None:
        (lane, column), (other, end) = arrow.source, arrow.target
        dashes, _ = ARROWS.get(arrow.why, OTHER_ARROW)
        x, y, to_x, to_y = self.x[column], self._y(lane), self.x[end], self._y(other)
        if arrow.why == "exit":
            axes.plot([x, to_x], [y, y], color=PALE, linewidth=1.3, zorder=1)
            x = to_x
        elif arrow.why == "resumed":
            to_x = x
        away, near = (0 if arrow.why == "exit" else 5), (0 if arrow.why == "resumed" else 5)
        ends = {"shrinkA": away, "shrinkB": near, "color": PALE, "linewidth": 1.3}
        axes.annotate("", (to_x, to_y), (x, y), arrowprops={"arrowstyle": "-", "linestyle": dashes, **ends}, zorder=3)
        length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
        part = min(1.0, HEAD / length)
        head = {"arrowstyle": "-|>,head_width=0.22,head_length=0.45", **ends, "shrinkA": 0}
        axes.annotate("", (to_x, to_y), (to_x - part * (to_x - x), to_y - part * (to_y - y)), arrowprops=head, zorder=3)

    def _draw_dot(self, axes: Any, dot: Dot) -> None:
        x, y = self.x[dot.column], self._y(dot.lane)
        marker, size = MARKERS.get(dot.kind, ("o", 8.5))
        axes.plot([x], [y], marker, markersize=size, color=INK, zorder=4)
        paper = {"facecolor": BANDS[dot.lane % 2], "edgecolor": "none", "pad": 0.6}
        if dot.above:
            axes.text(
                x, y + 0.11, dot.above, fontsize=OUTPUT_SIZE, family=FONTS[1], weight="bold", ha="center",
                va="bottom", color=INK, zorder=5, bbox=paper,
            )  # fmt: skip
        line = self.lines.get(dot.step, "")
        if dot.step in self.raised:
            self._label(axes, x, y + (0.27 if line else 0.11), dot.below, CALL_SIZE, "bottom", INK, paper)
            self._label(axes, x, y + 0.11, line, SMALL_SIZE, "bottom", PALE, paper)
        else:
            self._label(axes, x, y - 0.11, dot.below, CALL_SIZE, "top", INK, paper)
            self._label(axes, x, y - (0.29 if dot.below else 0.11), line, SMALL_SIZE, "top", PALE, paper)

    @staticmethod
    def _label(axes: Any, x: float, y: float, text: str, size: float, side: str, colour: str, paper: Any) -> None:
        if text:
            axes.text(x, y, text, fontsize=size, ha="center", va=side, color=colour, zorder=5, bbox=paper)

    def _draw_notes(self, axes: Any) -> None:
        if self.title:
            axes.text(MARGIN, self.size[1] - MARGIN, self.title, fontsize=NAME_SIZE, weight="bold", va="top", color=INK)
        y = MARGIN
        if self.graph.left_out:
            axes.text(MARGIN, y, self.graph.left_out, fontsize=SMALL_SIZE, va="center", color=PALE)
            y += 0.3
        x = MARGIN
        for dashes, meaning in self._legend():
            axes.plot([x, x + 0.45], [y, y], linestyle=dashes, color=PALE, linewidth=1.6)
            axes.text(x + 0.52, y, meaning, fontsize=SMALL_SIZE, va="center", color=PALE)
            x += 0.75 + _width(meaning, SMALL_SIZE)
