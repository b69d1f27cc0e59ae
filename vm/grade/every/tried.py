"""What came of trying a test under several schedules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from vm.grade.allowed import Allowed
from vm.grade.lab import Test
from vm.grade.observation import Observation
from vm.grade.verdict import Failure, Losing
from vm.schedules.files import schedule_text
from vm.values import dataclass

Judge = Callable[[Test, Observation, Allowed | None], Sequence[Failure]]
"""Says what is wrong with a run, its rules included; nothing is for one that passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of a test: the ``failures`` of a run that fails, with its schedule; none where no such run was found.

    ``schedules`` says in words what was tried. ``error`` is the reason why nothing can be said; empty where it can.
    """

    failures: tuple[Failure, ...] = ()
    schedules: str = ""
    error: str = ""

    @property
    def is_passed(self) -> bool:
        """True if no run fails."""
        return not self.failures and not self.error


def lost(failures: Iterable[Failure], run: Observation, *, depends: bool, why: str = "") -> tuple[Failure, ...]:
    """Return the failures of a run with its schedule, and ``why`` it can go so, a line, among the details."""
    assert run.schedule is not None, "the run was recorded"
    losing = Losing(schedule=schedule_text(run.schedule), depends=depends)
    more = (why,) if why else ()
    return tuple([replace(each, losing=losing, details=(*each.details, *more)) for each in failures])


def unjudged(test: Test, allowed: Allowed | None) -> str:
    """Say why a test cannot be judged by the reference solution; empty where it can, or need not."""
    if not test.expected.asks_reference:
        return ""
    if allowed is None:
        return "the lab has no reference solution that could be run"
    return allowed.reason
