"""The tree of processes: heard while a machine runs, and read from what it has told."""

from __future__ import annotations

import pytest

from tests.programs.headers import PROGRAMS_FOLDER
from vm import Machine
from vm.observe.family import Family, family_of


@pytest.mark.parametrize("name", ["fork_tree.s", "vfork_exec.s", "exit_status.s", "fork_bomb.s"])
def test_what_was_told_makes_the_same_tree(name: str) -> None:
    run = Machine(engine="interpreter").boot(PROGRAMS_FOLDER / name).start()
    heard = family_of(run.kernel, run.program.pid)
    result = run.finish()
    read = Family(run.program.pid, "", 0, lambda: run.kernel.clock, lambda pid: "runs").read(result.events)
    assert list(read.lines()) == list(heard.lines())
