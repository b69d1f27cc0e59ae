"""RLIMIT_CPU counts what a process has retired, to the instruction."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.guest import boot
from vm.abi import NANOSECONDS, Limit, Signal
from vm.kernel.process.alarms import LIMIT, limit_processor_time

LOOP = """
_start: sys fork
1:      j 1b
"""


@pytest.mark.parametrize("quantum", [7, 10_000])
@pytest.mark.parametrize(("hard", "signal"), [(2, Signal.SIGKILL), (3, Signal.SIGXCPU)])
def test_the_signal_comes_at_the_instruction(hard: int, signal: Signal, quantum: int, tmp_path: Path) -> None:
    """It has nothing to do with what others retire, who have the same limit and all of their time before them."""
    booted = boot(tmp_path, LOOP, quantum=quantum, instructions=1000)
    kernel, parent = booted.kernel, booted.program.process
    parent.limits[Limit.RLIMIT_CPU] = (2, hard)
    limit_processor_time(kernel, parent)
    parent.leader.retired = 2 * NANOSECONDS - 300
    booted.finish()
    assert parent.status == signal
    assert parent.retired == 2 * NANOSECONDS
    child = kernel.processes[3]
    assert child.limits[Limit.RLIMIT_CPU] == (2, hard)
    assert child.alarms[LIMIT].moment == 2 * NANOSECONDS
