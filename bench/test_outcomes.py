"""What it costs to find every outcome of a program: classes a second, on one core and on two, and whole commands.

What was found is asserted before the time counts. Where benchmarks run once, as tests, programs are smaller.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import pytest

from bench.targets import Target
from forklore import Machine
from vm.outcomes.exploration import QUANTUM, Exploration, explore
from vm.outcomes.exploring import NEVER, Limits

pytestmark = pytest.mark.benchmark(group="outcomes")
BENCH = Path(__file__).parent
OUTCOMES = BENCH.parent / "programs" / "outcomes"
THREE_WRITERS = BENCH / "programs" / "three_writers.s"


def check(benchmark: Any, what: str, value: float, limit: float) -> None:
    """``value`` is ``limit`` at most, where benchmarks are measured."""
    benchmark.extra_info[what] = value
    if benchmark.enabled:
        target = Target(what, value, limit)
        assert target.is_met, target.texts


def three_writers(runs: int, executor: Executor | None = None) -> Exploration:
    """Go through classes alone, not through states."""
    machine = Machine(quantum=QUANTUM, memory=1 << 24)
    return explore(
        partial(machine.boot, THREE_WRITERS, keep=False), Limits(runs, seconds=None, classes=NEVER), executor
    )


def timed(clock: Callable[[], float], work: Callable[[], Any]) -> tuple[float, Any]:
    begin = clock()
    found = work()
    return clock() - begin, found


def test_classes_a_second_of_three_writers(benchmark: Any) -> None:
    """Three processes with twelve calls on a pipe: a thousand classes a second of processor time."""
    runs = 3000 if benchmark.enabled else 50
    three_writers(10)
    taken, found = benchmark.pedantic(lambda: timed(process_time, lambda: three_writers(runs)), rounds=1)
    assert len(found.orders) == found.runs == runs
    check(benchmark, "a class of three writers, ms", 1000 * taken / runs, 1.0)


@pytest.fixture
def two_workers() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        yield executor


def test_two_cores_explore_faster_than_one(benchmark: Any, two_workers: Executor) -> None:
    """By the clock on the wall, once both workers have started."""
    runs = 6000 if benchmark.enabled else 20
    three_writers(1000 if benchmark.enabled else 10, two_workers)
    one, alone = timed(perf_counter, lambda: three_writers(runs))
    two, together = benchmark.pedantic(
        lambda: timed(perf_counter, lambda: three_writers(runs, two_workers)), rounds=1
    )  # fmt: skip
    assert together.orders == alone.orders
    assert (together.runs, together.bounds) == (alone.runs, alone.bounds)
    check(benchmark, "time of two cores to that of one", two / one, 1 / 1.7)


@pytest.mark.parametrize(("name", "can_be_stuck"), [("philosophers", True), ("philosophers_mended", False)])
def test_philosophers_with_pipes(benchmark: Any, name: str, *, can_be_stuck: bool) -> None:
    path = OUTCOMES / f"{name}_{5 if benchmark.enabled else 2 if can_be_stuck else 3}.s"
    taken, found = benchmark.pedantic(lambda: timed(perf_counter, lambda: Machine().outcomes(path)), rounds=1)
    assert found.complete
    stuck = [end for end in found.ends if end.stuck]
    assert bool(stuck) == can_be_stuck
    assert all(waits.holders for end in stuck for waits in end.stuck)
    check(benchmark, f"{path.stem}, s", taken, 10)


@pytest.mark.parametrize(
    ("name", "count", "limit"), [("forks_thrice", "279\n", 1), ("forks_four_times", "127952289\n", 5)]
)
def test_a_command_that_counts(benchmark: Any, name: str, count: str, limit: float) -> None:
    """The whole command, which has run before."""
    start = "import sys; from vm.entry import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "outcomes", "--count", str(OUTCOMES / f"{name}.s")]

    def run() -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    if benchmark.enabled:
        run()
    assert benchmark.pedantic(run, rounds=3 if benchmark.enabled else 1) == count
    if benchmark.enabled:
        check(benchmark, f"outcomes --count {name}, s", benchmark.stats.stats.min, limit)


def test_membership_in_what_four_forks_print(benchmark: Any) -> None:
    found = Machine().outcomes(OUTCOMES / "forks_four_times.s")
    texts = [found.sample(1, seed)[0].terminal for seed in range(5)]
    texts += [text[::-1] for text in texts] if benchmark.enabled else []
    expected = [text in found for text in texts]
    assert all(expected[:5])
    taken, answers = benchmark.pedantic(lambda: timed(perf_counter, lambda: [each in found for each in texts]))
    assert answers == expected
    check(benchmark, "a question of membership, s", taken / len(texts), 0.05)
