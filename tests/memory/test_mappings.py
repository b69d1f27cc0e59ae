"""Random sequences of memory calls by several processes agree with a model, and every frame is accounted for."""

from __future__ import annotations

import pytest

from tests.memory.world import World
from tests.sampling import one_in
from vm.memory.strategies import STRATEGIES


def play(seed: int, strategy: str, frames: int, steps: int, *, overcommit: bool = False) -> World:
    world = World(seed, strategy, frames, overcommit=overcommit)
    try:
        for _ in range(steps):
            world.step()
        world.finish()
    except AssertionError as error:
        error.add_note("\n".join([f"seed {seed}, strategy {strategy}, {frames} frames", *world.log[-40:]]))
        raise
    return world


def compare(seed: int, frames: int, steps: int) -> None:
    """Memory is what the model says; every call has the same result under each strategy, and none copies more."""
    worlds = {name: play(seed, name, frames, steps) for name in STRATEGIES}
    plain = worlds["copy"]
    for world in worlds.values():
        assert world.log == plain.log
        assert world.copied <= plain.copied


@pytest.mark.parametrize("seed", one_in(3, [*range(4), *range(30, 42)]))
def test_strategies_differ_in_cost_alone(seed: int) -> None:
    compare(seed, 4000, 60)


@pytest.mark.parametrize("seed", one_in(2, range(10, 16)))
def test_a_call_that_cannot_be_paid_for_changes_nothing(seed: int) -> None:
    compare(seed, 70, 80)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("seed", range(20, 23))
def test_no_frame_is_lost_when_there_are_none_left(seed: int, strategy: str) -> None:
    play(seed, strategy, 40, 80, overcommit=True)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 130))
@pytest.mark.parametrize("frames", [120, 6000])
def test_many_sequences(seed: int, frames: int) -> None:
    compare(seed, frames, 250)


@pytest.mark.full
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("seed", range(200, 250))
def test_many_sequences_without_frames(seed: int, strategy: str) -> None:
    play(seed, strategy, 60, 250, overcommit=True)
