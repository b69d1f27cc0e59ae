"""What is said of a test under every schedule is what a brute force says that judges every run one by one."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.grade.every.trials import a_test, images_of, is_met, judge, text_of
from tests.oracle.every_schedule import Outcome, TooLarge, every_outcome
from tests.oracle.small_programs import small_program
from tests.sampling import one_in
from vm.grade.every.explored import Explored
from vm.grade.every.judging_every import judge_every
from vm.grade.images import Images
from vm.grade.judging.judge import judge as real_judge
from vm.grade.lab import How, Space, Test, Text

COUNT = 240
RUNS = 100
STATES, OUTCOMES = 5_000, 20_000
"""What the model may need for a program: larger ones are passed over."""


def expectations(outcomes: list[Outcome], seed: int) -> list[Text]:
    """Some expectations that a program may meet in all runs, in some, or in none."""
    rng = random.Random(seed)
    texts = sorted({output for output, _ in outcomes})
    one, letters = rng.choice(texts), rng.choice(texts)[:2]
    most = texts[: max(1, len(texts) - rng.randrange(2))]
    return [
        text_of(How.EXACT, one),
        text_of(How.ONE_OF, *texts),
        text_of(How.ONE_OF, *most),
        text_of(How.CONTAINS, *[letters[at : at + 1] for at in range(len(letters))]),
        text_of(How.LACKS, letters or b"a", b""),
        text_of(How.REGEX, b"(?s:.*" + letters[:1] + b".*)"),
        text_of(How.ONE_OF, *most, space=Space.AMOUNT),
    ]


def is_right(test: Test, outcome: Outcome) -> bool:
    output, end = outcome
    texts = all(is_met(text, output, "output", None) for text in test.expected.output)
    return texts and not end.stuck and end.status == 0


@pytest.mark.parametrize("seed", one_in(30, range(COUNT)))
def test_random_programs_are_judged_as_by_brute_force(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each expectation is held against outcomes one by one, and by automata."""
    program = small_program(seed)
    try:
        outcomes = sorted(every_outcome(program, STATES, OUTCOMES), key=repr)
    except TooLarge:
        return
    images = images_of(program)
    explored = Explored(a_test(runs=RUNS), images)

    def of(test: Test, _: Images) -> Explored:
        """It is explored once: the tests differ in what they expect."""
        explored.test = replace(explored.test, expected=test.expected)
        return explored

    monkeypatch.setattr("vm.grade.every.judging_every.Explored", of)
    for few in (1000, 0):
        monkeypatch.setattr("vm.grade.every.looking.FEW", few)
        for text in expectations(outcomes, seed)[: None if few else 5]:
            test = a_test(text, runs=RUNS)
            verdicts = {is_right(test, outcome) for outcome in outcomes}
            tried = judge_every(test, images, judge)
            assert judge_every(test, images, real_judge).is_passed == tried.is_passed
            assert not tried.error
            if tried.schedules.startswith("every schedule"):
                assert tried.is_passed == (verdicts == {True}), (text, program)
            elif not tried.is_passed:
                assert False in verdicts, (text, program)
            for failure in tried.failures:
                assert failure.losing is not None
                assert failure.losing.depends == (True in verdicts) or not tried.schedules.startswith("every schedule")
