"""Stops before given addresses are those that single steps find, whichever engine runs, and whoever shares the code."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from asm import Source, assemble
from tests.cpu.engine import FAULTS, EngineMachine
from tests.oracle import naive
from tests.oracle.generator import CODE, CODE_SIZE, Batch, Generator, i_type
from tests.oracle.lockstep import describe, install
from tests.translator.at_once import translate_at_once
from vm.abi import Protection
from vm.cpu.decode import END_OF_BUDGET
from vm.cpu.state import PC, STOP_ADDRESS, STOP_RETIRED, STOP_SIZE, StopReason
from vm.cpu.stepping import REACHED
from vm.cpu.sv32 import A, leaf_index
from vm.elf import load_image
from vm.engine import engines
from vm.engine.breaking import Breaking
from vm.engine.engines import Auto, Interpreter
from vm.engine.protocol import MachineEngine
from vm.memory import Fault
from vm.memory.strategies import copy

NOWHERE: frozenset[int] = frozenset()


@cache
def _nothing_kept() -> Any:
    from vm.engine.translator.cache import Cache

    return Cache(None)


def _translate_soon(memory: Any) -> Any:
    """A translator that translates after a few turns what it can afford."""
    from vm.engine.translator.engine import Translator

    return Translator(memory, threshold=2, chunk=40, cache=_nothing_kept())


MAKERS: dict[str, Callable[[Any], MachineEngine]] = {"interpreter": lambda memory: Interpreter()}
if engines.is_translator_supported():
    MAKERS |= {"translator": translate_at_once, "soon": _translate_soon, "auto": Auto}


@pytest.fixture(params=list(MAKERS))
def maker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], MachineEngine]:
    """Makes each engine: one that translates what is hot can afford it, and meets it soon."""
    if engines.is_translator_supported():
        monkeypatch.setattr("vm.engine.translator.engine.AFFORDABLE", 1e6)
        monkeypatch.setattr(engines, "FRESH", 50)
        monkeypatch.setattr(engines, "new_translator", lambda memory, **_: _translate_soon(memory))
    return MAKERS[request.param]


class Process:
    """A process on an engine of the product's, and on the naive one; both stop at ``addresses``."""

    def __init__(self, machine: EngineMachine, reference: naive.Machine, breaking: Breaking) -> None:
        self.machine, self.reference, self.breaking = machine, reference, breaking
        self.addresses = NOWHERE

    def begin(self, registers: Sequence[int], start: int) -> None:
        for side in (self.reference, self.machine):
            side.x, side.pc, side.reservation = list(registers), start, None

    def go_on(self, budget: int) -> str:
        """Both run on; why they stopped."""
        expected = self._step(budget)
        found = self._run(budget)
        assert found == expected
        assert self.machine.x == self.reference.x
        assert self.machine.reservation == self.reference.reservation
        return found.reason

    def _step(self, budget: int) -> naive.Stop:
        retired = 0
        while retired < budget:
            if retired and self.reference.pc in self.addresses:
                return naive.Stop("REACHED", self.reference.pc, 0, retired)
            stop = self.reference.run(1)
            retired += stop.retired
            if stop.reason != naive.BUDGET:
                return naive.Stop(stop.reason, stop.pc, stop.address, retired)
        return naive.Stop("BUDGET", self.reference.pc, 0, retired)

    def _run(self, budget: int) -> naive.Stop:
        """As the kernel's loop does: it decides about the first instruction of each execution."""
        stop, retired = np.zeros(STOP_SIZE, np.int64), 0
        context, space = self.machine.context, self.machine.space
        while True:
            pc = int(context[PC])
            if retired and retired < budget and pc in self.addresses:
                return naive.Stop("REACHED", pc, 0, retired)
            engine = self.breaking.around(self.addresses)
            reason = engine.execute(context, space, budget - retired, stop)
            retired += int(stop[STOP_RETIRED])
            address, pc = int(stop[STOP_ADDRESS]), int(context[PC])
            if reason == REACHED:
                assert stop[STOP_RETIRED], "it stopped before the first instruction"
                return naive.Stop("REACHED", pc, address, retired)
            access = FAULTS.get(StopReason(reason))
            is_mended = access is not None and space.handle_fault(address, access) is Fault.RESOLVED
            if not is_mended and (reason != StopReason.BUDGET or retired == budget):
                return naive.Stop(StopReason(reason).name, pc, address, retired)


