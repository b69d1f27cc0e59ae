"""What runs write to a stream, as patterns: partial orders of pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vm.outcomes.orders import Order
from vm.outcomes.patterns import Pattern
from vm.outcomes.writes import writes_of


def patterns_of(orders: Sequence[Order], stream: str) -> list[Pattern]:
    """Return what each of these orders writes to a stream, sorted; what several write alike once."""
    found = {pattern_of(order, stream) for order in orders}
    return sorted(found, key=lambda each: (each.pieces, each.after))


def pattern_of(order: Order, stream: str) -> Pattern:
    """Return what an order writes to a stream, as pieces that come after others; two in a row are one."""
    pieces: list[bytes] = []
    after: list[tuple[int, ...]] = []
    last: tuple[int, ...] = ()
    for poset in writes_of(order, [stream]).posets():
        start = len(pieces)
        if len(poset.labels) == 1 and len(last) == 1 == len(pieces) - last[0]:
            pieces[-1] += poset.text(0)
            continue
        for event in range(len(poset.labels)):
            pieces.append(poset.text(event))
            after.append(tuple(start + each for each in sorted(poset.lower[event])) or last)
        last = tuple(_maximal(poset.above, start))
    return Pattern(tuple(pieces), tuple(after))


def _maximal(above: Sequence[int], start: int) -> Iterator[int]:
    return (start + event for event, mask in enumerate(above) if not mask)
