"""Failures of a class that are alike, and who has them."""

from __future__ import annotations

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
    """Return the groups of failures, those that most submissions have first, and then as tests are ordered."""
    examples: dict[tuple[str, str, str, str], Failure] = {}
    having: dict[tuple[str, str, str, str], dict[str, None]] = {}
    order: dict[str, int] = {}
    for verdict in verdicts.verdicts:
        for at, test in enumerate(verdict.tests):
            order.setdefault(test.name, at)
            for failure in test.failures:
                alike = (test.name, failure.kind, failure.what, failure.key)
                examples.setdefault(alike, failure)
                having.setdefault(alike, {})[verdict.name] = None
    ranked = sorted(having, key=lambda alike: (-len(having[alike]), order[alike[0]], alike))
    return tuple([Group(test=a[0], example=examples[a], submissions=tuple(having[a])) for a in ranked])
