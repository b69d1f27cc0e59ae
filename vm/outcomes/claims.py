"""What holds in every run of a class, and does not in a text: claims that a program can check.

``holds_in`` looks at an order, and says True only if the claim holds in all its linear extensions. ``holds_in_run``
looks at what one run writes, as (stream, bytes) of each of its writes in turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from vm.outcomes.orders import STREAMS, End, Order
from vm.outcomes.posets import bits
from vm.outcomes.printing import Printing, data_of, longest
from vm.values import dataclass

Run = Sequence[tuple[str, bytes]]

_MOST_UNIONS = 2_000


class _OfWrites:
    """A claim about writes that are the same in all runs of an order, whatever their sequence."""

    __slots__ = ()

    def holds_in(self, order: Order) -> bool:
        """True when the claim holds in all runs of ``order``."""
        return self.holds_in_run([(stream, data_of(step, stream)) for step in order.steps for stream in STREAMS])

    def holds_in_run(self, run: Run) -> bool:
        """True when the claim holds in a run."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Never(_OfWrites):
    """None of the bytes of ``data`` is ever written to ``stream``."""

    stream: str
    data: bytes

    def holds_in_run(self, run: Run) -> bool:
        """True when the claim holds in a run."""
        return not any(set(self.data) & set(data) for stream, data in run if stream == self.stream)


@dataclass(frozen=True, slots=True)
class Size(_OfWrites):
    """At most ``most`` bytes are written to ``stream``; the text has ``found``."""

    stream: str
    most: int
    found: int

    def holds_in_run(self, run: Run) -> bool:
        """True when the claim holds in a run."""
        return sum(len(data) for stream, data in run if stream == self.stream) <= self.most


@dataclass(frozen=True, slots=True)
class Torn(_OfWrites):
    """No row of whole writes to ``stream``, however often each, begins with more of ``text`` than ``place`` bytes.

    A write is one piece: nothing comes between its bytes.
    """

    stream: str
    text: bytes
    place: int

    def holds_in_run(self, run: Run) -> bool:
        """True when the claim holds in a run."""
        return len(cut(self.text, {data for stream, data in run if stream == self.stream and data})) <= self.place + 1


@dataclass(frozen=True, slots=True)
class Count(_OfWrites):
    """From ``least`` to ``most`` times ``data`` is written to ``stream``; the text has it ``found`` times."""

    stream: str
    data: bytes
    least: int
    most: int
    found: int

    def holds_in_run(self, run: Run) -> bool:
        """True when the claim holds in a run."""
        return self.least <= Counter(run)[self.stream, self.data] <= self.most


@dataclass(frozen=True, slots=True)
class Before:
    """At most ``most`` times ``data`` is written to ``stream`` before ``later`` is for the ``nth`` time.

    The text has it ``found`` times there. In no run is ``later`` written more than ``total`` times.
    """

    stream: str
    data: bytes
    most: int
    found: int
    later: bytes
    nth: int
    total: int

    def holds_in(self, order: Order) -> bool:
        """True when the claim holds in all runs of ``order``."""
        return most_before(Printing(order, (self.stream,)), self.data, self.later, self.nth) <= self.most

    def holds_in_run(self, run: Run) -> bool:
        """True when the claim holds in a run."""
        written = [data for stream, data in run if stream == self.stream]
        ends = [place for place, data in enumerate(written) if data == self.later]
        end = ends[self.nth - 1] if self.nth <= len(ends) else len(written)
        return written[:end].count(self.data) <= self.most


@dataclass(frozen=True, slots=True)
class Halts:
    """No run writes more of these texts, of each stream its own, with whole writes than ``most`` bytes together."""

    streams: tuple[str, ...]
    texts: tuple[bytes, ...]
    most: int

    def holds_in(self, order: Order) -> bool:
        """True when the claim holds in all runs of ``order``."""
        texts = dict(zip(self.streams, self.texts, strict=True))
        found = longest([Printing(order, self.streams)], texts)
        return found.is_complete and not found.is_possible and sum(found.lengths) <= self.most

    def holds_in_run(self, run: Run) -> bool:
        """True when the claim holds in a run."""
        rest, written = dict(zip(self.streams, self.texts, strict=True)), 0
        for stream, data in run:
            if stream not in rest:
                continue
            if not rest[stream].startswith(data):
                return written <= self.most
            rest[stream] = rest[stream][len(data) :]
            written += len(data)
        return written <= self.most and any(rest.values())


@dataclass(frozen=True, slots=True)
class Ends:
    """A run that prints these texts does not end as ``end`` says, but in one of ``others``."""

    streams: tuple[str, ...]
    texts: tuple[bytes, ...]
    end: End
    others: tuple[End, ...]

    def holds_in(self, order: Order) -> bool:
        """True when the claim holds in all runs of ``order``."""
        if order.end != self.end:
            return True
        found = longest([Printing(order, self.streams)], dict(zip(self.streams, self.texts, strict=True)))
        return found.is_complete and not found.is_possible

    def holds_in_run(self, run: Run) -> bool:
        """True when a run, which ends as ``end`` says, prints something else."""
        written = dict.fromkeys(self.streams, b"")
        for stream, data in run:
            if stream in written:
                written[stream] += data
        return tuple(written.values()) != self.texts


Claim = Never | Size | Torn | Count | Before | Halts | Ends


def cut(text: bytes, pieces: Iterable[bytes]) -> list[int]:
    """In how many ways, up to 2, ``text`` can be put together from ``pieces`` up to each byte, as far as that goes."""
    ordered, ways, end = sorted(pieces), [1, *[0] * len(text)], 0
    for place in range(len(text)):
        if not ways[place]:
            continue
        for piece in ordered:
            if text.startswith(piece, place):
                there = place + len(piece)
                ways[there], end = min(2, ways[there] + ways[place]), max(end, there)
    return ways[: end + 1]


def common(one: bytes, other: bytes) -> int:
    """How many bytes two texts begin with in common."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (here, there) in enumerate(pairs) if here != there), min(len(one), len(other)))


def most_before(printing: Printing, data: bytes, later: bytes, nth: int) -> int:
    """How many of those that write ``data`` can come before ``later`` is written for the ``nth`` time.

    It is never less than that; it may be more where telling would take too long.
    """
    wanted = printing.having(data)
    others = sum(1 << number for number in printing.having(later))
    needs = Counter(printing.before[number] & others for number in wanted)
    if nth == 1:
        return needs[0]
    unions, stack, best = {0}, [0], 0
    while stack:
        union = stack.pop()
        best = max(best, sum(count for need, count in needs.items() if not need & ~union))
        for need in needs:
            further = union | need
            if further not in unions and further.bit_count() < nth:
                if len(unions) >= _MOST_UNIONS:
                    return len(wanted)
                unions.add(further)
                stack.append(further)
    return best


def pieces_of(text: bytes, pieces: Iterable[bytes]) -> list[bytes] | None:
    """Cut ``text`` in ``pieces``; None unless there is exactly one way."""
    known = tuple(pieces)
    ways = cut(text, known)
    if len(ways) <= len(text) or ways[-1] != 1:
        return None
    found, end = [], len(text)
    while end:
        piece = next(each for each in known if text.endswith(each, 0, end) and ways[end - len(each)])
        found.append(piece)
        end -= len(piece)
    return found[::-1]


def maximal(printing: Printing, mask: int) -> list[int]:
    """Those of a set of steps that come before no other of it."""
    covered = 0
    for number in bits(mask):
        covered |= printing.before[number]
    return list(bits(mask & ~covered))
