"""When are two partial orders the same but for the numbers of their events? Sets of events get a shape that tells.

Equal shapes are of partial orders that are the same. The converse holds unless there are many events that colour
refinement does not tell apart (Weisfeiler and Leman's method), which are then numbered as they come.
"""

from __future__ import annotations

from collections.abc import Sequence

from vm.outcomes.posets import Poset, bits

Shape = tuple[tuple[int, tuple[int, ...]], ...]
"""For each event the number of its texts, and those events before it that are next to it."""


class Shapes:
    """The shapes of sets of events, in which texts and colours are numbers."""

    __slots__ = ("_colours",)

    def __init__(self) -> None:
        self._colours: dict[object, int] = {}

    def of(self, poset: Poset, mask: int) -> Shape:
        """The shape of the events ``mask``, between any two of which the partial order has no others."""
        members = list(bits(mask))
        lower = {event: [other for other in poset.lower[event] if mask >> other & 1] for event in members}
        upper = {event: [other for other in poset.upper[event] if mask >> other & 1] for event in members}
        colours = self._refined(members, {event: self._colour(poset.labels[event]) for event in members}, lower, upper)
        heights: dict[int, int] = {}
        levels: list[list[int]] = []
        for event in members:
            height = heights[event] = 1 + max((heights[other] for other in lower[event]), default=-1)
            if height == len(levels):
                levels.append([])
            levels[height].append(event)
        place: dict[int, int] = {}
        shape = []
        for level in levels:
            rows = sorted((colours[event], sorted(place[other] for other in lower[event]), event) for event in level)
            for _, below, event in rows:
                place[event] = len(place)
                shape.append((self._colour(poset.labels[event]), tuple(below)))
        return tuple(shape)

    def _colour(self, thing: object) -> int:
        return self._colours.setdefault(thing, len(self._colours))

    def _refined(
        self, members: Sequence[int], colours: dict[int, int],
        lower: dict[int, list[int]], upper: dict[int, list[int]],
    ) -> dict[int, int]:  # fmt: skip
        """Colours that differ where those of the events above or below do, until that tells no more apart."""
        count = 0
        while True:
            for order, near in ((members[::-1], upper), (members, lower)):
                found: dict[int, int] = {}
                for event in order:
                    seen = tuple(sorted(found[other] for other in near[event]))
                    found[event] = self._colour((colours[event], seen))
                colours = found
            before, count = count, len(set(colours.values()))
            if count in (before, len(members)):
                return colours
