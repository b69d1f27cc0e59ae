"""A process graph, as textbooks draw it: a lane for each thread, and the steps that others can tell in columns.

Time goes from left to right: a step stands right of all that it cannot come before, and of nothing else, so that what
stands side by side may happen in either order. Lanes are ordered such that no fork's line crosses another (a child
stands above its parent, and above the children that are born after it), and columns such that no line that goes up or
down meets a step of a lane between.

Bryant, O'Hallaron: Computer Systems, A Programmer's Perspective, section 8.4.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import field

from vm.outcomes.cross_links import cross_links
from vm.outcomes.orders import Descent, Order
from vm.text import printable, shortened
from vm.values import dataclass

MOST_LANES = 16
"""Threads that are drawn: parents before their children."""
MOST_COLUMNS = 40
"""Columns of steps that are drawn."""
MOST_STEPS = 20_000
"""Steps of an order that are looked at."""
LONGEST_OUTPUT, LONGEST_CALL = 20, 20
"""Letters of a label."""

_EXITS = ("exit", "exit_group")
_EXECS = ("execve", "execveat")
_ALWAYS = (*_EXECS, "access")
_SHORT = {
    "wait4": "wait",
    "waitid": "wait",
    "openat": "open",
    "renameat2": "rename",
    "unlinkat": "unlink",
    "statx": "stat",
}
_OF_NUMBERS = frozenset({"read", "readv", "write", "writev", "close", "flock", "fcntl64", "ioctl", "kill", "tkill"})
"""Calls whose first argument tells something: a descriptor, or a process."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A step where it stands: ``above`` is what it writes, ``below`` what it is; ``column`` from 1.

    ``kind`` is "fork", "thread", "write", "exec", "exit", "death", "wait" or "call"; ``step`` the number in the order.
    """

    lane: int
    column: int
    step: int
    kind: str
    above: str
    below: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A thread: its line begins in column ``start`` and ends in column ``end``.

    ``suspended`` are pairs of columns between which it waits for a vfork child. ``tail`` says why there is no end: it
    waits for ever, or goes on where the picture does not; "" for one that ends.
    """

    name: str
    start: int
    end: int
    suspended: tuple[tuple[int, int], ...]
    tail: str


@dataclass(frozen=True, slots=True)
class Birth:
    """A line from a fork, in ``column`` of lane ``parent``, to the beginning of lane ``child``."""

    column: int
    parent: int
    child: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """A step comes before another, because of ``why``: as in a :class:`vm.outcomes.orders.Link`."""

    source: tuple[int, int]
    target: tuple[int, int]
    why: str


@dataclass(frozen=True, slots=True)
class ProcessGraph:
    """What is drawn of an order. Lanes are numbered from the top; ``left_out`` says what there was no room for."""

    lanes: tuple[Lane, ...]
    dots: tuple[Dot, ...]
    births: tuple[Birth, ...]
    arrows: tuple[Arrow, ...]
    left_out: str


@dataclass(slots=True)
class _Thread:
    """What is known of a thread that is drawn: its steps, its parent's, and its lane."""

    parent: Descent | None
    born_of: int
    steps: list[int] = field(default_factory=list)
    children: list[Descent] = field(default_factory=list)
    lane: int = 0


def process_graph(order: Order, legible: Callable[[str], str] = printable) -> ProcessGraph:
    """Lay out what is told of ``order``; texts that a guest has made are passed through ``legible``."""
    return _Layout(order, legible).graph()


