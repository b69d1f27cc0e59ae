"""What a copy of a whole machine costs, a digest of it and a pause at a choice: time, and the host's memory."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import pytest

from bench.targets import Target, show
from tests.accounting import check_kernel
from tests.kernel.guest import boot
from vm.abi import PAGE_SIZE
from vm.kernel.choice import Choice
from vm.kernel.pausing import Ending
from vm.memory import areas
from vm.memory.resident import contents
from vm.native import jit
from vm.run import Run

FRAMES = 32
LONGEST_MS = 0.5
OBJECTS = 128 << 10
"""Bytes that a copy may take beside its frames: cached translations, which begin empty, and its objects."""
COPY, DIGEST, PAUSE = 1.4, 3.2, 0.1
"""Times, in those of Python's own copy of a graph of 40 objects."""
PAUSES = 14
LENT = 60
"""Copies that nobody has any more, and that are not found yet."""
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
PIPE = """
_start: la a0, fds
        li a1, 0
        sys pipe2
        sys fork
        beqz a0, child
        sys fork
        beqz a0, child
        li s0, 6
1:      lw a0, fds
        la a1, byte
        li a2, 1
        sys read
        addi s0, s0, -1
        bnez s0, 1b
        exit 0
child:  li s0, 3
1:      la a1, byte
        lw a0, fds+4
        li a2, 1
        sys write
        addi s0, s0, -1
        bnez s0, 1b
        exit 0
        .data
fds:    .space 8
byte:   .byte 1
"""
"""Three processes, and twelve operations on a pipe."""


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


class Node:
    """A thing as they are in a machine, for Python's own copies of graphs."""

    def __init__(self, parent: Node | None = None) -> None:
        self.parent, self.number, self.name, self.is_open = parent, 7, b"name", False
        self.entries: dict[bytes, Node] = {}
        self.users: list[int] = [1]


def family(size: int) -> Node:
    """A node with ``size`` others below it."""
    top = Node()
    top.entries = {b"%d" % number: Node(top) for number in range(size)}
    return top


def least(jobs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least time that each job took, in nanoseconds; they take turns."""
    times = dict.fromkeys(jobs, float("inf"))
    for _ in range(rounds):
        for name, job in jobs.items():
            begin = perf_counter_ns()
            kept = job()
            times[name] = min(times[name], perf_counter_ns() - begin)
            del kept
    return times


@pytest.mark.benchmark(group="exploring")
def test_what_exploring_does_thousands_of_times_a_second(benchmark: Any, tmp_path: Path) -> None:
    """In units of what Python's copy.deepcopy takes for a graph of 40 objects."""
    begin = boot(tmp_path, PIPE).start()
    run = begin.copy()
    for _ in range(4):
        run.advance(Choice)
        run.choose(0)
    pauses = 0

    def pause() -> None:
        nonlocal pauses
        twin, pauses = begin.copy(), 0
        while not isinstance(twin.advance(Choice), Ending):
            twin.choose(0)
            pauses += 1

    def never() -> None:
        begin.copy().advance()

    graph = family(40)
    jobs: dict[str, Callable[[], object]] = {
        "deepcopy": lambda: deepcopy(graph), "kernel": run.kernel.copy, "run": run.copy,
        "digest": lambda: run.digest(clock=False), "pause": pause, "never": never,
    }  # fmt: skip
    assert run.copy().digest() == run.digest()
    benchmark.pedantic(jobs["kernel"], rounds=1)
    times = least(jobs, 1 if benchmark.stats is None else 300)
    assert pauses == PAUSES
    if benchmark.stats is not None:
        unit = times["deepcopy"]
        assert show([
            Target("Kernel.copy : deepcopy of 40", times["kernel"] / unit, COPY),
            Target("Run.copy : deepcopy of 40", times["run"] / unit, COPY),
            Target("digest : deepcopy of 40", times["digest"] / unit, DIGEST),
            Target("pause at a choice : deepcopy of 40", (times["pause"] - times["never"]) / pauses / unit, PAUSE),
        ])  # fmt: skip


def test_garbage_does_not_pile_up(tmp_path: Path) -> None:
    """Copies that live for a few steps are found by Python's collector of the young, and their memory lent again."""
    begin, most = boot(tmp_path, PIPE).start(), 0
    gc.collect()  # what tests before this one had
    before = len(areas._POOL.lent)
    for _ in range(300):
        twin = begin.copy()
        for _ in range(5):
            twin.advance(Choice)
            twin.choose(0)
        most = max(most, len(areas._POOL.lent))
    assert most <= before + LENT
