"""States and classes are two ways through the same runs: they come to the same outcomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from forklore import Machine
from vm.outcomes.automaton import Outputs
from vm.outcomes.driving import Driver
from vm.outcomes.exploration import QUANTUM
from vm.outcomes.exploring import Explorer, Limits
from vm.outcomes.states import MoreShared, States, TooManyStates
from vm.run import Run

MOST = 1_000_000


def started(name: str) -> Run:
    return Machine(quantum=QUANTUM, memory=1 << 22).boot(Path("programs/outcomes", name), keep=False).start()


@pytest.mark.parametrize("name", ["first_to_end.s", "sigchld_once.s", "lost_wakeup.s", "counter_race.s"])
def test_states_have_the_outcomes_of_classes(name: str) -> None:
    explorer = Explorer(run := started(name), Limits())
    assert explorer.explore()
    states = States(run.kernel.copy, explorer.words, MOST, MOST)
    assert states.explore(MOST)
    futures = states.futures()
    outputs = Outputs(tuple(explorer.classes))
    assert {states.whole(each) for each in futures[0]} == {
        ((one.terminal, one.output, one.errors), one.end) for one in outputs
    }
    for future in futures[0]:
        trace = Driver(run.kernel.copy(), states.path(futures, future)).run()
        assert trace is not None
        (_, output, _), end = states.whole(future)
        assert b"".join(written.data for made in trace.steps for written in made.written) == output
        assert trace.end == end


def test_words_that_turn_out_to_be_shared_are_told() -> None:
    run = started("counter_race.s")
    run.log_accesses()
    with pytest.raises(MoreShared):
        States(run.kernel.copy, frozenset(), MOST, MOST).explore(MOST)


def test_more_states_than_may_be_are_refused() -> None:
    with pytest.raises(TooManyStates):
        States(started("sigchld_once.s").kernel.copy, frozenset(), 5, MOST).explore(MOST)
