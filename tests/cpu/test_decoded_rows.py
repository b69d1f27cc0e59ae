"""Decoded code takes a bounded part of the host's memory, and nobody sees when it is dropped."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tests.cpu.engine import ENGINES, SLOW, EngineMachine
from vm import Machine
from vm.cpu.decode import MOST_ROWS, ROWS_MADE
from vm.memory import PhysicalMemory
from vm.memory.frames import LARGEST_DECODED

PAGES, ROUNDS = 12, 2 if SLOW else 5
BASE = 0x0010_0000
# Each page counts in a0 and jumps to the next one: addi a0, a0, 1; lui t0, page; jr t0.
ADDI, LUI, JR, ECALL = 0x0015_0513, 0x0000_02B7, 0x0002_8067, 0x0000_0073


def chain(machine: EngineMachine) -> None:
    """A ring of pages; the last one asks whether to go on, with a1 as the number of rounds."""
    for number in range(PAGES):
        address = BASE + number * 4096
        following = BASE + (number + 1) % PAGES * 4096
        words = [ADDI, LUI | following, JR]
        if number == PAGES - 1:  # addi a1, a1, -1; bnez a1, over the ecall
            words = [ADDI, 0xFFF5_8593, 0x0005_9463, ECALL, LUI | following, JR]
        machine.install(address, b"".join(w.to_bytes(4, "little") for w in words).ljust(4096, b"\0"), "rx")


@pytest.mark.parametrize("most", [1, 2, 5, PAGES, 100])
@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize("budget", [1, 7, 10_000])
def test_what_is_dropped_is_decoded_again(engine: str, most: int, budget: int):
    machine = EngineMachine(ENGINES[engine])
    chain(machine)
    machine.space.memory.decoded[MOST_ROWS] = most
    machine.x = [0] * 11 + [ROUNDS] + [0] * 20
    machine.pc = BASE
    retired = 0
    for _ in range(10_000):
        stop = machine.run(budget)
        retired += stop.retired
        assert machine.space.memory.decoded[ROWS_MADE] <= most + PAGES * (engine == "translator")
        if stop.reason != "BUDGET":
            break
    assert (stop.reason, machine.x[10], machine.x[11]) == ("SYSCALL", PAGES * ROUNDS, 0)
    assert retired == ROUNDS * (3 * (PAGES - 1) + 5) - 2


PROGRAM = """
        .globl  _start
_start: li      a0, 0x60000000          # 40 MB of code, a jump a page
        li      a1, {size}
        li      a2, 3
        li      a3, 0x32
        li      a4, -1
        li      a5, 0
        li      a7, 222
        ecall
        li      t0, 0x60000000
        li      t1, 0x60000000 + {size} - 4096
        li      t2, 0x0000106f          # j .+4096
        li      t4, 4096
1:      sw      t2, 0(t0)
        add     t0, t0, t4
        bne     t0, t1, 1b
        li      t2, 0x00008067          # ret
        sw      t2, 0(t0)
        li      a0, 0x60000000
        li      a1, {size}
        li      a2, 5
        li      a7, 226
        ecall
        li      t0, 0x60000000
        jalr    ra, t0
        la      a1, text
        li      a0, 1
        li      a2, 5
        li      a7, 64
        ecall
        li      a0, 0
        li      a7, 93
        ecall
        .section .rodata
text:   .ascii  "done\\n"
"""


def test_much_code_does_not_take_twice_as_much_of_the_host(tmp_path: Path):
    size = 1 << 20 if SLOW else 80 << 20
    (tmp_path / "much.s").write_text(PROGRAM.format(size=size))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = Machine(memory=128 << 20, engine="interpreter").run(tmp_path / "much.s")
    assert (result.status, result.output) == (0, b"done\n")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < (128 << 20) + LARGEST_DECODED + (32 << 20)


def test_a_memory_says_how_much_may_be_decoded():
    assert PhysicalMemory(1 << 20).decoded[MOST_ROWS] * 8 * 1032 <= LARGEST_DECODED
