"""What a check of a lab's tests has found. Plain data without times, the same wherever it was found."""

from __future__ import annotations

from enum import StrEnum

from vm.enums import quick
from vm.grade.checking.mutants import Mutant
from vm.grade.lab import Place
from vm.grade.verdict import Failure
from vm.values import dataclass


@quick
class Level(StrEnum):
    """How much a finding says: ERROR, the tests are not fair, or prove nothing; WARNING, they seem so; NOTE."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something to be said of a test; or of the lab, where ``test`` is empty.

    ``kind`` is one of "reference", "demands-too-much", "unjudged", "cannot-be-met", "cannot-fail", "no-points",
    "no-hint", "no-mutants". ``title`` is a sentence without a full stop, ``advice`` says what to do; ``failures`` are
    the reference solution's, those that depend on the schedule with one that shows it.
    """

    level: Level
    kind: str
    test: str = ""
    place: Place
    title: str
    advice: str = ""
    failures: tuple[Failure, ...] = ()

    @property
    def schedule(self) -> str:
        """The text of a schedule's file that shows it; empty where it does not depend on that."""
        return next((each.losing.schedule for each in self.failures if each.losing is not None), "")


@quick
class Fate(StrEnum):
    """What became of a mutant: a test FAILED it, or it SURVIVED all; its program is the SAME as without the mistake, or
    was made by another mutant (TWICE); it could not be BUILT; a test could not judge it (UNJUDGED).
    """

    FAILED = "failed"
    SURVIVED = "survived"
    SAME = "same"
    TWICE = "twice"
    UNBUILT = "unbuilt"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A mutant, what became of it, and the tests that it failed, by their names. ``image`` names its programs."""

    mutant: Mutant
    fate: Fate
    failed: tuple[str, ...] = ()
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many mutants a test has failed, and how many no other test has."""

    test: str
    points: float
    failed: int
    alone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is said of a lab's tests. ``seeds`` are those that the reference solution was graded with, ``possible`` how
    many mutants there could have been.
    """

    lab: str
    file: str
    seeds: tuple[int, ...]
    found: tuple[Found, ...]
    possible: int
    mutants: tuple[Judged, ...]
    tallies: tuple[Tally, ...]

    @property
    def survivors(self) -> list[Mutant]:
        """Those that pass every test: each is a mistake that nobody notices, or none."""
        return [each.mutant for each in self.mutants if each.fate is Fate.SURVIVED]

    @property
    def is_well(self) -> bool:
        """True if there is nothing but notes."""
        return all(each.level is Level.NOTE for each in self.found)

    def count(self, *fates: Fate) -> int:
        """How many mutants met one of these fates."""
        return sum(each.fate in fates for each in self.mutants)
