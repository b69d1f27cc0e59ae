"""Breakpoints take no more translations away than those that go across them, and only while they are there."""

from __future__ import annotations

import numpy as np
import pytest

from asm import Source, assemble
from tests.translator.test_life_cycle import cache, new_translator  # noqa: F401
from vm.abi import Protection
from vm.cpu.state import PC, STOP_RETIRED, STOP_SIZE, StopReason, new_context
from vm.cpu.stepping import REACHED
from vm.elf import load_image
from vm.engine import engines
from vm.engine.breaking import Breaking
from vm.engine.protocol import Engine
from vm.memory import AddressSpace, PhysicalMemory
from vm.memory.strategies import copy

pytestmark = [
    pytest.mark.skipif(not engines.is_translator_supported(), reason="no translator for this host"),
    pytest.mark.usefixtures("cache"),
]

TEXT = 0x0001_0000
TURNS = 300_000
LOOP = f"""
_start: lui     s1, {TURNS >> 12}
        li      a0, 1
loop:   slli    t1, a0, 3
        xor     a0, a0, t1
        beqz    a0, cold
back:   addi    s1, s1, -1
        bnez    s1, loop
        ebreak
cold:   addi    t5, t5, 1
        j       back
"""
COLD = frozenset({TEXT + 4 * 8})
HOT = frozenset({TEXT + 4 * 5})


def load(memory: PhysicalMemory) -> AddressSpace:
    """A space with LOOP in it."""
    image = load_image(assemble([Source("loop.s", LOOP)]).image)
    space = AddressSpace(memory)
    space.map(TEXT, TEXT + 4096, Protection.READ | Protection.WRITE, "mapping")
    space.write(TEXT, image.segments[0].data)
    space.protect(TEXT, TEXT + 4096, Protection.READ | Protection.EXEC)
    return space


def run(engine: Engine, space: AddressSpace, times: int = 1) -> int:
    """Run the loop to its end, some times; how often it stopped before."""
    stop, hits = np.zeros(STOP_SIZE, np.int64), 0
    for _ in range(times):
        context, retired = new_context(), 0
        context[PC] = TEXT
        while (reason := engine.execute(context, space, 1 << 40, stop)) in (REACHED, StopReason.BUDGET):
            hits += reason == REACHED
            retired += int(stop[STOP_RETIRED])
        assert reason == StopReason.BREAKPOINT
        assert retired + int(stop[STOP_RETIRED]) == 2 + 5 * (TURNS & -4096)
    return hits


def first_stops(engine: Engine, space: AddressSpace) -> set[int]:
    """After how many instructions it stopped the first 500 times."""
    stop, found, retired = np.zeros(STOP_SIZE, np.int64), set[int](), 0
    context = new_context()
    context[PC] = TEXT
    while len(found) < 500:
        reason = engine.execute(context, space, 1 << 40, stop)
        retired += int(stop[STOP_RETIRED])
        if reason == REACHED:
            found.add(retired)
        else:
            assert reason == StopReason.BUDGET
    return found


def test_both_forms_are_kept() -> None:
    """Set and removed again and again, a breakpoint costs no compiling, and nearly nothing is interpreted."""
    engine = new_translator(PhysicalMemory(1 << 20))
    space, breaking = load(engine.memory), Breaking(engine)
    run(engine, space, 3)
    run(breaking.around(COLD), space, 3)
    made, executed = engine.statistics.regions, engine.statistics.executed
    for _ in range(20):
        assert run(breaking.around(COLD), space) == 0
        assert run(engine, space) == 0
    assert engine.statistics.regions == made
    assert engine.statistics.executed - executed > 0.99 * 40 * 5 * (TURNS & -4096)


def test_what_is_known_as_hot_does_not_have_to_prove_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody waits for it; and it ends where it would end without a breakpoint, whatever is translated by now."""
    engine = new_translator(PhysicalMemory(1 << 20))
    space, breaking = load(engine.memory), Breaking(engine)
    run(engine, space, 3)
    made, executed = engine.statistics.regions, engine.statistics.executed
    monkeypatch.setattr("vm.engine.translator.engine.AFFORDABLE", 0.0)
    assert run(breaking.around(COLD), space) == 0
    assert engine.statistics.regions == made + 1
    assert engine.statistics.executed - executed > 0.98 * 5 * (TURNS & -4096)


def test_what_does_not_go_across_a_breakpoint_stays() -> None:
    engine = new_translator(PhysicalMemory(1 << 20))
    space, breaking = load(engine.memory), Breaking(engine)
    run(engine, space, 3)
    made, executed = engine.statistics.regions, engine.statistics.executed
    assert run(breaking.around(frozenset({TEXT + 4 * 100, 0x7000_0000})), space) == 0
    assert engine.statistics.regions == made
    assert engine.statistics.executed - executed > 0.99 * 5 * (TURNS & -4096)


def test_what_is_kept_on_disk_does_not_end_at_a_breakpoint() -> None:
    """A later run finds whole regions, and one with a breakpoint uses none that goes across it."""
    engine = new_translator(PhysicalMemory(1 << 20))
    space = load(engine.memory)
    run(Breaking(engine).around(COLD), space, 3)
    assert engine.statistics.regions
    engine.save()
    plain = new_translator(PhysicalMemory(1 << 20))
    run(plain, load(plain.memory), 3)
    assert plain.statistics.recalled == 0
    plain.save()
    broken = new_translator(PhysicalMemory(1 << 20))
    assert first_stops(Breaking(broken).around(HOT), load(broken.memory)) == {5 + 5 * turn for turn in range(500)}
    assert broken.statistics.recalled > 0


def test_spaces_that_share_code_have_breakpoints_of_their_own() -> None:
    engine = new_translator(PhysicalMemory(1 << 20))
    parent = load(engine.memory)
    run(engine, parent, 3)
    child, _ = copy(parent)
    breaking = Breaking(engine)
    for _ in range(3):
        assert first_stops(breaking.around(HOT), parent) == {5 + 5 * turn for turn in range(500)}
        assert run(breaking.around(COLD), child) == 0
        assert run(engine, parent) == 0
