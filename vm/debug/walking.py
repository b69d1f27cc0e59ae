"""A machine that goes through its history: what was changed at a moment is changed there again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import thread_time

from vm.debug.changes import Change
from vm.debug.checkpoints import Checkpoint
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.kernel.stopping import standing
from vm.run import Run
from vm.schedules.repeating import RepeatedChoices
from vm.schedules.retracing import Retrace
from vm.values import dataclass

FIRST_STRETCH = 200_000
LONGEST_STRETCH = 1 << 26
STRETCH_SECONDS = 0.02
"""A machine is looked at after so many instructions, which are about as many as it retires in so many seconds of the
processor's: that others use it, too, is no reason to look more often."""

Look = Callable[["Walker"], None]
"""Is called with a machine on its way, between two of its steps, now and then."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A change that was made at ``moment``."""

    moment: Moment
    change: Change


class Walker:
    """A machine on its way through a history that has these ``noted`` changes; ``changes`` of them are made.

    ``run`` is the machine, ``log`` tells it again what its host has told. ``goal`` is the guest time that it is on its
    way to, if that is known, and ``cuts`` are earlier ones, in ascending order, at the first of which it is looked at.
    """

    def __init__(self, run: Run, log: Retrace, noted: Sequence[Noted], changes: int) -> None:
        self.run = run
        self.log = log
        self.changes = changes
        self.goal: int | None = None
        self.cuts: list[int] = []
        self._gone, self._took = FIRST_STRETCH, STRETCH_SECONDS
        self._noted = noted
        self._stretch = FIRST_STRETCH

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, noted: Sequence[Noted]) -> Walker:
        """Return one that begins at a checkpoint, and has a past behind it and ahead."""
        run = checkpoint.run.copy()
        log = _log_of(run)
        log.is_live = False
        return cls(run, log, noted, checkpoint.changes)

    def copy(self) -> Walker:
        """Return one that is where this is."""
        run = self.run.copy()
        return Walker(run, _log_of(run), self._noted, self.changes)

    @property
    def moment(self) -> Moment:
        """Where it is."""
        return self.run.kernel.moment

    @property
    def is_over(self) -> bool:
        """Whether its run is."""
        return self.run.kernel.system.ending is not None

    @property
    def position(self) -> tuple[Moment, bool]:
        """Where it is; the end of a run is behind all that happened at its moment."""
        return self.moment, self.is_over

    def go(self, until: Until, look: Look, end: Moment | None = None) -> Pause | Ending:
        """Go on until what is asked for, or the end of the run; changes are made where they were made.

        From ``end`` on, if that is given, the machine is where nobody was before. ``look`` is called now and then.
        """
        until = self._from_here(until)
        while True:
            moments = [each for each in (until.moment, end, self._next_change) if each is not None]
            moment = min(moments, default=None)
            clock = min(until.clock, self.run.kernel.clock + self._stretch, *self.cuts[:1])
            now, begin = self.run.kernel.clock, thread_time()
            outcome = self.run.advance(replace(until, clock=clock, moment=moment))
            gone, seconds = self.run.kernel.clock - now, thread_time() - begin
            self._gone, self._took = self._gone + gone, self._took + seconds
            if isinstance(outcome, Ending):
                return outcome
            has_come = moment is not None and self.moment >= moment and outcome.why in ("moment", "held")
            if has_come and (until.moment is None or self.moment < until.moment):
                self.settle()
                if end is not None and self.moment >= end:
                    end, self.log.is_live = None, True
            elif outcome.why == "clock" and self.run.kernel.clock < until.clock:
                self._adapt(gone, seconds)
                look(self)
                if self.log.trace.is_interrupted():
                    self.settle()
                    return replace(outcome, why="interrupt")
            else:
                self.settle()
                return replace(outcome, why="moment") if has_come else outcome

    @property
    def _next_change(self) -> Moment | None:
        return self._noted[self.changes].moment if self.changes < len(self._noted) else None

    def settle(self) -> None:
        """Make the changes that were made at the present moment, where it was looked at."""
        while (moment := self._next_change) is not None and moment <= self.moment:
            self.stand_still()
            self.make(self._noted[self.changes].change)
            self.changes += 1

    def stand_still(self) -> None:
        """Come to where the loop looks at moments, without one going by: there changes are made."""
        if not self.is_over:
            self.run.advance(Until(moment=self.moment))

    def make(self, change: Change) -> bool:
        """Make a change; return False if it changes nothing. A schedule does not say what follows. Raises NoChange."""
        if not change.apply(self.run):
            return False
        if isinstance(self.run.kernel.chooser, RepeatedChoices):
            self.run.kernel.chooser = None
        return True

    def _adapt(self, gone: int, seconds: float) -> None:
        """Let a stretch take as long as it is to, about, where it was that long so far."""
        wanted = gone * STRETCH_SECONDS / max(seconds, 1e-6)
        wanted = min(max(wanted, self._stretch / 4), self._stretch * 4)
        self._stretch = min(max(int(wanted), 1000), LONGEST_STRETCH)

    def seconds_for(self, distance: int) -> float:
        """Return what such a way takes of the processor's time, about, at the speed of the way so far."""
        return distance * self._took / self._gone

    def _from_here(self, until: Until) -> Until:
        """Let a thread that makes a step come from where it stands now, however often the machine is looked at."""
        stops = until.stops
        if stops is None or stops.step_from is not None:
            return until
        return replace(until, stops=replace(stops, step_from=standing(self.run.kernel, stops.step)))


def _log_of(run: Run) -> Retrace:
    assert isinstance(run.log, Retrace), "a run that cannot be taken back"
    return run.log


def look_away(walker: Walker) -> None:
    """Do nothing with a machine on its way."""
