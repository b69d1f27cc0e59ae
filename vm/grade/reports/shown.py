"""What of a verdict may be shown to whom: everything, or what a student is told while tests are hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from vm.grade.lab import Visibility
from vm.grade.verdict import ClassVerdict, Losing, State, TestVerdict, Verdict
from vm.text import message, printable

LATER = "a test before it is not passed"
"""Why a test was skipped, where the true reason could name one that is hidden."""


def shown(verdict: Verdict, *, for_teacher: bool) -> Verdict:
    """Return a verdict as it may be shown, all its texts printable.

    A student gets of a test that is not visible, be it only later, its points and what became of it: no name, no
    failure, no hint, and nothing that another test says of it.
    """
    cleaned: Verdict = _clean(verdict)
    return cleaned if for_teacher else replace(cleaned, tests=_without_hidden(cleaned.tests))


def class_shown(verdicts: ClassVerdict, *, for_teacher: bool) -> ClassVerdict:
    """Return what is said of a class, as it may be shown; :func:`shown` says what that is."""
    told = tuple([shown(each, for_teacher=for_teacher) for each in verdicts.verdicts])
    return replace(verdicts, lab=printable(verdicts.lab), lab_digest=printable(verdicts.lab_digest), verdicts=told)


def is_hidden(test: TestVerdict) -> bool:
    """Return whether students are not told of a test, or not yet."""
    return test.visibility is not Visibility.VISIBLE


def _without_hidden(tests: tuple[TestVerdict, ...]) -> tuple[TestVerdict, ...]:
    told = []
    number, stops = 0, False
    for test in tests:
        if is_hidden(test):
            number += 1
            stops = stops or test.state is not State.PASSED
            told.append(_bare(test, f"hidden test {number}"))
        else:
            told.append(replace(test, reason=LATER) if test.reason and stops else test)
    return tuple(told)


def _bare(test: TestVerdict, name: str) -> TestVerdict:
    """What a student is told of a hidden test."""
    return TestVerdict(
        name=name, state=test.state, points=test.points, out_of=test.out_of, visibility=test.visibility
    )  # fmt: skip


def _clean(value: Any) -> Any:
    """The same with texts that are printable; only a schedule has lines."""
    if isinstance(value, str) and type(value) is str:
        return printable(value)
    if isinstance(value, Losing):
        return replace(value, schedule=message(value.schedule))
    if isinstance(value, tuple):
        return tuple([_clean(inner) for inner in value])
    if isinstance(value, Mapping):
        return {_clean(key): _clean(inner) for key, inner in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _clean(getattr(value, each.name)) for each in fields(value)})
    return value
