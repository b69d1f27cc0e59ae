"""Chains of links: why a step of an order cannot come before another, in as few links as there can be."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from vm.outcomes.orders import Order, Step
from vm.values import dataclass

_VAGUE = frozenset({"order", "memory", "time", "unknown"})
"""Kinds of links that convince less than others: of two chains with as many links that with fewer of them is told."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps of an order, none of which can come before the one that stands before it.

    ``whys`` has the kind of each link between two of them. "own" is one to a later step of the same thread, whatever
    lies between.
    """

    steps: tuple[Step, ...]
    whys: tuple[str, ...]

    @property
    def first(self) -> Step:
        """The step that the others come after."""
        return self.steps[0]

    @property
    def last(self) -> Step:
        """The step that has to wait for the others."""
        return self.steps[-1]

    @property
    def length(self) -> int:
        """How many links lead from one thread to another."""
        return len(self.whys) - self.whys.count("own")

    def holds_in(self, order: Order) -> bool:
        """True when the steps are in ``order`` and each of the links, too."""
        places = {(step.thread, step.number): place for place, step in enumerate(order.steps)}
        if not all((step.thread, step.number) in places for step in self.steps):
            return False
        for earlier, later, why in zip(self.steps, self.steps[1:], self.whys, strict=False):
            here, there = places[earlier.thread, earlier.number], places[later.thread, later.number]
            is_own = why == "own" and earlier.thread == later.thread and earlier.number < later.number
            if not is_own and all((link.step, link.why) != (here, why) for link in order.steps[there].links):
                return False
        return True


def chains_to(order: Order, last: int, firsts: Iterable[int]) -> list[Chain]:
    """Return the shortest chain to step number ``last`` of ``order`` from each of ``firsts``, which come before it.

    Shortest is what has the fewest links between threads, then the fewest of vague kinds, then the fewest steps.
    """
    costs, ways, queue = {last: (0, 0, 0)}, {last: (last, "")}, [((0, 0, 0), last)]
    while queue:
        cost, place = heappop(queue)
        if cost > costs[place]:
            continue
        for link in order.steps[place].links:
            is_own = order.steps[link.step].thread == order.steps[place].thread
            across, vague, steps = cost
            further = (across + (not is_own), vague + (not is_own and link.why in _VAGUE), steps + 1)
            if further < costs.get(link.step, _FAR):
                costs[link.step] = further
                ways[link.step] = (place, "own" if is_own else link.why)
                heappush(queue, (further, link.step))
    return [_chain(order, ways, first, last) for first in firsts]


_FAR = (1 << 60, 0, 0)


def _chain(order: Order, ways: dict[int, tuple[int, str]], first: int, last: int) -> Chain:
    """The chain that ``ways`` (the next step, and the kind of the link to it) lead along."""
    steps, place = [order.steps[first]], first
    whys: list[str] = []
    while place != last:
        place, why = ways[place]
        if why == "own" and whys[-1:] == ["own"]:
            steps[-1] = order.steps[place]
            continue
        steps.append(order.steps[place])
        whys.append(why)
    return Chain(tuple(steps), tuple(whys))
