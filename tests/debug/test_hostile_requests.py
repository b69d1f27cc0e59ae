"""What a client may ask of a real machine, in any number and at any time, is done or refused."""

from __future__ import annotations

from pathlib import Path

from vm.debug.history import History
from vm.debug.machine_target import MachineTarget
from vm.debug.target import Action, Move, Why
from vm.machine import Machine

PROGRAMS = Path(__file__).parents[2] / "programs"
ALL = [Action(Move.CONTINUE, signal=0)]


def target_of(program: str) -> MachineTarget:
    target = MachineTarget(History(Machine(memory=1 << 20).boot(PROGRAMS / program)))
    target.wants(frozenset({Why.FORK, Why.VFORK, Why.EXEC}))
    return target


def test_who_kills_what_cannot_go_on_is_not_refused() -> None:
    target = target_of("deadlock.s")
    assert target.resume(ALL).why is Why.END
    target.kill(2)
    assert target.threads() == []
    assert target.resume(ALL).why is Why.NOBODY
