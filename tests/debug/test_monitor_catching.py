"""Tests of ``monitor catch``: calls on both ways, births and ends on the way back, where gdb is not told of them."""

from __future__ import annotations

import pytest

from tests.debug.histories import PROGRAMS, PlainView, history_of, lines
from vm.abi import CALL_NUMBERS
from vm.debug.history import History
from vm.debug.machine_target import MachineTarget
from vm.debug.target import Action, Caught, Move, Stop, Why
from vm.machine import Machine


def test_what_is_caught_is_told() -> None:
    history, view = history_of("pipeline.s"), PlainView()
    assert lines(history, "catch", view) == ["nothing is caught"]
    assert lines(history, "catch syscall write,close", view) == ["caught: calls of close, write"]
    assert lines(history, "catch fo", view) == ["caught: calls of close, write; going back, fork"]
    assert lines(history, "catch syscall", view) == ["caught: every system call; going back, fork"]
    assert view.caught == Caught(None, frozenset({"fork"}))
    assert lines(history, "catch off", view) == ["nothing is caught"]
    for wrong in ("catch forks", "catch e", "catch syscall wrote", "catch fork 3"):
        told = " ".join(lines(history, wrong, view))
        assert "there are" in told or "too much" in told or "wrote" in told
    assert view.caught == Caught()


@pytest.fixture
def target() -> MachineTarget:
    target = MachineTarget(History(Machine(memory=16 << 20).boot(PROGRAMS / "pipeline.s").start()))
    target.wants(frozenset({Why.FORK, Why.VFORK, Why.EXEC}))
    return target


def forwards(target: MachineTarget) -> list[Stop]:
    """All stops up to the one before the end."""
    found: list[Stop] = []
    while not found or found[-1].why is not Why.END:
        found.append(target.resume([Action(Move.CONTINUE)]))
        if found[-1].why is Why.FORK:
            target.takes(found[-1].number)
    return found


def test_calls_are_stopped_at_on_both_ways(target: MachineTarget) -> None:
    target.caught = Caught(frozenset({CALL_NUMBERS["pipe2"]}))
    told = [stop.notes[0] for stop in forwards(target) if stop.notes and stop.why is Why.SIGNAL]
    assert [note.split(":")[0] for note in told] == [
        "Process 2 is about to call pipe2",
        "pipe2 has returned 0 to process 2.",
    ]
    back = []
    while (stop := target.go_back(None, None, step=False)).why is not Why.BEGIN:
        back += stop.notes
    assert back == told[::-1]


def test_births_and_ends_are_stopped_at_on_the_way_back(target: MachineTarget) -> None:
    met = forwards(target)
    births = [stop.number for stop in met if stop.why is Why.FORK]
    ends = [stop.pid for stop in met if stop.why is Why.EXITED]
    target.caught = Caught(events=frozenset({"fork", "exit"}))
    back = []
    while (stop := target.go_back(None, None, step=False)).why is not Why.BEGIN:
        back += [note for note in stop.notes if "about to" in note]
    assert [note for note in back if "end" in note] == [f"Process {pid} is about to end." for pid in reversed(ends)]
    assert [note for note in back if "make" in note] == [
        f"Process 2 is about to make process {child}: fork." for child in reversed(births)
    ]
