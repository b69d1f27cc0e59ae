"""The runs that are under way: which of them may come to the same class as a further one would.

Two beginnings of runs cannot be of one class when a thread makes other steps in one than in the other. While only such
ones are under way each run finds a class of its own, however many there are.
"""

from __future__ import annotations

from vm.outcomes.known import Beginning, Classes
from vm.outcomes.orders import Descent

_Answers = tuple[object, ...]


class UnderWay:
    """The beginnings of runs that are under way, at most ``room`` of them: they end in the order in which they began.

    Sets of runs are bits, one for each run.
    """

    def __init__(self, classes: Classes, room: int) -> None:
        self._classes = classes
        self.room = room
        self._begun = 0
        self._all = 0
        self._having: dict[int, int] = {}
        self._at: dict[int, int] = {}
        self._last: dict[tuple[int, Descent], dict[int, _Answers]] = {}

    def add(self, beginning: Beginning) -> int:
        """A run has begun so; return its bit."""
        run = 1 << self._begun % self.room
        self._begun += 1
        self._all |= run
        having, at, slots = self._having, self._at, self._classes.slots
        for number in beginning.numbers:
            having[number] = having.get(number, 0) | run
            at[slots[number]] = at.get(slots[number], 0) | run
        for number in beginning.fitting:
            having[number] = having.get(number, 0) | run
        slot = self._classes.slot_behind(beginning.before, beginning.thread)
        at[slot] = at.get(slot, 0) | run
        self._last.setdefault((beginning.before, beginning.thread), {})[run] = beginning.answers
        return run

    def remove(self, beginning: Beginning, run: int) -> None:
        """The run that has begun so is at its end."""
        self._all &= ~run
        slots = self._classes.slots
        for number in beginning.numbers:
            _take(self._having, number, run)
            _take(self._at, slots[number], run)
        for number in beginning.fitting:
            _take(self._having, number, run)
        _take(self._at, self._classes.slot_behind(beginning.before, beginning.thread), run)
        last = self._last[beginning.before, beginning.thread]
        del last[run]
        if not last:
            del self._last[beginning.before, beginning.thread]

    def like(self, beginning: Beginning) -> int:
        """Return the runs whose class may be that of a run that begins so."""
        left, having, at, slots = self._all, self._having, self._at, self._classes.slots
        for number in reversed(beginning.numbers):
            if not left:
                return 0
            others = at.get(slots[number])
            if others:
                left &= ~others | having.get(number, 0)
        others = at.get(self._classes.slot_behind(beginning.before, beginning.thread), 0)
        if left & others:
            same = 0
            for number in beginning.fitting:
                same |= having.get(number, 0)
            for run, answers in self._last.get((beginning.before, beginning.thread), {}).items():
                if all(one == other for one, other in zip(answers, beginning.answers, strict=False)):
                    same |= run
            left &= ~others | same
        return left


def _take(runs: dict[int, int], key: int, run: int) -> None:
    left = runs[key] & ~run
    if left:
        runs[key] = left
    else:
        del runs[key]