def place(chance: random.Random, first: int, last: int) -> frozenset[int]:
    """Some addresses from ``first`` to ``last``, and others where nothing is."""
    count = chance.choice((0, 1, 1, 2, 3, 8))
    places = {chance.randrange(first, last + 4, 4) for _ in range(count)}
    return frozenset(places | {chance.choice((first + 2, 0x5000_0000, CODE + CODE_SIZE, -4)) for _ in range(count)})


def pieces(chance: random.Random) -> Iterator[int]:
    longest = chance.choice((1, 3, 12, 40, 300))
    while True:
        yield chance.randint(1, longest)


def run_case(processes: list[Process], batch: Batch, number: int, chance: random.Random) -> set[str]:
    """Let processes take turns at a case each, and stop where they are told to, which changes; why they stopped."""
    reasons: set[str] = set()
    waiting = list(zip(processes, batch.cases[number:], strict=False))
    for process, case in waiting:
        process.begin(case.registers, case.start)
        process.addresses = place(chance, case.start, case.end)
    lengths, left = pieces(chance), 120
    while waiting and left:
        left -= 1
        turn = chance.choice(waiting)
        process, case = turn
        if chance.getrandbits(3) == 0:
            process.addresses = place(chance, case.start, case.end)
        try:
            reason = process.go_on(next(lengths))
        except AssertionError as error:
            raise AssertionError(f"{[hex(a) for a in process.addresses]}\n{describe(batch, case)}\n{error}") from None
        reasons.add(reason)
        if reason not in ("REACHED", "BUDGET"):
            waiting.remove(turn)
    for process in processes:
        for address, content, _ in batch.regions:
            assert process.machine.peek(address, len(content)) == process.reference.peek(address, len(content))
    return reasons


def processes_of(batch: Batch, maker: Callable[[Any], MachineEngine], forks: int, sharers: int) -> list[Process]:
    """A process with the batch's memory, forked ones, whose code is in the same frames, and some in its own space."""
    first = EngineMachine(lambda *_: pytest.fail("it runs on another engine"))
    install(first, batch)
    breaking = Breaking(maker(first.space.memory))
    references = [naive.Machine() for _ in range(1 + forks)]
    for reference in references:
        install(reference, batch)
    processes = [Process(first, references[0], breaking)]
    for reference in references[1:]:
        child = first.share()
        child.space, _ = copy(first.space)
        processes.append(Process(child, reference, breaking))
    for _ in range(sharers):
        reference = naive.Machine()
        reference.memory = references[0].memory
        processes.append(Process(first.share(), reference, breaking))
    return processes


def rewrite(process: Process, chance: random.Random) -> None:
    """Make the code writable, put other words in some places, and let it be executed again."""
    code = bytearray(process.machine.peek(CODE, CODE_SIZE))
    for _ in range(40):
        at = chance.randrange(0, CODE_SIZE, 4)
        code[at : at + 4] = i_type(0x13, 0, 0, 0, chance.getrandbits(11)).to_bytes(4, "little")
    space = process.machine.space
    space.protect(CODE, CODE + CODE_SIZE, Protection.READ | Protection.WRITE)
    for page in range(CODE, CODE + CODE_SIZE, 4096):
        assert space.handle_fault(page, Protection.WRITE) is Fault.RESOLVED
    space.write(CODE, bytes(code))
    space.protect(CODE, CODE + CODE_SIZE, Protection.READ | Protection.EXEC)
    process.reference.install(CODE, bytes(code), "rx")


def walk(maker: Callable[[Any], MachineEngine], seed: int, cases: int, forks: int, sharers: int) -> set[str]:
    """Sabotaged sequences, run by several processes at a time; between them the code of one is changed."""
    generator, chance, reasons = Generator(seed), random.Random(seed), set[str]()
    batch = generator.sabotage(generator.batch(cases))
    processes = processes_of(batch, maker, forks, sharers)
    for number in range(0, len(batch.cases), len(processes)):
        if chance.getrandbits(1) == 0:
            rewrite(processes[0], chance)
        reasons |= run_case(processes, batch, number, chance)
    return reasons


