"""Which gdb is started: the one that was named, or the first that is installed and knows the machine's instructions."""

from __future__ import annotations

from pathlib import Path

import pytest

from vm.cli import gdb_finding
from vm.cli.gdb_finding import NAMES, find
from vm.statuses import STATUS_OWN_ERROR

KNOWS = """
[ "$*" = "-nx -batch -ex set architecture riscv:rv32" ] || exit 9
echo 'The target architecture is set to "riscv:rv32".'
"""
KNOWS_NOT = """echo 'Undefined item: "riscv:rv32".' >&2; exit 1"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs are searched for, and nowhere else."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def make(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(0o700)
    return str(path)


def refusal(named: str | None, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as raised:
        find(named)
    assert raised.value.code == STATUS_OWN_ERROR
    return capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_looked_for(folder: Path, name: str) -> None:
    only = make(folder / name, KNOWS)
    assert find(None) == only


def test_the_first_that_knows_riscv_is_taken(folder: Path) -> None:
    make(folder / "gdb-multiarch", KNOWS_NOT)
    make(folder / "gdb", KNOWS)
    knowing = make(folder / "riscv64-elf-gdb", KNOWS)
    assert find(None) == knowing


def test_how_to_get_one_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(folder / "gdb", KNOWS_NOT)
    said = refusal(None, capsys)
    assert "apt install gdb-multiarch" in said
    assert "FORKLORE_GDB" in said
    assert all(len(line) <= 80 for line in said.splitlines())


def test_one_that_is_named_is_taken(folder: Path) -> None:
    make(folder / "gdb-multiarch", KNOWS)
    mine = make(folder / "mine", KNOWS)
    assert find("mine") == find(mine) == mine


def test_one_that_is_named_is_held_against_what_it_has_to_know(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder / "gdb-multiarch", KNOWS)
    assert "no such program" in refusal("mine", capsys)
    make(folder / "mine", KNOWS_NOT)
    assert "does not know RISC-V" in refusal("mine", capsys)
    monkeypatch.setattr(gdb_finding, "SECONDS", 0.1)
    make(folder / "mine", "exec sleep 60")
    assert "does not know RISC-V" in refusal("mine", capsys)
    (folder / "mine").write_text("no program")
    assert "does not know RISC-V" in refusal("mine", capsys)
