"""A grader that is killed goes on where it was: its reports are the same to the byte, and nothing is graded twice."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.grade.graded import HEAD, printing
from vm.grade.journal import JOURNAL

COMMAND = Path(sys.executable).with_name("forklore")
TESTS = (
    HEAD
    + """
[[tests]]
name = "hello"
output = "hello\\n"

[[tests]]
name = "in any schedule"
schedules = "every"
output = { one-of = ["hello\\n", "hallo\\n"] }
"""
)
TWICE = b"""
        .globl _start
_start: li a7, 1079
        ecall
        la a1, one
        bnez a0, 1f
        la a1, two
1:      li a0, 1
        li a2, 6
        li a7, 64
        ecall
        li a0, 0
        li a7, 93
        ecall
        .data
one:    .ascii "hello\\n"
two:    .ascii "hallo\\n"
"""
"""Parent and child write both: its losing schedules, and films, are among what is written."""


def hand_in(folder: Path) -> list[Path]:
    programs = [printing("hello\n"), printing("hallo\n"), TWICE, printing("hello\n", 2), b"nonsense"]
    found = []
    for number in range(8):
        own = folder / f"s{number}"
        own.mkdir(parents=True)
        (own / "p.s").write_bytes(programs[number % len(programs)])
        found.append(own)
    return found


def arguments(tests: Path, submissions: Sequence[Path], report: Path) -> list[str]:
    return [str(COMMAND), "grade", str(tests), *map(str, submissions), "-o", str(report), "--films", "2", "--jobs", "2"]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != JOURNAL
    }


def kill_somewhere(command: list[str], journal: Path, chance: random.Random) -> None:
    """Start it, and kill it once the journal has some size, or a little later."""
    limit, more = chance.randrange(0, 9_000), chance.randrange(0, 40)
    grader = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while grader.poll() is None:
        if journal.exists() and journal.stat().st_size >= limit:
            if more == 0:
                grader.kill()
            more -= 1
        try:
            grader.wait(0.01)
        except subprocess.TimeoutExpired:
            continue


@pytest.mark.parametrize("seed", [3, *[pytest.param(each, marks=pytest.mark.full) for each in range(4, 53)]])
def test_killed_and_resumed(tmp_path: Path, seed: int) -> None:
    """What lies in the report's folder is the same as after a grading that nobody disturbed."""
    tests = tmp_path / "tests.toml"
    tests.write_text(TESTS)
    submissions = hand_in(tmp_path / "in")
    whole = subprocess.run(arguments(tests, submissions, tmp_path / "report-1"), capture_output=True, check=False)
    assert whole.returncode == 1, whole.stderr
    command = arguments(tests, submissions, tmp_path / "report-2")
    kill_somewhere(command, tmp_path / "report-2" / JOURNAL, random.Random(seed))
    before = (tmp_path / "report-2" / JOURNAL).read_bytes() if (tmp_path / "report-2" / JOURNAL).exists() else b""
    done = subprocess.run([*command, "--resume"], capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    assert contents(tmp_path / "report-2") == contents(tmp_path / "report-1")
    assert done.stdout.replace(b"report-2", b"report-1") == whole.stdout
    after = (tmp_path / "report-2" / JOURNAL).read_bytes()
    kept = before[: before.rfind(b"\n") + 1]
    assert after.startswith(kept), "what was finished is not graded again"
    assert after.count(b"\n") == len(submissions)
