"""What going back costs: in time, of what going forwards takes, and in the host's memory."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import thread_time
from typing import Any

import pytest

from bench.targets import Target, show
from tests.kernel.guest import PRELUDE
from vm.cpu.state import PC
from vm.debug.history import History
from vm.kernel.pausing import Until
from vm.kernel.stops import Stops
from vm.machine import Machine
from vm.native import jit
from vm.run import Run

INSTRUCTIONS = 1_000_000_000
SHORT = 2_000_000
"""Where benchmarks run once, as tests."""
ROUNDS = 9
WARM = 20
"""The first twentieth of the way is not measured."""
TOUCHES = """
# Adds to a word in each of {pages} pages, again and again.
_start: la t0, pages
        li t1, {pages}
        lui t2, 1
0:      sw t1, 0(t0)
        add t0, t0, t2
        addi t1, t1, -1
        bnez t1, 0b
        la s1, pages
        li s2, 0
        li s3, {last}
1:      slli t0, s2, 12
        add t0, t0, s1
        lw t1, 0(t0)
        addi t1, t1, 1
        sw t1, 0(t0)
        addi s2, s2, 1
        and s2, s2, s3
        j 1b
        .bss
        .balign 4096
pages:  .space {pages} * 4096
"""
SMALL, LARGE = 16, 4096
"""Pages that are written: 64 KiB, and 16 MiB."""


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    jit.prepare()


def booted(pages: int) -> Run:
    """A run that touches so many pages for ever, not started."""
    source = PRELUDE + TOUCHES.format(pages=pages, last=pages - 1)
    return Machine(files={"/touches.s": source.encode()}, memory=64 << 20).boot("/touches.s", keep=False)


def seconds(job: Callable[[], object]) -> float:
    """What a job takes of the processor's time."""
    begin = thread_time()
    job()
    return thread_time() - begin


def registers(run: Run) -> list[int]:
    """Those of the program."""
    return [int(value) for value in run.program.context[:PC]]


def taken_back(pages: int, count: int) -> dict[str, float]:
    """What going forwards and back costs at so many instructions; seconds, ratios and MiB."""
    plain, kept = [], []
    for number in range(ROUNDS if count == INSTRUCTIONS else 1):
        run, history = booted(pages).start(), History(booted(pages))
        ways = [(plain, run.advance), (kept, history.advance)]
        for times, advance in ways if number % 2 else reversed(ways):
            times.append(_forwards(advance, count))
    at_once = seconds(lambda: history.back(Until(stops=Stops(place=(2, count - 1)))))
    history = History(booted(pages))
    history.advance(Until(clock=count))
    history.prepare()
    steps = []
    for number in range(20):
        steps.append(seconds(lambda: history.back(Until(stops=Stops(place=(2, count - 1 - number))))))  # noqa: B023
        assert history.run.program.retired == count - 1 - number
    there = booted(pages).start()
    there.advance(Until(clock=count - 20))
    assert registers(there) == registers(history.run)
    history.goto(count)
    stops = Until(clock=count, stops=Stops(breakpoints={2: frozenset({_first(pages)})}))
    forwards = booted(pages).start()
    passed = [seconds(lambda: forwards.advance(stops))]
    while forwards.kernel.clock < count:
        passed.append(seconds(lambda: forwards.advance(stops)))
    back = seconds(lambda: history.back(stops))
    assert int(history.run.program.context[PC]) == _first(pages)
    size = sum(each.size for each in history.checkpoints) / (1 << 20)
    return {
        "forwards": min(kept) / min(plain), "at once": 1000 * at_once, "first step": 1000 * steps[0],
        "step": 1000 * median(steps),
        "continue": back / sum(passed), "memory": size,
    }  # fmt: skip


def _forwards(advance: Callable[[Until], object], count: int) -> float:
    """What going on to so many instructions takes, once the host has provided the guest's memory."""
    advance(Until(clock=count // WARM))
    return seconds(lambda: advance(Until(clock=count)))


def _first(pages: int) -> int:
    """The address of the second instruction of a guest, which is executed once."""
    run = booted(pages).start()
    run.advance(Until(clock=1))
    return int(run.program.context[PC])


@pytest.mark.benchmark(group="taking back")
@pytest.mark.parametrize("pages", [SMALL, LARGE])
def test_going_back(benchmark: Any, pages: int) -> None:
    benchmark.pedantic(booted(pages).copy, rounds=1)
    count = SHORT if benchmark.stats is None else INSTRUCTIONS
    found = taken_back(pages, count)
    assert found["memory"] <= 512
    if benchmark.stats is not None:
        shown = [
            Target("forwards : without a history", found["forwards"], 1.02),
            Target("the first reverse-stepi, prepared for, ms", found["first step"], 50),
            Target("reverse-stepi, ms", found["step"], 50),
            Target("reverse-continue : forwards", found["continue"], 2.5),
            Target("checkpoints, MiB", found["memory"], 512),
        ]
        print(f"the first reverse-stepi at once, ms: {found['at once']:.0f}")
        assert show(shown)
