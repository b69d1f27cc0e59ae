"""A run that is checked is checked as well while it stops at breakpoints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hazards import catalogue
from vm.hazards.judgement import findings
from vm.hazards.observer import WindowObserver
from vm.hazards.windows import Groups
from vm.kernel.pausing import Pause, Until
from vm.kernel.stops import Stops
from vm.machine import Machine


def told(path: Path, stride: int | None) -> tuple[list[str], int]:
    """What the checker finds, where every instruction of so many is a breakpoint; how often the run stopped."""
    run, groups = Machine(memory=1 << 20, seed=1).boot(path).start(), Groups()
    observer = WindowObserver(run.kernel, groups.add)
    stops, pauses = None, 0
    if stride is not None:
        code = run.program.memory.segments[0]
        addresses = frozenset(range(code.start, code.end, 4 * stride))
        stops = Stops(breakpoints=dict.fromkeys(range(2, 6), addresses))
    while isinstance(run.advance(Until(stops=stops)), Pause):
        pauses += 1
    observer.finish()
    return [str(finding) for finding in findings(groups)], pauses


@pytest.mark.parametrize("name", ["global.s", "heap.s"])
def test_breakpoints_hide_nothing_from_the_checker(name: str) -> None:
    expected, _ = told(catalogue.FOLDER / "bad" / name, None)
    assert expected
    for stride in (1, 3):
        found, pauses = told(catalogue.FOLDER / "bad" / name, stride)
        assert found == expected
        assert pauses > 9 // stride
