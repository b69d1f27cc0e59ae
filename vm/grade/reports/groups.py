"""Failures of a class that are alike, and who has them."""

from __future__ import annotations

from vm.grade.reports.passages import BUILDING
from vm.grade.verdict import ClassVerdict, Failure
from vm.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Failures of the test ``test`` that are alike: ``submissions`` have one, in their order, and ``example`` is the
    first one's.
    """

    test: str
    example: Failure
    submissions: tuple[str, ...]


def groups_of(verdicts: ClassVerdict) -> tuple[Group, ...]:
    """Return the groups of failures, those that most submissions have first, and then as tests are ordered.

    A program that could not be built fails all of its tests, and is told of with the first.
    """
    examples: dict[tuple[str, str, str, str], Failure] = {}
    having: dict[tuple[str, str, str, str], dict[str, None]] = {}
    order: dict[str, int] = {}
    firsts: dict[str, str] = {}
    for verdict in verdicts.verdicts:
        for at, test in enumerate(verdict.tests):
            order.setdefault(test.name, at)
            for failure in test.failures:
                name = firsts.setdefault(failure.key, test.name) if failure.kind in BUILDING else test.name
                alike = (name, failure.kind, failure.what, failure.key)
                examples.setdefault(alike, failure)
                having.setdefault(alike, {})[verdict.name] = None
    ranked = sorted(having, key=lambda alike: (-len(having[alike]), order[alike[0]], alike))
    return tuple([Group(test=a[0], example=examples[a], submissions=tuple(having[a])) for a in ranked])
