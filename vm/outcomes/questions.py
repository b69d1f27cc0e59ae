"""A question why texts cannot be printed: the orders as far as they write to these streams, and what is told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

from vm.outcomes.cases import Case, Key
from vm.outcomes.chains import Chain
from vm.outcomes.orders import Order, Step
from vm.outcomes.printing import Printing

_TELLING = ("data", "exit", "end", "woken", "signal", "ahead", "memory", "full", "order", "resumed", "time", "unknown")
"""Kinds of links between threads that differ from class to class, from that which tells most on."""


class Question:
    """Why no run of ``orders`` prints ``texts``, of each stream its own; steps of one ``key`` are told once.

    ``stream`` and ``text`` are the first of them, ``pieces`` what is ever written to it at once.
    """

    def __init__(self, orders: Sequence[Order], texts: Mapping[str, bytes], key: Key) -> None:
        self.orders = orders
        self.texts = dict(texts)
        self.stream, self.text = next(iter(texts.items()))
        self.writes = [Printing(order, tuple(texts)) for order in orders]
        self.pieces = {data[0]: None for writes in self.writes for data in writes.data if data[0]}
        self._key = key

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of all orders."""
        return tuple(range(len(self.orders)))

    def writers(self, pieces: Iterable[bytes], numbers: Iterable[int]) -> tuple[Step, ...]:
        """The steps that write one of ``pieces`` to the first stream in orders of these numbers."""
        wanted = list(dict.fromkeys(pieces))
        chosen = [(self.writes[number], piece) for number in numbers for piece in wanted]
        return self.once(writes.step(each) for writes, piece in chosen for each in writes.having(piece))

    def once(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """Of steps that have their key in common and write the same the first."""
        found: dict[Hashable, Step] = {}
        for step in steps:
            found.setdefault((self._key(step), step.written), step)
        return tuple(found.values())

    def fewest(self, options: Iterable[Sequence[Chain]]) -> list[Chain]:
        """One chain of each option, of which none is empty: as few as a greedy choice finds that are told apart."""
        named = [{self._name(chain): chain for chain in option} for option in options]
        chains = {name: chain for option in reversed(named) for name, chain in reversed(option.items())}
        ranks = {name: (chain.length, len(chain.steps)) for name, chain in chains.items()}
        result: dict[int, Chain] = {}
        left = dict(enumerate(named))
        while left:
            counts = Counter(name for option in left.values() for name in option)
            best = min(counts, key=lambda name: (-counts[name], ranks[name]))
            result |= {place: chains[best] for place, option in left.items() if best in option}
            left = {place: option for place, option in left.items() if best not in option}
        return [result[place] for place in range(len(named))]

    def shared(self, options: Sequence[tuple[int, Sequence[Chain]]]) -> tuple[tuple[Chain, ...], bool]:
        """As few chains for options of orders by their numbers, and whether one of several is enough for each order."""
        found = self.fewest([option for _, option in options])
        needed: dict[int, set[Chain]] = {}
        for (number, _), chain in zip(options, found, strict=True):
            needed.setdefault(number, set()).add(chain)
        chains = tuple(dict.fromkeys(found))
        return chains, len(chains) > 1 and all(len(each) == 1 for each in needed.values())

    def _name(self, chain: Chain) -> Hashable:
        """What two chains have in common that are told as one."""
        return tuple(map(self._key, chain.steps)), chain.whys, chain.first.written, chain.last.written

    def told_apart(self, cases: Sequence[Case]) -> tuple[Case, ...]:
        """The cases; of several each with a link between two threads by which its orders differ from the others."""
        if len(cases) < 2:
            return tuple(cases)
        links = [_links(order) for order in self.orders]
        return tuple(self._with_link(case, links) for case in cases)

    @staticmethod
    def _with_link(case: Case, links: list[dict[tuple[object, object, str], Chain]]) -> Case:
        first = links[case.orders[0]]
        common = set(first).intersection(*(links[number] for number in case.orders))
        common.difference_update(*(found for number, found in enumerate(links) if number not in case.orders))
        places = {name: place for place, name in enumerate(first)}
        given = min(common, key=lambda name: (_TELLING.index(name[-1]), places[name]), default=None)
        return case if given is None or len(case.orders) == len(links) else replace(case, given=first[given])


def _links(order: Order) -> dict[tuple[object, object, str], Chain]:
    """The links of an order by which its class may differ from another, by the steps that they lead from and to."""
    found: dict[tuple[object, object, str], Chain] = {}
    for step in order.steps:
        for link in step.links:
            other = order.steps[link.step]
            if link.why in _TELLING and other.thread != step.thread:
                name = ((other.thread, other.number), (step.thread, step.number), link.why)
                found[name] = Chain((other, step), (link.why,))
    return found
