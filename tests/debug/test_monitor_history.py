"""Tests of ``monitor`` commands on a history that is taken back, and changed on the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.debug.histories import PROGRAMS, PlainView, StraightHistory, history_of, lines
from tests.sampling import first_of
from vm import events
from vm.debug.changes import WriteMemory
from vm.debug.history import History
from vm.kernel.pausing import Moment, Pause, Until
from vm.kernel.stops import Stops
from vm.machine import Machine

COMMANDS = ("ps", "segments", "frames", "check", "calls 20", "waits", "fds", "whence $sp", "whence 0x12000")


def taken_back(program: str) -> History:
    """A history that has been to its end."""
    history = History(Machine(memory=16 << 20).boot(PROGRAMS / program))
    history.advance()
    return history


def straight(program: str, moment: Moment) -> StraightHistory:
    """A run of the same program that was never further."""
    history = history_of(program)
    history.run.advance(Until(moment=moment))
    return history


def text(answer: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(answer))


@pytest.mark.parametrize("program", first_of(2, ["vfork_global.s", "pipeline.s", "fork_isolation.s", "threads.s"]))
def test_the_past_looks_as_it_did_when_it_was_the_present(program: str) -> None:
    history = taken_back(program)
    end = history.moment
    for part in (3, 2, 1):
        history.goto(end.clock * part // 4)
        before = history.moment, history.run.digest()
        known = straight(program, history.moment)
        for command in COMMANDS:
            assert lines(history, command) == lines(known, command), command
        assert text(lines(history, "when")).endswith(
            f"in the past: {end.clock - history.moment.clock:,} before the known end, clock {end.clock:,}"
            + (f", step {end.steps}" if end.steps else "")
        )
        assert (history.moment, history.run.digest()) == before


def test_what_is_planned_is_where_it_is_gone_to() -> None:
    """Fork by fork to the beginning: each time the next event is that fork."""
    history, view, made = taken_back("pipeline.s"), PlainView(), []
    while lines(history, "goto last fork", view)[0].startswith("the last before now: fork by 2 made "):
        history.goto(view.planned.pop())
        children = len(history.run.kernel.processes)
        pause = history.advance(Until(events=(events.Created,)))
        assert isinstance(pause, Pause)
        assert isinstance(pause.event, events.Created)
        made.append(pause.event.child)
        assert len(history.run.kernel.processes) == children + 1
        lines(history, "goto last fork", view)
        history.goto(view.planned.pop())
    assert made == [4, 3]


def test_the_session_of_a_damaged_variable() -> None:
    """Stand at the end of the parent, ask who wrote the balance, go there: the child's store comes next."""
    history, view = taken_back("vfork_global.s"), PlainView(2)
    lines(history, "goto last exit", view)
    history.goto(view.planned.pop())
    told = text(lines(history, "whence balance", view))
    found = re.search(r"written at clock (\d+) by 3, at _start \(vfork_global.s:34\)", told)
    assert found is not None
    lines(history, f"goto {found[1]}", view)
    history.goto(view.planned.pop())
    assert "* 3 2 vfork_global.s _start running (vfork_global.s:34)" in text(lines(history, "ps", view))
    assert history.run.kernel.running is not None
    history.advance(Until(stops=Stops(step=3)))
    assert "word 0x00000000" in text(lines(history, "whence balance", view))
    assert "warning: vfork child changed its parent's memory" in lines(history, "check", view)[0]


def test_a_change_in_the_debugger_is_told_as_one(tmp_path: Path) -> None:
    history = History(Machine(memory=16 << 20).boot(PROGRAMS / "vfork_global.s"))
    history.advance(Until(clock=20))
    history.change(WriteMemory(2, 0x12002, b"\x01"))
    told = text(lines(history, "whence balance", PlainView(2)))
    assert "word 0x00010064 at 0x00012000" in told
    assert told.endswith("written at clock 20 in the debugger")
    assert "would not repeat by it" in text(lines(history, f"schedule {tmp_path}/s"))
    assert not (tmp_path / "s").exists()
    history.advance(Until(clock=140))
    assert "written at clock 132 by 3" in text(lines(history, "whence balance", PlainView(2)))
    history.goto(10)
    assert text(lines(history, "whence balance", PlainView(2))).endswith("written by nobody since it was made")
