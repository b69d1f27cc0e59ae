"""Tests that no ``monitor`` command raises, whatever is typed and whoever is still there; and of ``schedule``."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.debug.histories import PROGRAMS, PlainView, history_of, lines
from vm import events
from vm.debug.history import History
from vm.debug.monitor.commands import names
from vm.kernel.pausing import Moment
from vm.machine import Machine
from vm.schedules.files import read_schedule

COMMANDS = 500
WORDS = (
    "", "2", "3", "p2.3", "99", "-1", "0", "1", "begin", "end", "last", "fork", "exit", "output", "syscall", "write",
    "signal", "balance", "balance+4", "_start", "0x12000", "0x0", "0xffffffff", "4294967296", "$sp", "$pc", "$", "+5",
    "-5", "1,000", "%process", "/.*", "?x", "!all", "\x1b[2J", "\udcff", "é", "'", '"', "\\", "\0", "\n", "a" * 300,
    "9" * 100, "0x", "+", "-", "..", "p.", "help", "nan", "1e9", "🐟",
)  # fmt: skip


def histories() -> Iterator[Any]:
    """Machines in which somebody is dead, suspended, blocked for ever, without memory, or nobody; one in the past."""
    for program, stop in (
        ("hello.s", None), ("vfork_global.s", events.Created), ("zombie.s", events.Exited), ("pipeline.s", 400),
        ("threads.s", 700), ("deadlock.s", 10_000), ("null_pointer.s", 10_000), ("vfork_killed.s", events.Signalled),
        ("race_shared.s", 150),
    ):  # fmt: skip
        history = history_of(program)
        if stop is not None:
            history.run.advance(stop)
        yield history
    history = History(Machine(memory=16 << 20).boot(PROGRAMS / "vfork_exec.s"))
    history.advance()
    history.goto(history.moment.clock // 2)
    yield history


def command(chance: random.Random) -> str:
    """Something that somebody might type, or might not."""
    name = chance.choice([*names(), *names(), *WORDS])
    name = name[: chance.randrange(1, 9)] if chance.random() < 0.2 else name
    words = [chance.choice(WORDS) for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 3)))]
    return chance.choice((" ", " ", "  ", "\t")).join([name, *words])


def test_no_command_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    chance, all_histories = random.Random(16), list(histories())
    for number in range(COMMANDS):
        history = all_histories[number % len(all_histories)]
        if number > COMMANDS // 2:
            history.known = Moment(history.moment.clock + 50, 1)
        view = PlainView(chance.choice((0, 2, 3, 4, 77)), may_write=False)
        typed = command(chance)
        assert lines(history, typed, view), typed
        assert all(moment.clock >= 0 for moment in view.planned)
    assert not list(tmp_path.iterdir())


def test_programs_without_symbols_or_a_file_are_looked_at(tmp_path: Path) -> None:
    source = "_start: li a7, 1079\n ecall\n1: j 1b\n"
    (tmp_path / "plain.s").write_text(source)
    history = history_of(tmp_path / "plain.s")
    history.run.advance(events.Created)
    history.run.program.process.path = "/gone"
    for name in names():
        assert lines(history, name)
    assert "0x00010008" in " ".join(lines(history, "ps"))


def test_a_run_so_far_is_saved_and_repeats(tmp_path: Path) -> None:
    history = history_of("echo.s", "word", record=True)
    history.run.advance(100)
    path = tmp_path / "a schedule"
    told = " ".join(lines(history, f"schedule '{path}'"))
    assert "forklore run --schedule FILE PROGRAM" in told
    assert read_schedule(path).subject.arguments[1:] == (b"word",)
    assert "is there already: give another name" in " ".join(lines(history, f"schedule '{path}'"))
    assert "cannot write" in " ".join(lines(history, f"schedule {tmp_path}/no/such/folder"))
    assert lines(history, "schedule x", PlainView(may_write=False)) == ["this session may not write files"]
    assert lines(history, "schedule") == ["schedule FILE: where is it to be written?"]
    plain = history_of("echo.s")
    plain.run.advance(10)
    assert lines(plain, f"schedule {tmp_path}/x")[0].startswith("there is no schedule: the run is not recorded")
