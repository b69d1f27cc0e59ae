"""What a copy of a whole machine costs: its time, and the host's memory that it takes."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.accounting import check_kernel
from tests.kernel.guest import boot
from vm.abi import PAGE_SIZE
from vm.memory.resident import contents
from vm.native import jit
from vm.run import Run

FRAMES = 32
LONGEST_MS = 1.0
OBJECTS = 128 << 10
"""Bytes that a copy may take beside its frames: cached translations, which begin empty, and its objects."""
TWO_PROCESSES = """
_start: sys fork
        la t0, pages
        li t1, {pages}
        lui t2, 1
1:      sw t1, 0(t0)
        add t0, t0, t2
        addi t1, t1, -1
        bnez t1, 1b
2:      j 2b
        .bss
        .balign 4096
pages:  .space 32 * 4096
"""


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    jit.prepare()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A parent and its child, which have 32 frames with their page tables."""
    run = boot(tmp_path, TWO_PROCESSES.format(pages=11), fork="cow")
    run.advance(100_000)
    assert run.kernel.memory.used == FRAMES
    return run


def check_twin(run: Run, twin: Run) -> None:
    """The copy has the same processes with the same memory, in frames of its own."""
    ours, theirs = ([each.leader for each in one.kernel.processes if each.space] for one in (run, twin))
    assert [task.pid for task in ours] == [task.pid for task in theirs] == [2, 3]
    for task, other in zip(ours, theirs, strict=True):
        assert contents(task.memory) == contents(other.memory)
        assert (task.context == other.context).all()
    assert twin.kernel.memory.used == FRAMES
    check_kernel(twin.kernel)


@pytest.mark.benchmark(group="copy of a machine")
def test_a_copy_of_32_frames(benchmark: Any, run: Run) -> None:
    check_twin(run, run.copy())
    twin = benchmark.pedantic(run.copy, rounds=300, warmup_rounds=5)
    check_twin(run, twin)
    if benchmark.stats is not None:  # None where benchmarks run once, as tests
        assert 1000 * benchmark.stats.stats.min <= LONGEST_MS


def resident() -> int:
    """Bytes of the host's memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_SIZE


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux how much memory the process has")
def test_a_copy_takes_its_frames_and_little_more(run: Run) -> None:
    kept = [run.copy() for _ in range(20)]
    gc.collect()  # what tests before this one had
    before = resident()
    kept += [run.copy() for _ in range(200)]
    each = (resident() - before) / 200
    assert len(kept) == 220
    assert each <= FRAMES * PAGE_SIZE + OBJECTS
