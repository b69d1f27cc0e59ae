"""History: a run that can be taken back, and forwards again, and can be changed on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event

from vm.debug.changes import Change, NoChange
from vm.debug.checkpoints import Checkpoint, Checkpoints, Limits, let_go
from vm.debug.searching import (
    FRACTION,
    LEAST_DISTANCE,
    Interrupted,
    Looking,
    Search,
    is_place,
    may_have,
    plan,
)
from vm.debug.walking import Noted, Walker, look_away
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import THE_END, Ending, Moment, Pause, Until
from vm.kernel.process.timers import NEVER
from vm.run import Run
from vm.schedules.retracing import NOT_INTERRUPTED

DEFAULTS = Limits()
SHORTEST = 4
"""A stretch that is searched is at least as long as a quarter of the way to the present."""


class History:
    """A run that can be taken back: ``run`` is the machine at the present moment.

    It is another one after each way back, and the one before cannot be used any more.

    The run is started. What its host tells it is noted. ``limits`` say what going back may cost. Raises what
    :meth:`vm.run.Run.retrace` does.
    """

    def __init__(self, run: Run, limits: Limits = DEFAULTS) -> None:
        log = run.retrace()
        self._trace = log.trace
        self._noted: list[Noted] = []
        self._present = Walker(run, log, self._noted, 0)
        self._end = self._present.position
        self._here = self._present.moment
        self._checkpoints = Checkpoints(run, limits)
        self._is_interrupted = Event()

    # --- where it is ----------------------------------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """The machine at the present moment."""
        return self._present.run

    @property
    def moment(self) -> Moment:
        """The present moment."""
        return self._present.moment

    @property
    def begin(self) -> Moment:
        """The first moment: the program's first instruction comes next."""
        return self._checkpoints.all[0].moment

    @property
    def end(self) -> Moment:
        """The last moment that is known."""
        return self._end[0]

    @property
    def is_past(self) -> bool:
        """Whether the machine has been further than it is."""
        return self._present.position < self._end

    @property
    def changes(self) -> tuple[Noted, ...]:
        """What was changed in the history that is known, in order."""
        return tuple(self._noted)

    @property
    def ahead(self) -> tuple[Noted, ...]:
        """What was changed behind the present moment, in the future that is known."""
        return tuple(self._noted[self._present.changes :])

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The copies from which the machine is run again."""
        return self._checkpoints.all

    def interrupt(self) -> None:
        """Let the machine pause soon, "interrupt". May be called from another thread, and at any time."""
        self._is_interrupted.set()

    def signal_from_terminal(self, signal: int) -> None:
        """A key at the terminal sends a signal, once the machine is where it has not been before.

        May be called at any time. Raises KeyboardInterrupt for a SIGINT while an earlier one waits.
        """
        self.run.kernel.signal_from_terminal(signal)

    # --- forwards -------------------------------------------------------------------------------------------------

    def advance(self, until: Until = THE_END, *, interrupted: Callable[[], bool] = NOT_INTERRUPTED) -> Pause | Ending:
        """Go on from the present moment until what is asked for, or to the end; in the past as it went then.

        It pauses, "interrupt", soon after :meth:`interrupt` was called or ``interrupted`` is true, which is asked now
        and then.
        """
        self._mend()
        walker = self._present
        self._listen(interrupted)
        try:
            walker.log.is_live = not self.is_past
            outcome = walker.go(until, self._look, self._end[0] if self.is_past and not self._end[1] else None)
            self._arrive()
            return self._told(outcome)
        finally:
            self._trace.is_interrupted = NOT_INTERRUPTED

    def _listen(self, interrupted: Callable[[], bool]) -> None:
        flag = self._is_interrupted
        self._trace.is_interrupted = lambda: flag.is_set() or interrupted()

    def _told(self, outcome: Pause | Ending) -> Pause | Ending:
        """Whoever interrupts is told so once."""
        if isinstance(outcome, Pause) and outcome.why == "interrupt":
            self._is_interrupted.clear()
        return outcome

    def _told_here(self) -> Pause:
        """The machine pauses where it is."""
        running = self.run.kernel.running
        self._is_interrupted.clear()
        return Pause("interrupt", running.tid if running is not None else 0, self.moment.clock)

    def _look(self, walker: Walker) -> None:
        """Keep a checkpoint on the way forwards, if one is due."""
        self._arrive()
        if self._checkpoints.is_due(walker.run):
            self._checkpoints.make(walker.run, walker.changes)

    def _arrive(self) -> None:
        """Note where the machine is now."""
        self._here = self._present.moment
        self._end = max(self._end, self._present.position)

    def _mend(self) -> None:
        """Put another machine in the place of one that an exception has left in the middle of a step."""
        if self.run.kernel.is_midway:
            self._stand_at(self._walked_to(self._here))

    # --- backwards ------------------------------------------------------------------------------------------------

    def back(
        self, until: Until, *, includes_here: bool = False, interrupted: Callable[[], bool] = NOT_INTERRUPTED
    ) -> Pause | None:
        """Go back to the last moment before the present one at which going on until this would have paused.

        The machine is as it was at that pause, which is returned; None: there was none, and it is at the beginning.
        Where all who could run were held is no pause.
        With ``includes_here`` an event, or what a call did to watched memory, at the present moment itself counts, too.
        ``until`` is meant without its clock and moment, for which there is :meth:`goto`, and without choices. Where
        somebody interrupts, as in :meth:`advance`, the machine stays where it is.
        """
        self._mend()
        self._listen(interrupted)
        try:
            found = self._search(replace(until, clock=NEVER, moment=None, choices=False), includes_here)
        except Interrupted:
            return self._told_here()
        finally:
            self._trace.is_interrupted = NOT_INTERRUPTED
        if found is None:
            self._stand_at(Walker.from_checkpoint(self._checkpoints.all[0], self._noted))
            return None
        walker, pause = found
        self._stand_at(walker)
        return pause

    def _stand_at(self, walker: Walker) -> None:
        """Let this be the present machine."""
        walker.settle()
        if walker is not self._present:
            let_go(self.run)
        self._present = walker
        self._here = walker.moment

    def _search(self, until: Until, includes_here: bool) -> tuple[Walker, Pause] | None:
        """Find the last pause before the present moment, between checkpoints from the last pair to the first."""
        here = self._present.position
        bound = here[0]
        checkpoint = self._checkpoints.last_before(bound, inclusive=here[1])
        while (checkpoint.moment, False) < here:
            distance, length = here[0].clock - bound.clock, bound.clock - checkpoint.moment.clock
            is_first = checkpoint.moment == self.begin
            # A machine takes a while to come to speed: the further away, the longer the stretches that are searched.
            if may_have(checkpoint, until) and (is_first or is_place(until) or length >= distance // SHORTEST):
                search = Search(
                    self._checkpoints, self._noted, checkpoint, replace(until, moment=bound), here,
                    includes_here=includes_here,
                )  # fmt: skip
                if (found := search.result()) is not None:
                    return found
                # What paused at the checkpoint's own moment is found on the way to the moment behind it.
                bound = min(bound, Moment(checkpoint.moment.clock, checkpoint.moment.steps + 1))
            if is_first:
                break
            checkpoint = self._checkpoints.last_before(checkpoint.moment)
        return None

    def goto(self, moment: Moment | int, *, interrupted: Callable[[], bool] = NOT_INTERRUPTED) -> Pause | Ending:
        """Go to a moment, or to a guest time: to the first that is not before it; forwards as :meth:`advance` does.

        Return the pause, "moment", or the end of the run if that comes first.
        """
        goal = Moment(moment, 0) if isinstance(moment, int) else moment
        self._mend()
        nearest = self._checkpoints.last_before(goal, inclusive=True)
        if goal >= self.moment and nearest.moment <= self.moment:
            return self.advance(Until(moment=goal), interrupted=interrupted)
        self._listen(interrupted)
        try:
            self._stand_at(self._walked_to(min(goal, self._end[0])))
        except Interrupted:
            return self._told_here()
        finally:
            self._trace.is_interrupted = NOT_INTERRUPTED
        return self.advance(Until(moment=goal), interrupted=interrupted)

    def prepare(self, *, interrupted: Callable[[], bool] = NOT_INTERRUPTED) -> None:
        """Make the next way back short, in time that nobody needs: by checkpoints close before the present moment.

        It ends soon where ``interrupted`` is true, which is asked now and then, or :meth:`interrupt` was called.
        """
        self._mend()
        distance = self.moment.clock - self._checkpoints.last_before(self.moment).moment.clock
        seconds = self._present.seconds_for(distance) / FRACTION
        if distance <= FRACTION * LEAST_DISTANCE or self._checkpoints.is_near(seconds):
            return
        self._listen(interrupted)
        try:
            let_go(self._walked_to(self.moment).run)
        except Interrupted:
            return
        finally:
            self._trace.is_interrupted = NOT_INTERRUPTED

    def _walked_to(self, moment: Moment) -> Walker:
        """Return a machine that has come to a moment of the history. Raises Interrupted."""
        checkpoint = self._checkpoints.last_before(moment, inclusive=True)
        walker = Walker.from_checkpoint(checkpoint, self._noted)
        plan(walker, moment.clock)
        looking = Looking(self._checkpoints, moment)
        outcome = walker.go(Until(moment=moment), looking)
        if isinstance(outcome, Pause) and outcome.why == "interrupt":
            raise Interrupted
        return walker

    # --- changes --------------------------------------------------------------------------------------------------

    def change(self, change: Change) -> bool:
        """Make a change at the present moment, and note it; return True if another future begins with it.

        That is so in the past, and where a schedule is repeated, unless everything is as it was before. Raises
        NoChange where it cannot be made, and once the run is over.
        """
        self._mend()
        walker = self._present
        walker.log.is_live = not self.is_past
        walker.stand_still()
        self._arrive()
        if walker.is_over:
            raise NoChange("the run is over: nothing that is changed would have an effect")
        if not walker.make(change):
            return False
        is_new = self.is_past or not self._trace.is_open
        if is_new:
            walker.log.cut()
        self._noted[walker.changes :] = [Noted(walker.moment, change)]
        self._checkpoints.forget_after(walker.moment, walker.changes)
        walker.changes += 1
        self._end, self._trace.is_changed = walker.position, True
        return is_new

    def forget_future(self) -> None:
        """Forget what is known behind the present moment: another future begins here."""
        self._mend()
        walker = self._present
        walker.stand_still()
        self._arrive()
        if self.is_past or not self._trace.is_open:
            walker.log.cut()
        del self._noted[walker.changes :]
        self._checkpoints.forget_after(walker.moment, walker.changes)
        self._end = walker.position

    # --- again ----------------------------------------------------------------------------------------------------

    def rerun(self) -> Rerun:
        """Return a run from the beginning that repeats what happened so far, for those who listen to it."""
        return Rerun(Walker.from_checkpoint(self._checkpoints.all[0], tuple(self._noted)), self._end)


class Rerun:
    """A second run, ``run``, from the beginning of a history to its end, which nothing that it does changes.

    Subscribe to its events first, then :meth:`advance` it.
    """

    def __init__(self, walker: Walker, end: tuple[Moment, bool]) -> None:
        self._walker = walker
        self._end = end

    @property
    def run(self) -> Run:
        """The machine, which is the same one all the way."""
        return self._walker.run

    @property
    def kernel(self) -> Kernel:
        """Its kernel."""
        return self._walker.run.kernel

    def advance(self, until: Until = THE_END, /) -> Pause | Ending:
        """Go on until what is asked for, at most to the end of the history: "moment"."""
        end, is_over = self._end
        if not is_over:
            until = replace(until, moment=end if until.moment is None else min(until.moment, end))
        return self._walker.go(until, look_away)
