"""Stops at watched words, what was accessed there, and the log of accesses, are those of the naive interpreter."""

from __future__ import annotations

import random
from itertools import repeat

import numpy as np
import pytest

from tests.cpu.engine import SLOW, EngineMachine
from tests.cpu.test_lockstep import short_pieces
from tests.oracle import naive
from tests.oracle.generator import CODE, CODE_SIZE, CONSTANT, DATA, DATA_SIZE, Generator
from tests.oracle.lockstep import LONGEST, Lockstep
from vm.cpu.state import (
    ACCESSED,
    PC,
    READS,
    STOP_ADDRESS,
    STOP_RETIRED,
    STOP_SIZE,
    TOUCHES,
    WRITES,
    Context,
    Stop,
    StopReason,
)
from vm.cpu.watching import MOST_WORDS, new_log
from vm.engine.accesses import Access
from vm.engine.engines import Interpreter
from vm.engine.watching import Watching
from vm.memory import AddressSpace

MIDDLE = DATA + DATA_SIZE // 2
AREAS = [(CODE + 4096, CODE + 8192), (DATA + 4096, MIDDLE), (MIDDLE, MIDDLE + 4096), (CONSTANT, CONSTANT + 4096)]


class Spy(naive.Memory):
    """A memory that notes its uses by a hart."""

    def __init__(self, hart: naive.Machine) -> None:
        super().__init__()
        self.hart = hart
        self.uses: list[Access] = []
        self._is_both = False

    def load(self, address: int, size: int, need: str = "r", reason: str = naive.LOAD_FAULT) -> int:
        value = super().load(address, size, need, reason)
        if need != "x":
            self.uses.append(Access(address, size, value, None, self.hart.pc))
        self._is_both = need == "rw"
        return value

    def store(self, address: int, size: int, value: int) -> None:
        super().store(address, size, value)
        read = self.uses.pop().read if self._is_both else None
        self._is_both = False
        self.uses.append(Access(address, size, read, value & ((1 << 8 * size) - 1), self.hart.pc))


def words_of(access: Access) -> set[int]:
    return {(access.address + byte & 0xFFFF_FFFF) & -4 for byte in range(access.size)}


class Runner:
    """Runs a process with a Watching, and keeps what it says."""

    def __init__(self, watching: Watching) -> None:
        self.watching = watching
        self.seen: list[Access] = []
        self.logged: set[tuple[int, int, int]] = set()
        self.stops = 0

    def __call__(self, context: Context, space: AddressSpace, budget: int) -> Stop:
        stop, retired = np.zeros(STOP_SIZE, np.int64), 0
        while True:
            before = context.copy()
            reason = self.watching.execute(context, space, budget - retired, stop)
            retired += int(stop[STOP_RETIRED])
            self.logged.update(self.watching.take_log())
            if reason == TOUCHES:
                assert retired < budget
                assert stop[STOP_ADDRESS] == 0
                assert not self.watching.passes or stop[STOP_RETIRED]
                self.stops += 1
                self.watching.passes = True
                continue
            if reason == ACCESSED:
                assert self.watching.done is not None
                assert int(before[PC]) == self.watching.done.pc
                self.seen.append(self.watching.done)
                self.watching.passes = False
                reason = int(StopReason.BUDGET)
            if reason != StopReason.BUDGET or retired == budget:
                return Stop(StopReason(reason), int(context[PC]), int(stop[STOP_ADDRESS]), retired)


def compare(seed: int, cases: int, *, beneath: bool, room: int) -> int:
    """Run sabotaged sequences; returns how many accesses to watched words there were."""
    print(f"seed {seed}")
    generator, chance = Generator(seed), random.Random(seed)
    batch = generator.sabotage(generator.batch(cases))
    watching = Watching(new_log(room))
    near = [MIDDLE + 4 * word for word in range(-40, 40)] + [CODE + CODE_SIZE // 2 + 4 * word for word in range(-4, 4)]
    words = {*chance.sample(near, 70), *(chance.randrange(DATA, DATA + DATA_SIZE, 4) for _ in range(200))}
    watching.words = np.array(sorted(words), np.int64)
    watching.areas = np.array(AREAS, np.int64).ravel()
    watching.beneath = Interpreter() if beneath else None
    runner = Runner(watching)
    lockstep = Lockstep([EngineMachine(runner)], unicorn=False, longest=300)
    spy = lockstep.naive.memory = Spy(lockstep.naive)
    lockstep.install(batch)
    for case in batch.cases:
        watching.passes = False
        watching.log_all()
        lockstep.run(batch, case, chance.choice((repeat(LONGEST), repeat(1), short_pieces(chance))))
    assert runner.seen == [use for use in spy.uses if words_of(use) & words]
    expected = set()
    for use in spy.uses:
        kind = (READS if use.read is not None else 0) | (WRITES if use.written is not None else 0)
        for word in words_of(use):
            if any(start <= word < end for start, end in AREAS):
                expected.add((word, use.pc, kind))
    assert runner.logged == expected
    assert len(expected) > cases // 2
    assert runner.stops >= len(runner.seen)
    return len(runner.seen)


@pytest.mark.parametrize("beneath", [False, True], ids=["interpreted", "beneath"])
def test_accesses_are_those_of_the_naive_interpreter(beneath: bool) -> None:
    cases, seeds = (40, [700]) if SLOW else (150, range(700, 704))
    assert sum(compare(seed, cases, beneath=beneath, room=64) for seed in seeds) > cases // 4 * len(seeds)


def test_a_log_without_room_loses_nothing() -> None:
    assert compare(710, 40, beneath=False, room=MOST_WORDS) > 0
