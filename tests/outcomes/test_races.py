"""Brute force and the machine find the same outcomes of small programs that race."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.every_choice import EveryChoice
from tests.outcomes.races import BETWEEN_CALLS, INSIDE, assembly_of
from tests.outcomes.test_puzzles import answered

QUICK = {"append", "exit_early", "kernel_read", "sigchld_default_wait", "sigpipe", "stop"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in QUICK else pytest.mark.full) for name in [*BETWEEN_CALLS, *INSIDE]],
)
def test_the_machine_finds_what_every_choice_gives(name: str, tmp_path: Path) -> None:
    program = tmp_path / f"{name}.s"
    program.write_text(assembly_of({**BETWEEN_CALLS, **INSIDE}[name]))
    found = EveryChoice(program, inside=name in INSIDE).outcomes()
    assert len(found) > 1
    assert answered(program) == found
