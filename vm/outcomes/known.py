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


class Beginning(NamedTuple):
    """How a run is to begin, and no class does that is known: with ``moves``.

    All but the last make the known steps ``numbers``. The last makes the next step of ``thread`` behind the known step
    ``before``, in which choices are answered as ``answers`` say; ``fitting`` are the known steps that this may be.
    """

    moves: tuple[Move, ...]
    numbers: tuple[int, ...]
    before: int
    thread: Descent
    answers: tuple[object, ...]
    fitting: tuple[int, ...]


class Classes:
    """All classes that are known, by number.

    ``slots`` has for each known step a number that it has in common with all others that are the same thread's n-th,
    ``made_by`` the move that makes it. Which classes a step is in is kept as bits, from the first on that it is in,
    since they are mostly neighbours.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}
        self._known: list[_Known] = []
        self.slots: list[int] = []
        self.made_by: list[Move] = []
        self._slot_numbers: dict[tuple[Descent, int], int] = {}
        self._firsts: list[int] = []
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
        if not is_new and self._holding(numbers)[1]:
            return None
        members, firsts, place = self._members, self._firsts, len(self._classes)
        for number in numbers:
            members[number] |= 1 << place - firsts[number]
        found = tuple(numbers)
        self._classes.append((found, trace.end))
        return found

    def _intern(self, made: Made, numbers: list[int]) -> tuple[int, bool]:
        links = {numbers[step]: why for step, why in made.links.items()}
        answers = made.taken if made.answers else ()
        key = (made.thread, made.number, made.call, made.written, answers, frozenset(links))
        number = self._numbers.get(key)
        if number is not None:
            return number, False
        number = self._numbers[key] = len(self._known)
        self._known.append(_Known(made, links, answers))
        self.made_by.append(Move(made.thread, answers))
        self._firsts.append(len(self._classes))
        self._members.append(0)
        self.slots.append(self._slot(made.thread, made.number))
        before = next((link for link, why in links.items() if why in ("own", "birth")), NO_STEP)
        self._next.setdefault((before, made.thread), []).append(number)
        return number, True

    def _slot(self, thread: Descent, number: int) -> int:
        return self._slot_numbers.setdefault((thread, number), len(self._slot_numbers))

    def slot_behind(self, before: int, thread: Descent) -> int:
        """Return the slot of the next step of ``thread`` behind the known step ``before``, its own or its parent's."""
        if before != NO_STEP:
            made = self._known[before].step
            if made.thread == thread:
                return self._slot(thread, made.number + 1)
        return self._slot(thread, 0)

    def _holding(self, numbers: Iterable[int]) -> tuple[int, int]:
        """Return the classes that have all these steps: bit n is class number n behind the one that is named first."""
        base, found = 0, (1 << len(self._classes)) - 1
        for number in numbers:
            first = self._firsts[number]
            if first > base:
                base, found = first, found >> first - base & self._members[number]
            else:
                found &= self._members[number] >> base - first
            if not found:
                break
        return base, found

    def fitting(
        self, inside: dict[int, int], rest: int, before: int, thread: object, answers: tuple[object, ...] | None
    ) -> tuple[int, ...]:
        """Return the known steps of ``thread`` behind step ``before`` that can come next behind the steps ``rest``.

        ``rest`` has a bit for each step of a class whose numbers are the keys of ``inside``. With ``answers`` only a
        step counts whose choices begin with these.
        """
        found = []
        for number in self._next.get((before, thread), ()):
            known = self._known[number]
            if answers is not None and known.answers[: len(answers)] != answers:
                continue
            for link in known.links:
                place = inside.get(link)
                if place is None or not rest >> place & 1:
                    break
            else:
                found.append(number)
        return tuple(found)

    def is_known(self, lasts: list[int], following: tuple[int, ...]) -> bool:
        """Tell whether a class has the steps ``lasts``, of different threads, and one of those ``following``."""
        if not following:
            return False
        return any(self._holding((number, *lasts))[1] for number in following)

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
        self._following = following(trace.steps)
        self._at_once = [(step, self.before(step)) for step in sorted(trace.at_once, reverse=True)]
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
        made_by = self._classes.made_by
        moves = [made_by[number] for each, number in enumerate(self._numbers) if rest >> each & 1]
        return (*moves, Move(self._steps[place].thread, (answer,)))

    def follows(self, late: int, early: int) -> bool:
        """Tell whether step ``late`` follows from step ``early``, or is it."""
        return bool(self._following[early] >> late & 1)

    def without(
        self, early: int | Sequence[int], thread: Descent, before: int, answers: tuple[object, ...] | None = None
    ) -> Beginning | None:
        """Return the run without ``early``, a step or more, and all that follows; and then a step of ``thread``.

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
        previous = NO_STEP if before == NO_STEP else self._numbers[before]
        fitting = self._classes.fitting(self._inside, rest, previous, thread, answers)
        if fitting and self._classes.is_known(self._lasts(rest), fitting):
            return None
        numbers = tuple([number for place, number in enumerate(self._numbers) if rest >> place & 1])
        made_by = self._classes.made_by
        moves = (*[made_by[number] for number in numbers], Move(thread, answers or ()))
        return Beginning(moves, numbers, previous, thread, answers or (), fitting)

    def _lasts(self, rest: int) -> list[int]:
        """Return the numbers of the last steps that each thread has made in ``rest``."""
        lasts = [self._last(places, rest) for places in self._of.values()]
        return [self._numbers[last] for last in lasts if last != NO_STEP]

    @staticmethod
    def _last(places: list[int], rest: int) -> int:
        for place in reversed(places):
            if rest >> place & 1:
                return place
        return NO_STEP


def following(steps: list[Made]) -> list[int]:
    """Return for each step the set of those that follow from it, as bits, with its own."""
    following = [1 << place for place in range(len(steps))]
    for place in range(len(steps) - 1, -1, -1):
        mine = following[place]
        for link in steps[place].links:
            following[link] |= mine
    return following
