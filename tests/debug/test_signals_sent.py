"""A signal that a debugger sends acts at once; and nobody is moved who was let go."""

from __future__ import annotations

import pytest

from tests.debug.histories import PROGRAMS
from vm.abi import Signal
from vm.debug.history import History
from vm.debug.machine_target import MachineTarget
from vm.debug.signals import to_gdb
from vm.debug.target import Action, Move, Refused, Why
from vm.machine import Machine


def target_of(program: str) -> MachineTarget:
    target = MachineTarget(History(Machine(memory=16 << 20).boot(PROGRAMS / program).start()))
    target.wants(frozenset({Why.FORK, Why.VFORK, Why.EXEC}))
    return target


def test_a_signal_that_is_sent_acts_at_once() -> None:
    target = target_of("hello.s")
    stop = target.resume([Action(Move.CONTINUE, 2, 2, to_gdb(Signal.SIGUSR1))])
    assert stop.why is Why.END
    stop = target.resume([Action(Move.CONTINUE)])
    assert (stop.why, stop.number) == (Why.KILLED, to_gdb(Signal.SIGUSR1))


def test_who_was_let_go_is_moved_by_nobody() -> None:
    target = target_of("fork_order.s")
    stop = target.resume([Action(Move.CONTINUE)])
    assert (stop.why, stop.number) == (Why.FORK, 3)
    target.detach(3)
    for pid in (1, 3, 77):
        with pytest.raises(Refused):
            target.resume([Action(Move.STEP, pid, pid)])
    assert target.resume([Action(Move.STEP, 3, 3), Action(Move.STEP, 2, 2)]).pid == 2
