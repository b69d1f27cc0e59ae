"""Exploring states instead of classes: for programs that have too many classes, and few states.

Runs that come to equal states, by different orders of their steps, go on alike. So each state is gone on from once, by
a step of each thread that can make one. The graph of the states has all outputs on its paths; for each of these a run
is made, whose class joins those that are known. Classes without outputs of their own are not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet

from vm.kernel.digest import digest
from vm.kernel.kernel import Kernel
from vm.outcomes.driving import Arrival, Driver, Move
from vm.outcomes.history import Made
from vm.outcomes.known import following
from vm.outcomes.orders import STREAMS, End
from vm.values import dataclass

Moves = tuple[Move, ...]
Texts = tuple[bytes, bytes, bytes]
"""What was written to the terminal, the output and the errors."""
Future = tuple[Texts, End]
"""What is written from a state on, and how that ends."""
MOST_FUTURES = 20_000
"""Futures that one state may have."""
NOTHING: Texts = (b"", b"", b"")


class MoreShared(Exception):
    """Words of memory turned out to be shared that were not watched."""

    def __init__(self, words: set[int]) -> None:
        super().__init__(words)
        self.words = words


class TooManyStates(Exception):
    """There are more states, or more outputs, than can be remembered."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """A way from a state to state ``to``: the ``moves`` that lead there, and what is ``written`` by them."""

    to: int
    moves: Moves
    written: Texts


class States:
    """The states of a program's runs, of which ``copy`` makes one more that has not executed anything.

    At most ``limit`` states are looked at, and ``steps`` steps are made in a run. ``runs`` counts those of the machine.
    """

    def __init__(self, copy: Callable[[], Kernel], words: AbstractSet[int], limit: int, steps: int) -> None:
        self._copy = copy
        self._words = words
        self._limit = limit
        self._steps = steps
        self._numbers: dict[str, int] = {}
        self._edges: list[list[_Edge]] = []
        self._ends: list[End | None] = []
        self._todo: list[tuple[int, Arrival]] = []
        self._begin: tuple[Moves, Texts] = (), NOTHING
        self.runs = 0

    def __len__(self) -> int:
        return len(self._edges)

    def explore(self, runs: int) -> bool:
        """Go on to find states, by about so many runs; tell whether there are no more.

        Raises TooManyStates, MoreShared for words that are not among ``words``, and what ``copy`` raises.
        """
        end = self.runs + runs
        if not self._edges:
            arrival, kernel = self._arrive(())
            assert arrival is not None, "no move cannot be made"
            self._begin = _moves_of(arrival.steps), _texts(arrival.steps)
            self._todo.append((self._number(kernel, arrival)[0], arrival))
        while self._todo and self.runs < end:
            number, arrival = self._todo.pop()
            self._go_on(number, _moves_of(arrival.steps), arrival)
        return not self._todo

    def _arrive(self, moves: Moves) -> tuple[Arrival | None, Kernel]:
        kernel = self._copy()
        self.runs += 1
        driver = Driver(kernel, moves, self._steps)
        arrival, notes = driver.arrive(), driver.notes
        notes.take_accesses()
        steps = notes.history.steps
        if notes.accesses.has_writes:
            shared = notes.accesses.shared(steps, following(steps), notes.history.born) - self._words
            if shared:
                raise MoreShared(shared)
        return arrival, kernel

    def _number(self, kernel: Kernel, arrival: Arrival) -> tuple[int, bool]:
        """Return the number of a state, and whether it is new."""
        end = None if arrival.trace is None else arrival.trace.end
        name = digest(kernel.system, clock=False, order=False) if end is None else repr(end)
        number = self._numbers.get(name)
        if number is not None:
            return number, False
        if len(self._edges) >= self._limit:
            raise TooManyStates
        number = self._numbers[name] = len(self._edges)
        self._edges.append([])
        self._ends.append(end)
        return number, True

    def _go_on(self, number: int, moves: Moves, arrival: Arrival) -> None:
        """Let each thread that can make a step from a state."""
        if arrival.trace is not None:
            return
        for thread in arrival.able:
            answers: list[tuple[object, ...]] = [()]
            while answers:
                after, kernel = self._arrive((*moves, Move(thread, given := answers.pop())))
                if after is None:
                    continue
                answers.extend(_others(after.steps[len(moves)], given))
                is_new = self._add(number, after, len(moves), kernel)
                if is_new and all(made.is_private for made in after.steps[len(moves) :]):
                    del self._edges[number][:-1]  # nobody can tell it from the steps of others: it can come first
                    return
        if not self._edges[number]:  # whoever could go on would wait, or poll
            self.runs += 1
            trace = Driver(self._copy(), moves, self._steps).run()
            assert trace is not None, "the moves were made before"
            after = Arrival((), trace.steps, trace)
            self._add(number, after, len(moves), self._copy())

    def _add(self, number: int, after: Arrival, first: int, kernel: Kernel) -> bool:
        """Add a way; tell whether it leads to a state that is new."""
        to, is_new = self._number(kernel, after)
        self._edges[number].append(_Edge(to, _moves_of(after.steps[first:]), _texts(after.steps[first:])))
        if is_new:
            self._todo.append((to, after))
        return is_new

    # --- outputs ----------------------------------------------------------------------------------------------------

    def futures(self) -> list[set[Future]]:
        """Return what can be written from each state on. Raises TooManyStates."""
        futures: list[set[Future]] = [set() if end is None else {(NOTHING, end)} for end in self._ends]
        sources: list[list[int]] = [[] for _ in self._edges]
        for number, edges in enumerate(self._edges):
            for edge in edges:
                sources[edge.to].append(number)
        todo = [number for number, end in enumerate(self._ends) if end is not None]
        while todo:
            for source in set(sources[todo.pop()]):
                known = futures[source]
                found = {_joined(edge.written, each) for edge in self._edges[source] for each in futures[edge.to]}
                if not found <= known:
                    known |= found
                    if len(known) > MOST_FUTURES:
                        raise TooManyStates
                    todo.append(source)
        return futures

    def whole(self, future: Future) -> Future:
        """Return an outcome, of which ``future`` is what the first state leads to."""
        return _joined(self._begin[1], future)

    def path(self, futures: list[set[Future]], wanted: Future) -> Moves:
        """Return the moves of a run with this future of the first state."""
        seen = {(0, wanted)}
        trail: list[tuple[int, Future, Moves, Iterator[_Edge]]] = [(0, wanted, self._begin[0], iter(self._edges[0]))]
        while self._ends[trail[-1][0]] is None:
            _, left, _, edges = trail[-1]
            for edge in edges:
                rest = _without(edge.written, left)
                if rest is not None and rest in futures[edge.to] and (edge.to, rest) not in seen:
                    seen.add((edge.to, rest))
                    trail.append((edge.to, rest, edge.moves, iter(self._edges[edge.to])))
                    break
            else:
                trail.pop()
        return tuple([move for _, _, moves, _ in trail for move in moves])


def _moves_of(steps: list[Made]) -> Moves:
    return tuple([Move(made.thread, made.taken) for made in steps])


def _others(made: Made, given: tuple[object, ...]) -> list[tuple[object, ...]]:
    """The other answers to the choices of a step that were not given."""
    return [
        (*made.taken[:place], option)
        for place, (_, options, chosen) in enumerate(made.answers)
        if place >= len(given)
        for option in options
        if option != chosen
    ]


def _texts(steps: list[Made]) -> Texts:
    """What steps have written, in order."""
    texts = dict.fromkeys(STREAMS, b"")
    for made in steps:
        for written in made.written:
            texts[written.stream] += written.data
    terminal, output, errors = texts.values()
    return terminal, output, errors


def _joined(texts: Texts, future: Future) -> Future:
    (terminal, output, errors), end = future
    return (texts[0] + terminal, texts[1] + output, texts[2] + errors), end


def _without(texts: Texts, future: Future) -> Future | None:
    """A future without what is written first; None if it does not begin so."""
    left, end = future
    if not all(whole.startswith(text) for whole, text in zip(left, texts, strict=True)):
        return None
    return (left[0][len(texts[0]) :], left[1][len(texts[1]) :], left[2][len(texts[2]) :]), end
