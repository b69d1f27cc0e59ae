"""For any end of a process and any other step that need not come before or after it, both orders are among those."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import pytest

from tests.outcomes.random_orders import random_order, runs_of
from vm.grade.every.extensions import ENDS, MOST, at_random, extensions, outcome_of
from vm.grade.lab import Place, Rule
from vm.outcomes.orders import End, Order, Step

RULES = [Rule(name="no-orphan", place=Place("tests.toml", 1))]


def order_of(seed: int, size: int) -> Order:
    """A random order whose threads' last steps are their ends, and now and then another one."""
    source = random.Random(seed)
    order = random_order(source, size, [b"a", b"b"], ["output", "errors"])
    last = {step.thread: number for number, step in enumerate(order.steps)}.values()
    steps = [
        replace(step, call="exit_group" if number in last or source.random() < 0.1 else "write")
        for number, step in enumerate(order.steps)
    ]
    return replace(order, steps=tuple(steps))


@pytest.mark.parametrize("seed", range(40))
def test_ends_come_early_and_late(seed: int) -> None:
    order = order_of(seed, 7)
    runs = {tuple(map(order.steps.index, run)) for run in runs_of(order)}
    several = extensions(order, RULES)
    assert not several.is_cut
    assert set(several.sequences) <= runs
    assert several.sequences[0] == tuple(range(len(order.steps)))

    def pairs(sequences: set[tuple[int, ...]]) -> set[tuple[int, int]]:
        """What comes before what in any of them, where one of the two is an end."""
        found = {pair for sequence in sequences for pair in combinations(sequence, 2)}
        return {pair for pair in found if any(order.steps[number].call in ENDS for number in pair)}

    assert pairs(set(several.sequences)) == pairs(runs)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_drawn_is_a_run_and_writes_what_it_does(seed: int) -> None:
    order, rng = order_of(seed, 6), random.Random(seed)
    runs = {tuple(map(order.steps.index, run)): run for run in runs_of(order)}
    drawn = {at_random(order, rng) for _ in range(20 * len(runs))}
    assert drawn <= runs.keys()
    assert len(drawn) > len(runs) // 2
    for sequence in drawn:
        outcome = outcome_of(order, sequence)
        for stream in ("output", "errors"):
            written = [each for step in runs[sequence] for each in step.written if each.stream == stream]
            assert getattr(outcome, stream) == b"".join(each.data for each in written)
        assert outcome.end == order.end


def test_without_rules_or_others_there_is_one() -> None:
    order = order_of(3, 7)
    assert len(extensions(order, []).sequences) == 1
    alone = [step for step in order.steps if step.thread == (1,)][:1]
    assert len(extensions(Order(tuple(alone), End(0)), RULES).sequences) == 1


def test_of_very_many_ends_some_are_moved() -> None:
    steps = [Step((1,), 0, 2, "fork", "", 0, "", (), ())]
    steps += [Step((1, child), 0, 2 + child, "exit", "", 0, "", (), ()) for child in range(1, MOST + 2)]
    assert extensions(Order(tuple(steps), End(0)), RULES).is_cut
