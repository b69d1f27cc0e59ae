"""Searching a stretch of history, from one checkpoint to a later moment, for the last pause in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import thread_time

from vm.debug.checkpoints import Checkpoint, Checkpoints, let_go
from vm.debug.walking import Noted, Walker
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.kernel.stops import Stops

FRACTION = 8
LEAST_DISTANCE = 500
"""A stretch that is run again gets checkpoints at an eighth of it before its end, at an eighth of that, and so on, but
not nearer than so many instructions: who goes back once does so again."""
SELDOM = 10
"""A machine on its way to where it paused last is kept when as much time has passed as so many copies take."""


class Interrupted(Exception):
    """Somebody wants the machine to pause while it is taken back."""


def plan(walker: Walker, goal: int) -> None:
    """Let a machine on its way to guest time ``goal`` be looked at where checkpoints may be worth while."""
    walker.goal = goal
    walker.cuts, distance = [], (goal - walker.moment.clock) // FRACTION
    while distance >= LEAST_DISTANCE:
        walker.cuts.append(goal - distance)
        distance //= FRACTION


def may_have(checkpoint: Checkpoint, until: Until) -> bool:
    """Tell whether a pause can be behind a checkpoint: what a thread has retired by then is not before it."""
    place = _lone_place(until)
    task = None if place is None else checkpoint.run.kernel.processes.thread(place[0])
    return place is None or task is None or task.retired <= place[1]


def is_place(until: Until) -> bool:
    """Tell whether nothing but the place of a thread is wanted."""
    return _lone_place(until) is not None


def _lone_place(until: Until) -> tuple[int, int] | None:
    """The place of a thread, which it comes to once, if nothing else is to be stopped at."""
    stops = until.stops
    if stops is None or until.events or until.pid is not None or until.pc is not None:
        return None
    return stops.place if replace(stops, place=None) == Stops() else None


class Looking:
    """Looks at a machine on its way through the past, for one that is at ``present``: makes the checkpoints due."""

    def __init__(self, checkpoints: Checkpoints, present: Moment) -> None:
        self._checkpoints = checkpoints
        self._present = present

    def __call__(self, walker: Walker) -> None:
        """Make a checkpoint where one was planned, if the rest of the way is long enough."""
        clock, is_prepared = walker.moment.clock, self._checkpoints.is_prepared(walker.run)
        if walker.goal is None or not walker.cuts or clock < walker.cuts[0]:
            return
        del walker.cuts[0]
        if is_prepared and not self._checkpoints.is_near(walker.seconds_for(walker.goal - clock)):
            self._checkpoints.make(walker.run, walker.changes, self._present)


class Search:
    """Looks for the last pause between a checkpoint and ``until.moment`` that is before ``here``.

    ``includes_here``: or for what was done at that moment, before the machine came to stand there.
    """

    def __init__(
        self, checkpoints: Checkpoints, noted: Sequence[Noted], checkpoint: Checkpoint, until: Until,
        here: tuple[Moment, bool], *, includes_here: bool = False,
    ) -> None:  # fmt: skip
        self._checkpoints = checkpoints
        self._until = until
        self._here = here
        self._includes_here = includes_here
        self._look = Looking(checkpoints, here[0])
        self._noted = noted
        self._checkpoint = checkpoint
        self._kept: Walker | None = None
        self._is_unique = is_place(until)

    def result(self) -> tuple[Walker, Pause] | None:
        """Return a machine that has paused there, and its pause; None if there is none. Raises Interrupted."""
        self._checkpoints.used = self._checkpoint
        try:
            return self._last_pause()
        finally:
            self._checkpoints.used = None

    def _last_pause(self) -> tuple[Walker, Pause] | None:
        walker = Walker.from_checkpoint(self._checkpoint, self._noted)
        if self._until.moment == self._here[0]:
            plan(walker, self._here[0].clock)
        last, pauses, passed, begin = None, 0, 0, thread_time()
        while (pause := self._next(walker)) is not None:
            if self._is_unique:
                return walker, pause
            last, pauses = (walker.moment, pause), pauses + 1
            if thread_time() - begin > SELDOM * self._checkpoints.cost:
                self._keep(walker.copy())
                passed, begin = pauses, thread_time()
        let_go(walker.run)
        return None if last is None else self._again(last, pauses - passed)

    def _keep(self, walker: Walker) -> None:
        """Have a machine that has come near, in the place of the one before."""
        if self._kept is not None:
            let_go(self._kept.run)
        self._kept = walker

    def _next(self, walker: Walker) -> Pause | None:
        """Let it go on to its next pause; None if that is not before the present moment.

        That all who could run were held is none: it was not asked for, and they went on from there.
        """
        while not isinstance(outcome := walker.go(self._until, self._look), Ending) and outcome.why == "held":
            pass
        if isinstance(outcome, Ending) or outcome.why == "moment" or walker.position > self._here:
            return None
        if walker.position == self._here and not (self._includes_here and _is_done(outcome)):
            return None
        if outcome.why == "interrupt":
            raise Interrupted
        return outcome

    def _again(self, last: tuple[Moment, Pause], pauses: int) -> tuple[Walker, Pause]:
        """Let a machine that is not beyond it pause so many times more, the last time at the moment of the last."""
        moment, pause = last
        walker = self._kept or Walker.from_checkpoint(self._checkpoint, self._noted)
        plan(walker, moment.clock)
        for _ in range(pauses):
            found = self._next(walker)
            assert found is not None, "history has taken another way"
            pause = found
        assert walker.moment == moment, f"a pause at {walker.moment} that was at {moment}"
        return walker, pause


def _is_done(pause: Pause) -> bool:
    """Tell whether a pause is behind what it tells of, and not before it."""
    return pause.why == "event" or (pause.why == "watchpoint" and pause.watched[0].is_done)
