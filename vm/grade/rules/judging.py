"""Judging a run by rules: what is to be recorded for them, and what is said of those that are broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

from vm.grade.conduct import Wanted
from vm.grade.lab import Rule
from vm.grade.observation import Observation
from vm.grade.rules.table import RULES, Row
from vm.grade.rules.values import Values
from vm.grade.rules.violation import CannotJudge, Seen, Violation, Where
from vm.grade.verdict import Failure


def needs(rules: Sequence[Rule]) -> Wanted:
    """Return what has to be recorded of a run that is judged by these rules: nothing at all without any."""
    return reduce(Wanted.__or__, [RULES[rule.name].wanted(rule.values) for rule in rules], Wanted())


def needs_checker(rules: Sequence[Rule]) -> bool:
    """Return True if one of these rules is judged by what the checker of vfork finds."""
    return any(RULES[rule.name].needs_checker for rule in rules)


def judge_rules(rules: Sequence[Rule], observation: Observation, where: Where = lambda call: "") -> list[Failure]:
    """Return a failure for each rule that a run has broken, and for each that cannot be judged.

    The run was recorded with at least what :func:`needs` asks for. ``where`` tells where a call stands in its source,
    as :class:`~vm.grade.rules.places.Places` does.
    """
    seen = Seen(observation.conduct, observation.findings, where)
    assert needs(rules) | observation.conduct.wanted == observation.conduct.wanted, "what rules need was not recorded"
    failures = []
    for rule in rules:
        for violation in _violations(RULES[rule.name], seen, rule.values):
            failures.append(
                Failure(
                    kind="rule",
                    what=rule.name,
                    title=violation.title,
                    expected=(violation.expected,),
                    came=violation.came,
                    key=f"rule:{rule.name}:{violation.key}",
                )
            )
    return failures


def _violations(row: Row, seen: Seen, values: Values) -> Iterator[Violation]:
    try:
        yield from row.judge(seen, values)
    except CannotJudge as error:
        yield Violation(
            title=f"the rule '{row.name}' cannot be judged: {error}",
            expected=row.help,
            came=(),
            key="unjudged",
        )
