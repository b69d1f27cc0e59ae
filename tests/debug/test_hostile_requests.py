"""What a client may ask of a real machine, in any number and at any time, is done or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from vm.cpu.guards import MOST_GUARDS
from vm.debug.history import History
from vm.debug.machine_target import MachineTarget
from vm.debug.target import Action, Move, Refused, Why
from vm.machine import Machine

PROGRAMS = Path(__file__).parents[2] / "programs"
ALL = [Action(Move.CONTINUE, signal=0)]
STACK = 0x7FFF_0000
WRITE = 2


def target_of(program: str) -> MachineTarget:
    target = MachineTarget(History(Machine(memory=1 << 20).boot(PROGRAMS / program)))
    target.wants(frozenset({Why.FORK, Why.VFORK, Why.EXEC}))
    return target


def test_watchpoints_are_as_many_as_can_be_guarded() -> None:
    """In parent and vfork child, who share memory: what both watch counts once."""
    target = target_of("vfork_global.s")
    for number in range(MOST_GUARDS):
        target.insert(2, WRITE, STACK + 8 * number, 4)
    with pytest.raises(Refused):
        target.insert(2, WRITE, STACK - 8, 4)
    stop = target.resume(ALL)
    assert stop.why is Why.VFORK
    for number in range(MOST_GUARDS):
        target.insert(stop.number, WRITE, STACK + 8 * number, 4)
    with pytest.raises(Refused):
        target.insert(stop.number, WRITE, STACK - 8, 4)
    target.takes(stop.number)
    assert target.resume(ALL).pid == stop.number


def test_who_kills_what_cannot_go_on_is_not_refused() -> None:
    target = target_of("deadlock.s")
    assert target.resume(ALL).why is Why.END
    target.kill(2)
    assert target.threads() == []
    assert target.resume(ALL).why is Why.NOBODY


def test_a_child_that_nobody_has_named_may_be_the_last_to_end() -> None:
    target = target_of("orphan.s")
    whys = [target.resume(ALL).why for _ in range(4)]
    assert whys[0] is Why.FORK
    assert whys[-1] is Why.NOBODY
