"""lmbench's lat_proc, with the vfork row it lacks: small costs, in the machine and on its host."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns

from vm.laboratory import host
from vm.laboratory.experiment import Experiment, ExperimentFailed, Spread
from vm.laboratory.measuring import run_in_machine
from vm.machine import Machine
from vm.values import dataclass

SMALL = 64 << 10
"""Bytes of the heap of the small process that the rows are about."""
CALLS = 200_000

ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("fork + exit", "copy", "fork", "exit"),
    ("fork + exec", "copy", "fork", "exec"),
    ("vfork + exit", "vfork", "vfork", "exit"),
    ("vfork + exec", "vfork", "vfork", "exec"),
    ("spawn", "spawn", "spawn", "exec"),
    ("shell", "spawn", "spawn", "shell"),
)
"""Name, the machine's method, the host's, what the child does."""

_LOOP = """
        .globl  _start
_start: li      s0, {calls}
1:      {call}
        addi    s0, s0, -1
        bnez    s0, 1b
        li      a0, 0
        li      a7, 93
        ecall
nothing: ret
"""
_CALLS = {"procedure": "call nothing", "system": "li a7, 173\n        ecall"}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the summary, times in nanoseconds."""

    name: str
    machine: Spread | None
    host: Spread | None


def _loop_time(kind: str, calls: int, folder: str) -> float:
    path = Path(folder, "loop.s")
    path.write_text(_LOOP.format(calls=calls, call=_CALLS[kind]))
    run = Machine(memory=4 << 20).boot(path).start()
    begin = perf_counter_ns()
    run.finish()
    return perf_counter_ns() - begin


def _call_in_machine(kind: str, repeats: int) -> Spread:
    """Nanoseconds of one call, from the difference between many and few, so that starting does not count."""
    with tempfile.TemporaryDirectory(prefix="forklore-") as folder:
        _loop_time(kind, 10, folder)
        times = [_loop_time(kind, CALLS + 10, folder) - _loop_time(kind, 10, folder) for _ in range(repeats)]
    return Spread.of([time / CALLS for time in times])


def _call_on_host(kind: str, repeats: int) -> Spread:
    program = str(host.build())
    return Spread.of(
        [float(subprocess.run([program, kind], capture_output=True, check=True).stdout) for _ in range(repeats)]
    )


def summary(rounds: int, repeats: int, *, on_host: bool, done: Callable[[], None] = lambda: None) -> list[Line]:
    """Measure every row; interleaved between machine and host, ``repeats`` times ``rounds`` rounds each."""
    lines = []
    for kind in _CALLS:
        lines.append(
            Line(f"{kind} call", _call_in_machine(kind, repeats), _call_on_host(kind, repeats) if on_host else None)
        )
        done()
    for name, method, host_method, action in ROWS:
        here: list[float] = []
        there: list[float] = []
        for _ in range(repeats):
            try:
                here += run_in_machine(Experiment(method, SMALL, action, rounds=rounds)).rounds_ns
            except ExperimentFailed:
                if action != "shell":  # a root without a shell has no such row
                    raise
            if on_host:
                there += host.run_on_host(Experiment(host_method, SMALL, action, rounds=rounds)).rounds_ns
        lines.append(Line(name, Spread.of(here) if here else None, Spread.of(there) if there else None))
        done()
    return lines
