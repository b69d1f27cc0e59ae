"""Verdicts: what is said of a submission, test by test. Plain data without times, the same wherever it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from vm.enums import quick
from vm.grade.lab import Visibility
from vm.values import dataclass


@quick
class State(StrEnum):
    """What became of a test. ERROR: the grader could not judge it, which is nobody's fault who is graded."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Losing:
    """The run that was lost: ``schedule`` is the text of a schedule's file, by which it is repeated.

    ``depends`` is true where another schedule of the same program passes, or might.
    """

    schedule: str
    depends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A reason why a test is not passed. All texts are printable, and bounded.

    ``kind`` is one of "build", "missing", "output", "errors", "terminal", "file", "status", "signal", "limit", "time",
    "deadlock", "dialogue", "rule", "grader". ``what`` is which of them: a file's path, a rule's name, a limit's.
    ``title`` is a sentence without a full stop. ``expected`` and ``came`` are what they say, in lines; ``details`` are
    further lines, the first difference marked. ``key`` is what failures have in common that are alike: the same for two
    submissions that went wrong in the same way, whatever their names, pids and addresses are.
    """

    kind: str
    what: str = ""
    title: str
    expected: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    key: str
    losing: Losing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestVerdict:
    """What became of a test. ``ran`` is the command as one would type it, ``schedules`` how many were tried, in words
    ("every schedule: 6 outcomes"); empty for the machine's own. ``reason`` says why it was skipped.
    """

    __test__ = False

    name: str
    state: State
    points: float
    out_of: float
    visibility: Visibility
    hint: str = ""
    ran: str = ""
    schedules: str = ""
    reason: str = ""
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is said of a submission. ``name`` is printable. ``digest`` names what was handed in. ``remarks``: what was
    left out of it, and what the compiler warned of, by program; texts are printable and bounded.
    """

    name: str
    digest: str
    tests: tuple[TestVerdict, ...]
    remarks: tuple[str, ...] = ()
    warnings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def points(self) -> float:
        """The points of all tests together."""
        return sum(test.points for test in self.tests)

    @property
    def out_of(self) -> float:
        """The points that there are."""
        return sum(test.out_of for test in self.tests)

    @property
    def is_passed(self) -> bool:
        """True if every test is passed."""
        return all(test.state is State.PASSED for test in self.tests)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassVerdict:
    """What is said of all submissions, in the order of their names."""

    lab: str
    lab_digest: str
    seed: int
    verdicts: tuple[Verdict, ...]
