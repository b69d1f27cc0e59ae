"""Running history again for those who listen to it, as far as the user's patience goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from vm.debug.monitor.asking import Question, Rerun
from vm.kernel.pausing import Ending, Moment, Pause, Until

LONGEST = 20.0
"""Seconds of the host's that an answer may take to run history again."""
SLICE = 10_000
"""Guest time that passes before the first look at the host's clock."""
SHORT, LONG = 0.05, 0.2
"""Seconds between two looks: with fewer the next slice is larger, with more it is smaller."""


class Impatient(Exception):
    """History was not run again as far as was needed; the text says how far."""


class Replay:
    """A ``rerun`` on its way to the present ``moment`` of the one who asks, or to one before that.

    It goes on until ``deadline`` on the host's clock, or until ``is_interrupted``.
    """

    def __init__(
        self, rerun: Rerun, moment: Moment, deadline: float, is_interrupted: Callable[[], bool]
    ) -> None:  # fmt: skip
        self.rerun = rerun
        self.moment = moment
        self._deadline = deadline
        self._is_interrupted = is_interrupted
        self._slice = SLICE

    def advance(self, until: Until | None = None) -> Pause | Ending:
        """Go on until something that is asked for, or at most to the present moment. Raises Impatient."""
        wanted = until or Until()
        kernel = self.rerun.kernel
        while True:
            begin, clock = time.monotonic(), min(wanted.clock, kernel.clock + self._slice)
            outcome = self.rerun.advance(self._slice_of(wanted, clock))
            if isinstance(outcome, Ending) or outcome.why != "clock" or kernel.clock >= wanted.clock:
                return outcome
            self._look(begin)

    def _slice_of(self, wanted: Until, clock: int) -> Until:
        """What the next slice is for, up to ``clock``: the moment is looked for once its clock has come.

        (The loop is slower while it looks for one.)
        """
        if self.rerun.kernel.clock < self.moment.clock:
            return replace(wanted, clock=min(clock, self.moment.clock))
        return replace(wanted, clock=clock, moment=self.moment)

    def _look(self, begin: float) -> None:
        """Look at the host's clock, which said ``begin`` before the last slice. Raises Impatient."""
        now, clock = time.monotonic(), self.rerun.kernel.clock
        if now >= self._deadline:
            raise Impatient(
                f"the time is up, {LONGEST:g} s: history was looked at up to clock {clock:,} of {self.moment.clock:,}"
            )
        if self._is_interrupted():
            raise Impatient(f"interrupted: history was looked at up to clock {clock:,}")
        if now - begin < SHORT:
            self._slice *= 2
        elif now - begin > LONG:
            self._slice = max(self._slice // 2, 1)


def replay(question: Question, rerun: Rerun | None = None) -> Replay:
    """Return a replay of the history that ``question`` asks about; what is to listen to it subscribes first."""
    return Replay(
        rerun or question.history.rerun(), question.history.moment, question.begun + LONGEST,
        question.view.is_interrupted,
    )  # fmt: skip
