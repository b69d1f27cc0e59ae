"""Running history again for those who listen to it, as far as the user's patience goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from vm.debug.monitor.asking import Question, Rerun
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.values import dataclass

LONGEST = 20.0
"""Seconds of the host's that an answer may take to run history again."""
SLICE = 1_000_000
"""Guest time that passes between two looks at the clock."""


class Impatient(Exception):
    """History was not run again as far as was needed; the text says how far."""


@dataclass(slots=True)
class Replay:
    """A ``rerun`` on its way to the present ``moment`` of the one who asks, or to one before that.

    It goes on until ``deadline`` on the host's clock, or until ``is_interrupted``.
    """

    rerun: Rerun
    moment: Moment
    deadline: float
    is_interrupted: Callable[[], bool]

    def advance(self, until: Until | None = None) -> Pause | Ending:
        """Go on until something that is asked for, or at most to the present moment. Raises Impatient."""
        wanted = until or Until()
        kernel = self.rerun.kernel
        while True:
            clock = min(wanted.clock, kernel.clock + SLICE)
            outcome = self.rerun.advance(replace(wanted, clock=clock, moment=self.moment))
            if isinstance(outcome, Ending) or outcome.why != "clock" or kernel.clock >= wanted.clock:
                return outcome
            if time.monotonic() >= self.deadline:
                raise Impatient(
                    f"the time is up, {LONGEST:g} s: history was looked at up to clock {kernel.clock:,} of "
                    f"{self.moment.clock:,}"
                )
            if self.is_interrupted():
                raise Impatient(f"interrupted: history was looked at up to clock {kernel.clock:,}")


def replay(question: Question, rerun: Rerun | None = None) -> Replay:
    """Return a replay of the history that ``question`` asks about; what is to listen to it subscribes first."""
    return Replay(
        rerun or question.history.rerun(), question.history.moment, time.monotonic() + LONGEST,
        question.view.is_interrupted,
    )  # fmt: skip
