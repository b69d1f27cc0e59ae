"""How far runs get in printing some texts, and what happens there."""

from __future__ import annotations

from collections.abc import Iterable

from vm.outcomes.cases import Case, Reason
from vm.outcomes.chains import Chain, chains_to
from vm.outcomes.claims import Halts, common
from vm.outcomes.orders import Step
from vm.outcomes.posets import bits
from vm.outcomes.printing import Printing, longest
from vm.outcomes.questions import Question

_MOST_PREFIXES = 500
"""Sets of steps by which it is told what happens where runs get no further."""
_MOST_GROUPS = 4
"""Sets of chains that are told apart."""


def halting(question: Question) -> Reason | None:
    """Return why runs get no further in printing the texts than they do; None if one prints them."""
    found = longest(question.writes, question.texts)
    if found.is_possible:
        return None
    texts = tuple(question.texts.values())
    if not found.is_complete:
        return Reason(
            (Case(Halts(tuple(question.texts), texts, sum(map(len, texts))), question.numbers, how="untold"),)
        )
    claim = Halts(tuple(question.texts), texts, sum(found.lengths))
    ends = _Ends(question, claim)
    for number, done in found.prefixes[:_MOST_PREFIXES]:
        for at in range(len(claim.texts)):
            ends.look(number, done, at)
    return Reason(ends.cases())


class _Ends:
    """What happens where runs get no further."""

    def __init__(self, question: Question, claim: Halts) -> None:
        self._question = question
        self._claim = claim
        self._orders: dict[str, dict[int, None]] = {}
        self._writers: dict[str, list[Step]] = {}
        self._options: list[tuple[int, list[Chain]]] = []

    def cases(self) -> tuple[Case, ...]:
        """One case for each kind of thing that happens; where some have to wait one for each set of chains."""
        stream = self._claim.streams[0] if len(self._claim.streams) == 1 else ""
        found = []
        for how, numbers in self._orders.items():
            writers = self._question.once(self._writers[how])
            groups = self._waiting() if how == "blocked" else {(): tuple(numbers)}
            found += [Case(self._claim, orders, chains, writers, stream, how) for chains, orders in groups.items()]
        return self._question.told_apart(found)

    def _waiting(self) -> dict[tuple[Chain, ...], tuple[int, ...]]:
        """The chains that say why somebody has to wait, and the orders where they do; if there are many all at once."""
        needed: dict[int, dict[Chain, None]] = {}
        for (number, _), chain in zip(
            self._options, self._question.fewest(chains for _, chains in self._options), strict=True
        ):
            needed.setdefault(number, {})[chain] = None
        groups: dict[tuple[Chain, ...], tuple[int, ...]] = {}
        for number, found in needed.items():
            groups[tuple(found)] = (*groups.get(tuple(found), ()), number)
        if len(groups) > _MOST_GROUPS:
            every = dict.fromkeys(chain for chains in groups for chain in chains)
            return {tuple(every): tuple(sorted(needed))}
        return groups

    def look(self, number: int, done: int, at: int) -> None:
        """Note why the text of a stream does not go on where the steps of a set are ``done`` in an order."""
        writes = self._question.writes[number]
        rest = self._claim.texts[at][writes.lengths(done)[at] :]
        printing = [each for each, data in enumerate(writes.data) if data[at]]
        left = [each for each in printing if not done >> each & 1]
        if not rest:
            if left:
                self._note("short", number, [each for each in left if not writes.before[each] & ~done] or left)
            return
        fitting = [each for each in printing if rest.startswith(writes.data[each][at])]
        waiting = [each for each in fitting if writes.before[each] & ~done]
        gone = [each for each in fitting if left and done >> each & 1]
        torn = [each for each in left if common(writes.data[each][at], rest)]
        kinds = {"blocked": waiting, "gone": gone, "torn": torn, "other": left}
        how = next((how for how, steps in kinds.items() if steps), "over")
        self._note(how, number, kinds.get(how, []))
        self._options += [(number, self._chains(writes, each, writes.before[each] & ~done)) for each in waiting]

    @staticmethod
    def _chains(writes: Printing, last: int, firsts: int) -> list[Chain]:
        return chains_to(writes.order, writes.places[last], [writes.places[first] for first in bits(firsts)])

    def _note(self, how: str, number: int, steps: Iterable[int]) -> None:
        self._orders.setdefault(how, {})[number] = None
        self._writers.setdefault(how, []).extend(map(self._question.writes[number].step, steps))
