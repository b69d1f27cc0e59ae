"""Why a run can go wrong that another schedule lets go right: who may come first."""

from __future__ import annotations

from collections.abc import Sequence

from vm.grade.trying import process_words
from vm.outcomes.escapes import escaped
from vm.outcomes.kinds import Possible
from vm.outcomes.orders import STREAMS, Order, Outcome, Step
from vm.text import shortened

LONGEST = 40
"""Letters of what a step writes."""


def why(losing: Possible, passing: Possible, orders: Sequence[Order]) -> str:
    """Say in a line which process has written first that need not; empty where that is not the reason."""
    stream = next((each for each in STREAMS if _text(losing.outcome, each) != _text(passing.outcome, each)), "")
    if not stream:
        return ""
    place = _parting(_text(losing.outcome, stream), _text(passing.outcome, stream))
    early = _writer(orders[losing.index], losing.sequence, stream, place)
    late = _writer(orders[passing.index], passing.sequence, stream, place)
    if early is None or late is None or early.thread == late.thread:
        return ""
    behind = losing.sequence[losing.sequence.index(_number(orders[losing.index], early)) + 1 :]
    if not any(_is_same(orders[losing.index].steps[number], late) for number in behind):
        return ""
    return f"{_told(early, stream)} may come before {_told(late, stream)}"


def _text(outcome: Outcome, stream: str) -> bytes:
    text: bytes = getattr(outcome, stream)
    return text


def _parting(one: bytes, other: bytes) -> int:
    """The first byte in which they differ."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (here, there) in pairs if here != there), min(len(one), len(other)))


def _writer(order: Order, sequence: Sequence[int], stream: str, place: int) -> Step | None:
    """The step that writes the byte at ``place`` of a stream."""
    for number in sequence:
        place -= sum(len(each.data) for each in order.steps[number].written if each.stream == stream)
        if place < 0:
            return order.steps[number]
    return None


def _number(order: Order, step: Step) -> int:
    return order.steps.index(step)


def _is_same(step: Step, other: Step) -> bool:
    return step.thread == other.thread and step.number == other.number


def _told(step: Step, stream: str) -> str:
    data = b"".join(each.data for each in step.written if each.stream == stream)
    return f'"{shortened(escaped(data), LONGEST)}" of {process_words(step.thread, step.pid)}'
