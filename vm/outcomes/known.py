"""The classes that are known: their steps by what caused them, so that equal beginnings of classes are found equal.

A step is the same in two classes when its thread has made the same steps before, and all that it cannot come before
is the same: then its causes are the same back to the beginning of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from vm.outcomes.calls import call_text
from vm.outcomes.driving import Move
from vm.outcomes.history import Made, Trace
from vm.outcomes.orders import Descent, End, Link, Order, Step

NO_STEP = -1


class _Known(NamedTuple):
    """A step of one class or more: ``links`` are numbers of known steps, ``answers`` what was chosen in it."""

    step: Made
    links: dict[int, str]
    answers: tuple[object, ...]


class Classes:
    """All classes that are known, by number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}
        self._known: list[_Known] = []
        self._members: list[int] = []
        self._next: dict[tuple[int, object], list[int]] = {}
        self._classes: list[tuple[tuple[int, ...], End]] = []

    def __len__(self) -> int:
        return len(self._classes)

    @property
    def steps(self) -> int:
        """How many different steps all classes have together."""
        return len(self._known)

    def add(self, trace: Trace) -> tuple[int, ...] | None:
        """Add the class of a run, and return the numbers of its steps; None when it is known."""
        numbers: list[int] = []
        is_new = False
        for made in trace.steps:
            number, is_new_step = self._intern(made, numbers)
            numbers.append(number)
            is_new |= is_new_step
        if not is_new and self._holding(numbers):
            return None
        bit = 1 << len(self._classes)
        for number in numbers:
            self._members[number] |= bit
        found = tuple(numbers)
        self._classes.append((found, trace.end))
        return found

    def _intern(self, made: Made, numbers: list[int]) -> tuple[int, bool]:
        links = {numbers[step]: why for step, why in made.links.items()}
        answers = tuple([answer[2] for answer in made.answers])
        key = (made.thread, made.number, made.call, made.written, answers, frozenset(links))
        number = self._numbers.get(key)
        if number is not None:
            return number, False
        number = self._numbers[key] = len(self._known)
        self._known.append(_Known(made, links, answers))
        self._members.append(0)
        before = next((link for link, why in links.items() if why in ("own", "birth")), NO_STEP)
        self._next.setdefault((before, made.thread), []).append(number)
        return number, True

    def _holding(self, numbers: Iterable[int]) -> int:
        """Return the set of the classes that have all these steps, as bits."""
        members, found = self._members, (1 << len(self._classes)) - 1
        for number in numbers:
            found &= members[number]
            if not found:
                break
        return found

    def has_next(
        self, lasts: list[int], inside: dict[int, int], rest: int, before: int, thread: object,
        answers: tuple[object, ...] | None,
    ) -> bool:  # fmt: skip
        """Tell whether a class is known that begins with the steps ``rest`` and then has one of ``thread``.

        ``rest`` has a bit for each step of a class whose numbers are the keys of ``inside``; ``lasts`` are those of the
        last ones of each thread in it. ``before`` is the latest of ``thread`` itself. With ``answers`` only a step
        counts whose choices begin with these.
        """
        following = self._next.get((before, thread))
        if not following:
            return False
        holding = -1
        for number in following:
            known = self._known[number]
            if answers is not None and known.answers[: len(answers)] != answers:
                continue
            for link in known.links:
                place = inside.get(link)
                if place is None or not rest >> place & 1:
                    break
            else:
                if holding == -1:
                    holding = self._holding(lasts)
                if holding & self._members[number]:
                    return True
        return False

    def moves(self, index: int, steps: Sequence[int]) -> tuple[Move, ...]:
        """Return how to make the steps of class number ``index`` in this order. Raises ValueError if it has others."""
        numbers, _ = self._classes[index]
        if sorted(steps) != list(range(len(numbers))):
            raise ValueError(f"class {index} has {len(numbers)} steps, each of which has to be there once")
        known = [self._known[numbers[step]] for step in steps]
        return tuple([Move(each.step.thread, each.answers) for each in known])

    def order(self, index: int) -> Order:
        """Return class number ``index``."""
        numbers, end = self._classes[index]
        places = {number: place for place, number in enumerate(numbers)}
        steps = [_step(self._known[number], places) for number in numbers]
        return Order(tuple(steps), end)

    def __iter__(self) -> Iterator[Order]:
        for index in range(len(self._classes)):
            yield self.order(index)


