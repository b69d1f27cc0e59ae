"""The outcomes that end in one way, and runs that have one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import Any

from vm.outcomes.automaton import LIMIT, Outputs
from vm.outcomes.orders import End, Order, Outcome
from vm.outcomes.patterns import Pattern
from vm.outcomes.rests import TooLarge
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Possible:
    """A run that has an ``outcome``: the steps of order number ``index`` in this ``sequence``."""

    outcome: Outcome
    index: int
    sequence: tuple[int, ...]


class Kind:
    """The outcomes that end in one way: those of some orders, by their numbers. Of their automaton at most ``limit``
    nodes are kept.
    """

    def __init__(self, end: End, indices: Sequence[int], orders: Sequence[Order], limit: int = LIMIT) -> None:
        self._limit = limit
        self.end = end
        self.indices = tuple(indices)
        self._orders = orders

    @cached_property
    def outputs(self) -> Outputs:
        """Their outcomes."""
        return Outputs([self._orders[index] for index in self.indices], self._limit)

    @cached_property
    def counted(self) -> tuple[int, bool]:
        """How many outcomes there are, and whether that is exact: there may be too many to be counted."""
        try:
            return self.outputs.count, True
        except TooLarge as error:
            return error.at_least, False

    def first(self, most: int | None) -> Iterator[Outcome]:
        """Yield the first outcomes, at most so many, or all that can be had."""
        with suppress(TooLarge):
            yield from islice(self.outputs, most)

    def find(self, stream: str, pattern: Pattern) -> Possible | None:
        """Return a run of which what a stream gets follows a pattern; None if there is none. Raises TooLarge."""
        outcome = self.outputs.find(**{stream: pattern})
        return None if outcome is None else self.run_of(outcome)

    def run_of(self, outcome: Outcome) -> Possible | None:
        """Return a run that has an outcome; None if there is none. Raises TooLarge."""
        if outcome not in self.outputs:
            return None
        number, sequence = self.outputs.schedule_of(outcome)
        return Possible(outcome, self.indices[number], sequence)


def kinds_of(orders: Sequence[Order], limit: int = LIMIT) -> list[Kind]:
    """Return the outcomes of orders by the ways they end: those that end well first; ``limit`` as for a Kind."""
    by_end: dict[End, list[int]] = {}
    for index, order in enumerate(orders):
        by_end.setdefault(order.end, []).append(index)
    return [Kind(end, by_end[end], orders, limit) for end in sorted(by_end, key=_rank)]


def _rank(end: End) -> tuple[Any, ...]:
    """What ends well stands first, then by status, signals, deadlocks, limits."""
    return (
        bool(end.limit), bool(end.stuck), end.signal is not None, end.signal or 0,
        -1 if end.exit_code is None else end.exit_code, end.limit, [(each.thread, each.why) for each in end.stuck],
    )  # fmt: skip
