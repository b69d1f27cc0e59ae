"""The explorer finds what brute force finds of small programs: nothing is missing, and nothing is too many."""

from __future__ import annotations

import pytest

from tests.oracle.every_schedule import TooLarge, every_outcome
from tests.oracle.small_language import Body
from tests.oracle.small_programs import small_program
from tests.outcomes.small_explored import explored, outcomes_of
from tests.outcomes.small_programs_that_differed import PROGRAMS
from tests.sampling import one_in

COUNT = 700
STATES, OUTCOMES = 20_000, 300_000
"""What the model may need for a program: larger ones are passed over."""


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_what_once_differed_does_not(program: Body) -> None:
    explorer, is_complete = explored(program)
    assert is_complete
    assert outcomes_of(explorer) == every_outcome(program)


@pytest.mark.parametrize("seed", one_in(84, range(COUNT)))
def test_the_outcomes_of_random_programs_are_those_of_every_schedule(seed: int) -> None:
    """Where there are so many classes that exploring them all takes too long, those that are found are right."""
    program = small_program(seed)
    try:
        expected = every_outcome(program, STATES, OUTCOMES)
    except TooLarge:
        return
    explorer, is_complete = explored(program)
    found = outcomes_of(explorer)
    assert found - expected == set(), program
    assert expected - found == set() or not is_complete, program
