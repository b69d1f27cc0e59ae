"""What it costs to count the outputs of a class of runs, or of many, and to ask whether one is possible.

What was found is asserted before the time counts, which is processor time.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from time import process_time
from typing import Any

import pytest

from bench.targets import Target
from tests.outcomes.building import Building, forks_and_writes, in_processes, order_of
from vm.outcomes.automaton import Outputs
from vm.outcomes.orders import End, Order, Outcome

pytestmark = pytest.mark.benchmark(group="outcomes", timer=process_time)
EXITED = End(exit_code=0)


def check(benchmark: Any, what: str, limit: float) -> None:
    """The fastest round takes ``limit`` seconds at most."""
    if benchmark.stats is not None:  # None where benchmarks run once, as tests
        target = Target(f"{what}, s", benchmark.stats.stats.min, limit)
        assert target.is_met, target.texts


@pytest.mark.parametrize(
    ("name", "order", "count", "limit"),
    [
        ("three times {fork; write}", order_of(forks_and_writes("123")), 279, 0.02),
        ("four times {fork; write}", order_of(forks_and_writes("1234")), 127_952_289, 0.1),
        ("eight distinct writes", order_of(in_processes("abcdefgh")), 40_320, 0.1),
    ],
    ids=["279", "127952289", "40320"],
)
def test_outcomes_are_counted(benchmark: Any, name: str, order: Order, count: int, limit: float) -> None:
    found = benchmark.pedantic(lambda: Outputs([order]).count, rounds=5)
    assert found == count
    check(benchmark, name, limit)


LIKELY = b"1" * 2 + b"2" * 4 + b"3" * 8 + b"4" * 16
UNLIKELY = b"1" + b"2" * 2 + b"3" * 4 + b"4" * 8 + b"1" + b"2" * 2 + b"4" + b"3" * 4 + b"4" * 7


@pytest.mark.parametrize("is_counted", [False, True], ids=["first question", "counted"])
def test_membership(benchmark: Any, is_counted: bool) -> None:
    """Two questions, the second of which is told from a possible output only towards the end."""
    outputs = Outputs([order_of(forks_and_writes("1234"))])

    def ask() -> tuple[bool, bool]:
        asked = outputs if is_counted else Outputs([order_of(forks_and_writes("1234"))])
        return tuple(Outcome(text, b"", b"", EXITED) in asked for text in (LIKELY, UNLIKELY))

    if is_counted:
        assert outputs.count == 127_952_289
    assert benchmark.pedantic(ask, rounds=5) == (True, False)
    check(benchmark, "two questions", 2 * 0.05)


def test_a_schedule(benchmark: Any) -> None:
    outputs = Outputs([order_of(forks_and_writes("1234"))])
    outcome = outputs.sample(Random(1))
    number, steps = benchmark.pedantic(lambda: outputs.schedule_of(outcome), rounds=5)
    assert (number, sorted(steps)) == (0, list(range(76)))
    check(benchmark, "a schedule", 0.05)


def turns(seed: int, texts: Sequence[str]) -> Order:
    """Four processes take a lock six times each in some order; each writes two texts."""
    random, building = Random(seed), Building()
    threads = [(1,), *(building.fork((1,)) for _ in range(3))]
    order = [thread for thread in threads for _ in range(6)]
    random.shuffle(order)
    links: dict[str, int] = {}
    for at, thread in enumerate(order):
        links = {"order": building.step(thread, "futex", **links)}
        had = order[: at + 1].count(thread)
        if had in (2, 5):
            building.write(thread, texts[2 * threads.index(thread) + (had == 5)])
    for thread in threads:
        building.step(thread, "exit")
    return building.order()


@pytest.mark.parametrize(("texts", "count", "few"), [("abababab", 14, 11), ("abcdefgh", 2493, 1739)])
def test_outcomes_of_five_thousand_orders(benchmark: Any, texts: str, count: int, few: int) -> None:
    """A hundred of them where benchmarks run once, as tests."""
    orders = [turns(seed, texts) for seed in range(5000 if benchmark.enabled else 100)]
    found = benchmark.pedantic(lambda: Outputs(orders).count, rounds=3)
    assert found == (count if benchmark.enabled else few)
    check(benchmark, "5,000 orders", 2)
