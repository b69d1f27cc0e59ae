"""What there is to say of a test and its failures, in labelled passages: every format says the same in its own way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from vm.grade.verdict import Failure, State, TestVerdict, Verdict
from vm.quantities import plural
from vm.text import printable
from vm.values import dataclass

WORDS = {State.PASSED: "passed", State.FAILED: "FAILED", State.SKIPPED: "skipped", State.ERROR: "ERROR"}
"""What became of a test, in words of which those that matter stand out."""
BUILDING = ("build", "missing")
"""Kinds of failures that are of a program, whichever test runs it."""
NO_REASON = "another test is not passed"
FEW_NAMES = 8
"""Names that are told of many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How a run that was lost is repeated: ``commands`` as one would type them where the report lies, and the
    ``folder`` with what they need, by its path from there.
    """

    folder: str
    commands: tuple[str, ...]


Replays = Mapping[tuple[str, str], Replay]
"""By the names of a submission and of a test."""
Films = Mapping[tuple[str, str], str]
"""Paths of films from where the report lies, by the names of a submission and of a test."""


T = TypeVar("T")


def by_shown_names(found: Mapping[tuple[str, str], T] | None) -> dict[tuple[str, str], T]:
    """Return films, or replays, by the names as they are shown; nothing for None."""
    return {(printable(submission), printable(test)): each for (submission, test), each in (found or {}).items()}


@dataclass(frozen=True, slots=True)
class Passage:
    """Some lines, and what they are; ``is_quoted``: they are the program's, or commands, and not ours."""

    label: str
    lines: tuple[str, ...]
    is_quoted: bool = True


def of_test(test: TestVerdict) -> Iterator[Passage]:
    """Yield what is said of a test that is not passed, before its failures."""
    if test.ran:
        yield Passage("ran", (test.ran,))
    if test.schedules:
        yield Passage("schedules", (test.schedules,), is_quoted=False)
    if test.state is State.SKIPPED:
        yield Passage("because", (test.reason or NO_REASON,), is_quoted=False)


def of_failure(failure: Failure, replay: Replay | None = None) -> Iterator[Passage]:
    """Yield what is said of a failure below its title."""
    if failure.expected:
        yield Passage("expected", failure.expected)
    if failure.came:
        yield Passage("came", failure.came)
    if failure.details:
        yield Passage("in detail", failure.details)
    if failure.losing is not None:
        depends = failure.losing.depends
        told = "this one fails; another one passes, or might" if depends else "no schedule passes"
        yield Passage("schedule", (told,), is_quoted=False)
        if replay is not None:
            yield Passage("repeat it", tuple(map(printable, replay.commands)))


def hint_of(test: TestVerdict) -> Iterator[Passage]:
    """Yield the hint of a test that failed, which is of no use to who has no program."""
    if test.hint and test.state is State.FAILED and not _has_no_program(test):
        yield Passage("hint", (test.hint,), is_quoted=False)


def _has_no_program(test: TestVerdict) -> bool:
    return bool(test.failures) and all(each.kind in BUILDING for each in test.failures)


def points_words(points: float) -> str:
    """Return points as people write them: 10, 2.5, at most two digits behind the point."""
    told = f"{points:.2f}".rstrip("0").rstrip(".")
    return "0" if told == "-0" else told


def score_words(points: float, out_of: float) -> str:
    """Return points and how many there are: ``7.5/10``."""
    return f"{points_words(points)}/{points_words(out_of)}"


def names_words(names: tuple[str, ...], most: int = FEW_NAMES) -> str:
    """Return some names, and how many there are besides."""
    told = ", ".join(names[:most])
    return told if len(names) <= most else f"{told} and {len(names) - most:,} more"


def tests_words(tests: tuple[TestVerdict, ...]) -> str:
    """Return how many tests are passed: ``3 of 4 tests passed``."""
    passed = sum(test.state is State.PASSED for test in tests)
    return f"{passed} of {plural(len(tests), 'test')} passed"


# --- as plain text ----------------------------------------------------------------------------------------------------


def as_text(test: TestVerdict, replay: Replay | None = None) -> str:
    """Return everything that is said of a test that is not passed, as lines of text; nothing of one that is."""
    if test.state is State.PASSED:
        return ""
    lines = [*_text_lines(of_test(test), "")]
    for failure in test.failures:
        lines += ["", title_of(failure), *_text_lines(of_failure(failure, replay), "  ")]
    lines += ["", *_text_lines(hint_of(test), "")]
    return "\n".join(lines).strip("\n")


def _text_lines(passages: Iterator[Passage], indent: str) -> Iterator[str]:
    for passage in passages:
        if len(passage.lines) == 1:
            yield f"{indent}{passage.label}: {passage.lines[0]}".rstrip()
        else:
            yield f"{indent}{passage.label}:"
            yield from (f"{indent}  {each}".rstrip() for each in passage.lines)


def title_of(failure: Failure) -> str:
    """Return what a failure is, in a line: its title, and what that does not say."""
    before = {"rule": failure.what, "grader": "this could not be judged"}.get(failure.kind, "")
    return f"{before}: {failure.title}" if before else failure.title


def notes_of(verdict: Verdict) -> list[str]:
    """Return what is said of a submission beside its tests: what was left out, and what the compiler warned of."""
    warned = [f"{program}: {each}" for program, told in verdict.warnings.items() for each in told]
    return [*verdict.remarks, *warned]
