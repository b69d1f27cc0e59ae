"""Several processes in one address space, preempted at random: registers, reservations and memory as in the naive one.

This is the state of processes after vfork or clone(CLONE_VM); a reservation outlives any preemption (DESIGN.md, LR/SC).
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.cpu.engine import EngineMachine
from tests.oracle import naive
from tests.oracle.generator import DATA, Batch, Generator, i_type, r_type, s_type
from tests.oracle.lockstep import LONGEST, install

LR = r_type(0x2F, 2, 2 << 2, 10, 5, 0)
"""lr.w x10, (x5)"""
SC = r_type(0x2F, 2, 3 << 2, 11, 5, 6)
"""sc.w x11, x6, (x5)"""
STORE = s_type(0x23, 2, 5, 7, 0)
"""sw x7, 0(x5)"""
ELSEWHERE = i_type(0x13, 0, 5, 5, 4)
"""addi x5, x5, 4"""


def share(reference: naive.Machine) -> naive.Machine:
    other = naive.Machine()
    other.memory = reference.memory
    return other


def interleave(engine: EngineMachine, batch: Batch, seed: int, processes: int) -> None:
    """Run the batch's cases in groups of ``processes`` that take turns of random length."""
    chance = random.Random(seed)
    machines = [engine, *(engine.share() for _ in range(processes - 1))]
    references = [naive.Machine()]
    references += [share(references[0]) for _ in range(processes - 1)]
    install(references[0], batch)
    install(engine, batch)
    for first in range(0, len(batch.cases) - processes, processes):
        waiting = list(zip(references, machines, batch.cases[first:], strict=False))
        for reference, machine, case in waiting:
            for side in (reference, machine):
                side.x, side.pc, side.reservation = list(case.registers), case.start, None
        while waiting:
            turn = chance.choice(waiting)
            reference, machine, case = turn
            budget = chance.randint(1, 9)
            stop = reference.run(budget)
            where = f"seed {seed}, case at {case.start:#x}"
            assert machine.run(budget) == stop, where
            assert (machine.x, machine.reservation) == (reference.x, reference.reservation), where
            if stop.reason != naive.BUDGET:
                waiting.remove(turn)
        for address, content, _ in batch.regions:
            assert engine.peek(address, len(content)) == references[0].peek(address, len(content))


def contended(generator: Generator, cases: int) -> Batch:
    """A batch whose sequences are about atomics and meet at few addresses."""
    batch = generator.batch(cases)
    middle = DATA + 3 * 4096
    narrowed = []
    for case in batch.cases:
        near = [value & 4 | middle if abs(value - middle) < 4096 else value for value in case.registers]
        narrowed.append(replace(case, registers=tuple(near)))
    return replace(batch, cases=tuple(narrowed))


@pytest.mark.parametrize("processes", [2, 3])
def test_preempted_sequences(engine: EngineMachine, processes: int) -> None:
    for seed in range(7000, 7000 + engine.sample(4, 1)):
        interleave(engine, contended(Generator(seed), engine.sample(100, 25, 10)), seed, processes)


@pytest.mark.full
def test_preempted_sequences_full(engine: EngineMachine) -> None:
    for seed in range(7100, 7100 + engine.sample(200, 10)):
        interleave(engine, contended(Generator(seed), 200), seed, 2 + seed % 3)


@pytest.mark.parametrize(
    ("between", "stored", "failed"),
    [
        pytest.param(None, 0, 0, id="preempted"),
        pytest.param(STORE, 1, 1, id="another process stores another word"),
        pytest.param(STORE, 0, 0, id="another process stores the same word (ABA)"),
        pytest.param(LR, 0, 0, id="another process reserves it as well"),
        pytest.param(SC, 0, 0, id="another process's SC without a reservation"),
    ],
)
def test_reservation_and_another_process(engine: EngineMachine, between: int | None, stored: int, failed: int) -> None:
    code = b"".join(word.to_bytes(4, "little") for word in (LR, SC, between or 0))
    engine.install(0x10000, code.ljust(4096, b"\0"), "rx")
    engine.install(DATA, bytes(4096), "rw")
    other = engine.share()
    engine.x = other.x = [0, 0, 0, 0, 0, DATA, 77, stored, *[0] * 24]
    engine.pc, other.pc = 0x10000, 0x10008
    assert engine.run(1).retired == 1
    if between:
        assert other.run(1).retired == 1
    assert engine.run(1).retired == 1
    assert engine.x[11] == failed
    word = engine.peek(DATA, 4)
    assert int.from_bytes(word, "little") == (stored if failed else 77)


@pytest.mark.parametrize(
    ("words", "results"),
    [
        pytest.param((SC,), [1], id="no reservation"),
        pytest.param((LR, SC), [0], id="reserved"),
        pytest.param((LR, SC, SC), [0, 1], id="SC clears it"),
        pytest.param((LR, ELSEWHERE, SC), [1], id="another address"),
        pytest.param((LR, ELSEWHERE, SC, i_type(0x13, 0, 5, 5, -4), SC), [1, 1], id="a failed SC clears it as well"),
        pytest.param((LR, ELSEWHERE, LR, SC), [0], id="the last LR counts"),
    ],
)
def test_reservation(engine: EngineMachine, words: tuple[int, ...], results: list[int]) -> None:
    engine.install(0x10000, b"".join(word.to_bytes(4, "little") for word in words).ljust(4096, b"\0"), "rx")
    engine.install(DATA, bytes(4096), "rw")
    engine.x, engine.pc = [0, 0, 0, 0, 0, DATA, 77, *[0] * 25], 0x10000
    found = []
    for word in words:
        assert engine.run(1).retired == 1
        if word == SC:
            found.append(engine.x[11])
            assert engine.reservation is None
    assert found == results
    assert engine.run(LONGEST).reason == naive.ILLEGAL
