"""A linear extension of an order that writes given texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

from vm.outcomes.orders import Order
from vm.outcomes.posets import Poset, taken
from vm.outcomes.shapes import Shapes
from vm.outcomes.writes import Writes
from vm.values import dataclass

Part = tuple[Poset, int]


@dataclass(frozen=True, slots=True)
class Later:
    """Parts from which later streams are read, the last one first; ``number`` is equal for equal ones."""

    part: Part
    before: Later | None
    number: int


@dataclass(frozen=True, slots=True)
class State:
    """Where a text is read: at byte ``at`` of ``stream``, in part ``part`` of which ``left`` remains, if not all.

    ``number`` is equal for equal ``parts`` of a stream.
    """

    stream: int
    at: int
    number: int
    parts: tuple[Part, ...]
    part: int
    left: Part | None
    later: Later | None


class Search:
    """Looks for the events in the order in which they write the texts, for each stream: depth first."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self._texts = texts
        self._shapes = Shapes()
        self._numbers: dict[object, int] = {}
        self._failed: set[tuple[int, ...]] = set()

    def steps(self, parts: Sequence[Part]) -> list[list[int]] | None:
        """The numbers of the steps that write each text, or None when that cannot be."""
        state = self._settled(State(0, 0, 0, tuple(parts), 0, None, None))
        path = [(state, 0, self._moves(state))]
        while not self._is_over(path[-1][0]):
            step, after = next(path[-1][2], (0, None))
            if after is not None and not (self._failed and self._key(after) in self._failed):
                path.append((after, step, self._moves(after)))
            elif after is None:
                self._failed.add(self._key(path.pop()[0]))
                if not path:
                    return None
        found: list[list[int]] = [[] for _ in self._texts]
        for (state, _, _), (_, step, _) in pairwise(path):
            found[state.stream].append(step)
        return found

    def _is_over(self, state: State) -> bool:
        is_last = state.stream == len(self._texts) - 1
        return is_last and state.part == len(state.parts) and state.at == len(self._texts[state.stream])

    def _moves(self, state: State) -> Iterator[tuple[int, State]]:
        """The steps that may write next, first those that were made first, and the states after them."""
        if state.part == len(state.parts):
            return
        poset, mask = state.left or state.parts[state.part]
        text = self._texts[state.stream]
        unread = poset.with_text(mask, state.stream)
        fitting = [
            event for event in poset.first_of(unread) if text.startswith(poset.labels[event][state.stream], state.at)
        ]
        for event in sorted(fitting, key=poset.steps.__getitem__):
            at = state.at + len(poset.labels[event][state.stream])
            left = taken(poset, mask, event, state.stream)
            after = State(state.stream, at, state.number, state.parts, state.part, left, state.later)
            yield poset.steps[event], self._settled(after)

    def _settled(self, state: State) -> State:
        """The same state, at the next part that writes to its stream, or that of a later stream."""
        stream, at, of, parts, part, left, later = (getattr(state, name) for name in State.__slots__)
        while True:
            while part < len(parts):
                poset, mask = left or parts[part]
                if poset.with_text(mask, stream):
                    return State(stream, at, of, parts, part, left, later)
                if mask:
                    number = self._number((later.number if later else 0, self._shape((poset, mask))))
                    later = Later((poset, mask), later, number)
                part, left = part + 1, None
            if stream == len(self._texts) - 1 or at < len(self._texts[stream]):
                return State(stream, at, of, parts, part, left, later)
            of, parts = later.number if later else 0, tuple(_unrolled(later))
            stream, at, part, later = stream + 1, 0, 0, None

    def _key(self, state: State) -> tuple[int, ...]:
        """Equal for states that can go on alike."""
        shape = self._shape(state.left) if state.left else 0
        return state.stream, state.at, state.number, state.part, shape, state.later.number if state.later else 0

    def _shape(self, part: Part) -> int:
        return self._number(self._shapes.of(*part))

    def _number(self, thing: object) -> int:
        return self._numbers.setdefault(thing, len(self._numbers) + 1)


def _unrolled(later: Later | None) -> list[Part]:
    found = []
    while later is not None:
        found.append(later.part)
        later = later.before
    return found[::-1]


def schedule(order: Order, writes: Writes, texts: Sequence[bytes]) -> tuple[int, ...] | None:
    """The steps of an order in an order that writes these texts, or None when there is none.

    Of those that can be next the step is made that was made first.
    """
    found = Search(texts).steps([(poset, poset.all) for poset in writes.posets()])
    if found is None:
        return None
    after: list[list[int]] = [[] for _ in order.steps]
    missing = [len(step.links) for step in order.steps]
    for at, step in enumerate(order.steps):
        for link in step.links:
            after[link.step].append(at)
    for chain in found:
        for one, other in pairwise(chain):
            after[one].append(other)
            missing[other] += 1
    ready = [at for at, count in enumerate(missing) if not count]
    heapify(ready)
    made = []
    while ready:
        made.append(heappop(ready))
        for at in after[made[-1]]:
            missing[at] -= 1
            if not missing[at]:
                heappush(ready, at)
    return tuple(made)
