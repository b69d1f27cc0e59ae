"""A thread that is not the first of its process executes another program: it gets the first one's number."""

from __future__ import annotations

from pathlib import Path

import pytest

from vm.debug.history import History
from vm.debug.machine_target import MachineTarget
from vm.debug.target import Action, Move, Why
from vm.machine import Machine

HELLO = Path(__file__).parents[2] / "programs" / "hello.s"
SOURCE = """
        .globl  _start
_start: li      a0, 0x10f00             # CLONE_VM, FS, FILES, SIGHAND, THREAD
        la      a1, top
        li      a7, 220
        ecall
        beqz    a0, thread
wait:   j       wait
thread: li      t0, 50
1:      addi    t0, t0, -1
        bnez    t0, 1b
        la      a0, name
        la      a1, vector
        li      a2, 0
        li      a7, 221
call:   ecall
        .data
name:   .asciz  "/hello.s"
        .balign 4
vector: .word   name, 0
        .space  256
top:    .word   0
"""
ALL = [Action(Move.CONTINUE, signal=0)]


@pytest.mark.parametrize("step", [False, True])
def test_the_way_back_leads_before_the_call(step: bool) -> None:
    """To the thread that makes it, with the first one beside it."""
    files = {"/test.s": SOURCE.encode(), "/hello.s": HELLO.read_bytes()}
    target = MachineTarget(History(Machine(memory=1 << 20, quantum=20, files=files).boot("/test.s")))
    target.wants(frozenset({Why.EXEC}))
    assert target.resume(ALL).why is Why.EXEC
    assert [line.tid for line in target.threads()] == [2]
    stop = target.go_back(2, 2, step=step)
    assert (stop.why, stop.path) == (Why.EXEC, b"/test.s")
    assert [line.tid for line in target.threads()] == [2, 3]
    registers = target.registers(3)
    assert target.read(2, registers[32], 4) == (0x73).to_bytes(4, "little")
    assert registers[17] == 221
    if step:
        assert target.go_back(2, 2, step=True).tid == 3
        assert target.registers(3) == registers
    assert target.resume(ALL).path == b"/hello.s"
