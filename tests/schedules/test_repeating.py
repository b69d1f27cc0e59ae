"""A run that was recorded repeats: its output, its end, and every event of it, on the other engine, too."""

from __future__ import annotations

import dataclasses
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.guest import PRELUDE
from vm.events import KINDS
from vm.events.json import to_json
from vm.kernel.choice import Choice, ChoiceKind
from vm.kernel.pausing import Pause
from vm.kernel.ports import HostInput, Input
from vm.machine import Machine
from vm.records import Result
from vm.run import Run
from vm.schedules.files import read_schedule, write_schedule
from vm.schedules.schedule import Diverged, Schedule, WrongSchedule

FAMILY = """
# Ten children read a byte each of standard input, in whatever order, and say it; the parent collects them.
_start: li s0, 10
1:      sys fork
        beqz a0, child
        addi s0, s0, -1
        bnez s0, 1b
        li s0, 10
2:      li a0, -1
        li a1, 0
        li a2, 0
        sys wait4
        addi s0, s0, -1
        bnez s0, 2b
        exit 7
child:  la a2, moment
        li a0, 1
        li a1, 0
        li a3, 0
        sys clock_nanosleep_time64
        li a0, 0
        la a1, letter
        li a2, 1
        sys read
        mv a2, a0
        li a0, 1
        la a1, letter
        sys write
        exit 0
        .data
        .balign 8
moment: .quad 0, 1000
letter: .byte 0
"""


class LastOne:
    """Takes the last option, and now and then another."""

    def choose(self, choice: Choice) -> int:
        return 0 if choice.kind is ChoiceKind.PREEMPT and choice.number % 3 else len(choice.options) - 1


def told(run: Run) -> tuple[list[dict[str, Any]], Result]:
    """Every event of a run to its end as JSON, without what the host's clock says, and its result."""
    found: list[dict[str, Any]] = []

    def note(event: Any) -> None:
        plain = to_json(event)
        if "costs" in plain:
            plain["costs"].pop("host_ns")
        found.append(plain)

    for kind in KINDS:
        run.subscribe(kind, note)
    return found, run.finish()


def same(first: tuple[list[dict[str, Any]], Result], second: tuple[list[dict[str, Any]], Result]) -> None:
    assert first[0] == second[0]
    for name in ("status", "message", "output", "errors", "retired", "events", "processes"):
        assert getattr(first[1], name) == getattr(second[1], name), name


def machine(**settings: Any) -> Machine:
    return Machine(**{"instructions": 5_000_000, "memory": 16 << 20, **settings})


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "family.s"
    path.write_text(PRELUDE + FAMILY)
    return path


def of_a_pipe(data: bytes) -> Input:
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    return HostInput(reader)


@pytest.mark.parametrize("source", [lambda: b"0123456789", lambda: of_a_pipe(b"01\n34\n6789")], ids=["bytes", "pipe"])
def test_choices_and_input_repeat(program: Path, tmp_path: Path, source: Callable[[], bytes | Input]) -> None:
    run = machine(engine="interpreter").boot(program, ["x"], input=source(), chooser=LastOne(), record=True)
    recorded = told(run)
    schedule = run.schedule()
    assert len(schedule.choices) > 10
    assert sorted(schedule.input) == sorted(recorded[1].output)
    write_schedule(schedule, tmp_path / "schedule")
    known = read_schedule(tmp_path / "schedule")
    assert known == schedule == pickle.loads(pickle.dumps(schedule))
    for engine in ("interpreter", "translator"):
        same(recorded, told(machine(engine=engine).boot(program, ["x"], schedule=known)))


def test_a_copy_repeats_what_is_left(program: Path) -> None:
    run = machine().boot(program, input=b"0123456789", chooser=LastOne(), record=True)
    recorded = run.finish()
    again = machine().boot(program, schedule=run.schedule())
    for moment in range(100, run.kernel.clock, 250):
        again.advance(moment)
        assert again.copy().finish().output == recorded.output
    assert again.finish().output == recorded.output
    assert again.schedule() == run.schedule()


def test_a_run_that_pauses_at_each_choice_repeats(program: Path) -> None:
    run = machine().boot(program, input=b"0123456789", chooser=LastOne(), record=True)
    recorded = run.finish()
    again = machine().boot(program, schedule=run.schedule())
    while isinstance(again.advance(Choice), Pause):
        pass
    assert again.finish().output == recorded.output
    assert again.choices == run.choices


def test_a_schedule_that_does_not_fit_says_why(program: Path) -> None:
    run = machine(quantum=100).boot(program, ["x"], record=True)
    run.finish()
    schedule = run.schedule()
    with pytest.raises(WrongSchedule, match="recorded with quantum 100, this machine has 10000"):
        machine().boot(program, ["x"], schedule=schedule)
    with pytest.raises(WrongSchedule, match=r"recorded with the arguments \['x'\], these are \[\]"):
        machine(quantum=100).boot(program, schedule=schedule)
    with pytest.raises(WrongSchedule, match="not recorded with the variable 'A=1'"):
        machine(quantum=100).boot(program, ["x"], environment={"A": "1"}, schedule=schedule)
    program.write_text(program.read_text().replace("exit 7", "exit 8"))
    with pytest.raises(WrongSchedule, match="the program is another one"):
        machine(quantum=100).boot(program, ["x"], schedule=schedule).start()
    with pytest.raises(ValueError, match="no other input"):
        machine(quantum=100).boot(program, ["x"], schedule=schedule, input=b"x")
    with pytest.raises(ValueError, match="record=True"):
        machine().boot(program).schedule()


def test_a_run_that_goes_another_way_says_where(program: Path) -> None:
    run = machine().boot(program, input=b"0123456789", chooser=LastOne(), record=True)
    run.finish()
    schedule = run.schedule()

    def repeat(**changes: Any) -> None:
        machine().boot(program, schedule=dataclasses.replace(schedule, **changes)).finish()

    def changed(port: str) -> dict[str, Any]:
        first, *rest = schedule.exchanges[port]
        return {**schedule.exchanges, port: (dataclasses.replace(first, question="peek 9"), *rest)}

    first, *others = schedule.choices
    moved = dataclasses.replace(first, choice=dataclasses.replace(first.choice, clock=first.choice.clock + 1))
    with pytest.raises(Diverged, match=r"at clock [\d,]+: choice \d+ is at clock .*, and was then at clock "):
        repeat(choices=(moved, *others))
    with pytest.raises(Diverged, match="the input is asked for 'peek 1', and was then for 'peek 9'"):
        repeat(exchanges=changed("input"))
    with pytest.raises(Diverged, match="the schedule ends before the run: the output is asked for 'write'"):
        repeat(exchanges={**schedule.exchanges, "output": ()})
    with pytest.raises(Diverged, match="less input than its answers say"):
        repeat(input=b"0")
    assert schedule.end is not None
    with pytest.raises(Diverged, match=r"the run ended after [\d,]+ instructions"):
        repeat(end=dataclasses.replace(schedule.end, retired=1))


def test_a_schedule_so_far_repeats_as_far(program: Path) -> None:
    run = machine().boot(program, input=b"0123456789", record=True)
    run.advance(500)
    assert run.schedule().end is None
    again = machine().boot(program, schedule=run.schedule())
    again.advance(500)
    assert isinstance(run.schedule(), Schedule)
    assert again.kernel.clock == run.kernel.clock
    with pytest.raises(Diverged, match="the schedule ends before the run"):
        again.finish()
