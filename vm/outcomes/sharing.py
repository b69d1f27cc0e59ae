"""Which words of memory threads share: those that two of them access, one of them writing, in no order of necessity.

They are found as they are met. Words that are not shared need no look: what a thread does with them is its own affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from vm.kernel.watching import Stretch
from vm.outcomes.orders import Descent


class _Made(Protocol):
    """A step: its thread's ``number``-th."""

    @property
    def thread(self) -> Descent:
        """Who has made it."""

    @property
    def number(self) -> int:
        """How many its thread has made before."""


_Place = tuple[Descent, int]
"""Between two steps of a thread: how many it has made before."""


class Accesses:
    """The accesses of a run, each between two steps of its thread.

    ``private`` are words that only threads share: no other process can.
    """

    def __init__(self) -> None:
        self._reads: dict[int, set[_Place]] = {}
        self._writes: dict[int, set[_Place]] = {}
        self.is_whole = True
        self.private: set[int] = set()

    def add(self, thread: Descent, number: int, stretch: Stretch) -> None:
        """``thread`` has accessed words behind its first ``number`` steps."""
        place = thread, number
        self._note(place, stretch.reads, self._reads)
        self._note(place, stretch.writes, self._writes)
        self.is_whole &= stretch.is_whole

    def add_words(self, thread: Descent, number: int, words: Iterable[int], *, writes: bool) -> None:
        """The kernel has accessed words for ``thread`` behind its first ``number`` steps."""
        self._note((thread, number), words, self._writes if writes else self._reads)

    @staticmethod
    def _note(place: _Place, words: Iterable[int], found: dict[int, set[_Place]]) -> None:
        for word in words:
            places = found.get(word)
            if places is None:
                found[word] = {place}
            else:
                places.add(place)

    @property
    def has_writes(self) -> bool:
        """Tell whether any word was written that others may share."""
        return bool(self._writes)

    def shared(self, steps: Sequence[_Made], following: Sequence[int], births: Mapping[Descent, int]) -> set[int]:
        """Return the words of which two accesses by different threads have no order, one of them a write.

        ``following`` has for each of the ``steps`` those that follow from it, as bits; ``births`` the step that made
        each thread.
        """
        numbers = {(made.thread, made.number): place for place, made in enumerate(steps)}

        def is_before(one: _Place, other: _Place) -> bool:
            end = numbers.get(one)
            begin = numbers.get((other[0], other[1] - 1)) if other[1] else births.get(other[0])
            return end is not None and begin is not None and bool(following[end] >> begin & 1)

        found = set()
        for word, writes in self._writes.items():
            others = writes | self._reads.get(word, set())
            if len({thread for thread, _ in others}) > 1 and any(
                one[0] != other[0] and not is_before(one, other) and not is_before(other, one)
                for one in writes
                for other in others
            ):
                found.add(word)
        return found
