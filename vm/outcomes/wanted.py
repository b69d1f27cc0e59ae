"""Beginnings of runs that are wanted, since each of them may lead to a class that is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vm.outcomes.known import Beginning, Beginnings
from vm.outcomes.orders import Descent
from vm.values import dataclass


@dataclass(slots=True, eq=False)
class Wanted:
    """A run is wanted like another, but in which ``thread`` comes before its step ``early``, or more than one.

    It makes the step behind its step ``own``, and choices in it are answered as ``answers`` say. Where ``thread`` would
    wait then, it may come before earlier ``rivals``.
    """

    beginnings: Beginnings
    early: int | Sequence[int]
    thread: Descent
    own: int
    answers: tuple[object, ...] | None = None
    rivals: Sequence[int] = ()

    def look(self) -> Beginning | None:
        """Return how the run begins; None when a class is known that begins so, or when it cannot be."""
        return self.beginnings.without(self.early, self.thread, self.own, self.answers)

    def otherwise(self) -> Iterator[Wanted]:
        """Yield what is wanted instead when the run cannot be made."""
        for rival in self.rivals:
            if isinstance(self.early, int) and rival < self.early:
                yield Wanted(self.beginnings, rival, self.thread, self.own)
