"""The scripts that take long: they do what they should and print what they measured, whatever that is."""

from __future__ import annotations

import pytest

from bench import compare, entries, second_run
from vm.toolchain import is_installed

pytestmark = pytest.mark.full
NEEDS_COMPILER = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")


def test_entries(capsys: pytest.CaptureFixture[str]) -> None:
    entries.main(["--rounds", "1"])
    lines = capsys.readouterr().out.splitlines()
    names = [*(f"entry of {name}" for name in entries.ENTRIES), *entries.guests()]
    assert [line[:30].rstrip() for line in lines[1 : len(names) + 1]] == names


@NEEDS_COMPILER
def test_second_runs(capsys: pytest.CaptureFixture[str]) -> None:
    second_run.main(["forks"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split()[:2] == ["forks", f"{compare.INSTRUCTIONS['forks']:,}"]


@NEEDS_COMPILER
def test_whole_commands(capsys: pytest.CaptureFixture[str]) -> None:
    compare.main(["--whole", "--rounds", "1", "forks"])
    head, line, *_ = capsys.readouterr().out.splitlines()
    assert "auto" in head.split()
    assert line.split()[:2] == ["forks", str(compare.INSTRUCTIONS["forks"])]
