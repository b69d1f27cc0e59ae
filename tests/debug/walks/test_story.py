"""A story told in the smallest steps: it ends as a run does that nobody looks at, and the loop stops where it says."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tests.debug.walks.judging import differences, registers_of, view_of
from tests.debug.walks.programs import PATHS, booting, story
from tests.debug.walks.story import Row, Story
from tests.sampling import first_of
from vm.kernel.pausing import Ending, Pause, Until
from vm.kernel.stops import Stops
from vm.run import Run


@pytest.mark.parametrize("name", first_of(3, PATHS))
def test_it_ends_as_a_run_does_that_nobody_looks_at(name: str) -> None:
    run = booting(name)().start()
    assert run.advance() == story(name).ending
    told, straight = story(name).at(story(name).end), view_of(run.kernel, run.digest())
    assert differences(told, straight, ("the story", "the run")) == []
    assert len(story(name).rows) == run.kernel.retired


@pytest.mark.parametrize(("name", "seed"), first_of(6, [(name, seed) for seed in range(40) for name in PATHS]))
@pytest.mark.parametrize("engine", ["interpreter", "auto"])
def test_the_loop_stops_where_the_story_says(name: str, engine: str, seed: int) -> None:
    chance = random.Random(f"{name} {seed}")
    run = booting(name, engine)().start()
    told = story(name)
    for _ in range(25):
        stops, expected = _stops(chance, told, run)
        before = run.kernel.moment
        pause = run.advance(Until(stops=stops))
        assert _told(run, pause) == expected, f"from {before} with {stops}"
        straight = view_of(run.kernel, run.digest())
        assert differences(told.at(run.kernel.moment), straight, ("the story", "the run")) == []
        if isinstance(pause, Ending):
            return


def _stops(chance: random.Random, told: Story, run: Run) -> tuple[Stops, object]:
    """Stops by chance, and what the loop says when it stops there. What it stands before it has stopped at already."""
    now, stood = run.kernel.moment, run.kernel.system.stood
    here = None if stood is None else (stood.tid, stood.retired, stood.pc)
    rows = [row for row in told.in_order if row.stood >= now and (row.tid, row.number, row.pc) != here]
    if not rows:
        return Stops(), told.ending
    kind = chance.choice(["breakpoints", "step", "place"])
    if kind == "step":
        tid = chance.choice(rows).tid
        task = run.kernel.processes.thread(tid)
        own = [row for row in sorted(told.rows, key=lambda row: row.stood) if row.before >= now and row.tid == tid]
        is_there = task is not None and task.retired == own[0].number and registers_of(task)[32] == own[0].pc
        return Stops(step=tid), _first("step", own[1:] if is_there else own, told)
    if kind == "place":
        row = chance.choice(rows[: chance.choice([3, 300])])
        return Stops(place=(row.tid, row.number)), _first("place", [row], told)
    chosen = chance.choices(told.rows, k=chance.choice([1, 1, 2, 5]))
    breakpoints = {pid: frozenset(row.pc for row in chosen if row.pid == pid) for pid in {row.pid for row in chosen}}
    hits = [row for row in rows if row.pc in breakpoints.get(row.pid, ())]
    return Stops(breakpoints=breakpoints), _first("breakpoint", hits, told)


def _first(why: str, rows: Sequence[Row], told: Story) -> object:
    return (why, rows[0].tid, rows[0].number, rows[0].pc, rows[0].stood) if rows else told.ending


def _told(run: Run, pause: Pause | Ending) -> object:
    """Where a run has stopped, and when."""
    if isinstance(pause, Ending):
        return pause
    task = run.kernel.processes.thread(pause.pid)
    assert task is not None
    return pause.why, task.tid, task.retired, registers_of(task)[32], run.kernel.moment
