"""The same processes on the host's kernel and in the machine must see the same, call by call.

The scenarios are in scenarios.py. Those that need what another host lacks would be judged by it: Linux only.
"""

from __future__ import annotations

import sys
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.puppet import PUPPET, by_process, play
from tests.kernel.scenarios import SCENARIOS, furnish
from tests.natively import answers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the host is not Linux")


@pytest.fixture(scope="module")
def host() -> dict[str, list[Any]]:
    """What the processes of every scenario saw on the host."""
    found: dict[str, list[Any]] = answers("tests.kernel.native")
    return found


@pytest.mark.parametrize("quantum", [1, 7, 10_000])
@pytest.mark.parametrize("name", SCENARIOS)
def test_same_results_call_by_call(name: str, quantum: int, host: dict[str, list[Any]], tmp_path: Path) -> None:
    furnish(tmp_path / "root", PUPPET)
    puppets = play(tmp_path / "root", SCENARIOS[name], quantum=quantum)
    assert puppets.finished is not None
    assert not puppets.finished.message
    ours, theirs = by_process(puppets.records), by_process(host[name])
    for process in theirs:
        for number, (mine, right) in enumerate(zip_longest(ours.get(process, []), theirs[process])):
            around = theirs[process][max(0, number - 3) : number + 3]
            assert mine == right, f"process {process}, call {number}; the host around it: {around}"
    assert ours.keys() == theirs.keys()
