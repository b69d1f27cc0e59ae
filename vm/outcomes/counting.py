"""What can be said of a text that is made of whole pieces in one way: how many of each there are, and before what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from vm.outcomes.cases import Case, Reason
from vm.outcomes.chains import Chain, chains_to
from vm.outcomes.claims import Before, Count, maximal, most_before
from vm.outcomes.posets import bits
from vm.outcomes.questions import Question

_Name = tuple[str, bytes, bytes, int]
"""A claim without its bound: "most", "least" or "before", the piece, the other piece, and how manieth of that."""

_MOST_NTH = 8
"""Before the how-manieth of a piece others are looked for."""
_MOST_PAIRS = 200_000
"""Pairs of pieces, in all orders together, that are looked at."""
_TRIED, _TRIED_IN = 16, 8
"""Claims of which the chains are compared, and orders in which they are looked for then."""
_SHOWN_IN = 64
"""Orders in which the chains are looked for that are told."""


class Counting:
    """A question about one text, which is made of ``tokens``."""

    def __init__(self, question: Question, tokens: Sequence[bytes]) -> None:
        self._question = question
        self._tokens = tokens
        self._found = Counter(tokens)
        self._counts = [Counter(data[0] for data in writes.data) for writes in question.writes]

    def reason(self) -> Reason | None:
        """As few claims as a greedy choice finds, so that one of them forbids the text in each order; None if no choice
        does.
        """
        covers = self._covers()
        left, cases = set(self._question.numbers), []
        while left:
            most = max((len(left & bounds.keys()) for bounds in covers.values()), default=0)
            if not most:
                return None
            best = [name for name, bounds in covers.items() if len(left & bounds.keys()) == most]
            tried = {name: _rank(self._case(name, covers[name], left, _TRIED_IN)) for name in best[:_TRIED]}
            chosen = min(tried, key=tried.__getitem__)
            case = self._case(chosen, covers[chosen], left, _SHOWN_IN)
            cases.append(case)
            left -= set(case.orders)
        return Reason(self._question.told_apart(cases))

    def _covers(self) -> dict[_Name, dict[int, int]]:
        """The claims that the text breaks, with the number and the bound of each order that they hold in."""
        covers: dict[_Name, dict[int, int]] = {}
        for number, counts in enumerate(self._counts):
            for piece in self._question.pieces:
                found, count = self._found[piece], counts[piece]
                if found != count:
                    covers.setdefault(("most" if found > count else "least", piece, b"", 0), {})[number] = count
        pairs: dict[_Name, dict[int, int]] = {}
        for piece, before, nth, found in self._befores():
            for number, writes in enumerate(self._question.writes):
                bound = most_before(writes, piece, before, nth)
                if found > bound:
                    pairs.setdefault(("before", piece, before, nth), {})[number] = bound
        return covers | dict(sorted(pairs.items(), key=lambda pair: (max(pair[1].values()), pair[0][3])))

    def _befores(self) -> Iterator[tuple[bytes, bytes, int, int]]:
        """(Piece, other piece, nth, how many of the first come before the nth of the other in the text)."""
        if len(self._tokens) * len(self._found) * len(self._counts) > _MOST_PAIRS:
            return
        seen: Counter[bytes] = Counter()
        for before in self._tokens:
            nth = seen[before] + 1
            if nth <= _MOST_NTH:
                yield from ((piece, before, nth, found) for piece, found in seen.items() if piece != before)
            seen[before] += 1

    def _case(self, name: _Name, bounds: dict[int, int], left: set[int], most_orders: int) -> Case:
        kind, piece, later, nth = name
        numbers = tuple(sorted(left & bounds.keys()))
        least, most = min(bounds[number] for number in numbers), max(bounds[number] for number in numbers)
        stream, found, writers = self._question.stream, self._found[piece], self._question.writers((piece,), numbers)
        if kind != "before":
            return Case(Count(stream, piece, least, most, found), numbers, (), writers, stream)
        found = next(count for *pair, count in self._befores() if pair == [piece, later, nth])
        claim = Before(stream, piece, most, found, later, nth, max(counts[later] for counts in self._counts))
        options = [(number, option) for number in numbers[:most_orders] for option in self._options(number, claim)]
        chains, is_either = self._question.shared(options)
        return Case(claim, numbers, chains, writers, stream, is_either=is_either)

    def _options(self, number: int, claim: Before) -> Iterator[list[Chain]]:
        """For each step that writes the piece too early: chains that show it, one of which is enough."""
        writes = self._question.writes[number]
        others = sum(1 << each for each in writes.having(claim.later))
        needs = {each: writes.before[each] & others for each in writes.having(claim.data)}
        late = [each for each, need in needs.items() if need.bit_count() >= claim.nth]
        if len(needs) - len(late) > claim.most:
            late = [each for each, need in needs.items() if need]
        for each in late:
            firsts = bits(needs[each]) if claim.nth == 1 else maximal(writes, needs[each])
            chains = chains_to(writes.order, writes.places[each], [writes.places[first] for first in firsts])
            yield from [chains] if claim.nth == 1 else [[chain] for chain in chains]


def _rank(case: Case) -> tuple[int, ...]:
    """Claims of few words come first; of counts what is there too often, which can be seen in the text."""
    claim = case.claim
    if isinstance(claim, Before):
        length = sum(chain.length for chain in case.chains)
        steps = sum(len(chain.steps) for chain in case.chains)
        return 1, len(case.chains), length, max(claim.nth, claim.most), steps
    assert isinstance(claim, Count)
    return 0, 0, 0, claim.found < claim.least, 0
