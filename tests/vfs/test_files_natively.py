"""Programs in C about files do the same in the machine as on the host's own kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.natively import Program, agree, needs_host, read_programs

PROGRAMS = read_programs(Path(__file__).parent / "c", "-Wall", "-Werror", "-Wno-unused-function", "-D_DEFAULT_SOURCE")

pytestmark = needs_host


@pytest.mark.parametrize("quantum", [10_000, pytest.param(83, marks=pytest.mark.full)])
@pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])
def test_program(program: Program, quantum: int) -> None:
    agree(program, quantum=quantum, instructions=2_000_000_000)
