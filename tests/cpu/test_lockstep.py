"""Random legal sequences: the engine equals the naive interpreter and Unicorn, registers and memory, after each."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import repeat

import pytest

from tests.cpu.engine import EngineMachine
from tests.oracle.generator import Generator
from tests.oracle.lockstep import LONGEST, Lockstep
from vm.isa import BY_NAME

SHORTEST = 16
"""Instructions a sequence must have retired to be counted."""


def short_pieces(chance: random.Random) -> Iterator[int]:
    while True:
        yield chance.randint(1, 12)


def compare(engine: EngineMachine, first_seed: int, wanted: int) -> tuple[int, Counter[str]]:
    """Run batches until ``wanted`` sequences have retired 16 instructions or more; returns (sequences, coverage)."""
    print(f"seeds from {first_seed}")
    lockstep, emitted, total, counted, seed = Lockstep([engine]), Counter[str](), 0, 0, first_seed
    while counted < wanted:
        generator, chance = Generator(seed), random.Random(seed)
        batch = generator.batch(wanted - counted)
        lockstep.install(batch)
        for case in batch.cases:
            pieces = chance.choice((repeat(LONGEST), repeat(LONGEST), repeat(1), short_pieces(chance)))
            counted += lockstep.run(batch, case, pieces).retired >= SHORTEST
        emitted += generator.emitted
        total += len(batch.cases)
        seed += 1
    return total, emitted


def test_sequences(engine: EngineMachine) -> None:
    _, emitted = compare(engine, 1000, engine.sample(2000, 40, 30))
    assert set(emitted) == set(BY_NAME), "a row was not covered"


@pytest.mark.full
def test_sequences_full(engine: EngineMachine) -> None:
    total, emitted = compare(engine, 1_000_000, engine.sample(200_000, 3000))
    print(f"{total} sequences, rarest instruction {min(emitted.values())} times")
    assert set(emitted) == set(BY_NAME), "a row was not covered"
