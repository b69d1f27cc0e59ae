"""The laboratory's counts against arithmetic of the test's own, and its outputs against the formats' own readers."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from vm.laboratory.experiment import Experiment, ExperimentFailed, run_in_machine
from vm.laboratory.sweep import Plan
from vm.toolchain import is_installed

ROOT = Path(__file__).resolve().parents[2]
PAGE = 4096


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from vm.cli import main; main()", "bench", *arguments], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=180, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("size", [64 << 10, 4 << 20, 9 << 20])
def test_copy_counts(size: int):
    """Every page of heap, data and stack is copied, code is shared, and each region of 4 MiB needs a table."""
    found = run_in_machine(Experiment("copy", size, rounds=2)).counts
    assert found is not None
    heap_start = 0x13000  # one page of code, one of data, one of bss
    regions = {0, *range(heap_start >> 22, (heap_start + size - 1 >> 22) + 1), 0x7FFFFFFF >> 22}
    assert found.tables == 1 + len(regions)
    assert found.copied_pages == size // PAGE + 2
    assert found.shared_pages == 1
    assert found.frames == found.copied_pages + found.tables


@pytest.mark.parametrize("method", ["vfork", "spawn"])
@pytest.mark.parametrize("action", ["exit", "exec", "write"])
def test_sharing_costs_nothing(method: str, action: str):
    found = run_in_machine(Experiment(method, 1 << 20, action, rounds=2)).counts
    assert found is not None
    assert (found.copied_pages, found.frames, found.tables, found.entries) == (0, 0, 0, 0)


def test_children_and_generations():
    found = run_in_machine(Experiment("copy", 64 << 10, children=3, depth=2, rounds=4))
    assert len(found.rounds_ns) == 4
    assert len(found.calls_ns) == 12


def test_a_child_that_fails_fails_the_experiment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("vm.laboratory.guest.CHILD_PROGRAM", ".globl _start\n_start: ebreak\n")
    with pytest.raises(ExperimentFailed, match="exit status 1"):
        run_in_machine(Experiment("vfork", 64 << 10, "exec", rounds=1))


def test_what_does_not_fit_is_left_out():
    plan = Plan(("copy", "vfork"), (64 << 10, 2 << 30))
    assert [(each.method, each.size) for each, _ in plan.experiments()] == [
        ("copy", 64 << 10), ("vfork", 64 << 10), ("vfork", 2 << 30),
    ]  # fmt: skip


def test_csv_and_json_agree():
    options = ["--sizes", "64K", "--methods", "copy,vfork", "--rounds", "2", "--repeats", "1"]
    table = list(csv.DictReader(io.StringIO(bench(*options, "--format", "csv").stdout)))
    found = json.loads(bench(*options, "--format", "json").stdout)
    assert found["machine"]["processor"]
    for row, record in zip(table, found["measurements"], strict=True):
        assert set(row) == set(record)
        assert row["copied_pages"] == str(record["copied_pages"])
        assert float(record["round_ns"]) > 0
    assert [row["method"] for row in table] == ["copy", "vfork"]


def test_plots(tmp_path: Path):
    pytest.importorskip("matplotlib")
    options = ["--sizes", "64K,256K", "--rounds", "2", "--repeats", "1"]
    done = bench(*options, "--plot", str(tmp_path / "plot.png"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "plot.png").stat().st_size < 200_000
    bench(*options, "--plot", str(tmp_path / "plot.svg"))
    texts = "".join(ElementTree.parse(tmp_path / "plot.svg").getroot().itertext())
    assert len(texts) > 0
    assert bench(*options, "--plot", "plot.gif").returncode == 2


@pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")
def test_host_runs_the_same_experiment():
    done = bench("--sizes", "64K", "--methods", "copy", "--rounds", "3", "--repeats", "1", "--host", "--format", "json")
    assert done.returncode == 0, done.stderr
    names = [(row["where"], row["method"], row["samples"]) for row in json.loads(done.stdout)["measurements"]]
    assert names == [("machine", "copy", 3), ("host", "fork", 3), ("host", "vfork", 3), ("host", "spawn", 3)]


def test_summary():
    done = bench("--summary", "--rounds", "2", "--repeats", "1", "--format", "json")
    assert done.returncode == 0, done.stderr
    lines = {line["name"]: line["machine"] for line in json.loads(done.stdout)["summary"]}
    assert list(lines) == [
        "procedure call", "system call", "fork + exit", "fork + exec", "vfork + exit", "vfork + exec", "spawn", "shell",
    ]  # fmt: skip
    assert lines["procedure call"]["median"] < lines["system call"]["median"] < lines["fork + exec"]["median"]


@pytest.mark.parametrize(
    "arguments", [("--sizes", "many"), ("--methods", "clone"), ("--child", "dance"), ("--write", "101"), ("x",)]
)
def test_bad_options(arguments: tuple[str, ...]):
    done = bench(*arguments)
    assert done.returncode == 2
    assert "Usage" in done.stderr
