"""Whole machines in lock-step: the translator, made to translate whatever it meets, against the interpreter.

Both run the same program with the same random cuts of every budget. Compared are each stop, with registers and counts,
physical memory every few stops and at the end, and every event and byte of output.
"""

from __future__ import annotations

import random
import re
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.programs.headers import PROGRAMS, read_header
from tests.sampling import one_in
from tests.translator.at_once import translate_at_once
from vm import Machine, toolchain
from vm.cpu.state import PC, SINK, STOP_ADDRESS, STOP_RETIRED
from vm.engine import engines
from vm.engine.engines import new_engine

pytestmark = pytest.mark.skipif(not engines.is_translator_supported(), reason="no translator for this host")


class Recorder:
    """An engine whose budgets are cut at random, and everything it returns."""

    def __init__(self, engine: Any, kernel: Any, seed: int) -> None:
        self.engine, self.kernel, self.random = engine, kernel, random.Random(seed)
        self.stops: list[tuple[object, ...]] = []

    @property
    def statistics(self) -> Any:
        return self.engine.statistics

    def save(self) -> None:
        self.engine.save()

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
    machine = Machine(**{"memory": 4 << 20, "stack": 1 << 20, **settings}, instructions=instructions)
    header = read_header(program.read_text()) if program.suffix in (".s", ".sh") else None
    run = machine.boot(program, header.arguments if header else (), input=header.input if header else b"").start()
    kernel = run.kernel
    kernel.engine = translate_at_once(kernel.memory) if engine == "translator" else new_engine(engine, kernel.memory)
    recorder = Recorder(kernel.engine, kernel, seed)
    kernel.engine = recorder
    result = run.finish()
    return result, recorder, zlib.crc32(kernel.memory.ram)


def compare(program: Path, seed: int, instructions: int, engine: str = "translator", **settings: Any) -> Recorder:
    print(f"seed {seed}")
    expected, stops, memory = record(program, "interpreter", seed, instructions, **settings)
    found, others, other_memory = record(program, engine, seed, instructions, **settings)
    for index, (stop, other) in enumerate(zip(stops.stops, others.stops, strict=False)):
        assert stop == other, f"stop {index}"
    assert len(stops.stops) == len(others.stops)
    assert without_times(expected) == without_times(found)
    assert memory == other_memory
    return others


def without_times(result: Any) -> str:
    """A result as text, without the host's nanoseconds."""
    return re.sub(r"host_ns=\d+", "", repr(result))


@pytest.mark.parametrize("program", one_in(2, PROGRAMS), ids=lambda path: path.stem)
def test_programs(program: Path) -> None:
    others = compare(program, 1, 20_000)
    assert others.statistics.executed or len(others.stops) < 50


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_programs_full(program: Path, seed: int) -> None:
    for quantum in (7, 1000):
        compare(program, seed, 30_000, quantum=quantum)


FAMILY = """\
# Processes that run on where others were translated, some of them for long enough.
#
# Expected output: nothing
# Exit status: 0
# Scheduling: any

        .globl  _start
_start: li      s0, 6
1:      li      a7, 1079
        ecall
        beqz    a0, child
        addi    s0, s0, -1
        bnez    s0, 1b
2:      li      a7, 260
        li      a0, -1
        li      a1, 0
        li      a2, 0
        li      a3, 0
        ecall
        bgez    a0, 2b
        call    work
        li      a0, 0
        li      a7, 93
        ecall
child:  mul     s1, s0, s0
        li      t0, 40
        mul     s1, s1, t0
3:      call    work
        addi    s1, s1, -1
        bgtz    s1, 3b
        andi    a0, s2, 127
        li      a7, 93
        ecall
work:   li      t0, 9
4:      xor     s2, s2, t0
        slli    t1, s2, 3
        add     s2, s2, t1
        addi    t0, t0, -1
        bnez    t0, 4b
        ret
"""


def test_spaces_that_are_fresh_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine that a machine has by default, in a first run and in one that finds translations."""
    monkeypatch.setenv("FORKLORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(engines, "FRESH", 3333)
    for name, value in {"SECONDS_TO_LOAD": 0.0, "AFFORDABLE": 1e6, "PERIOD": 5000}.items():
        monkeypatch.setattr(f"vm.engine.translator.engine.{name}", value)
    program = tmp_path / "family.s"
    program.write_text(FAMILY)
    for seed in (1, 2):
        others = compare(program, seed, 1_000_000, "auto", fork="on-demand", quantum=700)
        assert others.statistics.executed > 50_000
        assert (others.statistics.recalled > 0) == (seed > 1)
        others.save()


BENCHMARKS = sorted((Path(__file__).parents[2] / "bench" / "programs").glob("*.c"))


SAMPLE = {"calls", "forks", "sha256", "strings"}
"""Benchmarks that the default run takes: system calls, processes, arithmetic, memory."""


@pytest.mark.parametrize(
    "program",
    [pytest.param(path, id=path.stem, marks=() if path.stem in SAMPLE else pytest.mark.full) for path in BENCHMARKS],
)
def test_compiled_programs(program: Path, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The C library's start, and the first instructions of each benchmark."""
    if not toolchain.is_installed():
        pytest.skip("no C compiler for the machine")
    image = tmp_path / program.stem
    assert toolchain.run_compiler(("-O2", str(program), "-o", str(image))) == 0
    # Calls make many stops, and every process started makes its translations anew.
    instructions = {"calls": 10_000, "forks": 4_000}.get(program.stem, 300_000)
    others = compare(image, 7, instructions, memory=24 << 20, stack=8 << 20)
    assert others.statistics.executed > instructions / 5
