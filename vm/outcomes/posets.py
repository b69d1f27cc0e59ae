"""Partial orders of texts: what remains of an order when nothing counts but what its steps write.

Events are numbered so that none comes before one of a lower number, and sets of events are bit masks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Texts = tuple[bytes, ...]
"""What an event writes to each stream; at least one text is not empty until it has been read."""


class Poset:
    """A partial order of events, which are never changed: event i writes ``labels[i]``.

    ``below[i]`` and ``above[i]`` are the masks of what comes before and after event i in any case, ``lower[i]`` and
    ``upper[i]`` are the events next to it among them. ``steps[i]`` is the number of the step that it stands for.
    """

    __slots__ = ("_writers", "above", "below", "labels", "lower", "steps", "upper")

    def __init__(self, labels: tuple[Texts, ...], below: tuple[int, ...], steps: tuple[int, ...] = ()) -> None:
        self.labels = labels
        self.below = below
        self.steps = steps
        self._writers = tuple(
            sum(1 << event for event, text in enumerate(texts) if text) for texts in zip(*labels, strict=True)
        )
        self.lower = tuple(map(self._lower, below))
        above = [0] * len(labels)
        upper: list[list[int]] = [[] for _ in labels]
        for event in reversed(range(len(labels))):
            reach = above[event] | 1 << event
            for before in self.lower[event]:
                above[before] |= reach
                upper[before].append(event)
        self.above = tuple(above)
        self.upper = tuple(map(tuple, upper))

    @property
    def all(self) -> int:
        """The mask of all events."""
        return (1 << len(self.labels)) - 1

    def _lower(self, below: int) -> tuple[int, ...]:
        found = []
        while below:
            event = below.bit_length() - 1
            found.append(event)
            below &= ~(self.below[event] | 1 << event)
        return tuple(found)

    def text(self, event: int) -> bytes:
        """The text of an event that writes to one stream only."""
        return next(filter(None, self.labels[event]))

    def with_text(self, mask: int, stream: int) -> int:
        """Those of the events ``mask`` that still write to the stream of this number."""
        return mask & self._writers[stream]

    def first_of(self, mask: int) -> Iterator[int]:
        """The events of ``mask`` that none of its events must come before."""
        return (event for event in bits(mask) if not self.below[event] & mask)

    def components(self, mask: int) -> list[int]:
        """The parts of ``mask`` that have nothing to do with each other."""
        found = []
        while mask:
            part, fresh = 0, mask & -mask
            while fresh:
                part |= fresh
                near = 0
                for event in bits(fresh):
                    near |= self.below[event] | self.above[event]
                fresh = near & mask & ~part
            found.append(part)
            mask ^= part
        return found

    def in_series(self, mask: int) -> list[int]:
        """The smallest parts of ``mask`` each of which comes before the next with all of its events."""
        members = sorted(bits(mask), key=lambda event: (self.below[event] & mask).bit_count())
        ends, common = [mask], mask
        rest = 0
        for at in reversed(range(1, len(members))):
            rest |= 1 << members[at]
            common &= self.below[members[at]]
            if common & mask == mask ^ rest:
                ends.append(mask ^ rest)
        return [end ^ start for start, end in zip([0, *ends[:0:-1]], ends[::-1], strict=True)]


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits of a mask that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def taken(poset: Poset, mask: int, event: int, stream: int) -> tuple[Poset, int]:
    """What remains of the events ``mask`` when ``event`` is the next of them to write to ``stream``.

    All that write to it later come after the event, and so after all that comes before it and writes elsewhere. It
    stays itself while it has something to write to a later stream.
    """
    others = poset.with_text(mask, stream) & ~(1 << event)
    is_over = not any(poset.labels[event][stream + 1 :])
    before = poset.below[event] & mask
    if is_over and not before:
        return poset, mask ^ 1 << event
    before |= 1 << event
    after = others
    for other in bits(others):
        after |= poset.above[other]
    labels, below = list(poset.labels), list(poset.below)
    for later in bits(after & mask):
        below[later] |= before
    labels[event] = (*labels[event][:stream], b"", *labels[event][stream + 1 :])
    return renumbered(labels, below, poset.steps, mask ^ (1 << event if is_over else 0))


def renumbered(labels: Sequence[Texts], below: Sequence[int], steps: Sequence[int], mask: int) -> tuple[Poset, int]:
    """The partial order of the events ``mask`` alone, with numbers of its own, and the mask of all of them."""
    members = sorted(bits(mask), key=lambda event: (below[event] & mask).bit_count())
    place = {event: at for at, event in enumerate(members)}
    poset = Poset(
        tuple(labels[event] for event in members),
        tuple(sum(1 << place[other] for other in bits(below[event] & mask)) for event in members),
        tuple(steps[event] for event in members) if steps else (),
    )
    return poset, poset.all
