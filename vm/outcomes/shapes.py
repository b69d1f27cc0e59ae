"""When are two partial orders the same but for the numbers of their events? Sets of events get a shape that tells.

Equal shapes are of partial orders that are the same. The converse holds unless there are many events that colour
refinement does not tell apart (Weisfeiler and Leman's method), which are then numbered as they come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vm.outcomes.posets import Poset, bits

Shape = tuple[tuple[int, tuple[int, ...]], ...]
"""For each event the number of its texts, and those events before it that are next to it."""

Near = Sequence[Sequence[int]] | Mapping[int, Sequence[int]]
"""The events next to each."""


class Shapes:
    """The shapes of sets of events, in which texts and colours are numbers."""

    __slots__ = ("_colours",)

    def __init__(self) -> None:
        self._colours: dict[object, int] = {}

    def of(self, poset: Poset, mask: int) -> Shape:
        """The shape of the events ``mask``, between any two of which the partial order has no others."""
        members = list(bits(mask))
        lower: Near = poset.lower
        upper: Near = poset.upper
        if mask != poset.all:
            lower = {event: [other for other in lower[event] if mask >> other & 1] for event in members}
            upper = {event: [other for other in upper[event] if mask >> other & 1] for event in members}
        texts = {event: self._colour(poset.labels[event]) for event in members}
        colours = self._refined(members, texts, lower, upper)
        heights: dict[int, int] = {}
        levels: list[list[int]] = []
        for event in members:
            below = lower[event]
            height = heights[event] = 1 + max([heights[other] for other in below]) if below else 0
            if height == len(levels):
                levels.append([])
            levels[height].append(event)
        place: dict[int, int] = {}
        shape = []
        for level in levels:
            for _, near, event in sorted(
                [(colours[event], sorted([place[other] for other in lower[event]]), event) for event in level]
            ):
                place[event] = len(place)
                shape.append((texts[event], tuple(near)))
        return tuple(shape)

    def _colour(self, thing: object) -> int:
        return self._colours.setdefault(thing, len(self._colours))

    def _refined(self, members: Sequence[int], colours: dict[int, int], lower: Near, upper: Near) -> dict[int, int]:
        """Colours that differ where those of the events above or below do, and those of what is beside them."""
        known = self._colours
        for order, near in ((members[::-1], upper), (members, lower), (members[::-1], upper)):
            found: dict[int, int] = {}
            for event in order:
                key = (colours[event], *sorted([found[other] for other in near[event]]))
                found[event] = known.setdefault(key, len(known))
            colours = found
            if len(set(colours.values())) == len(members):
                break
        return colours
