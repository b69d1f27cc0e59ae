"""What is said of sources is told in one way by every command, and wrapped for people alone."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = (
    ".globl start_of_a_program_with_a_rather_long_name\n"
    "_start: fcvt.d.w fa0, a0\n"
    " la a0, start_of_a_program_with_a_rather_long_name_and_no_end\n"
    " li a7, a_number_that_is_known_to_nobody_else_than_to_the_one_who_has_written_this_line\n"
)


def forklore(*arguments: str, folder: Path, screen: int | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "forklore", *arguments], cwd=folder, text=True, timeout=120,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE if screen is None else screen,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip


def on_a_terminal(*arguments: str, folder: Path) -> str:
    keys, screen = pty.openpty()
    try:
        forklore(*arguments, folder=folder, screen=screen)
        os.close(screen)
        shown = b""
        while True:
            try:
                shown += os.read(keys, 4096)
            except OSError:
                return shown.decode().replace("\r\n", "\n")
    finally:
        os.close(keys)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("said")
    (folder / "long.s").write_text(TEXT)
    (folder / "rars.s").write_text(".eqv A 1\nli a0, A\nli a7, 93\necall\n")
    return folder


def test_run_says_what_asm_says_and_only_a_terminal_wraps_it(folder: Path) -> None:
    said = forklore("asm", "long.s", folder=folder).stderr
    assert forklore("run", "long.s", folder=folder).stderr == f"forklore: long.s: it cannot be assembled\n{said}"
    assert max(map(len, said.split("\n"))) > 80
    for command, first in (("asm", ""), ("run", "forklore: long.s: it cannot be assembled\n")):
        shown = on_a_terminal(command, "long.s", folder=folder)
        source = re.compile(r" *\d* \| ")
        assert [line for line in shown.split("\n") if len(line) > 80 and not source.match(line)] == []
        assert shown.split() == (first + said).split()
        assert re.search(r"\n      = [^\n]+\n        \S", shown)


def test_a_guess_is_told_alike(folder: Path) -> None:
    note = "rars.s:1: note: .eqv: read as rars's (--dialect gnu reads it as GNU's)\n"
    assert forklore("asm", "rars.s", "-o", "rars", folder=folder).stderr == note
    ran = forklore("run", "rars.s", folder=folder)
    assert (ran.returncode, ran.stderr) == (1, note)
