"""Every outcome has a schedule, and the run that it makes prints exactly that: on both engines, under each strategy."""

from __future__ import annotations

from pathlib import Path

import pytest

from forklore import Machine
from tests.sampling import one_in
from vm.memory.strategies import STRATEGIES

PROGRAMS = sorted(Path("programs/outcomes").glob("*.s"))
FEW = 12
"""Outcomes of a program that are replayed: the first ones."""
LONG = ("forks_four_times", "philosophers_5", "philosophers_mended_5")


def check(path: Path, strategy: str, *, terminal: bool) -> None:
    machine = Machine(fork=strategy)
    found = machine.outcomes(path, terminal=terminal)
    for outcome, _ in zip(found, range(FEW), strict=False):
        schedule = found.schedule(outcome)
        for engine in ("interpreter", "translator"):
            result = Machine(
                **{**schedule.settings, "engine": engine}  # type: ignore[arg-type]
            ).run(path, schedule=schedule)
            assert result.output == outcome.terminal + outcome.output
            assert result.errors == outcome.errors
            assert result.exit_code == outcome.end.exit_code
            assert result.signal == outcome.end.signal
            assert bool(outcome.end.stuck) == ("wait" in result.message)


@pytest.mark.parametrize("path", one_in(6, [path for path in PROGRAMS if path.stem not in LONG]), ids=str)
def test_the_schedule_of_an_outcome_prints_it(path: Path) -> None:
    check(path, "copy", terminal=True)


@pytest.mark.full
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("path", [path for path in PROGRAMS if path.stem not in LONG], ids=str)
def test_the_schedule_of_every_outcome_prints_it(path: Path, strategy: str) -> None:
    check(path, strategy, terminal=False)
