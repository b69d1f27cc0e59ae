"""The limit on system calls: so many are made, the next one ends the run, whatever they cost."""

from __future__ import annotations

import pytest

from forklore import Machine
from vm.settings import WrongSetting

FOREVER = b"""
        .globl _start
_start: li a7, 172
        ecall
        j _start
"""
THREE = b"""
        .globl _start
_start: li a7, 172
        ecall
        ecall
        li a0, 7
        li a7, 93
        ecall
"""


@pytest.mark.parametrize("calls", [0, 1, 2, 50])
def test_so_many_calls_are_made_and_no_more(calls: int) -> None:
    result = Machine(files={"/p.s": FOREVER}, calls=calls).run("/p.s")
    assert (result.status, result.message) == (124, f"the limit of {calls} system calls was reached")
    assert result.retired == 3 * calls + 1


@pytest.mark.parametrize(("calls", "status"), [(2, 124), (3, 7), (None, 7)])
def test_a_run_that_needs_no_more_ends_by_itself(calls: int | None, status: int) -> None:
    assert Machine(files={"/p.s": THREE}, calls=calls).run("/p.s").status == status


def test_calls_of_all_processes_count() -> None:
    bomb = b".globl _start\n_start: li a7, 1079\necall\nj _start\n"
    result = Machine(files={"/p.s": bomb}, calls=500, processes=8).run("/p.s")
    assert (result.status, result.message) == (124, "the limit of 500 system calls was reached")


def test_a_copy_goes_on_counting() -> None:
    run = Machine(files={"/p.s": FOREVER}, calls=10).boot("/p.s").start()
    run.advance(12)
    assert run.copy().finish().retired == run.finish().retired == 31


def test_there_are_no_fewer_than_no_calls() -> None:
    with pytest.raises(WrongSetting, match="calls -1 is less than 0"):
        Machine(calls=-1)
