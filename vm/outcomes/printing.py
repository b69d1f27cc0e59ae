"""What the runs of a class write to some streams: its steps that write, ordered by the whole order's links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from vm.outcomes.orders import Order, Step
from vm.values import dataclass

MOST_PREFIXES = 100_000
"""Sets of steps of all orders together that a question is answered with; see :func:`longest`."""


def data_of(step: Step, stream: str) -> bytes:
    """Return what a step writes to ``stream``."""
    return b"".join(written.data for written in step.written if written.stream == stream)


class Printing:
    """The steps of ``order`` that write to one of ``streams``; a set of them is a mask, bit i for the i-th.

    ``places`` are their numbers in the order, ``data`` is what each writes to each stream, ``before`` the set of those
    that it has to come after.
    """

    def __init__(self, order: Order, streams: Sequence[str]) -> None:
        self.order = order
        self.streams = tuple(streams)
        self.places: list[int] = []
        self.data: list[tuple[bytes, ...]] = []
        self.before: list[int] = []
        self._having: dict[bytes, list[int]] = {}
        past: list[int] = []
        for place, step in enumerate(order.steps):
            mask = 0
            for link in step.links:
                mask |= past[link.step]
            data = tuple(data_of(step, stream) for stream in self.streams) if step.written else ()
            if any(data):
                self.before.append(mask)
                self._having.setdefault(data[0], []).append(len(self.places))
                mask |= 1 << len(self.places)
                self.places.append(place)
                self.data.append(data)
            past.append(mask)

    def __len__(self) -> int:
        return len(self.places)

    def step(self, number: int) -> Step:
        """The ``number``-th of the steps that write."""
        return self.order.steps[self.places[number]]

    def having(self, data: bytes) -> list[int]:
        """Those that write exactly ``data`` to the first stream."""
        return self._having.get(data, [])

    def lengths(self, done: int) -> tuple[int, ...]:
        """How many bytes a set of them writes to each stream."""
        chosen = list(members(done))
        return tuple(sum(len(self.data[number][at]) for number in chosen) for at in range(len(self.streams)))

    def fits(self, number: int, texts: Sequence[bytes], lengths: Sequence[int]) -> bool:
        """True when ``texts`` go on, behind these lengths, with what a step writes."""
        return all(
            text.startswith(data, length)
            for data, text, length in zip(self.data[number], texts, lengths, strict=True)
        )  # fmt: skip


def members(mask: int) -> Iterator[int]:
    """The numbers of the bits of a mask, from the lowest on."""
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


@dataclass(frozen=True, slots=True)
class Longest:
    """How far runs of some orders get in printing texts.

    ``lengths`` are the bytes of each text that whole steps print, ``prefixes`` the (number of the order, set of steps)
    that print so much. ``is_possible``: the texts are printed by a whole run. Not ``is_complete``: there were more
    prefixes than could be looked at.
    """

    lengths: tuple[int, ...]
    prefixes: tuple[tuple[int, int], ...]
    is_possible: bool
    is_complete: bool


def longest(writes: Sequence[Printing], texts: Mapping[str, bytes], most: int = MOST_PREFIXES) -> Longest:
    """Find the longest prefixes of ``texts`` that a run prints; of several streams the most bytes of all together.

    Of at most ``most`` sets of steps is it tried how they can go on, over all orders.
    """
    wanted = tuple(texts.values())
    best: tuple[int, ...] = (0,) * len(wanted)
    found: list[tuple[int, int]] = []
    is_complete = True
    for number, order in enumerate(writes):
        seen, stack, whole = {0}, [(0, (0,) * len(wanted))], (1 << len(order)) - 1
        while stack:
            done, lengths = stack.pop()
            if done == whole and all(map(_is_all, wanted, lengths)):
                return Longest(lengths, ((number, done),), True, True)
            if sum(lengths) > sum(best):
                best, found = lengths, []
            if sum(lengths) == sum(best):
                found.append((number, done))
            if most <= 0:
                is_complete = False
                break
            most -= 1
            for each, before in enumerate(order.before):
                further = done | 1 << each
                if before & ~done or further in seen or not order.fits(each, wanted, lengths):
                    continue
                seen.add(further)
                stack.append((further, tuple(map(_longer, lengths, order.data[each]))))
    return Longest(best, tuple(found), False, is_complete)


def _is_all(text: bytes, length: int) -> bool:
    return len(text) == length


def _longer(length: int, data: bytes) -> int:
    return length + len(data)
