"""``run --record`` and ``run --schedule``: what is written, taken, and refused, and with which status."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.forking import forked_command
from vm import Machine
from vm.schedules.files import read_schedule

PROGRAMS = Path(__file__).parents[2] / "programs"
LINES = b"echo one\necho two\nexit 3\n"


def run(*words: object, given: bytes = b"", status: int = 0) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run([*forked_command(), "run", *map(str, words)], input=given, capture_output=True, timeout=300)
    assert done.returncode == status, done.stderr.decode()
    return done


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[bytes]]:
    """The schedule of a shell that read from a pipe, and what it did."""
    path = tmp_path_factory.mktemp("recorded") / "schedule"
    words = ("--record", path, "--quantum", 77, "--env", "A=1", "--tree", "-t", PROGRAMS / "sh.s")
    return path, run(*words, given=LINES, status=3)


def test_a_run_repeats_with_all_that_is_reported(recorded: tuple[Path, subprocess.CompletedProcess[bytes]]) -> None:
    """Its input is not read again, and its settings and environment are taken from the schedule."""
    path, before = recorded
    again = run("--schedule", path, "--tree", "-t", PROGRAMS / "sh.s", given=b"exit 9\n", status=3)
    assert (again.stdout, again.stderr) == (before.stdout, before.stderr)
    assert b"one\ntwo\n" in again.stdout
    schedule = read_schedule(path)
    assert (schedule.input, schedule.settings["quantum"]) == (LINES, 77)
    plain = run("--schedule", path, "--format", "json", PROGRAMS / "sh.s", status=3)
    assert json.loads(plain.stdout)["output"] == before.stdout.decode()
    machine = Machine(quantum=77)
    environment = dict(variable.decode().split("=") for variable in schedule.subject.variables)
    result = machine.run(PROGRAMS / "sh.s", environment=environment, schedule=schedule)
    assert result.output == before.stdout


def test_what_does_not_fit_is_refused_before_it_runs(
    recorded: tuple[Path, subprocess.CompletedProcess[bytes]], tmp_path: Path
) -> None:
    path, _ = recorded
    shell = PROGRAMS / "sh.s"

    def refused(*words: object) -> str:
        done = run("--schedule", *words, status=2)
        assert not done.stdout
        return done.stderr.decode()

    assert "recorded with quantum 77, this machine has 5" in refused(path, "--quantum", 5, shell)
    assert "with the variable 'B=1'" in refused(path, "--env", "B=1", shell)
    assert "the arguments [], these are ['x']" in refused(path, shell, "x")
    assert "recorded of '/sh.s', this is '/cat.s'" in refused(path, PROGRAMS / "cat.s")
    (tmp_path / "sh.s").write_text((PROGRAMS / "hello.s").read_text())
    assert "the program is another one" in refused(path, tmp_path / "sh.s")
    assert "sh.s: not a schedule" in refused(shell, shell)
    assert "nowhere: No such file" in refused(tmp_path / "nowhere", shell)
    assert "give one of the two" in refused(path, "--record", tmp_path / "other", shell)


def test_a_run_that_goes_another_way_ends_there(
    recorded: tuple[Path, subprocess.CompletedProcess[bytes]], tmp_path: Path
) -> None:
    path, _ = recorded
    changed = path.read_text().replace('["peek 1", 1, ', '["peek 2", 1, ')
    (tmp_path / "changed").write_text(changed)
    done = run("--schedule", tmp_path / "changed", PROGRAMS / "sh.s", status=125)
    assert b"goes another way than the recorded one, at clock " in done.stderr
    assert b"the input is asked for 'peek 1', and was then for 'peek 2'" in done.stderr


def test_a_schedule_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    done = run("--record", tmp_path / "no" / "where", PROGRAMS / "hello.s", status=125)
    assert b"cannot write the schedule" in done.stderr
    assert not done.stdout


def test_a_limit_on_time_ends_the_repeated_run_where_it_ended_the_run(tmp_path: Path) -> None:
    endless = tmp_path / "endless.s"
    endless.write_text(".globl _start\n_start: li a0, 1\n la a1, _start\n li a2, 1\n li a7, 64\n ecall\n j _start\n")
    words = ("--seconds", 0.2, "--record", tmp_path / "schedule", endless)
    before = run(*words, status=124)
    again = run("--schedule", tmp_path / "schedule", endless, status=124)
    assert (again.stdout, again.stderr) == (before.stdout, before.stderr)
