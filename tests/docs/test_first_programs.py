"""The page for beginners: its programs are as short as it says, and print what it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from reference import PROGRAMS, ROOT, SUBJECTS

from tests.forking import forked_command
from vm import toolchain

PAGE = (ROOT / "vm" / "manual" / "first.md").read_text()
[ASSEMBLY] = re.findall(r"```asm\n(.*?)```", PAGE, re.DOTALL)
[C] = re.findall(r"```c\n(.*?)```", PAGE, re.DOTALL)
SESSIONS = re.findall(r"```text\n\$ (.*)\n((?:.*\n)*?)```", PAGE)


@pytest.mark.parametrize(("command", "shown"), SESSIONS, ids=["assembly", "C"])
def test_first_programs_print_what_is_shown(command: str, shown: str, tmp_path: Path) -> None:
    if "first.c" in command and not toolchain.is_installed():
        pytest.skip("needs ziglang")
    assert len(ASSEMBLY.splitlines()) == 10
    (tmp_path / "first.s").write_text(ASSEMBLY)
    (tmp_path / "first.c").write_text(C)
    forklore = f'{sys.executable} -c "from vm.cli import main; main()"'
    done = subprocess.run(
        ["sh", "-c", command.replace("forklore", forklore, 1)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == shown


def test_the_vfork_that_the_page_tells_of_is_found(tmp_path: Path) -> None:
    if not toolchain.is_installed():
        pytest.skip("needs ziglang")
    (tmp_path / "first.c").write_text(C.replace("fork()", "vfork()"))
    done = subprocess.run(
        [*forked_command(), "check", "first.c"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "[return]" in done.stderr


def test_every_program_is_listed_once_by_subject() -> None:
    listed = [name for names in SUBJECTS.values() for name in names.split()]
    assert sorted(listed) == sorted(PROGRAMS)
