"""All outputs of some orders together: how many there are, which, and the schedule of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import TypeVar

from vm.outcomes.finding import Guide, PatternGuide, find
from vm.outcomes.orders import STREAMS, End, Order, Outcome
from vm.outcomes.patterns import Pattern
from vm.outcomes.reading import Path, Reader
from vm.outcomes.rests import Rests, Room, TooLarge
from vm.outcomes.schedules import schedule
from vm.outcomes.writes import Writes, streams_of, writes_of

LIMIT = 500_000
"""Nodes of an automaton: some 300 megabytes of the host's memory."""

T = TypeVar("T")


class Outputs:
    """The outcomes of all runs of ``orders``: what they write, and how they end.

    They are sorted by what is written to the terminal, to the output and to the errors, then by their ends. At most
    ``limit`` nodes of their automaton are kept at a time. A question which needs more raises :class:`TooLarge`.
    """

    def __init__(self, orders: Sequence[Order], limit: int = LIMIT) -> None:
        self._orders = orders
        self._limit = limit
        self._streams = streams_of(orders)
        self._ends = sorted({order.end for order in orders}, key=_readable)
        self._distinct: list[tuple[int, Writes, int]] = []
        self._reader: Reader | None = None
        self._count: int | None = None
        self._is_uncountable = False
        self._least = min(1, len(orders))

    @property
    def count(self) -> int:
        """How many distinct outcomes there are. Raises :class:`TooLarge` with a number that is not too high."""
        if self._is_uncountable:
            raise TooLarge(self._least)
        if self._count is None:
            self._is_uncountable = True
            with self._limits():
                self._count = self._reading().count()
            self._is_uncountable = False
        return self._count

    def __iter__(self) -> Iterator[Outcome]:
        """The outcomes, each of which is found when it is asked for. Raises :class:`TooLarge` after some."""
        with self._limits():
            reader = self._reading()
        waiting = [(reader.root, tuple(b"" for _ in self._streams))]
        found = 0
        while waiting:
            node, texts = waiting.pop()
            with self._limits(found):
                edges = reader.edges(node)
            for end in node.ends:
                found += 1
                yield self._outcome(texts, end)
            before, text, after = texts[: node.stream], texts[node.stream], texts[node.stream + 1 :]
            waiting += [(reached, (*before, text + more, *after)) for more, reached in reversed(edges)]
            if node.stop is not None:
                waiting.append((node.stop, texts))

    def __contains__(self, outcome: object) -> bool:
        """True when a run has the outcome. Raises :class:`TooLarge` when there is too much that writes as it does."""
        if not isinstance(outcome, Outcome):
            return False
        return outcome.end in self.ends_of(outcome.terminal, outcome.output, outcome.errors)

    def ends_of(self, terminal: bytes = b"", output: bytes = b"", errors: bytes = b"") -> tuple[End, ...]:
        """How runs may end that write this; none when there is no such run."""
        path = self._path((terminal, output, errors))
        return tuple(self._ends[number] for number in path[-1][0].ends) if path else ()

    def at(self, index: int) -> Outcome:
        """The outcome number ``index`` from 0, as an iteration meets them. Raises IndexError; :class:`TooLarge`."""
        if not 0 <= index < self.count:
            raise IndexError(f"there are {self.count:,} outcomes, and none of number {index:,}")
        reader = self._reading()
        reader.count()
        node, texts = reader.root, [b""] * len(self._streams)
        while index >= len(node.ends):
            index -= len(node.ends)
            ahead = [(b"", node.stop)] if node.stop is not None else []
            for text, after in [*ahead, *reader.edges(node)]:  # noqa: B007
                if index < after.count:
                    break
                index -= after.count
            texts[node.stream] += text
            node = after
        return self._outcome(texts, node.ends[index])

    def sample(self, random: Random) -> Outcome:
        """Any outcome, each with the same probability. Raises IndexError when there is none; :class:`TooLarge`."""
        return self.at(random.randrange(self.count) if self.count else 0)

    def schedule_of(self, outcome: Outcome) -> tuple[int, tuple[int, ...]]:
        """The number of an order, and its steps in an order which has just this outcome.

        Raises KeyError when no run has it; :class:`TooLarge`.
        """
        texts = (outcome.terminal, outcome.output, outcome.errors)
        path = self._path(texts)
        if path is None or outcome.end not in [self._ends[number] for number in path[-1][0].ends]:
            raise KeyError(outcome)
        reader, end = self._reading(), self._ends.index(outcome.end)
        options = reader.over(end)
        for node, text in reversed(path[:-1]):
            options = reader.leading(node, text, options)
        for (number, writes, _), option in zip(self._writes(), reader.starts, strict=True):
            if option in options:
                steps = schedule(self._orders[number], writes, self._of_streams(texts))
                assert steps is not None, f"order {number} does not write what it was found to"
                return number, steps
        raise AssertionError("no order writes what the automaton does")

    def find(
        self, terminal: Pattern | None = None, output: Pattern | None = None, errors: Pattern | None = None
    ) -> Outcome | None:
        """The first outcome whose texts follow the patterns that are given; None when there is none.

        Raises :class:`TooLarge`.
        """
        patterns = (terminal, output, errors)
        if any(
            each and each.pieces and name not in self._streams for name, each in zip(STREAMS, patterns, strict=True)
        ):
            return None
        room = Room(self._limit)
        given = zip(STREAMS, patterns, strict=True)
        return self._find({name: PatternGuide(each, room) for name, each in given if each}, room)

    def find_guided(self, guides: Mapping[str, Guide]) -> Outcome | None:
        """The first outcome whose texts their guides let pass, by stream; None when there is none.

        Raises :class:`TooLarge`.
        """
        if any(not guide.may_end(guide.start) for name, guide in guides.items() if name not in self._streams):
            return None
        return self._find(guides, Room(self._limit))

    def _find(self, guides: Mapping[str, Guide], room: Room) -> Outcome | None:
        used = [guides.get(name) or Guide() for name in self._streams]
        found = self._asked(lambda reader: find(reader, used, room))
        return None if found is None else self._outcome(found[0], found[1].ends[0])

    def _writes(self) -> list[tuple[int, Writes, int]]:
        """The first order of those that write the same and end alike, what it writes, and the number of its end."""
        if not self._distinct:
            found: dict[tuple[object, int], tuple[int, Writes, int]] = {}
            ends = {end: number for number, end in enumerate(self._ends)}
            for number, order in enumerate(self._orders):
                writes, end = writes_of(order, self._streams), ends[order.end]
                found.setdefault((writes.parts, end), (number, writes, end))
            self._distinct = list(found.values())
        return self._distinct

    def _reading(self) -> Reader:
        if self._reader is None or self._reader.is_full:  # of what has been asked before
            room = Room(self._limit)
            rests = Rests(room)
            starts = [
                (rests.start([(poset, poset.all) for poset in writes.posets()]), end)
                for _, writes, end in self._writes()
            ]
            self._reader = Reader(rests, starts, len(self._streams), room)
        return self._reader

    def _path(self, texts: Sequence[bytes]) -> Path | None:
        """The nodes on the way of the texts of all streams, to the last; None when they cannot be."""
        if any(text and stream not in self._streams for stream, text in zip(STREAMS, texts, strict=True)):
            return None
        return self._asked(lambda reader: reader.path(self._of_streams(texts)))

    def _asked(self, question: Callable[[Reader], T]) -> T:
        """The answer of an automaton that has room for it, unless it needs all that there can be."""
        with self._limits():
            reader = self._reading()
            try:
                return question(reader)
            except TooLarge:
                if not reader.is_full:
                    raise
            return question(self._reading())

    @contextmanager
    def _limits(self, found: int = 0) -> Iterator[None]:
        """Makes whatever is too large say how many outcomes are known; ``found`` have just been met."""
        try:
            yield
        except TooLarge as error:
            self._least = max(self._least, error.at_least, found)
            if self._reader is not None and self._reader.is_full:
                self._reader = None
            raise TooLarge(self._least) from None

    def _of_streams(self, texts: Sequence[bytes]) -> list[bytes]:
        return [text for stream, text in zip(STREAMS, texts, strict=True) if stream in self._streams]

    def _outcome(self, texts: Sequence[bytes], end: int) -> Outcome:
        written = dict.fromkeys(STREAMS, b"") | dict(zip(self._streams, texts, strict=True))
        return Outcome(written["terminal"], written["output"], written["errors"], self._ends[end])


def _readable(end: End) -> tuple[object, ...]:
    """Exits first, then signals, limits, and who waits for ever."""
    stuck = [(each.thread, each.why, each.pid) for each in end.stuck]
    code = -1 if end.exit_code is None else end.exit_code
    return bool(stuck), end.limit, end.signal or 0, code, stuck
