"""Whole machines in lock-step: the translator, made to translate whatever it meets, against the interpreter.

Both run the same program with the same random cuts of every budget. Compared are each stop, with registers and counts,
physical memory every few stops and at the end, and every event and byte of output.
"""

from __future__ import annotations

import random
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.programs.headers import PROGRAMS, read_header
from vm import Machine
from vm.cpu import engines
from vm.cpu.state import PC, SINK, STOP_ADDRESS, STOP_RETIRED

pytestmark = pytest.mark.skipif(not engines.is_translator_supported(), reason="no translator for this host")


class Recorder:
    """An engine whose budgets are cut at random, and everything it returns."""

    def __init__(self, engine: Any, kernel: Any, seed: int) -> None:
        self.engine, self.kernel, self.random = engine, kernel, random.Random(seed)
        self.stops: list[tuple[object, ...]] = []

    @property
    def statistics(self) -> Any:
        return self.engine.statistics

    def execute(self, context: Any, space: Any, budget: int, stop: Any) -> int:
        cut = self.random.choice((1, 7, 60, 700, 20_000, 1 << 40))
        reason = self.engine.execute(context, space, min(budget, self.random.randint(1, cut)), stop)
        digest = zlib.crc32(self.kernel.memory.ram) if len(self.stops) % 64 == 0 else 0
        self.stops.append(
            (
                reason,
                int(stop[STOP_ADDRESS]),
                int(stop[STOP_RETIRED]),
                [*context[:SINK].tolist(), *context[PC:].tolist()],
                digest,
            )
        )
        return int(reason)


def record(program: Path, engine: str, seed: int, instructions: int, **settings: Any) -> tuple[Any, Recorder, int]:
    machine = Machine(memory=4 << 20, stack=1 << 20, instructions=instructions, **settings)
    header = read_header(program.read_text())
    run = machine.boot(program, header.arguments, input=header.input)
    kernel = run.kernel
    if engine == "translator":
        from vm.cpu.translator.engine import Translator

        kernel.engine = Translator(kernel.memory, threshold=0)
    recorder = Recorder(kernel.engine, kernel, seed)
    kernel.engine = recorder
    result = run.finish()
    return result, recorder, zlib.crc32(kernel.memory.ram)


def compare(program: Path, seed: int, instructions: int, **settings: Any) -> Recorder:
    print(f"seed {seed}")
    expected, stops, memory = record(program, "interpreter", seed, instructions, **settings)
    found, others, other_memory = record(program, "translator", seed, instructions, **settings)
    for index, (stop, other) in enumerate(zip(stops.stops, others.stops, strict=False)):
        assert stop == other, f"stop {index}"
    assert len(stops.stops) == len(others.stops)
    assert without_times(expected) == without_times(found)
    assert memory == other_memory
    return others


def without_times(result: Any) -> str:
    """A result as text, without the host's nanoseconds."""
    import re

    return re.sub(r"host_ns=\d+", "", repr(result))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_programs(program: Path) -> None:
    others = compare(program, 1, 20_000)
    assert others.statistics.executed or len(others.stops) < 50
