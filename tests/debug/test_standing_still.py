"""A machine that cannot go on with the threads that are named says so."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from vm.debug.checkpoints import Limits
from vm.debug.history import History
from vm.debug.machine_target import MachineTarget
from vm.debug.target import Action, Move, Refused, Why
from vm.machine import Machine

PROGRAMS = Path(__file__).parents[2] / "programs"


@pytest.mark.parametrize(
    ("name", "instructions"), [("fork_tree.s", 3000), ("threads.s", 200), ("vfork_global.s", 3000)]
)
@pytest.mark.parametrize("who", [(2, 2), (2, None), (3, 3)])
def test_it_stops_whoever_goes_on(name: str, instructions: int, who: tuple[int, int | None]) -> None:
    machine = Machine(instructions=instructions, memory=1 << 20, quantum=50)
    target = MachineTarget(History(machine.boot(PROGRAMS / name), Limits()))
    target.wants(frozenset({Why.FORK, Why.VFORK, Why.VFORK_DONE, Why.NOBODY}))
    target.resume((Action(Move.STEP, 2, 2, 0),))
    last = target.resume((Action(Move.CONTINUE, signal=0),))
    for _ in range(8):
        with contextlib.suppress(Refused):  # a run that is over cannot be changed: nobody can be held any more
            last = target.resume((Action(Move.CONTINUE, *who, signal=0),))
    assert last.why in (Why.SIGNAL, Why.END, Why.NOBODY, Why.EXITED)
