"""Stops before given addresses are those that single steps find, whichever engine ran before and runs on."""

from __future__ import annotations

import random

import numpy as np
import pytest

from asm import Source, assemble
from tests.cpu.engine import ENGINES, EngineMachine
from vm.abi import Protection
from vm.cpu import interpreter
from vm.cpu.state import PC, STOP_ADDRESS, STOP_RETIRED, STOP_SIZE, Context, StopReason
from vm.cpu.stepping import REACHED
from vm.elf import load_image
from vm.engine.breaking import Breaking
from vm.engine.engines import Interpreter
from vm.memory import Fault

TEXT, DATA = 0x0001_0000, 0x0002_0000
CODE = """
_start: lui     s0, 0x20
        li      s1, 40
1:      call    work
        sw      a0, 0(s0)               # faults on each new page
        addi    s0, s0, 256
        addi    s1, s1, -1
        bnez    s1, 1b
        li      a7, 172
        ecall
2:      j       2b
work:   add     a0, a0, s1
        ret
"""
SIZE = 4 * 12


def machine(engine: str) -> EngineMachine:
    """A process at CODE, whose data pages are touched first by it."""
    made = EngineMachine(ENGINES[engine])
    code = load_image(assemble([Source("code.s", CODE)]).image).segments[0].data
    made.install(TEXT, code.ljust(4096, b"\0"), "rx")
    made.space.map(DATA, DATA + 0x4000, Protection.READ | Protection.WRITE, "mapping")
    made.pc = TEXT
    return made


def mend(made: EngineMachine, reason: int, address: int) -> None:
    """Do what a kernel does about a stop."""
    if reason == StopReason.SYSCALL:
        made.pc += 4
    elif reason != StopReason.BUDGET:
        assert reason == StopReason.STORE_FAULT
        assert made.space.handle_fault(address, Protection.WRITE) is Fault.RESOLVED


def state(made: EngineMachine) -> list[int]:
    """All registers; what goes to x0 is lost in a place that says nothing."""
    return [*made.x, made.pc]


def stepped(made: EngineMachine, addresses: set[int], total: int) -> list[tuple[int, list[int]]]:
    """Where single steps arrive at ``addresses``: how many were retired, and all registers."""
    found, retired, is_new = [], 0, True
    while retired < total:
        if made.pc in addresses and is_new:
            found.append((retired, state(made)))
        stop = interpreter.run(made.context, made.space, 1)
        retired += stop.retired
        mend(made, stop.reason, stop.address)
        is_new = bool(stop.retired) or stop.reason == StopReason.SYSCALL
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_stops_are_those_of_single_steps(engine: str) -> None:
    chance = random.Random(12)
    for trial in range(4):
        addresses = {TEXT + 4 * word for word in chance.sample(range(SIZE // 4), 1 + trial)} | {TEXT + 0x2000}
        before, total = chance.randrange(100), 330
        expected, broken = machine("interpreter"), machine(engine)
        assert expected.run(before) == broken.run(before)
        breaking, stop = Breaking(Interpreter(), addresses), np.zeros(STOP_SIZE, np.int64)
        found, retired = [], 0
        while retired < total:
            reason = breaking.execute(broken.context, broken.space, min(chance.randrange(60), total - retired), stop)
            retired += int(stop[STOP_RETIRED])
            if reason == REACHED:
                assert stop[STOP_ADDRESS] == 0
                found.append((retired, state(broken)))
            else:
                mend(broken, reason, int(stop[STOP_ADDRESS]))
        assert found == stepped(expected, addresses, total)
        assert found
        assert expected.run(50) == broken.run(50)
        assert state(expected) == state(broken)
        assert expected.peek(DATA, 0x4000) == broken.peek(DATA, 0x4000)


class Others:
    """Notes whom it ran."""

    def __init__(self) -> None:
        self.ran: list[Context] = []

    def execute(self, context: Context, *_: object) -> int:
        self.ran.append(context)
        return int(StopReason.BUDGET)


def test_other_processes_in_the_space_are_run_by_the_other_engine() -> None:
    made = machine("interpreter")
    other, others, stop = made.share(), Others(), np.zeros(STOP_SIZE, np.int64)
    other.pc = TEXT
    breaking = Breaking(others, [TEXT], made.context)
    assert breaking.execute(other.context, made.space, 5, stop) == StopReason.BUDGET
    assert others.ran[0] is other.context
    assert breaking.execute(made.context, made.space, 5, stop) == REACHED
    again = Breaking(others, [TEXT], made.context)
    again.pass_over(made.context)
    assert again.execute(made.context, made.space, 1, stop) == StopReason.BUDGET
    assert int(made.context[PC]) == TEXT + 4
    assert len(others.ran) == 1
