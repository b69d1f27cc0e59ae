"""A command that is forked does what one does that a fresh interpreter runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.forking import OUT_OF_BALANCE, forked_command
from tests.forking_client import PROGRAM

LOSING = """
from vm.memory import AddressSpace

destroy = AddressSpace.destroy
AddressSpace.destroy = lambda space: space.memory.commit(1) or destroy(space)
"""
"""A machine that promises a frame more than it needs whenever an address space ends."""
WHOLE = [sys.executable, "-c", PROGRAM]


def outcome(command: list[str], **options: Any) -> tuple[int, str, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "programs/cat.s"],
        ["run", "programs/null_pointer.s"],
        ["run", "nowhere"],
        ["no-command"],
        ["run", "--help"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_status_and_streams_are_the_same(arguments: list[str]) -> None:
    assert outcome([*forked_command(), *arguments], input="a\nb\n") == outcome([*WHOLE, *arguments], input="a\nb\n")


def test_what_sets_how_an_interpreter_starts_is_obeyed() -> None:
    """This one's output is Latin-1, which is settled before any of our code runs."""
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    told = subprocess.run([*forked_command(), "run", "é"], env=environment, capture_output=True, check=False).stderr
    assert b"\xe9" in told
    assert b"\xc3\xa9" not in told


def test_its_machines_are_audited(tmp_path: Path) -> None:
    """A program that is told to lose a frame fails, whatever else it does."""
    (tmp_path / "losing.py").write_text(LOSING)
    script = "import losing; from tests import forking; forking.os._exit(forking.run(['run', 'programs/cat.s']))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()])}
    status, output, errors = outcome([sys.executable, "-c", script], input="a\n", env=environment)
    assert (status, output) == (OUT_OF_BALANCE, "a\n")
    assert "AssertionError" in errors
