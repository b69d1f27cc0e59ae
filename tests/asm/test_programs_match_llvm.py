"""Every program of the project gives LLVM's bytes and symbols."""

from pathlib import Path

import pytest
from llvm_oracle import assert_equal

PROGRAMS = sorted((Path(__file__).parents[2] / "programs").glob("*.s"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_program(program: Path, tmp_path: Path) -> None:
    assert_equal([program.read_text()], tmp_path)
