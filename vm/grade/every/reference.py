"""What the reference solution says of a test: what may be written, and whether the test demands too much."""

from __future__ import annotations

from dataclasses import replace

from vm.grade.allowed import Allowed
from vm.grade.every.explored import Explored
from vm.grade.every.judging_every import NO_DIALOGUE, judge_every
from vm.grade.every.judging_some import judge_some
from vm.grade.every.tried import Judge, Tried
from vm.grade.every.written import patterns_of
from vm.grade.images import Images
from vm.grade.lab import Schedules, Test
from vm.outcomes.rests import TooLarge

PIPES, TERMINAL = ("output", "errors"), ("terminal",)
"""The streams of a test without a terminal, and with one."""
DRAWN = 100
"""Schedules of a test that cannot be tried under every one."""


def allowed_of(test: Test, images: Images) -> Allowed:
    """Return what the reference solution, built as ``images``, can write in a test, under any schedule.

    Of runs that a limit ended, and of deadlocks, nothing is allowed. Raises CannotRun.
    """
    streams = TERMINAL if test.terminal else PIPES
    if test.dialogue:
        return Allowed({}, NO_DIALOGUE)
    explored = Explored(test, images)
    orders = [order for order in explored.orders if not order.end.stuck and not order.end.limit]
    reason = f"not every run of the reference solution is known, {explored.cut}" if explored.cut else ""
    if not orders and not reason:
        reason = "no run of the reference solution comes to its end"
    try:
        patterns = {stream: tuple(patterns_of(orders, stream)) for stream in streams}
    except TooLarge:
        return Allowed({}, "the reference solution writes too much to be tried under every schedule")
    return Allowed(patterns, reason)


def demands_too_much(test: Test, images: Images, judge: Judge, allowed: Allowed | None = None, seed: int = 0) -> Tried:
    """Try whether a test rejects a run that the reference solution can have under another schedule.

    Whatever schedules the test itself asks for, every one is tried; for a test with a dialogue 100 are drawn. What
    fails is told of as of any program: what came, and the schedule by which it repeats. Raises CannotRun.
    """
    if test.dialogue:
        some = replace(test, schedules=Schedules.SOME, count=max(test.count, DRAWN))
        return judge_some(some, images, judge, allowed, seed)
    return judge_every(test, images, judge, allowed, seed)
