"""Legal words with flipped bits and random words: the engine accepts, refuses and executes what the naive one does."""

from __future__ import annotations

import random
import struct
from collections import Counter

import pytest

from tests.cpu.engine import EngineMachine
from tests.oracle import naive
from tests.oracle.generator import CODE, CODE_SIZE, CONSTANT, DATA, DATA_SIZE, EDGES, Generator

WORDS_PER_LOAD = CODE_SIZE // 4


def compare(engine: EngineMachine, seed: int, count: int) -> Counter[str]:
    """Execute ``count`` words, each alone; returns how often each reason stopped one."""
    print(f"seed {seed}")
    generator, chance = Generator(seed), random.Random(seed)
    reference = naive.Machine()
    machines = (reference, engine)
    for machine in machines:
        machine.install(DATA, bytes(DATA_SIZE), "rw")
    reasons: Counter[str] = Counter()
    for first in range(0, count, WORDS_PER_LOAD):
        words = generator.neighbours(min(count - first, WORDS_PER_LOAD))
        for machine in machines:
            machine.install(CODE, struct.pack(f"<{len(words)}I", *words).ljust(CODE_SIZE, b"\0"), "rx")
        for index, word in enumerate(words):
            places = (DATA + 8, DATA + 4095, DATA + DATA_SIZE, CODE + 8, CODE + 10, CONSTANT, *EDGES)
            x = [0, *(chance.choice(places) for _ in range(31))]
            for machine in machines:
                machine.x, machine.pc = list(x), CODE + 4 * index
            stop = reference.run(1)
            assert engine.run(1) == stop, f"{word:#010x} with {x}"
            assert engine.x == reference.x, f"{word:#010x} with {x}"
            assert engine.pc == reference.pc, f"{word:#010x} with {x}"
            reasons[stop.reason] += 1
        assert engine.peek(DATA, DATA_SIZE) == reference.peek(DATA, DATA_SIZE)
    return reasons


def test_words(engine: EngineMachine) -> None:
    reasons = compare(engine, 6000, engine.sample(10_000, 700))
    assert reasons[naive.ILLEGAL] > 100


@pytest.mark.full
def test_words_full(engine: EngineMachine) -> None:
    print(compare(engine, 6001, engine.sample(1_000_000, 40_000)))


@pytest.mark.parametrize(
    "word",
    [
        pytest.param(0x0000_0000, id="zeros"),
        pytest.param(0xFFFF_FFFF, id="ones"),
        pytest.param(0x0000_0001, id="c.nop"),
        pytest.param(0x0200_9093, id="slli with bit 25"),
        pytest.param(0x0200_D093, id="srli with bit 25"),
        pytest.param(0x4200_D093, id="srai with bit 25"),
        pytest.param(0x4000_9093, id="slli with bit 30"),
        pytest.param(0x4000_70B3, id="andn"),
        pytest.param(0x4200_00B3, id="mul with bit 30"),
        pytest.param(0x0000_100F, id="fence.i"),
        pytest.param(0xC000_2573, id="rdcycle"),
        pytest.param(0x3000_1073, id="csrw mstatus"),
        pytest.param(0x0020_0073, id="uret"),
        pytest.param(0x1050_0073, id="wfi"),
        pytest.param(0x3020_0073, id="mret"),
        pytest.param(0x0000_80F3, id="ecall with rd and rs1"),
        pytest.param(0x0000_2063, id="branch with funct3 2"),
        pytest.param(0x0000_30E3, id="branch with funct3 3"),
        pytest.param(0x0000_3003, id="ld"),
        pytest.param(0x0000_6003, id="lwu"),
        pytest.param(0x0000_3023, id="sd"),
        pytest.param(0x0000_1067, id="jalr with funct3 1"),
        pytest.param(0x1011_20AF, id="lr.w with rs2"),
        pytest.param(0x0001_30AF, id="amoadd.d"),
        pytest.param(0x2801_20AF, id="amocas.w"),
        pytest.param(0x0000_001B, id="addiw"),
        pytest.param(0x0000_2007, id="flw"),
        pytest.param(0x0000_0053, id="fadd.s"),
    ],
)
def test_reserved_words_are_illegal(engine: EngineMachine, word: int) -> None:
    reference = naive.Machine()
    for machine in (reference, engine):
        machine.install(CODE, struct.pack("<I", word) * 1024, "rx")
        machine.pc = CODE
        assert machine.run(1) == naive.Stop(naive.ILLEGAL, CODE, 0, 0)
        assert machine.x == [0] * 32


@pytest.mark.parametrize(
    "word",
    [
        pytest.param(0x0000_0013, id="nop"),
        pytest.param(0x0FF0_000F, id="fence"),
        pytest.param(0x8330_000F, id="fence.tso"),
        pytest.param(0x0100_000F, id="pause"),
        pytest.param(0xFFFF_8F8F, id="fence with every ignored bit"),
        pytest.param(0x0000_5037, id="lui x0"),
        pytest.param(0x0000_5017, id="auipc x0"),
        pytest.param(0x0020_8033, id="add x0, x1, x2"),
        pytest.param(0x0020_9013, id="slli x0, x1, 2"),
        pytest.param(0x0220_C033, id="div x0, x1, x2"),
        pytest.param(0x4010_5013, id="srai x0, x0, 1 (semihosting)"),
    ],
)
def test_hints_and_fences_retire(engine: EngineMachine, word: int) -> None:
    engine.install(CODE, struct.pack("<I", word) * 1024, "rx")
    engine.x, engine.pc = [0, *range(100, 131)], CODE
    assert engine.run(1) == naive.Stop(naive.BUDGET, CODE + 4, 0, 1)
    assert engine.x == [0, *range(100, 131)]