def walks(maker: Callable[[Any], MachineEngine], seeds: range, cases: int) -> None:
    reasons: set[str] = set()
    for seed in seeds:
        print(f"seed {seed}")
        reasons |= walk(maker, seed, cases, forks=seed % 3, sharers=seed // 3 % 2)
    assert {"REACHED", "BUDGET", "SYSCALL"} <= reasons


def test_stops_are_those_of_single_steps(maker: Callable[[Any], MachineEngine]) -> None:
    is_compiled_each_time = maker is not MAKERS["interpreter"]
    walks(maker, range(9000, 9006), 8 if is_compiled_each_time else 30)


@pytest.mark.full
def test_stops_are_those_of_single_steps_full(maker: Callable[[Any], MachineEngine]) -> None:
    walks(maker, range(9100, 9160), 200)


CODE_WITH_TWO_NAMES = """
_start: addi    a0, a0, 1
        addi    a0, a0, 2
        addi    a0, a0, 4
        jr      a1
"""


def words_of(source: str) -> bytes:
    return load_image(assemble([Source("code.s", source)]).image).segments[0].data.ljust(4096, b"\0")


def test_a_page_that_shares_a_frame_with_a_breakpoint_is_run_as_if_there_were_none(
    maker: Callable[[Any], MachineEngine],
) -> None:
    """One frame has two addresses; only one of them is a breakpoint's."""
    machine = EngineMachine(lambda *_: pytest.fail("it runs on another engine"))
    first, second = 0x1_0000, 0x2_0000
    machine.install(first, words_of(CODE_WITH_TWO_NAMES), "rx")
    machine.install(second, words_of("_start: ecall"), "rx")
    space, memory = machine.space, machine.space.memory
    index = int(leaf_index(memory.words, space.root, second))
    own = memory.words[index]
    memory.words[index] = memory.words[int(leaf_index(memory.words, space.root, first))]
    space.flush()
    process = Process(machine, naive.Machine(), Breaking(maker(memory)))
    for page in (first, second):
        process.reference.install(page, words_of(CODE_WITH_TWO_NAMES), "rx")
    process.addresses = frozenset({first + 4})
    for turn in range(200):
        process.begin([0] * 11 + [first if turn % 2 else second] + [0] * 20, second if turn % 3 else first)
        reasons = [process.go_on(9) for _ in range(3)]
        assert ("REACHED" in reasons) == bool(turn % 2 or turn % 3 == 0)
    memory.words[index] = own
    space.flush()


def test_breakpoints_leave_no_trace(maker: Callable[[Any], MachineEngine]) -> None:
    """Pages with breakpoints are not marked as accessed; what is decoded is as before when nothing runs."""
    machine = EngineMachine(lambda *_: pytest.fail("it runs on another engine"))
    machine.install(0x1_0000, words_of("_start: j _start"), "rx")
    machine.install(0x2_0000, words_of("_start: ecall"), "rx")
    memory, stop = machine.space.memory, np.zeros(STOP_SIZE, np.int64)
    breaking, machine.pc = Breaking(maker(memory)), 0x1_0000
    for address in (0x2_0000, 0x1_0000):
        breaking.around(frozenset({address})).execute(machine.context, machine.space, 5, stop)
        marked = [place for place, micro in enumerate(memory.decoded.tolist()) if micro & 0x7F == END_OF_BUDGET]
        assert not marked
    assert machine.space.entry(0x1_0000) & A
    assert not machine.space.entry(0x2_0000) & A


class Raising:
    """An engine that is interrupted."""

    def execute(self, *_: object) -> int:
        raise KeyboardInterrupt


def test_an_interrupt_takes_the_marks_away(maker: Callable[[Any], MachineEngine]) -> None:
    machine = EngineMachine(lambda *_: pytest.fail("it runs on another engine"))
    machine.install(0x1_0000, words_of("_start: nop\n nop\n ecall"), "rx")
    breaking, stop = Breaking(maker(machine.space.memory)), np.zeros(STOP_SIZE, np.int64)
    machine.pc = 0x1_0000
    with pytest.raises(KeyboardInterrupt):
        breaking.around(frozenset({0x1_0004}), Raising()).execute(machine.context, machine.space, 5, stop)
    engine = breaking.around(NOWHERE)
    assert engine.execute(machine.context, machine.space, 5, stop) == StopReason.SYSCALL
    assert stop[STOP_RETIRED] == 2
