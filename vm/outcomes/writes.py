"""What an order writes, as a partial order of texts: the steps that write nothing leave only what they hold apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from vm.outcomes.orders import STREAMS, Order, Step
from vm.outcomes.posets import Poset, Texts
from vm.outcomes.rests import TooLarge
from vm.values import dataclass

BITS = 1 << 29
"""What the sets of events of an order may have together: 64 MiB."""
Reach = tuple[int, int]
"""A set of numbers: all below the first, and of those from it on the ones whose bits the second has."""


@dataclass(frozen=True, slots=True)
class Writes:
    """The events of an order in parts, each of which comes after the one before it with all of its events.

    A part is the events' texts and the masks of what comes before each within the part. They are numbered by what does
    not depend on the run in which the order was found, so that equal ones are equal. ``steps`` are the numbers
    of the events' steps, which do not count for that.
    """

    parts: tuple[tuple[tuple[Texts, ...], tuple[int, ...]], ...]
    steps: tuple[tuple[int, ...], ...]

    def posets(self) -> list[Poset]:
        """The parts as partial orders."""
        return [Poset(*part, steps) for part, steps in zip(self.parts, self.steps, strict=True)]


def streams_of(orders: Sequence[Order]) -> tuple[str, ...]:
    """The streams that something is written to, the terminal when there is none."""
    used = {each.stream for order in orders for step in order.steps for each in step.written if each.data}
    unknown = used.difference(STREAMS)
    if unknown:
        raise ValueError(f"no such stream: {', '.join(sorted(unknown))}; there are {', '.join(STREAMS)}")
    return tuple(stream for stream in STREAMS if stream in used) or STREAMS[:1]


def writes_of(order: Order, streams: Sequence[str]) -> Writes:
    """What the steps of an order write to these streams, and which of it comes before what.

    Raises :class:`vm.outcomes.rests.TooLarge` when that is more than fits.
    """
    heights: list[int] = []
    events = []
    for at, step in enumerate(order.steps):
        height = max((heights[link.step] for link in step.links), default=0)
        texts = _texts(step, streams) if step.written else ()
        if any(texts):
            events.append((height, step.thread, step.number, at, texts))
            height += 1
        heights.append(height)
    events.sort()
    below = _below(order, {event[3]: place for place, event in enumerate(events)})
    starts = _starts([first for first, _ in below])
    parts, steps = [], []
    for start, end in pairwise([*starts, len(events)]):
        masks = tuple((1 << first - start) - 1 | mask << first - start for first, mask in below[start:end])
        parts.append((tuple(event[4] for event in events[start:end]), masks))
        steps.append(tuple(event[3] for event in events[start:end]))
    return Writes(tuple(parts), tuple(steps))


def _texts(step: Step, streams: Sequence[str]) -> Texts:
    if len(step.written) == 1 == len(streams) and step.written[0].stream == streams[0]:
        return (step.written[0].data,)
    return tuple(b"".join(each.data for each in step.written if each.stream == stream) for stream in streams)


def _below(order: Order, places: dict[int, int]) -> list[Reach]:
    """What comes before each event, by the places of their steps."""
    below: list[Reach] = [(0, 0)] * len(places)
    reached: list[Reach] = []
    left = BITS
    for at, step in enumerate(order.steps):
        found = reached[step.links[0].step] if step.links else (0, 0)
        for link in step.links[1:]:
            found = _union(found, reached[link.step])
        if at in places:
            place = places[at]
            below[place] = found
            left -= found[1].bit_length()
            if left < 0:
                raise TooLarge(1)
            found = _union(found, (0, 1 << place))
        reached.append(found)
    return below


def _union(one: Reach, other: Reach) -> Reach:
    if one == other:
        return one
    (first, mask), (less, more) = max(one, other), min(one, other)
    mask |= more >> first - less
    low = (mask ^ mask + 1).bit_length() - 1
    return first + low, mask >> low


def _starts(firsts: Sequence[int]) -> list[int]:
    """Where parts begin: all events from there on come after all before, of which each event has the first so many."""
    found = []
    fewest = len(firsts)
    for place in reversed(range(len(firsts))):
        fewest = min(fewest, firsts[place])
        if fewest == place:
            found.append(place)
    return found[::-1]
