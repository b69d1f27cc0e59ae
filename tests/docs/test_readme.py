"""The front page: its two commands, its picture, and the test command that CI takes from it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from manual_pages import MANUAL, README, links
from picture import PICTURE, PROGRAM, text_of
from reference import ROOT
from test_manual import NOISE, SCRIPTS

from vm.cli.help import PAGES


def test_the_picture_shows_what_the_command_says() -> None:
    assert PICTURE in [(README.parent / target).resolve() for target in links(README)]
    done = subprocess.run(
        [SCRIPTS / "forklore", "check", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    shown = text_of(PICTURE.read_text())
    assert shown == NOISE.sub("", done.stderr).rstrip(), "run `python tests/docs/picture.py`"


def test_it_begins_with_the_two_commands() -> None:
    run, test = re.findall(r"^    (python3 -m venv .*)$", README.read_text(), re.MULTILINE)
    assert run.endswith(".venv/bin/forklore run programs/vfork_global.s")
    assert test.endswith(".venv/bin/python -m pytest -n 2")


def test_ci_runs_the_test_command() -> None:
    [command] = re.findall(r"^    (python3 -m venv .*pytest -n 2)$", README.read_text(), re.MULTILINE)
    assert ".[test]" in command
    [extraction] = re.findall(r"^test_command=\$\((sed .*)\)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert subprocess.check_output(extraction, shell=True, cwd=ROOT, text=True) == command + "\n"


def test_the_wheel_has_the_manual() -> None:
    """Pages lie in a folder that is part of the package; nothing that hides files from the wheel names them."""
    assert MANUAL.parent == ROOT / "vm"
    hidden = (ROOT / ".gitignore").read_text() if (ROOT / ".gitignore").exists() else ""
    assert not re.search(r"manual|\.md", hidden)
    assert {Path(page).stem for page in PAGES} == {path.stem for path in MANUAL.glob("*.md")}
