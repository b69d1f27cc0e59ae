"""The judges judge one another, without the product: the naive interpreter against Unicorn and qemu-riscv32."""

from __future__ import annotations

import random
import struct
from collections import Counter
from itertools import repeat
from pathlib import Path

import pytest

from tests.oracle import naive, qemu
from tests.oracle.generator import (
    DATA,
    EDGES,
    Generator,
    b_type,
    i_type,
    j_type,
    r_type,
)
from tests.oracle.lockstep import LONGEST, Lockstep, install
from tests.oracle.unicorn_machine import UnicornMachine

SIGNALS = {
    naive.ILLEGAL: qemu.SIGILL,
    naive.BREAKPOINT: qemu.SIGTRAP,
    naive.FETCH_FAULT: qemu.SIGSEGV,
    naive.LOAD_FAULT: qemu.SIGSEGV,
    naive.STORE_FAULT: qemu.SIGSEGV,
    naive.MISALIGNED_ATOMIC: qemu.SIGBUS,
}

needs_qemu = pytest.mark.skipif(bool(qemu.missing_tools()), reason=f"needs {', '.join(qemu.TOOLS)}")


@pytest.fixture(scope="module")
def executable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return qemu.build(tmp_path_factory.mktemp("qemu"))


def test_naive_equals_unicorn_on_legal_sequences() -> None:
    lockstep = Lockstep()
    retired = 0
    for seed in range(5):
        batch = Generator(seed).batch(1000)
        lockstep.install(batch)
        for case in batch.cases:
            retired += lockstep.run(batch, case, repeat(LONGEST)).retired
    assert retired > 15_000


def test_naive_equals_unicorn_step_by_step() -> None:
    unicorn, reference = UnicornMachine(), naive.Machine()
    batch = Generator(100).batch(40)
    install(unicorn, batch)
    install(reference, batch)
    for case in batch.cases:
        reference.x, reference.pc = list(case.registers), case.start
        unicorn.x, unicorn.pc = list(case.registers), case.start
        while reference.run(1).retired:
            unicorn.step()
            assert (unicorn.pc, unicorn.x) == (reference.pc, reference.x), f"{batch.seed}, {case.start:#x}"
        assert reference.pc == case.end


def test_mismatch_names_seed_registers_and_words() -> None:
    """The harness notices a single wrong bit and says how to see it again."""
    lockstep = Lockstep(unicorn=False)
    wrong = naive.Machine()
    lockstep.followers = [wrong]
    batch = Generator(3).batch(10)
    lockstep.install(batch)
    wrong.memory.poke(DATA, b"!")
    message = r"memory at 0xbfd000 in Machine(.|\n)*seed 3, case 0 (.|\n)*x31=(.|\n)*words"
    with pytest.raises(AssertionError, match=message):
        lockstep.run(batch, batch.cases[0], repeat(LONGEST))


def prepared(registers: list[int], data: bytes) -> naive.Machine:
    """The naive interpreter with qemu_judge.s's pages."""
    machine = naive.Machine()
    machine.install(qemu.SLOT, struct.pack("<I", 0x0010_0073) * 1024, "rwx")
    machine.install(qemu.DATA, data, "rw")
    machine.x, machine.pc = registers, qemu.SLOT
    return machine


def beyond_qemu(word: int, stop: naive.Stop) -> bool:
    """True where QEMU's user mode is no judge of what the naive interpreter did.

    System calls, jumps to themselves and accesses to the pages of QEMU's judge itself are not comparable. It gives up
    on misaligned jumps, lets a misaligned SC fail where the manual wants an exception, and executes loads, stores and
    moves of whole vector registers on processors without any.
    """
    if stop.reason in (naive.SYSCALL, naive.BUDGET, naive.MISALIGNED_JUMP):
        return True
    if stop.address in range(qemu.TEXT - 4096, qemu.DATA):
        return True
    if word & 0xF800_707F == 0x1800_202F and stop.reason == naive.MISALIGNED_ATOMIC:
        return True
    return word & 0x1FF0_005F == 0x0280_0007 or word & 0xFE00_707F == 0x9E00_3057


