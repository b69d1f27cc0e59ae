"""The archive for Gradescope, unpacked and run as Gradescope does, elsewhere and with the forklore that is here."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from vm.grade.reading import WrongLab
from vm.grade.starting.gradescope import CannotPack, autograder

ROOT = Path(__file__).resolve().parents[3]
TESTS = """
forklore = 1
name = "Hello"
reference = "solved/it"

[programs.hello]
source = "hello.s"

[files]
"/greeting" = { file = "data/greeting.txt" }

[[tests]]
name = "it greets"
output = { exact = { file = "data/greeting.txt" } }
points = 4

[[tests]]
name = "nobody is told"
points = 6
hidden = true
"""
HELLO = """
_start: li a0, 1
        la a1, text
        li a2, 6
        li a7, 64
        ecall
        li a0, {status}
        li a7, 93
        ecall
        .data
text:   .ascii "hello\\n"
"""


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    """The file of a small lab, with things beside it that are not its own."""
    lab = tmp_path / "it's a lab"
    (lab / "data").mkdir(parents=True)
    (lab / "solved" / "it").mkdir(parents=True)
    (lab / "data" / "greeting.txt").write_text("hello\n")
    (lab / "solved" / "it" / "hello.s").write_text(HELLO.format(status=0))
    (lab / "notes.txt").write_text("not the lab's")
    (lab / "my tests.toml").write_text(TESTS)
    return lab / "my tests.toml"


def test_it_has_what_the_lab_needs_and_no_more(tests: Path) -> None:
    (tests.parent / "archive.zip").write_bytes(autograder(tests))
    with zipfile.ZipFile(tests.parent / "archive.zip") as archive:
        assert archive.testzip() is None
        members = archive.infolist()
        assert [member.filename for member in members] == [
            "lab/data/greeting.txt", "lab/my tests.toml", "lab/solved/it/hello.s", "run_autograder", "setup.sh",
        ]  # fmt: skip
        modes = {member.filename: member.external_attr >> 16 for member in members}
        assert {name for name, mode in modes.items() if mode & 0o111} == {"run_autograder", "setup.sh"}
        for name in ("run_autograder", "setup.sh"):
            script = archive.read(name)
            assert script.startswith(b"#!")
            assert b"\r" not in script
            assert b"@" not in script.replace(b"$@", b"")


def test_the_same_lab_gives_the_same_bytes(tests: Path, tmp_path: Path) -> None:
    first = autograder(tests)
    os.utime(tests, (1, 1))
    moved = tmp_path / "elsewhere"
    shutil.copytree(tests.parent, moved)
    assert autograder(tests) == first == autograder(moved / tests.name)


def test_a_lab_with_mistakes_is_not_packed(tests: Path) -> None:
    (tests.parent / "data" / "greeting.txt").unlink()
    with pytest.raises((WrongLab, CannotPack), match="greeting"):
        autograder(tests)


def unpacked(archive: bytes, top: Path) -> dict[str, str]:
    """Unpack it as Gradescope does, below ``top``; the variables for its scripts."""
    (top / "source").mkdir(parents=True)
    (top / "archive.zip").write_bytes(archive)
    with zipfile.ZipFile(top / "archive.zip") as opened:
        for member in opened.infolist():
            target = Path(opened.extract(member, top / "source"))
            target.chmod(member.external_attr >> 16 & 0o777)
    shutil.copy(top / "source" / "run_autograder", top / "run_autograder")
    forklore = top / "forklore"
    forklore.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m forklore "$@"\n')
    forklore.chmod(0o755)
    paths = os.pathsep.join([str(ROOT), str(ROOT / "vm" / "api")])
    return {**os.environ, "PYTHONPATH": paths, "AUTOGRADER": str(top), "FORKLORE": str(forklore)}


def test_it_grades_as_gradescope_runs_it(tests: Path, tmp_path: Path) -> None:
    top = tmp_path / "auto grader"
    environment = unpacked(autograder(tests), top)
    subprocess.run([top / "source" / "setup.sh"], env=environment, check=True, cwd=tmp_path, capture_output=True)
    (top / "submission").mkdir()
    (top / "submission" / "hello.s").write_text(HELLO.format(status=3))
    subprocess.run([top / "run_autograder"], env=environment, check=True, cwd=top, capture_output=True)
    results = json.loads((top / "results" / "results.json").read_text())
    assert [(test["score"], test["max_score"], test["visibility"]) for test in results["tests"]] == [
        (0, 4, "visible"), (0, 6, "hidden"),
    ]  # fmt: skip
    (top / "submission" / "hello.s").write_text(HELLO.format(status=0))
    subprocess.run([top / "run_autograder"], env=environment, check=True, cwd=top, capture_output=True)
    results = json.loads((top / "results" / "results.json").read_text())
    assert [test["score"] for test in results["tests"]] == [4, 6]


def test_a_grader_that_fails_gives_a_result_that_says_so(tests: Path, tmp_path: Path) -> None:
    top = tmp_path / "top"
    environment = unpacked(autograder(tests), top)
    environment["FORKLORE"] = shutil.which("false") or ""
    (top / "results").mkdir()
    (top / "results" / "results.json").write_text("of somebody else")
    subprocess.run([top / "run_autograder"], env=environment, check=True, capture_output=True)
    results = json.loads((top / "results" / "results.json").read_text())
    assert results["score"] == 0
    assert "tell your teacher" in results["output"]


def test_a_reference_solution_that_fails_stops_the_setup(tests: Path, tmp_path: Path) -> None:
    environment = unpacked(autograder(tests), tmp_path / "top")
    environment["FORKLORE"] = shutil.which("false") or ""
    done = subprocess.run([tmp_path / "top" / "source" / "setup.sh"], env=environment, check=False, capture_output=True)
    assert done.returncode != 0
