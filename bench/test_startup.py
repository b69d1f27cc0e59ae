"""Commands start at once: all of them do what they should, and where times are taken, within their targets."""

from __future__ import annotations

from typing import Any

import pytest

from bench import startup
from bench.checkouts import HERE


def test_commands_start_at_once(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """15 interleaved rounds, or one where benchmarks run once, as tests: whatever the times are then."""
    rounds = startup.ROUNDS if benchmark.enabled else 1
    found = benchmark.pedantic(startup.measure, ([HERE], rounds), rounds=1)
    startup.report(found, [HERE])
    lines = capsys.readouterr().out.splitlines()
    assert [line[:33].rstrip() for line in lines[1:]] == [*startup.COMMANDS]
    for name in startup.COMMANDS:
        benchmark.extra_info[name] = startup.seconds(found, HERE, name)
    if benchmark.enabled:
        assert all(target.is_met for target in startup.targets(found)), [*map(str, startup.targets(found))]