def agree(executable: Path, words: list[int], registers: list[int]) -> Counter[str]:
    """Execute each word in both and compare; returns how often the naive interpreter stopped for each reason."""
    machine = prepared(list(registers), bytes(range(256)) * 16)
    data = machine.peek(qemu.DATA, 4096)
    judged, expected = [], []
    reasons: Counter[str] = Counter()
    for word in words:
        machine.memory.poke(qemu.SLOT, struct.pack("<I", word))
        machine.x, machine.pc, machine.reservation = list(registers), qemu.SLOT, None
        before = machine.peek(qemu.DATA, 4096)
        stop = machine.run(10)
        assert machine.peek(qemu.SLOT, 4) == struct.pack("<I", word), "no register points to the slot"
        if beyond_qemu(word, stop):
            machine.memory.poke(qemu.DATA, before)
            continue
        judged.append(word)
        expected.append((stop, list(machine.x)))
        reasons[stop.reason] += 1
    verdicts, after = qemu.judge(executable, judged, registers, data)
    for word, (stop, x), verdict in zip(judged, expected, verdicts, strict=True):
        where = f"{word:#010x} with {[hex(value) for value in registers]}"
        assert (verdict.signal, verdict.pc) == (SIGNALS[stop.reason], stop.pc), where
        assert list(verdict.x) == x, where
    assert after == machine.peek(qemu.DATA, 4096)
    return reasons


def register_sets(chance: random.Random, count: int) -> list[list[int]]:
    """Values that point into QEMU's data page, aligned or not, or nowhere."""
    values = (*EDGES, 0, 0, qemu.DATA + 8, qemu.DATA + 17, qemu.DATA + 64, qemu.DATA + 2046, qemu.DATA + 2048)
    return [[0, *(chance.choice(values) for _ in range(31))] for _ in range(count)]


@needs_qemu
def test_naive_equals_qemu_on_flipped_words(executable: Path) -> None:
    seed = 8000
    generator = Generator(seed)
    reasons: Counter[str] = Counter()
    for registers in register_sets(random.Random(seed), 4):
        reasons += agree(executable, generator.neighbours(1000), registers)
    assert set(reasons) == set(SIGNALS)


@needs_qemu
@pytest.mark.full
def test_naive_equals_qemu_on_flipped_words_full(executable: Path) -> None:
    seed = 8001
    generator = Generator(seed)
    for registers in register_sets(random.Random(seed), 200):
        agree(executable, generator.neighbours(2000), registers)


@needs_qemu
@pytest.mark.parametrize("opcode", range(3, 128, 4))
def test_naive_equals_qemu_on_every_funct(executable: Path, opcode: int) -> None:
    """For one opcode: every funct3 with every funct7, and rs2 0, 1 and 2 for the encodings that it decides."""
    words = [
        f7 << 25 | rs2 << 20 | 6 << 15 | f3 << 12 | 7 << 7 | opcode
        for f3 in range(8)
        for f7 in range(128)
        for rs2 in (0, 1, 2)
    ]
    registers = [0] * 32
    registers[1], registers[2], registers[6] = 0x1234_5678, 0xFFFF_FFFF, qemu.DATA + 2048
    agree(executable, words, registers)


@needs_qemu
@pytest.mark.parametrize(
    "word",
    [
        j_type(1, 6),
        j_type(1, -0x1002),
        i_type(0x67, 0, 1, 5, 2),
        i_type(0x67, 0, 5, 5, 7),
        b_type(0, 5, 5, 10),
        b_type(1, 5, 0, -6),
        b_type(7, 5, 0, 2),
    ],
)
def test_naive_equals_qemu_on_misaligned_jumps(executable: Path, word: int) -> None:
    registers = [0, 1, 2, 3, 4, qemu.SLOT, *range(6, 32)]
    machine = prepared(list(registers), bytes(4096))
    machine.memory.poke(qemu.SLOT, struct.pack("<I", word))
    stop = machine.run(1)
    assert (stop.reason, stop.retired) == (naive.MISALIGNED_JUMP, 0)
    assert qemu.judge_misaligned_jump(executable, word, registers) == (stop.pc, tuple(machine.x))


@needs_qemu
def test_naive_equals_qemu_on_misaligned_atomics(executable: Path) -> None:
    words = [r_type(0x2F, 2, f5 << 2, 7, 5, 6 if f5 != 2 else 0) for f5 in (0, 1, 2, 4, 8, 12, 16, 20, 24, 28)]
    for misalignment in range(4):
        registers = [0, 1, 2, 3, 4, qemu.DATA + 40 + misalignment, *range(6, 32)]
        reasons = agree(executable, words, registers)
        assert reasons == {naive.MISALIGNED_ATOMIC if misalignment else naive.BREAKPOINT: len(words)}
