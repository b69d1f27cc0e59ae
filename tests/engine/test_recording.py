"""The recording engine: the interpreter's results, and an observer that is told of calls and of watched bytes."""

from __future__ import annotations

import numpy as np
import pytest

from asm import Source, assemble
from tests.cpu.engine import EngineMachine
from vm.cpu import interpreter, tape
from vm.cpu.state import PC, STOP_RETIRED, STOP_SIZE, Context, StopReason
from vm.elf import load_image
from vm.engine.recording import Going, Recording
from vm.engine.roll import Roll

TEXT, DATA = 0x0001_0000, 0x0002_0000
CODE = """
_start: lui     t0, 0x20
        li      t1, 7
        sw      t1, 0(t0)
        lw      t2, 4(t0)
        lw      t3, 8(t0)
        add     t3, t3, t2
        ecall
"""


class Listener:
    """Notes what it is told; ``goes`` is what it says about going on, ``most`` how much may run at a time."""

    def __init__(self, roll: Roll, *, goes: bool, most: int = 100) -> None:
        self.roll, self.goes, self.most = roll, goes, most
        self.told: list[tuple[str, int, int]] = []

    def goes_on(self, context: Context, budget: int) -> Going:
        return Going(min(budget, self.most), np.zeros(tape.SHADOW + tape.SHADOW_SIZE, np.int64))

    def touches(self, context: Context, retired: int) -> bool:
        address = int(self.roll.tape.control[tape.HIT_ADDRESS])
        self.told.append(("touches", address, retired))
        row = self.roll.tape.owners[0]
        row[address & 0xFFF : (address & 0xFFF) + 4] = 0
        return self.goes

    def calls(self, context: Context) -> None:
        self.told.append(("calls", int(context[PC]), 0))

    def needs_room(self) -> None:
        raise AssertionError("nothing is stored while nothing is recorded")


def machine() -> EngineMachine:
    """A process at CODE, with 8 bytes of data."""
    made = EngineMachine(interpreter.run)
    code = load_image(assemble([Source("code.s", CODE)]).image).segments[0].data
    made.install(TEXT, code.ljust(4096, b"\0"), "rx")
    made.install(DATA, bytes(range(16)).ljust(4096, b"\0"), "rw")
    made.pc = TEXT
    return made


@pytest.mark.parametrize(("goes", "most"), [(True, 100), (True, 1), (False, 100)])
def test_an_observer_is_told_before_anything_happens(goes: bool, most: int) -> None:
    expected, recorded = machine(), machine()
    assert expected.run(100).reason == "SYSCALL"
    roll = Roll()
    roll.tape.slots[tape.WATCHES, DATA >> 12] = 1
    roll.tape.owners[0, 4:12] = 1
    listener = Listener(roll, goes=goes, most=most)
    engine, stop, retired = Recording(roll, listener), np.zeros(STOP_SIZE, np.int64), 0
    reason, reasons = 0, []
    while reason != StopReason.SYSCALL:
        reason = engine.execute(recorded.context, recorded.space, 100, stop)
        retired += int(stop[STOP_RETIRED])
        reasons.append(reason)
    assert retired == 6
    assert (recorded.context == expected.context).all()
    assert [told[:2] for told in listener.told] == [
        ("touches", DATA + 4), ("touches", DATA + 8), ("calls", TEXT + 24),
    ]  # fmt: skip
    if most == 100:
        assert [told[2] for told in listener.told] == ([3, 4, 0] if goes else [3, 1, 0])
        assert reasons == [StopReason.BUDGET] * (0 if goes else 2) + [StopReason.SYSCALL]
