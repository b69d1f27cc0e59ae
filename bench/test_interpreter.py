"""The interpreter on small loops: results are checked before anything is timed.

``pytest bench/test_interpreter.py --benchmark-enable`` times them; each case's extra_info holds the instructions it
retires. bench/compare_unicorn.py sets the same loops beside Unicorn.
"""

from __future__ import annotations

from typing import Any

import pytest

from bench import compare_unicorn
from bench.loops import Loop, OnInterpreter, loops
from vm.cpu import interpreter
from vm.cpu.state import PC, StopReason


@pytest.mark.parametrize("loop", [pytest.param(loop, id=loop.name) for loop in loops()])
def test_loop(benchmark: Any, loop: Loop) -> None:
    loaded = OnInterpreter.load(loop)
    stop = benchmark(loaded.run)
    loaded.check()
    assert stop.reason is StopReason.BREAKPOINT
    benchmark.extra_info["instructions"] = stop.retired


def test_entry(benchmark: Any) -> None:
    """One instruction at a time: the cost of entering and leaving the engine."""
    loaded = OnInterpreter.load(loops()[0])
    loaded.context[PC] = loaded.entry
    stop = benchmark(interpreter.run, loaded.context, loaded.space, 1)
    assert (stop.reason, stop.retired) == (StopReason.BUDGET, 1)


def test_comparison_with_unicorn(capsys: pytest.CaptureFixture[str]) -> None:
    """The script's own check: both machines compute the same, and the table has a line for each loop."""
    compare_unicorn.main(["--rounds", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [loop.name for loop in loops()]
