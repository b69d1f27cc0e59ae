"""What it costs to write all that happens: lines of JSON and traces for Perfetto, against the run alone.

A round is a whole run, its files written to nowhere; the ratios, and bytes a system call, are in what is noted.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from vm import events
from vm.machine import Machine
from vm.native import jit
from vm.observe.event_lines import EventLines
from vm.run import Run

CALLS = """
_start: li      s0, {times}
1:      li      a7, 173
        ecall
        addi    s0, s0, -1
        bnez    s0, 1b
        li      a0, 0
        li      a7, 93
        ecall
"""
FORKS = """
_start: li      s0, {times}
1:      li      a7, 1079
        ecall
        beqz    a0, 2f
        li      a0, -1
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, 260
        ecall
        addi    s0, s0, -1
        bnez    s0, 1b
2:      li      a0, 0
        li      a7, 93
        ecall
"""
PROGRAMS = {"calls": (CALLS, 20_000), "forks": (FORKS, 300)}
ROUNDS = 5
MOST = 150
"""Times the run alone, where times are taken: more than ten times what was found, for a busy computer."""

Attach = Callable[[Run, Callable[[bytes], object]], Callable[[], None]]
"""Lets a run be written by a function; what is called at its end."""


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    jit.prepare()


def alone(run: Run, write: Callable[[bytes], object]) -> Callable[[], None]:
    return lambda: None


def as_lines(run: Run, write: Callable[[bytes], object]) -> Callable[[], None]:
    EventLines(run.kernel.events, write)
    return lambda: None


def as_few_lines(run: Run, write: Callable[[bytes], object]) -> Callable[[], None]:
    EventLines(run.kernel.events, write, events.LIFECYCLE)
    return lambda: None


def for_perfetto(run: Run, write: Callable[[bytes], object]) -> Callable[[], None]:
    from vm.observe.perfetto.trace import PerfettoTrace

    return PerfettoTrace(run.kernel, write).close


FORMS: dict[str, Attach] = {"lines": as_lines, "lines of the lifecycle": as_few_lines, "perfetto": for_perfetto}


def seconds(source: Path, attach: Attach) -> tuple[float, bytes]:
    """The processor's time that a run takes, and what is written of it."""
    run, parts = Machine().boot(source), list[bytes]()
    end = attach(run, parts.append)
    begun = process_time()
    result = run.finish()
    end()
    taken = process_time() - begun
    assert result.status == 0
    return taken, b"".join(parts)


def check(form: str, name: str, times: int, data: bytes) -> None:
    """All is there."""
    made = 173 if name == "calls" else 1079
    if form == "perfetto":
        from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace

        names = [packet.track_event.name for packet in Trace.FromString(data).packet]
        assert names.count("getppid" if name == "calls" else "fork") == times
        return
    found = [json.loads(line) for line in data.splitlines()]
    counted = sum(event.get("call_number") == made and event["kind"] == "CallEntered" for event in found)
    assert counted == (times if form == "lines" else 0)
    assert sum(event["kind"] == "Created" for event in found) == (times if name == "forks" else 0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_writing_all_that_happens(name: str, form: str, tmp_path: Path, benchmark: Any) -> None:
    if form == "perfetto":
        pytest.importorskip("perfetto")
    source, times = PROGRAMS[name]
    times = times if benchmark.enabled else times // 100
    (tmp_path / "program.s").write_text(source.format(times=times))
    plain = min(seconds(tmp_path / "program.s", alone)[0] for _ in range(ROUNDS if benchmark.enabled else 1))
    rounds: list[tuple[float, bytes]] = []
    benchmark.pedantic(
        lambda: rounds.append(seconds(tmp_path / "program.s", FORMS[form])), rounds=ROUNDS if benchmark.enabled else 1
    )
    taken, data = min(rounds)
    check(form, name, times, data)
    benchmark.extra_info |= {"times the run alone": round(taken / plain, 1), "bytes a call": len(data) // times}
    if benchmark.enabled:
        assert taken < MOST * plain
