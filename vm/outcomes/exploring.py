"""Exploring: every class of runs, each by one run of the machine.

Of each run all pairs of steps are looked at that keep their order for another reason than that one has caused the
other. Where one of them can be reversed, the run's beginning without the first and all that follows from it is made,
and then a step of the second's thread, unless a class is known that begins so. What comes of that is a class that was
not known. When no pair is left, all classes are known: a class that is not has a longest beginning in common with one
that is, and the step behind it is one of a pair (the argument of dynamic partial-order reduction: Flanagan and
Godefroid 2005, Abdulla and others 2014; here classes are remembered, so that no sleep sets are needed).

Several runs are under way at once, none of which can come to the class of another: so it makes no difference where
they are made, and what they come to is looked at in the order in which they were started.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from vm.kernel.kernel import Kernel
from vm.outcomes.automaton import Outputs
from vm.outcomes.driving import Driver, Move
from vm.outcomes.history import Trace
from vm.outcomes.known import Beginning, Beginnings, Classes
from vm.outcomes.libraries import Library
from vm.outcomes.orders import Descent, End
from vm.outcomes.states import MOST_FUTURES, MoreShared, States, Texts, TooManyStates
from vm.outcomes.under_way import UnderWay
from vm.outcomes.wanted import Wanted
from vm.outcomes.working import Job, Workers
from vm.run import Run
from vm.values import dataclass

NEVER = 1 << 62
"""More classes than there can be."""
FIRST_PROGRAM = 2
"""The number of the first program, which is always the same."""
UNDER_WAY = 64
"""Runs that are under way at once, at most. How many are made at the same time makes no difference to what is found."""
_MOST_LOOKED_AT = 256
"""Beginnings that are looked at for one that is started, at most, while others are under way."""
ALONE = 100
"""Runs that are made before others help: most programs have no more."""
_CAUSES = frozenset({"own", "birth", "exit", "resumed", "data", "end", "time", "woken"})
"""Kinds of links between a step and one that made it possible: they are never the other way round."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to explore: so many ``runs``, ``steps`` a run, and ``seconds`` of the host's; None for any number.

    With more than ``classes`` states are explored in turns with them, if there are no more than ``states``: the first
    of the two that comes to an end is the answer.
    """

    runs: int | None = 100_000
    steps: int = 2_000
    seconds: float | None = 60.0
    classes: int = 2_000
    states: int = 50_000


class TimeUp(Exception):
    """The time that exploring may take is over."""


@dataclass(slots=True, eq=False)
class _Started:
    """A run that is under way, as ``bit`` among them; it is made here or as a ``job`` elsewhere.

    ``later``: other beginnings that are wanted unless they come to the class of this one.
    """

    wanted: Wanted
    beginning: Beginning
    bit: int
    job: Job | None
    later: list[Wanted]


class Explorer:
    """Explores the runs of a machine: of ``first``, which has not executed anything yet, copies are run.

    ``classes`` are known so far; ``bounds`` say what was not explored in full; ``runs`` counts those of the machine,
    ``failed`` those that came to nothing. ``states``: how many there are, where they were explored instead of classes.
    ``words``: the addresses of those that threads share. Processes and threads have the same numbers in all runs. Most
    are made by ``workers``, if there are any.
    """

    def __init__(self, first: Run, limits: Limits, workers: Workers | None = None) -> None:
        self._first = first
        first.log_accesses()
        self.words: frozenset[int] = frozenset()
        self._limits = limits
        self.classes = Classes()
        self.bounds: set[str] = set()
        self.runs = 0
        self.failed = 0
        self.is_cut = False
        self.states = 0
        self._states: States | None = None
        self._turn = limits.classes
        self._end: float | None = None
        self._planned: dict[Descent, int] = {}
        self._impossible: set[tuple[Move, ...]] = set()
        self._probed: dict[tuple[int, object], bytes] = {}
        self._todo: list[Iterator[Wanted]] = []
        self._library = Library(first.kernel.loader)
        self._postponed: list[Wanted] = []
        self._workers = workers
        self._started: deque[_Started] = deque()
        self._under_way = UnderWay(self.classes, UNDER_WAY)

    def explore(self, progress: Callable[[Explorer], None] | None = None) -> bool:
        """Find all classes; False where a limit came first. ``progress`` is called with the explorer now and then."""
        seconds = self._limits.seconds
        self._end = None if seconds is None else time.monotonic() + seconds
        if self._workers is not None:
            self._workers.plan, self._workers.end = self._planned, self._end
        while True:
            try:
                return self._explore(progress)
            except MoreShared as more:
                self._watch(more.words)
            except TimeUp:
                self.bounds.add(f"up to {seconds:g} seconds")
                return False

    def _check_time(self) -> None:
        """Raise TimeUp when it is."""
        if self._end is not None and time.monotonic() >= self._end:
            raise TimeUp

    def _watch(self, words: set[int]) -> None:
        """Watch further words, and begin anew: a step may have accessed one of them that is several steps now."""
        self.words |= words
        self._first.watch_words(self.words)
        if self._workers is not None:
            self._workers.words = self.words
        self.classes = Classes()
        self._under_way = UnderWay(self.classes, UNDER_WAY)
        self._started.clear()
        self._impossible.clear()
        self._probed.clear()
        self._todo.clear()
        self._postponed.clear()
        self.bounds.clear()
        self.is_cut = False
        self._states, self._turn = None, self._limits.classes

    def _explore(self, progress: Callable[[Explorer], None] | None) -> bool:
        self.runs += 1
        self._learn((), self._drive(()))
        ended = 0
        while self._start():
            if len(self.classes) >= self._turn and self._explore_states():
                return not self.is_cut
            self._check_time()
            if progress is not None and not ended & 63:
                progress(self)
            ended += 1
            started = self._started.popleft()
            self.runs += 1
            trace = self._made(started)
            self._under_way.remove(started.beginning, started.bit)
            if started.later:
                self._todo.append(iter(started.later))
            if trace is None:
                self._todo.append(started.wanted.otherwise())
            self._learn(started.beginning.moves, trace)
        return not self.is_cut

    def _explore_states(self) -> bool:
        """Go through states instead, by as many runs as there are classes; tell whether that is done."""
        if self._states is None:
            self._states = States(self._copy, self.words, self._limits.states, self._limits.steps)
        states, before = self._states, self._states.runs
        try:
            is_done = states.explore(self._turn)
            futures = states.futures() if is_done else []
        except TooManyStates:
            self._turn = NEVER
            return False
        finally:
            self.runs += states.runs - before
        self._turn *= 2
        if not is_done:
            return False
        known = set(_outcomes(self.classes, range(len(self.classes))))
        for outcome, future in sorted({states.whole(each): each for each in futures[0]}.items(), key=repr):
            if outcome not in known:
                self.runs += 1
                trace = self._drive(states.path(futures, future))
                assert trace is not None, "a path through the states is a run"
                if self.classes.add(trace) is not None:
                    known.update(_outcomes(self.classes, [len(self.classes) - 1]))
        self.states = len(states)
        return True

    def _start(self) -> bool:
        """Start as many runs as can be under way, none of which can come to the class of another; False if none is."""
        started, looked_at = self._started, 0
        while (
            (self._todo or self._turn_to_postponed())
            and len(started) < self._under_way.room
            and (looked_at < _MOST_LOOKED_AT or not started)
        ):
            wanted = next(self._todo[-1], None)
            if wanted is None:
                self._todo.pop()
                continue
            looked_at += 1
            beginning = wanted.look()
            if beginning is None:
                continue
            if beginning.moves in self._impossible:
                self._todo.append(wanted.otherwise())
            elif like := self._under_way.like(beginning):
                next(each for each in reversed(started) if each.bit & like).later.append(wanted)
            elif self._is_full:
                self.bounds.add(f"up to {self._limits.runs:,} runs")
                self.is_cut = True
                self._todo.clear()
            else:
                job = self._workers.want(beginning.moves) if self._workers and self.runs >= ALONE else None
                started.append(_Started(wanted, beginning, self._under_way.add(beginning), job, []))
        return bool(started)

    def _turn_to_postponed(self) -> bool:
        """Look at what was put off, once nothing else is left or under way; tell whether there is any."""
        if self._started or not self._postponed:
            return False
        self._todo.append(iter(self._postponed))
        self._postponed = []
        return True

    @property
    def _is_full(self) -> bool:
        return self._limits.runs is not None and self.runs + len(self._started) >= self._limits.runs

    def _made(self, started: _Started) -> Trace | None:
        """Return what came of a run; None where its moves cannot be made."""
        if started.job is not None and self._workers is not None:
            came = self._workers.result(started.job)
            self._check_time()
            if came is not None:
                return came.trace
        return self._drive(started.beginning.moves)

    def _learn(self, moves: tuple[Move, ...], trace: Trace | None) -> None:
        """Look for the pairs that can be reversed in a run if its class is new."""
        if trace is None:
            self.failed += 1
            self._impossible.add(moves)
            return
        self.bounds |= trace.bounds
        self.is_cut |= bool(trace.end.limit)
        numbers = self.classes.add(trace)
        if numbers is None:
            return
        beginnings = Beginnings(self.classes, trace, numbers)
        shared = beginnings.shared(trace) - self.words
        if shared:
            raise MoreShared(shared)
        self._todo.append(self._reversals(trace, beginnings))

    def _drive(self, moves: tuple[Move, ...]) -> Trace | None:
        """Make one run; None where its moves cannot be made."""
        while True:
            kernel = self._copy()
            trace = Driver(kernel, moves, self._limits.steps).run()
            self._check_time()
            made = kernel.processes.numbers.made
            strangers = made.keys() - self._planned
            if not strangers:
                return trace
            # They get the numbers that they have here, or, where another has that, the next: in all runs to come.
            self._number(strangers, made)
            if self.runs == 1:
                return trace

    def _copy(self) -> Kernel:
        """Return a machine that has not executed anything, with what is left of the time."""
        self._check_time()
        kernel = self._first.kernel.copy()
        if self._end is not None:
            kernel.host.allow(self._end - time.monotonic())
        return kernel

    @property
    def numbers(self) -> dict[Descent, int]:
        """The number of every process and thread that there was in any run, but the first."""
        return {descent: number for descent, number in self._planned.items() if number > FIRST_PROGRAM}

    def _number(self, strangers: set[Descent], made: Mapping[Descent, int]) -> None:
        taken = set(self._planned.values())
        plan: dict[Descent, int] = {}
        for descent in sorted(strangers, key=lambda each: (made[each], each)):
            number = made[descent] if self.runs == 1 else max(taken) + 1
            taken.add(number)
            plan[descent] = number
        self._first.number({descent: number for descent, number in plan.items() if number > FIRST_PROGRAM})
        self._planned.update(plan)

    def _reversals(self, trace: Trace, beginnings: Beginnings) -> Iterator[Wanted]:
        """Yield beginnings in which a pair is reversed; the latest pairs first."""
        steps = trace.steps
        for pending in trace.pending:
            self._check_time()
            yield Wanted(beginnings, (), pending.thread, beginnings.last(pending.thread))
            for early in pending.rivals:
                if steps[early].thread != pending.thread:
                    yield Wanted(beginnings, early, pending.thread, beginnings.last(pending.thread))
        for thread, end in trace.killed:
            if steps[end].thread != thread:
                yield Wanted(beginnings, end, thread, beginnings.last(thread))
        for late in range(len(steps) - 1, -1, -1):
            self._check_time()
            step, own = steps[late], beginnings.before(late)
            for position, (_, options, taken) in enumerate(step.answers):
                before = step.taken[:position]
                for option in options:
                    if option != taken and not self._is_unused(trace, beginnings, late, option):
                        yield Wanted(beginnings, late, step.thread, own, (*before, option))
            if late in trace.polled:
                children = (step.answers[-1][2], *trace.alternatives[late])
                ends = [trace.exits[child] for child in children if child in trace.exits]
                yield Wanted(beginnings, ends, step.thread, own)
            for child in trace.alternatives.get(late, ()):
                gone = trace.exits.get(child)
                if gone is None or beginnings.follows(gone, late):
                    continue
                if not self._is_unused(trace, beginnings, late, child):
                    yield Wanted(beginnings, late, step.thread, own, (child,))
            for early, why in sorted(step.links.items(), reverse=True):
                if why in _CAUSES or steps[early].thread == step.thread:
                    continue
                wanted = Wanted(beginnings, early, step.thread, own, None, trace.rivals.get(late, ()))
                if why == "memory" and self._library.is_own(steps[early], trace.accesses.private):
                    self._postponed.append(wanted)
                else:
                    yield wanted

    def _is_unused(self, trace: Trace, beginnings: Beginnings, late: int, child: object) -> bool:
        """Tell whether it makes no difference that wait ``late`` has not taken ``child``, but a later one has.

        It makes none if the thread only waits in between, and is in the same state behind the wait, whichever it took:
        then it goes on in the same way with the two exchanged.
        """
        step = trace.steps[late]
        if late not in trace.alternatives:
            return False
        for place in beginnings.steps_of(step.thread):
            made = trace.steps[place]
            if place > late:
                if place not in trace.alternatives or made.written:
                    return False
                if made.answers[-1][2] == child:
                    break
        else:
            return False
        taken = step.answers[-1][2]
        return self._state_after(beginnings, late, taken) == self._state_after(beginnings, late, child) != b""

    def _state_after(self, beginnings: Beginnings, late: int, child: object) -> bytes:
        """Return the state of the thread that makes wait ``late`` behind it, if it took ``child``."""
        moves = beginnings.moves_without(late, child)
        key = beginnings.cause(late), child
        state = self._probed.get(key)
        if state is None:
            self.runs += 1
            state = self._probed[key] = Driver(self._copy(), moves, self._limits.steps).state_after()
        return state


def _outcomes(classes: Classes, which: Iterable[int]) -> Iterator[tuple[Texts, End]]:
    """Yield outcomes of these classes, a bounded number."""
    for outcome in islice(Outputs([classes.order(index) for index in which]), MOST_FUTURES):
        yield (outcome.terminal, outcome.output, outcome.errors), outcome.end
