"""The stream of events as JSON lines: what is read back is what was told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.c.test_teaching import PROGRAMS as C_PROGRAMS
from tests.c.test_teaching import arguments, standard_input
from tests.events.test_event_json import values
from tests.kernel.guest import PRELUDE
from tests.programs.headers import PROGRAMS, PROGRAMS_FOLDER, PUZZLES, read_header
from vm import events
from vm.machine import Machine
from vm.observe.event_lines import EventLines, WrongKind, kinds_of
from vm.run import Run
from vm.settings import Settings
from vm.toolchain import is_installed

SLICE = ["vfork_exec.s", "race_lock.s", "zombie.s", "deadlock.s"]


def told_and_written(run: Run, *kinds: type[events.Event]) -> tuple[list[events.Event], list[bytes]]:
    """What a machine tells from before its start to its end, and the lines that are written of it."""
    told: list[events.Event] = []
    lines: list[bytes] = []
    EventLines(run.kernel.events, lines.append, kinds or events.KINDS)
    for kind in kinds or events.KINDS:
        run.subscribe(kind, told.append)
    run.finish()
    return told, lines


def check_round_trip(run: Run) -> None:
    told, lines = told_and_written(run)
    assert len(told) > 10
    assert [values(events.from_json(json.loads(line))) for line in lines] == [values(event) for event in told]
    assert {type(event) for event in told} >= {events.Executed, events.FramesChanged, events.CallEntered}
    assert all(line.isascii() and line.endswith(b"\n") and line[:-1].decode().isprintable() for line in lines)


@pytest.mark.parametrize("name", SLICE)
def test_what_is_read_back_is_what_was_told(name: str) -> None:
    header = read_header((PROGRAMS_FOLDER / name).read_text())
    check_round_trip(Machine(fork="cow").boot(PROGRAMS_FOLDER / name, header.arguments, input=header.input))


@pytest.mark.full
@pytest.mark.parametrize("program", [*PROGRAMS, *PUZZLES], ids=lambda program: program.name)
def test_that_holds_for_every_program(program: Path) -> None:
    header = read_header(program.read_text())
    machine = Machine(fork="on-demand", quantum=100, instructions=300_000)
    check_round_trip(machine.boot(program, header.arguments, input=header.input))


@pytest.mark.full
@pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")
@pytest.mark.parametrize("program", C_PROGRAMS, ids=lambda program: program.stem)
def test_that_holds_for_every_program_in_c(program: Path) -> None:
    machine = Machine(fork="on-demand", quantum=1000, instructions=300_000)
    check_round_trip(machine.boot(program, arguments(program), input=standard_input(program)))


HOSTILE = (
    """
_start: li a0, 1
        la a1, text
        li a2, 256
        sys write
        la a0, name
        li a1, 0
        li a2, 0
        sys execve
        exit 0
.data
name:   .ascii "/no\\033[2J<b>\\377\\177\\n"
        .byte 0
text:   .byte """
    + ", ".join(map(str, range(256)))
    + "\n"
)


def test_texts_of_a_guest_break_no_line_and_command_no_terminal(tmp_path: Path) -> None:
    """Nor do its arguments, or the name that the host knows it by."""
    name = "\x1b]0;x\x07\x7f\udcff\n.s"
    (tmp_path / name).write_text(PRELUDE + HOSTILE)
    run = Machine().boot(tmp_path / name, [b"\xff\x1b", "\u2028"])
    lines: list[bytes] = []
    head = EventLines(run.kernel.events, lines.append)
    head.begin("1.0", name, ["\udc80\x9b"], Settings(user="root"))
    run.finish()
    assert all(line[:-1].decode("ascii").isprintable() for line in lines)
    plain: list[Any] = [json.loads(line) for line in lines]
    assert plain[0]["program"] == {"base64": "G10wO3gHf/8KLnM="}
    assert plain[0]["settings"]["user"] == "root"
    written = [event for event in map(events.from_json, plain[1:]) if isinstance(event, events.Output)]
    assert b"".join(event.data for event in written) == bytes(range(256))


def test_kinds_are_selected_by_name() -> None:
    run = Machine().boot(PROGRAMS_FOLDER / "vfork_exec.s")
    told, lines = told_and_written(run, *kinds_of(["Exited", "CallReturned", "Created"]))
    assert [values(events.from_json(json.loads(line))) for line in lines] == [values(event) for event in told]
    assert {type(event).__name__ for event in told} == {"Exited", "CallReturned", "Created"}
    assert kinds_of(["Exited", "lifecycle", "Exited"]) == events.LIFECYCLE


@pytest.mark.parametrize(
    ("word", "complaint"),
    [("exited", "'exited' is no kind of event; did you mean 'Exited'"), ("", "'' is no kind of event$")],
)
def test_what_is_no_kind(word: str, complaint: str) -> None:
    with pytest.raises(WrongKind, match=complaint):
        kinds_of(["Created", word])
