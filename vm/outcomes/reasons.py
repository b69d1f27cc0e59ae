"""Why a program cannot print a text: the shortest reason that holds in each of its classes of runs.

Claims that hold whatever else was printed are preferred: bytes that nobody writes, a write that is torn, a count, two
pieces in the wrong order. Only where they do not do is it told how far a run can get, and what it would need there.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from vm.outcomes.cases import Case, Key, Reason
from vm.outcomes.claims import Ends, Halts, Never, Size, Torn, common, cut, pieces_of
from vm.outcomes.counting import Counting
from vm.outcomes.halting import halting
from vm.outcomes.orders import End, Order, Step
from vm.outcomes.printing import Printing, longest
from vm.outcomes.questions import Question

_FAR = 1 << 12
"""Bytes more than any run writes with which a text is not looked at."""


def address_of(step: Step) -> Hashable:
    """Return what two steps have in common that are made by one instruction."""
    return step.image, step.pc


def why_not(
    orders: Sequence[Order], texts: Mapping[str, bytes], end: End | None = None, key: Key = address_of
) -> Reason | None:
    """Return why no run of ``orders`` prints these ``texts``, of each stream named its own; None if a run does.

    With ``end`` given only runs that end so are asked for. Steps of one ``key`` are told once. How many sets of steps
    are looked at is bounded (see :func:`vm.outcomes.printing.longest`). Where that is not enough it is taken for
    granted that no run prints the texts, and said that it cannot be told why.
    """
    if end is not None:
        able = [order for order in orders if _prints(order, texts)]
        if any(order.end == end for order in able):
            return None
        if able:
            others = tuple(dict.fromkeys(order.end for order in able))
            claim = Ends(tuple(texts), tuple(texts.values()), end, others)
            return Reason((Case(claim, tuple(range(len(orders)))),))
    reasons = [_of_one(Question(orders, {stream: text}, key)) for stream, text in texts.items()]
    found = [reason for reason in reasons if reason is not None]
    if found:
        return min(found, key=_size)
    return halting(Question(orders, texts, key)) if len(texts) > 1 else None


def _prints(order: Order, texts: Mapping[str, bytes]) -> bool:
    return longest([Printing(order, tuple(texts))], texts).is_possible


def _size(reason: Reason) -> tuple[int, ...]:
    """How much there is to read."""
    chains = [chain for case in reason.cases for chain in case.chains]
    halts = sum(isinstance(case.claim, Halts) for case in reason.cases)
    lengths = [sum(chain.length for chain in chains), sum(len(chain.steps) for chain in chains)]
    return len(reason.cases), halts, len(chains), *lengths


def _of_one(question: Question) -> Reason | None:
    """The best reason for a text of a single stream; None if a run prints it."""
    simple = _much(question) or _never(question) or _torn(question)
    if simple is not None:
        return simple
    tokens = pieces_of(question.text, question.pieces)
    counted = Counting(question, tokens).reason() if tokens is not None else None
    if counted is not None and len(counted.cases) == 1:
        return counted
    halted = halting(question)
    return halted if halted is None or counted is None else min(counted, halted, key=_size)


def _much(question: Question) -> Reason | None:
    """Far more than is ever written, which is not looked at."""
    most = max((sum(len(data[0]) for data in writes.data) for writes in question.writes), default=0)
    if len(question.text) <= most + _FAR:
        return None
    return Reason((Case(Size(question.stream, most, len(question.text)), question.numbers),))


def _never(question: Question) -> Reason | None:
    """Bytes that nobody writes."""
    known, text = frozenset(b"".join(question.pieces)), question.text
    start = next((place for place, byte in enumerate(text) if byte not in known), None)
    if start is None:
        return None
    end = next((place for place in range(start, len(text)) if text[place] in known), len(text))
    claim = Never(question.stream, text[start:end])
    elsewhere = question.once(
        step for order in question.orders for step in order.steps for written in step.written
        if written.stream != claim.stream and claim.data in written.data
    )  # fmt: skip
    return Reason((Case(claim, question.numbers, (), elsewhere),))


def _torn(question: Question) -> Reason | None:
    """A text that is not made of whole pieces, wherever they come from."""
    place = len(cut(question.text, question.pieces)) - 1
    if place == len(question.text):
        return None
    rest = question.text[place:]
    begun = max((common(piece, rest) for piece in question.pieces), default=0)
    if begun:
        chosen = [piece for piece in question.pieces if common(piece, rest) == begun]
    else:
        chosen = [piece for piece in question.pieces if rest[:1] in piece]
    writers = question.writers(chosen, question.numbers)
    return Reason((Case(Torn(question.stream, question.text, place), question.numbers, (), writers, question.stream),))
