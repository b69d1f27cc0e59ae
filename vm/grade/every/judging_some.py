"""A test under some schedules, which a seed draws: the machine's own first."""

from __future__ import annotations

import random
import time

from vm.grade.allowed import Allowed
from vm.grade.every.tried import Judge, Tried, lost, unjudged
from vm.grade.images import Images
from vm.grade.lab import Test
from vm.grade.observation import Observation
from vm.grade.trying import try_once
from vm.kernel.choice import Choice, Chooser
from vm.quantities import plural


class AtRandom:
    """Makes every choice at random, each option with the same probability, by a seed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def choose(self, choice: Choice) -> int:
        """Return an index into the options."""
        return self._random.randrange(len(choice.options))


def judge_some(test: Test, images: Images, judge: Judge, allowed: Allowed | None = None, seed: int = 0) -> Tried:
    """Try a test under ``test.count`` schedules, of which the first is the machine's own. Raises CannotRun.

    The others are drawn by the seed, the test's name and their number. The first that fails is told of, with its
    schedule; whether that depends on the schedule is known if another one passes. After one that a limit ends there
    are no others, each of which might take as long. Where this computer's time was up before all were tried, and none
    fails, nobody knows, which is an error.
    """
    error = unjudged(test, allowed)
    if error:
        return Tried(error=error)
    losing, passes, is_late, count = None, False, False, max(1, test.count)
    end = 0.0
    for number in range(count):
        if number and time.monotonic() > end:
            is_late = True
            break
        run = try_once(test, images, chooser=_chooser(test, seed, number))
        end = end or time.monotonic() + test.seconds  # the first run may have had the machine compiled
        if not judge(test, run, allowed):
            passes = True
        elif losing is None:
            losing = number
        if losing is not None and (passes or run.limit):
            break
    schedules = plural(count, "schedule")
    if losing is None:
        return Tried(schedules=schedules, error=_no_time(test) if is_late else "")
    run = _recorded(test, images, seed, losing)
    failures = judge(test, run, allowed)
    reason = next((each.title for each in failures if each.kind == "grader"), "")
    if not failures:  # what had failed was this computer's time
        reason = _no_time(test)
    if reason:
        return Tried(schedules=schedules, error=reason)
    return Tried(failures=lost(failures, run, depends=passes or is_late), schedules=schedules)


def _no_time(test: Test) -> str:
    return f"{test.seconds:g} seconds were too few for all runs: give the test fewer schedules, or more seconds"


def _recorded(test: Test, images: Images, seed: int, number: int) -> Observation:
    return try_once(test, images, chooser=_chooser(test, seed, number), record=True)


def _chooser(test: Test, seed: int, number: int) -> Chooser | None:
    return AtRandom(f"{seed} {number} {test.name}") if number else None
