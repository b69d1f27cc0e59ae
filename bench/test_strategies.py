"""What fork costs by strategy: the suites behind the laboratory's targets (bench/strategies.py judges those).

Counts and contents are asserted wherever something is timed. The rows of a group are to be compared with one another.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import measures, strategies
from bench.measures import MIB
from vm.laboratory import host
from vm.laboratory.experiment import Experiment
from vm.laboratory.measuring import Stopwatch, boot_in_machine, run_in_machine
from vm.memory import AddressSpace
from vm.memory.strategies import STRATEGIES
from vm.native import jit
from vm.toolchain import is_installed

SIZE = 64 * MIB
LARGE = 512 * MIB
NEEDS_COMPILER = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    jit.prepare()


def fork_by(name: str, new_space: Callable[[], AddressSpace]) -> tuple[Any, Any]:
    """What to time, and what sets it up: a fresh space each time, whose last child is given up before."""
    children: list[AddressSpace] = []

    def setup() -> tuple[tuple[AddressSpace], dict[str, Any]]:
        while children:
            children.pop().destroy()
        return (new_space(),), {}

    def fork(space: AddressSpace) -> AddressSpace:
        child, _ = STRATEGIES[name](space)
        children.append(child)
        return child

    return fork, setup


@pytest.mark.benchmark(group="64 MiB")
def test_numpy_copies_64_mib(benchmark: Any) -> None:
    source, target = measures.buffers(SIZE)
    benchmark.pedantic(measures.numpy_copy, (source, target), rounds=20, warmup_rounds=1)
    assert (source == target).all()


@pytest.mark.benchmark(group="64 MiB")
@pytest.mark.parametrize("allocator", ["fresh", "fragmented", "cold"])
def test_copy_of_64_mib(benchmark: Any, allocator: str) -> None:
    def new_space() -> AddressSpace:
        memory = measures.new_memory(SIZE, touched=allocator != "cold")
        if allocator == "fragmented":
            measures.shuffle(memory, 1)
        return measures.new_process(memory, SIZE)

    space = new_space()
    measures.copied(space, SIZE)  # every page, with its content
    fork, setup = fork_by("copy", new_space)
    benchmark.pedantic(fork, setup=setup, rounds=20, warmup_rounds=1)


@pytest.mark.benchmark(group="64 MiB")
@pytest.mark.parametrize("strategy", ["cow", "on-demand"])
def test_sharing_64_mib(benchmark: Any, strategy: str) -> None:
    space = measures.new_process(measures.new_memory(SIZE), SIZE)

    def same() -> AddressSpace:
        measures.unprotect(space)
        return space

    measures.shared(space, SIZE, strategy)  # the counts of its pages or tables
    fork, setup = fork_by(strategy, same)
    benchmark.pedantic(fork, setup=setup, rounds=20, warmup_rounds=1)


@pytest.mark.benchmark(group="512 MiB")
@pytest.mark.parametrize("size", [4096, LARGE], ids=["empty", "512 MiB"])
@pytest.mark.parametrize("strategy", ["cow", "on-demand"])
def test_sharing_512_mib(benchmark: Any, strategy: str, size: int) -> None:
    space = measures.new_process(measures.new_memory(size, touched=False), size)

    def same() -> AddressSpace:
        measures.unprotect(space)
        return space

    _, costs, child = measures.fork(space, strategy)
    assert costs.protected == {"cow": size // 4096, "on-demand": max(size >> 22, 1)}[strategy]
    child.destroy()
    fork, setup = fork_by(strategy, same)
    benchmark.pedantic(fork, setup=setup, rounds=20, warmup_rounds=1)


def in_machine(benchmark: Any, experiment: Experiment) -> Stopwatch:
    """Time a run of all rounds of an experiment, without its boot and its first touch of memory."""
    with boot_in_machine(experiment) as (run, watch):
        result = benchmark.pedantic(run.finish, rounds=1)
    assert (result.status, result.message) == (0, "")
    benchmark.extra_info["round_ns"] = sorted(watch.rounds[1:])[len(watch.rounds) // 2]
    return watch


@pytest.mark.benchmark(group="vfork")
@pytest.mark.parametrize("size", [64 << 10, 16 * MIB], ids=["64 KiB", "16 MiB"])
def test_vfork_by_size(benchmark: Any, size: int) -> None:
    counts = in_machine(benchmark, Experiment("vfork", size, rounds=20)).counts
    assert (counts.frames, counts.entries, counts.copied_pages, counts.late_pages) == (0, 0, 0, 0)


@pytest.mark.benchmark(group="small processes")
@pytest.mark.parametrize(("method", "pages"), [("copy", 18), ("vfork", 0)])
def test_small_processes(benchmark: Any, method: str, pages: int) -> None:
    assert in_machine(benchmark, Experiment(method, 64 << 10, rounds=200)).counts.copied_pages == pages


@NEEDS_COMPILER
@pytest.mark.benchmark(group="small processes")
@pytest.mark.parametrize("method", ["fork", "vfork"])
def test_small_processes_of_the_host(benchmark: Any, method: str) -> None:
    host.build()
    found = benchmark.pedantic(host.run_on_host, (Experiment(method, 4096, rounds=200),), rounds=1)
    benchmark.extra_info["round_ns"] = found.round.median
    assert len(found.rounds_ns) == 200


def test_guests_take_turns() -> None:
    """Interleaved guests count and time as those that run alone."""
    experiments = [Experiment(method, size, rounds=5) for method in ("cow", "vfork") for size in (64 << 10, MIB)]
    with measures.interleaved(experiments) as run:
        watches = run()
    for experiment, watch in zip(experiments, watches, strict=True):
        assert watch.counts == run_in_machine(experiment).counts
        assert len(watch.rounds) == len(watch.calls) == 6


@NEEDS_COMPILER
def test_the_report_tells_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command on small sizes: everything it promises is there, whatever the times are."""
    pytest.importorskip("matplotlib")
    for name, value in (("SIZE", 4 * MIB), ("LARGE", 8 * MIB), ("VFORK_SIZES", (64 << 10, MIB, 4 * MIB, 8 * MIB))):
        monkeypatch.setattr(strategies, name, value)
    monkeypatch.setattr(strategies, "SWEEP_SIZES", (64 << 10, MIB))
    monkeypatch.setattr(strategies, "SHARES", (0, 10))
    monkeypatch.setattr(strategies, "SMALL_ROUNDS", 3)
    assert strategies.main(["--rounds", "3", "--folder", str(tmp_path)]) == 1, "8 MiB are not the pages of 512 MiB"
    text = (tmp_path / "strategies.md").read_text()
    assert "| PTEs that cow touches for 512 MiB | 2,048 | = 131,072 | MISSED |" in text
    for name in ("copy, fresh", "copy, fragmented", "copy, cold", "fork, host", "vfork, 64 KiB", "spawn", "shell"):
        assert f"| {name} |" in text
    assert {path.name for path in tmp_path.iterdir()} == {
        "strategies.json", "strategies.md", "creation.png", "creation.svg", "writing.png",
    }  # fmt: skip
