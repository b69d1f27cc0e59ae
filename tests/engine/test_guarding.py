"""Stops before guarded accesses are those that single steps of the naive interpreter find, whoever runs beneath."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from tests.cpu.engine import FAULTS, EngineMachine
from tests.oracle import naive
from tests.oracle.generator import CODE, CONSTANT, DATA, DATA_SIZE, Batch, Case, Generator
from tests.sampling import first_of
from vm.cpu import interpreter
from vm.cpu.state import CHANGES, READS, STOP_ADDRESS, STOP_RETIRED, STOP_SIZE, WRITES, StopReason
from vm.cpu.stepping import REACHED
from vm.engine.accesses import Access
from vm.engine.engines import Auto, Interpreter, is_translator_supported
from vm.engine.guarding import Guarding, Met
from vm.engine.protocol import MachineEngine
from vm.memory import Fault, PhysicalMemory

MIDDLE = DATA + DATA_SIZE // 2
LONGEST = 300
NOTHING = bytes(naive.PAGE)


def at_once(memory: PhysicalMemory) -> MachineEngine:
    """A translator that translates whatever it meets."""
    from vm.engine.translator.engine import Translator

    return Translator(memory, threshold=0)


ENGINES: dict[str, Callable[[PhysicalMemory], MachineEngine]] = {
    "interpreter": lambda memory: Interpreter(),
    "auto": Auto,
}
if is_translator_supported():
    ENGINES["translator"] = at_once


class Guard(NamedTuple):
    """Bytes that are watched."""

    address: int
    size: int
    kinds: int


class Moment(NamedTuple):
    """What the naive interpreter has come to: its registers and pc, and what the instruction before has accessed."""

    x: list[int]
    pc: int
    done: Access | None
    met: tuple[Met, ...]


class Spy(naive.Memory):
    """A memory that keeps the last load and store of a hart."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: tuple[int, int, int] | None = None
        self.stored: tuple[int, int, int] | None = None

    def load(self, address: int, size: int, need: str = "r", reason: str = naive.LOAD_FAULT) -> int:
        value = super().load(address, size, need, reason)
        if need != "x":
            self.loaded = (address, size, value)
        return value

    def store(self, address: int, size: int, value: int) -> None:
        super().store(address, size, value)
        self.stored = (address, size, value & (1 << 8 * size) - 1)


def bytes_of(memory: naive.Memory, guard: Guard) -> bytes:
    """The watched bytes, one after the other; zeros where nothing is mapped, which no instruction changes."""
    first, last = guard.address // naive.PAGE, (guard.address + guard.size - 1) // naive.PAGE
    joined = b"".join(memory.pages.get(page, NOTHING) for page in range(first, last + 1))
    return joined[guard.address - first * naive.PAGE :][: guard.size]


def step(hart: naive.Machine, spy: Spy, guards: list[Guard]) -> Moment:
    """Execute one instruction of the naive interpreter, and compare memory before it and behind it."""
    spy.loaded = spy.stored = None
    pc, before = hart.pc, [bytes_of(spy, guard) for guard in guards]
    hart.step()
    found = spy.loaded or spy.stored
    if found is None:
        return Moment(list(hart.x), hart.pc, None, ())
    address, size, _ = found
    done = Access(address, size, spy.loaded and spy.loaded[2], spy.stored and spy.stored[2], pc)
    made = (READS if spy.loaded else 0) | (WRITES if spy.stored else 0)
    met = []
    for number, guard in enumerate(guards):
        was, after = before[number], bytes_of(spy, guard)
        changed = [] if was == after else [guard.address + at for at in range(guard.size) if was[at] != after[at]]
        touched = [a for a in range(address, address + size) if guard.address <= a < guard.address + guard.size]
        kinds = guard.kinds & ((made if touched else 0) | (CHANGES if changed else 0))
        if kinds:
            met.append(Met(number, kinds, changed[0] if kinds == CHANGES else touched[0]))
    return Moment(list(hart.x), hart.pc, done, tuple(met))


class Traced(NamedTuple):
    """All that the naive interpreter comes to in one case, and how that ends if not at LONGEST."""

    moments: list[Moment]
    trap: naive.Trap | None


def trace(hart: naive.Machine, spy: Spy, guards: list[Guard], case: Case) -> Traced:
    """Run one case, with a look at everything."""
    hart.x, hart.pc = list(case.registers), case.start
    moments = [Moment(list(hart.x), hart.pc, None, ())]
    for _ in range(LONGEST):
        try:
            moments.append(step(hart, spy, guards))
        except naive.Trap as trap:
            return Traced(moments, trap)
    return Traced(moments, None)


