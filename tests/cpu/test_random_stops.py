"""Random sequences that stop anywhere, for every reason: the engine equals the naive interpreter to the bit.

Compared are the stop (reason, pc, address, retired), registers, reservation and memory after every piece, and at the
end the accessed and dirty bits of every page.
"""

from __future__ import annotations

import random
from collections import Counter
from itertools import repeat

import pytest

from tests.cpu.engine import EngineMachine
from tests.cpu.test_lockstep import short_pieces
from tests.oracle import naive
from tests.oracle.generator import Generator
from tests.oracle.lockstep import LONGEST, Lockstep
from vm.cpu.state import StopReason
from vm.cpu.sv32 import A, D


def compare(engine: EngineMachine, first_seed: int, cases: int) -> Counter[str]:
    """Run about ``cases`` sabotaged sequences; returns how often each reason stopped one."""
    print(f"seeds from {first_seed}")
    reasons: Counter[str] = Counter()
    seed = first_seed
    while reasons.total() < cases:
        generator, chance = Generator(seed), random.Random(seed)
        batch = generator.sabotage(generator.batch(cases - reasons.total()))
        machine = EngineMachine(engine.engine)
        lockstep = Lockstep([machine], unicorn=False, longest=300)
        lockstep.install(batch)
        for case in batch.cases:
            pieces = chance.choice((repeat(LONGEST), repeat(1), short_pieces(chance)))
            reasons[lockstep.run(batch, case, pieces).reason] += 1
        compare_marks(machine, lockstep.naive.memory, seed)
        seed += 1
    return reasons


def compare_marks(engine: EngineMachine, memory: naive.Memory, seed: int) -> None:
    """A is set in the entry of exactly the pages that were accessed, D of those that were written."""
    for page in memory.pages:
        entry = engine.space.entry(page << 12)
        expected = (page in memory.accessed, page in memory.dirty)
        assert (bool(entry & A), bool(entry & D)) == expected, f"(A, D) of page {page:#x}, seed {seed}"


def test_random_stops(engine: EngineMachine) -> None:
    reasons = compare(engine, 5000, engine.sample(2500, 100))
    assert set(reasons) == {reason.name for reason in StopReason}, "a reason that no sequence stopped for"


@pytest.mark.full
def test_random_stops_full(engine: EngineMachine) -> None:
    print(compare(engine, 2_000_000, engine.sample(100_000, 5000)))
