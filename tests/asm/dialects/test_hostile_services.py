"""Every service with arguments that make no sense, each in a child of its own: the machine goes on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from vm import Machine, events
from vm.services import SERVICES

VALUES = (0, 1, 2, 5, -1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1001_0000, 0x103F_FFFE, 0x7FFF_FFFF, 0x20, 0x40_0000)
CALLS = 8
"""Calls of each service."""

GUEST = """
        .data
calls:  .word   {words}
end:    .word   0
        .text
        la      s0, calls
        la      s1, end
next:   li      {number}, 1079
        ecall
        beqz    a0, child
        mv      s2, a0
        li      {number}, 260
        {wait}
        ecall
        addi    s0, s0, 28
        bne     s0, s1, next
        li      {number}, 10
        ecall
child:  lw      a7, 0(s0)
        lw      a0, 4(s0)
        lw      a1, 8(s0)
        lw      a2, 12(s0)
        lw      a3, 16(s0)
        lw      a4, 20(s0)
        lw      a5, 24(s0)
        mv      a6, a5
        ecall
        li      {number}, 10
        ecall
"""


@pytest.mark.parametrize(("dialect", "seed"), [("rars", 1), ("venus", 2)])
def test_boundary_values(dialect: str, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    table = []
    for number in (*SERVICES[dialect], 999, 0xFFFF_FFFF):
        for _ in range(CALLS):
            arguments = [chance.choice(VALUES) for _ in range(6)]
            table.append([number, *arguments] if dialect == "rars" else [0, number, *arguments[1:]])
    first = 0 if dialect == "rars" else 1
    wait = "\n".join(f"li a{first + index}, {value}" for index, value in enumerate((-1, 0, 0, 0)))
    words = ", ".join(str(word & 0xFFFF_FFFF) for row in table for word in row)
    source = tmp_path / "guest.s"
    source.write_text(GUEST.format(words=words, number="a7" if dialect == "rars" else "a0", wait=wait))
    machine = Machine(dialect=dialect, processes=4, seconds=120, memory=32 << 20, fork="cow")
    result = machine.run(source, input=b"12\nabc\n")
    reaped = [event for event in result.events if isinstance(event, events.Reaped)]
    assert (result.status, result.message, len(reaped)) == (0, "", len(table) + 1), f"seed {seed}"
    assert sum(isinstance(event, events.Warned) for event in result.events) <= 100
