"""What the runs of a class write to some streams: its steps that write, ordered by the whole order's links."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from vm.outcomes.orders import Order, Step
from vm.outcomes.posets import Poset, bits
from vm.outcomes.shapes import Shapes
from vm.values import dataclass

MOST_PREFIXES = 10_000
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
        chosen = list(bits(done))
        return tuple(sum(len(self.data[number][at]) for number in chosen) for at in range(len(self.streams)))

    def fits(self, number: int, texts: Sequence[bytes], lengths: Sequence[int]) -> bool:
        """True when ``texts`` go on, behind these lengths, with what a step writes."""
        return all(
            text.startswith(data, length)
            for data, text, length in zip(self.data[number], texts, lengths, strict=True)
        )  # fmt: skip


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


def longest(printings: Sequence[Printing], texts: Mapping[str, bytes], most: int = MOST_PREFIXES) -> Longest:
    """Find the longest prefixes of ``texts`` that a run prints; of several streams the most bytes of all together.

    Of at most ``most`` sets of steps is it tried how they can go on, over all orders. Where there are more, a tenth of
    that is tried of which no two leave the same to be written in the same partial order: one stands for all of these.
    """
    found = _walk(printings, texts, most, lambda number, done: (number, done))
    if found.is_complete:
        return found
    shapes = Shapes()
    posets = [Poset(tuple(printing.data), tuple(printing.before)) for printing in printings]
    return _walk(
        printings, texts, most // 10, lambda number, done: shapes.of(posets[number], posets[number].all & ~done)
    )


def _walk(
    printings: Sequence[Printing], texts: Mapping[str, bytes], most: int, name: Callable[[int, int], Hashable]
) -> Longest:
    """The same for sets of steps that have the same ``name`` at most once."""
    wanted = tuple(texts.values())
    best = nothing = (0,) * len(wanted)
    found: list[tuple[int, int]] = []
    seen: set[Hashable] = set()
    for number, printing in enumerate(printings):
        stack, whole = [(0, nothing)], (1 << len(printing)) - 1
        while stack:
            done, lengths = stack.pop()
            if done == whole and all(map(_is_all, wanted, lengths)):
                return Longest(lengths, ((number, done),), True, True)
            key = (name(number, done), lengths)
            if key in seen:
                continue
            if len(seen) >= most:
                return Longest(best, tuple(found), False, False)
            seen.add(key)
            if sum(lengths) > sum(best):
                best, found = lengths, []
            if sum(lengths) == sum(best):
                found.append((number, done))
            stack += [
                (done | 1 << each, tuple(map(_longer, lengths, printing.data[each])))
                for each, before in enumerate(printing.before)
                if not (done >> each & 1 or before & ~done) and printing.fits(each, wanted, lengths)
            ]
    return Longest(best, tuple(found), False, True)


def _is_all(text: bytes, length: int) -> bool:
    return len(text) == length


def _longer(length: int, data: bytes) -> int:
    return length + len(data)