class _Layout:
    """The way from an order to its picture; each method makes what the next one needs."""

    def __init__(self, order: Order, legible: Callable[[str], str]) -> None:
        self.order = order
        self.legible = legible
        self.steps = order.steps[:MOST_STEPS]
        self.threads: dict[Descent, _Thread] = {}
        self._find_threads()
        self.children = {born_of: name for name, born_of in self.born_of.items()}
        self._place_lanes()
        self.links = cross_links(self.steps)
        self.columns: dict[int, int] = {}
        self.dropped: dict[Descent, int] = {}
        self._place_steps()

    def _find_threads(self) -> None:
        """Find the threads that are drawn, those of few generations first; and which step each thread is born of."""
        self.born_of: dict[Descent, int] = {}
        depth: dict[Descent, int] = {}
        for step in self.steps:
            if step.thread not in depth:
                born_of = next((link.step for link in step.links if link.why == "birth"), -1)
                self.born_of[step.thread] = born_of
                depth[step.thread] = depth[self.steps[born_of].thread] + 1 if born_of >= 0 else 0
        shown = set(sorted(depth, key=depth.__getitem__)[:MOST_LANES])
        for at, step in enumerate(self.steps):
            if step.thread in shown:
                if step.thread not in self.threads:
                    self._add_thread(step.thread)
                self.threads[step.thread].steps.append(at)

    def _add_thread(self, name: Descent) -> None:
        born_of = self.born_of[name]
        parent = self.steps[born_of].thread if born_of >= 0 else None
        self.threads[name] = _Thread(parent, born_of)
        if parent is not None:
            self.threads[parent].children.append(name)

    def _place_lanes(self) -> None:
        """Number lanes from the top: the subtrees of a thread's children, the first one highest, then the thread."""
        lane = 0
        for first in [name for name, thread in self.threads.items() if thread.parent is None]:
            waiting: list[tuple[Descent, bool]] = [(first, False)]
            while waiting:
                name, are_children_placed = waiting.pop()
                thread = self.threads[name]
                if are_children_placed:
                    thread.lane, lane = lane, lane + 1
                    continue
                waiting.append((name, True))
                for child in sorted(thread.children, key=lambda child: -self.threads[child].born_of):
                    waiting.append((child, False))

    def _told(self) -> set[int]:
        """Return the numbers of the steps that are drawn if there is room."""
        ends = {thread.steps[-1] for thread in self.threads.values()}
        births = set(self.born_of.values())
        linked = {
            each for at, found in self.links.items() for source, why in found
            for each in ((source,) if why == "resumed" else (source, at))
        }  # fmt: skip
        return {
            at
            for at, step in enumerate(self.steps)
            if step.thread in self.threads
            and (step.written or step.call in _ALWAYS or at in ends or at in births or at in linked)
        }

    def _place_steps(self) -> None:
        told = self._told()
        occupied: list[set[int]] = [set() for _ in self.threads]
        latest: list[int] = []
        for at, step in enumerate(self.steps):
            column = max((latest[link.step] for link in step.links), default=0)
            if at in told:
                lane = self.threads[step.thread].lane
                crossed = set(self._lanes_crossed(at, lane))
                column += 1
                while any(column in occupied[each] for each in crossed | {lane}):
                    column += 1
                for each in crossed | {lane}:
                    occupied[each].add(column)
                if column <= MOST_COLUMNS:
                    self.columns[at] = column
                else:
                    self.dropped[step.thread] = self.dropped.get(step.thread, 0) + 1
            latest.append(column)

    def _lanes_crossed(self, at: int, lane: int) -> Iterator[int]:
        """Give the lanes that a line from a child's end crosses on its way to the wait in ``lane``."""
        for source, why in self.links.get(at, ()):
            thread = self.threads.get(self.steps[source].thread)
            if why == "exit" and thread is not None:
                low, high = sorted((thread.lane, lane))
                yield from range(low + 1, high)

    # --- what has been placed ------------------------------------------------------------------------------------

    def graph(self) -> ProcessGraph:
        shown = [name for name, thread in self.threads.items() if self._is_drawn(thread)]
        lanes = {lane: row for row, lane in enumerate(sorted(self.threads[name].lane for name in shown))}
        place = {at: (lanes[self._lane_of(at)], column) for at, column in self.columns.items()}
        arrows = [
            Arrow(place[source], place[at], why)
            for at, found in self.links.items() if at in place
            for source, why in found if source in place and why != "resumed"
        ]  # fmt: skip
        for at, links in self.links.items():
            for source, why in links:
                if why == "resumed" and source in place and self.steps[at].thread in shown:
                    arrows.append(Arrow(place[source], (lanes[self._lane_of(at)], place[source][1]), why))
        births = [
            Birth(self.columns[thread.born_of], lanes[self.threads[thread.parent].lane], lanes[thread.lane])
            for thread in map(self.threads.__getitem__, shown) if thread.parent is not None
        ]  # fmt: skip
        dots = [self._dot(at, *place[at]) for at in self.columns]
        ordered = sorted(shown, key=lambda name: self.threads[name].lane)
        found = [self._lane(name) for name in ordered]
        return ProcessGraph(tuple(found), tuple(dots), tuple(births), tuple(arrows), self._left_out(shown))

    def _lane_of(self, at: int) -> int:
        return self.threads[self.steps[at].thread].lane

    def _is_drawn(self, thread: _Thread) -> bool:
        return thread.parent is None or thread.born_of in self.columns

    def _dot(self, at: int, lane: int, column: int) -> Dot:
        step = self.steps[at]
        kind = self._kind(at)
        output = "".join(_output(written.data, self.legible) for written in step.written)
        return Dot(lane, column, at, kind, shortened(output, LONGEST_OUTPUT), self._what(at, kind))

    def _kind(self, at: int) -> str:
        step = self.steps[at]
        child = self.children.get(at)
        if child is not None:
            return "thread" if child in self.threads and self._is_thread(child) else "fork"
        if step.call in _EXITS or step.call == "death":
            return "death" if step.call == "death" else "exit"
        if step.call in _EXECS:
            return "exec"
        if any(why == "exit" for _, why in self.links.get(at, ())):
            return "wait"
        return "write" if step.written else "call"

    def _what(self, at: int, kind: str) -> str:
        """Say in a word or two what a step is."""
        step = self.steps[at]
        if kind == "fork":
            name = "vfork" if self._is_vfork(at) else "fork"
            return name if self.children[at] in self.threads else f"{name} …"
        if kind == "write":
            return "errors" if any(written.stream == "errors" for written in step.written) else ""
        if kind == "exec":
            return f"exec {self._next_image(at)}".rstrip()
        if kind == "exit":
            status = re.match(r"\w+\((\d+)", step.text)
            return f"exit {int(status[1]) & 255 or ''}".rstrip() if status else "exit"
        if kind == "call":
            return _access(step.text) or _handler(step.text) or _brief(step.text) or step.call
        return {"thread": "clone", "wait": "wait", "death": "killed"}[kind]

    def _next_image(self, at: int) -> str:
        after = self._next(at)
        name = self.steps[after].image.rpartition("/")[2] if after is not None else ""
        return shortened(self.legible(name), LONGEST_OUTPUT)

    def _resumed_by(self, at: int) -> int | None:
        """Return the step of the child that let the parent go on, whose next step ``at`` is."""
        return next((source for source, why in self.links.get(at, ()) if why == "resumed"), None)

    def _is_vfork(self, at: int) -> bool:
        after = self._next(at)
        return after is not None and self._resumed_by(after) is not None

    def _next(self, at: int) -> int | None:
        """Return the next step of the same thread."""
        steps = self.threads[self.steps[at].thread].steps
        place = bisect(steps, at)
        return steps[place] if place < len(steps) else None

    def _lane(self, name: Descent) -> Lane:
        thread = self.threads[name]
        placed = [at for at in thread.steps if at in self.columns]
        start = self.columns[thread.born_of] if thread.parent is not None else 0
        end = self.columns[placed[-1]] if placed else start
        suspended = []
        for before, at in zip(thread.steps, thread.steps[1:], strict=False):
            by = self._resumed_by(at)
            if by is not None and before in self.columns and by in self.columns:
                suspended.append((self.columns[before], self.columns[by]))
                end = max(end, self.columns[by])
        return Lane(self._name(name), start, end, tuple(suspended), self._tail(name))

    def _name(self, name: Descent) -> str:
        """Return "process 2", with the thread's number where a process has several."""
        first = self._process(name)
        same = [other for other in self.threads if self._process(other) == first]
        pid = self.steps[self.threads[first].steps[0]].pid
        return f"process {pid}" if len(same) == 1 else f"process {pid}, thread {same.index(name) + 1}"

    def _process(self, name: Descent) -> Descent:
        """Return the first thread of the process that a thread is of: they have a pid in common."""
        parent = self.threads[name].parent
        while parent is not None and self._is_thread(name):
            name, parent = parent, self.threads[parent].parent
        return name

    def _is_thread(self, name: Descent) -> bool:
        """Tell whether a thread was born into its parent's process."""
        thread = self.threads[name]
        return thread.born_of >= 0 and self.steps[thread.steps[0]].pid == self.steps[thread.born_of].pid

    def _tail(self, name: Descent) -> str:
        if name in self.dropped or (len(self.steps) < len(self.order.steps) and not self._has_ended(name)):
            return "…"
        for stuck in self.order.end.stuck:
            if stuck.thread == name:
                return f"waits for ever: {_brief(stuck.text)}".removesuffix(": ")
        return "" if self._has_ended(name) or not self.order.end.limit else "…"

    def _has_ended(self, name: Descent) -> bool:
        return self.steps[self.threads[name].steps[-1]].call in (*_EXITS, "death")

    def _left_out(self, shown: list[Descent]) -> str:
        threads = len(self.born_of) - len(shown)
        steps = sum(self.dropped.values())
        parts = []
        if threads:
            parts.append(f"{threads:,} of {len(self.born_of):,} processes")
        if steps:
            parts.append(f"{steps:,} steps on the right")
        if len(self.steps) < len(self.order.steps):
            parts.append(f"all after the first {MOST_STEPS:,} steps")
        if self.order.end.limit:
            parts.append(f"what comes after the end by a {self.legible(self.order.end.limit)}")
        return "not drawn: " + ", ".join(parts) if parts else ""


def _output(data: bytes, legible: Callable[[str], str]) -> str:
    """Return what is written as it is shown: in one line."""
    text = data[: 4 * LONGEST_OUTPUT].decode(errors="surrogateescape")
    return "↵".join(map(legible, text.split("\n")))


def _access(text: str) -> str:
    """Return what an access to memory was: what it loaded or stored, or what an atomic one made of what."""
    found = re.fullmatch(r"(load|store) \w+ = (\w+)(?:, store (\w+))?", text)
    if found is None:
        return ""
    kind, value, stored = found.groups()
    return f"{kind} {value}" if stored is None else f"{value} → {stored}"


def _handler(text: str) -> str:
    """Return which handler is entered."""
    found = re.fullmatch(r"enters its handler of (\w+)", text)
    return f"handler {found[1]}" if found is not None else ""


def _brief(call: str) -> str:
    """Return a call's name as people say it, with the descriptor or process that it is about."""
    found = re.match(r"(\w+)(?:\((-?\d+))?", call)
    if found is None:
        return ""
    name = _SHORT.get(found[1]) or re.sub("^rt_|(_time)?64$", "", found[1])
    return shortened(f"{name}({found[2]})" if found[2] and found[1] in _OF_NUMBERS else name, LONGEST_CALL)