def _step(known: _Known, places: dict[int, int]) -> Step:
    made = known.step
    links = tuple([Link(places[number], why.rstrip("?")) for number, why in sorted(known.links.items())])
    text = call_text(made.call, made.arguments, made.result)
    return Step(made.thread, made.number, made.pid, made.call, text, made.pc, made.image, made.written, links)


class Beginnings:
    """The beginnings of one run, whose steps have these ``numbers``: what is left without a step and what follows."""

    def __init__(self, classes: Classes, trace: Trace, numbers: tuple[int, ...]) -> None:
        self._classes = classes
        self._numbers = numbers
        self._steps = trace.steps
        self._inside = {number: place for place, number in enumerate(numbers)}
        self._all = (1 << len(numbers)) - 1
        self._following = _following(trace.steps)
        self._at_once = [(step, self.before(step)) for step in sorted(trace.at_once, reverse=True)]
        self._moves = [Move(made.thread, tuple([answer[2] for answer in made.answers])) for made in trace.steps]
        self._births = trace.births
        self._of: dict[object, list[int]] = {}
        for place, made in enumerate(trace.steps):
            self._of.setdefault(made.thread, []).append(place)

    def before(self, place: int) -> int:
        """Return the latest step of the same thread before step ``place``, or the one that made the thread."""
        return next((link for link, why in self._steps[place].links.items() if why in ("own", "birth")), NO_STEP)

    def thread_of(self, place: int) -> Descent:
        """Return who has made step ``place``."""
        return self._steps[place].thread

    def last(self, thread: Descent) -> int:
        """Return the last step of ``thread``, or the one that made it."""
        places = self._of.get(thread)
        return places[-1] if places else self._births[thread]

    def shared(self, trace: Trace) -> set[int]:
        """Return the words that threads share in the run: the addresses of those that are not watched yet."""
        return trace.accesses.shared(trace.steps, self._following, trace.births)

    def cause(self, place: int) -> int:
        """Return the known number of the step before ``place`` of the same thread: it stands for all that led there."""
        before = self.before(place)
        return NO_STEP if before == NO_STEP else self._numbers[before]

    def steps_of(self, thread: Descent) -> list[int]:
        """Return the steps of ``thread``, in order."""
        return self._of.get(thread, [])

    def moves_without(self, place: int, answer: object) -> tuple[Move, ...]:
        """Return the moves of the run without step ``place`` and what follows, and then this step with ``answer``."""
        rest = self._all & ~self._following[place]
        moves = [move for each, move in enumerate(self._moves) if rest >> each & 1]
        return (*moves, Move(self._steps[place].thread, (answer,)))

    def follows(self, late: int, early: int) -> bool:
        """Tell whether step ``late`` follows from step ``early``, or is it."""
        return bool(self._following[early] >> late & 1)

    def without(
        self, early: int | Sequence[int], thread: Descent, before: int, answers: tuple[object, ...] | None = None
    ) -> tuple[Move, ...] | None:
        """Return the moves of the run without ``early``, a step or more, and all that follows; then one of ``thread``.

        That is its next one behind step ``before``, which is its own, or has made it. None when that follows from
        ``early``, or when a class is known that begins so.
        """
        rest = self._all
        for step in (early,) if isinstance(early, int) else early:
            rest &= ~self._following[step]
        for step, before_it in self._at_once:
            if before_it != before and not rest >> step & 1 and rest >> before_it & 1:
                rest &= ~self._following[before_it]
        if before != NO_STEP and not rest >> before & 1:
            return None
        lasts: list[int] = []
        for places in self._of.values():
            last = self._last(places, rest)
            if last != NO_STEP:
                lasts.append(self._numbers[last])
        previous = NO_STEP if before == NO_STEP else self._numbers[before]
        if self._classes.has_next(lasts, self._inside, rest, previous, thread, answers):
            return None
        moves = [move for place, move in enumerate(self._moves) if rest >> place & 1]
        return (*moves, Move(thread, answers or ()))

    @staticmethod
    def _last(places: list[int], rest: int) -> int:
        for place in reversed(places):
            if rest >> place & 1:
                return place
        return NO_STEP


def _following(steps: list[Made]) -> list[int]:
    """Return for each step the set of those that follow from it, as bits, with its own."""
    following = [1 << place for place in range(len(steps))]
    for place in range(len(steps) - 1, -1, -1):
        mine = following[place]
        for link in steps[place].links:
            following[link] |= mine
    return following
