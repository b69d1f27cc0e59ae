"""Random sequences of memory calls by several processes agree with a model, and every frame is accounted for."""

from __future__ import annotations

import pytest

from tests.memory.world import World
from vm.memory.strategies import STRATEGIES


def play(seed: int, strategy: str, frames: int, steps: int, *, overcommit: bool = False) -> None:
    world = World(seed, strategy, frames, overcommit=overcommit)
    try:
        for _ in range(steps):
            world.step()
        world.finish()
    except AssertionError as error:
        error.add_note("\n".join([f"seed {seed}, strategy {strategy}, {frames} frames", *world.log[-40:]]))
        raise


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("seed", range(4))
def test_memory_is_what_the_model_says(seed: int, strategy: str) -> None:
    play(seed, strategy, 4000, 60)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("seed", range(10, 16))
def test_a_call_that_cannot_be_paid_for_changes_nothing(seed: int, strategy: str) -> None:
    play(seed, strategy, 70, 80)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("seed", range(20, 26))
def test_no_frame_is_lost_when_there_are_none_left(seed: int, strategy: str) -> None:
    play(seed, strategy, 40, 80, overcommit=True)


@pytest.mark.full
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("seed", range(100, 150))
@pytest.mark.parametrize(("frames", "overcommit"), [(6000, False), (120, False), (60, True)])
def test_many_sequences(seed: int, strategy: str, frames: int, overcommit: bool) -> None:
    play(seed, strategy, frames, 250, overcommit=overcommit)