def some_guards(chance: random.Random, case: Case, count: int) -> list[Guard]:
    """Ranges where a program loads and stores: of a byte, of a few words, across pages, of whole pages."""
    pointers = [value for value in case.registers if DATA <= value < DATA + DATA_SIZE or value >> 12 == CONSTANT >> 12]
    found = []
    for _ in range(count):
        address = chance.choice([MIDDLE, *pointers])
        address += chance.choice((0, chance.randint(-9, 9), chance.randint(-99, 99)))
        address &= chance.choice((-1, -1, -4, -4096))
        if not chance.randrange(8):
            address = chance.choice((CONSTANT + 4095, DATA + DATA_SIZE - 2, 0x1000_0000, 0x9000_0000, CODE))
        size = chance.choice((1, 1, 2, 4, 4, 4, 8, 13, 64, 5000 if count > 1 else 3))
        found.append(Guard(address, size, chance.choice((READS, WRITES, CHANGES, CHANGES, CHANGES, 3, 5, 6, 7))))
    return found


class Follower:
    """A machine that runs with guards, and is compared with what the naive interpreter has come to."""

    def __init__(self, name: str, chance: random.Random, *, one_by_one: bool) -> None:
        self.one_by_one = one_by_one
        self.machine = EngineMachine(interpreter.run)
        self.engine = ENGINES[name](self.machine.space.memory)
        self.chance = chance
        self.met = 0
        self.stop = np.zeros(STOP_SIZE, np.int64)

    def follow(self, case: Case, guards: list[Guard], traced: Traced, most: int) -> None:
        """Run one case in pieces of at most ``most`` instructions, some of them without guards."""
        moments, trap = traced
        machine, stop = self.machine, self.stop
        machine.x, machine.pc = list(case.registers), case.start
        guarded = Guarding(self.engine).around(tuple(guards), one_by_one=self.one_by_one)
        retired, last = 0, len(moments) - 1
        while retired < last or trap is not None:
            budget = self.chance.randint(1, most)
            if trap is None:
                budget = min(budget, last - retired)
            ahead = guarded.ahead(machine.context, machine.space)
            coming = moments[retired + 1] if retired < last else None
            looks = self.chance.randrange(4) > 0
            reason = (guarded if looks else self.engine).execute(machine.context, machine.space, budget, stop)
            before, retired = retired, retired + int(stop[STOP_RETIRED])
            assert retired <= before + budget
            if ahead is not None or retired > before:  # else there may be no frame yet
                assert ahead == ((coming.done, coming.met) if coming is not None and coming.met else None)
            for skipped in moments[before + 2 : retired + 1]:  # the first one is not stopped before
                assert not (looks and skipped.met), "an access was run over"
            here = moments[retired]
            assert (machine.x, machine.pc) == (here.x, here.pc)
            if reason == REACHED:
                assert looks
                assert before < retired < before + budget
                assert stop[STOP_ADDRESS] == 0
                assert moments[retired + 1].met
                self.met += 1
                continue
            if reason == StopReason.BUDGET:
                continue
            name, address = StopReason(reason).name, int(stop[STOP_ADDRESS])
            access = FAULTS.get(StopReason(reason))
            if access is not None and machine.space.handle_fault(address, access) is Fault.RESOLVED:
                continue
            assert trap is not None
            assert (retired, name, address) == (last, trap.reason, trap.address)
            return


def compare(name: str, seed: int, cases: int, *, one_by_one: bool = False) -> int:
    """Run sabotaged sequences with guards, each in pieces of other sizes; returns how often a guard was met."""
    print(f"seed {seed}")
    generator, chance = Generator(seed), random.Random(seed)
    batch = generator.batch(cases)
    if seed % 2:
        batch = generator.sabotage(batch)
    hart, follower = naive.Machine(), Follower(name, chance, one_by_one=one_by_one)
    spy = hart.memory = Spy()
    for machine in (hart, follower.machine):
        for address, content, permissions in batch.regions:
            machine.install(address, content, permissions)
        machine.reservation = None
    for case in batch.cases:
        guards = some_guards(chance, case, chance.choice((1, 1, 2, 5, 64)))
        traced = trace(hart, spy, guards, case)
        follower.follow(case, guards, traced, chance.choice((1, 7, 60, 1000)))
        same_memory(batch, hart, follower.machine)
        assert hart.reservation == follower.machine.reservation
    return follower.met


def same_memory(batch: Batch, hart: naive.Machine, machine: EngineMachine) -> None:
    for address, content, _ in batch.regions:
        assert hart.peek(address, len(content)) == machine.peek(address, len(content))


def test_those_who_look_at_each_instruction_are_given_one_at_a_time() -> None:
    assert compare("interpreter", 722, 30, one_by_one=True) > 5


@pytest.mark.parametrize(
    ("guard", "message"),
    [
        (Guard(0, 0, READS), "0 bytes at 0x0 are no range of memory"),
        (Guard(0xFFFF_FFFF, 2, READS), "2 bytes at 0xffffffff are no range of memory"),
    ],
)
def test_what_is_no_range_is_refused(guard: Guard, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Guarding(Interpreter()).around((guard,))
    with pytest.raises(ValueError, match="no more than 64 ranges"):
        Guarding(Interpreter()).around((Guard(0, 1, READS),) * 65)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("seed", first_of(1, range(720, 742, 2)))
def test_accesses_are_those_of_single_steps(name: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vm.engine.engines.FRESH", 60)
    cases = 16 if (name, seed) == ("translator", 720) else 40  # the run that compiles each, and is made by default
    assert compare(name, seed, cases) + compare(name, seed + 1, cases) > 10
