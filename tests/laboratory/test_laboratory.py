"""The laboratory's counts against arithmetic of the test's own, and its outputs against the formats' own readers."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.forking import forked_command
from vm.laboratory.experiment import Counts, Experiment, ExperimentFailed, Measurement, Spread
from vm.laboratory.measuring import run_in_machine
from vm.laboratory.plot import LABEL_GAP, _place_labels
from vm.laboratory.report import emulated_faults
from vm.laboratory.sweep import COUNTS, Plan
from vm.toolchain import is_installed

ROOT = Path(__file__).resolve().parents[2]
PAGE = 4096


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*forked_command(), "bench", *arguments], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=300, check=False,
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


@pytest.mark.parametrize("written", [0, 1, 50, 100])
@pytest.mark.parametrize("method", ["cow", "on-demand"])
def test_what_is_put_off_and_who_pays(method: str, written: int):
    """Each page of the heap that the child writes is a fault and a copy of its own; so is the parent's, for its stack.

    Only the parent's happens after the child has gone, when nobody else uses the page: it is taken over, not copied.
    """
    size = 9 << 20
    found = run_in_machine(Experiment(method, size, "write", written, rounds=2)).counts
    assert found is not None
    heap_start = 0x13000
    pages = size // PAGE * written // 100
    tables = {(heap_start + page * PAGE) >> 22 for page in range(pages)}
    assert (found.copied_pages, found.in_vain) == (0, 0)
    assert (found.late_pages, found.child_faults, found.parent_faults) == (pages, pages, 1)
    assert found.late_tables == (len(tables) if method == "on-demand" else 0)
    assert found.child_peak == found.child_private + found.child_shared == size // PAGE + 3
    assert found.child_private == pages
    regions = {0, *range(heap_start >> 22, (heap_start + size - 1 >> 22) + 1), 0x7FFFFFFF >> 22}
    if method == "on-demand":
        # The parent has written to its stack since the first round, and its other tables are protected still.
        assert (found.tables, found.shared_tables, found.entries, found.protected) == (1, len(regions), len(regions), 1)
    else:
        assert (found.tables, found.shared_tables) == (1 + len(regions), 0)
        assert found.entries == size // PAGE + 3 + len(regions)


@pytest.mark.parametrize(("method", "in_vain"), [("copy", 1024 + 1), ("cow", 0), ("on-demand", 0), ("vfork", 0)])
def test_what_an_exec_throws_away(method: str, in_vain: int):
    """Of heap, data and stack, copied at once, the child that execs has used one page: that with its arguments."""
    found = run_in_machine(Experiment(method, 4 << 20, "exec", rounds=2)).counts
    assert found is not None
    assert found.in_vain == in_vain


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
    options = ["--sizes", "64K", "--methods", "cow,vfork", "--child", "write", "--rounds", "2", "--repeats", "1"]
    table = list(csv.DictReader(io.StringIO(bench(*options, "--format", "csv").stdout)))
    found = json.loads(bench(*options, "--format", "json").stdout)
    assert found["machine"]["processor"]
    for row, record in zip(table, found["measurements"], strict=True):
        assert set(row) == set(record) > {"copied_pages", "late_pages", "late_tables", "parent_faults", "child_faults"}
        for name in COUNTS:
            assert row[name] == str(record[name])
        assert float(record["round_ns"]) > 0
    assert [row["method"] for row in table] == ["cow", "vfork"]
    assert [row["late_pages"] for row in table] == ["16", "0"]


def test_tables_fit_a_page():
    done = bench("--sizes", "64K,16M", "--child", "write", "--write", "3,100", "--rounds", "1", "--repeats", "1")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    titles = [line for line in lines if line.startswith("the child")]
    assert titles == [
        f"the child writes {part} %: {what}"
        for part in (3, 100)
        for what in ("memory, page tables, faults", "time, median and quartiles")
    ]
    for name in ("copied", "tables", "PTEs", "call"):
        assert [line for line in lines if line.startswith(f"{name}  ") and ": " in line], name
    [cow] = [line.split() for line in lines[lines.index(titles[2]) :] if line.split()[:1] == ["cow"]][1:2]
    assert cow[:5] == ["cow", "–", "16", "MiB", "–"]


def test_plots(tmp_path: Path):
    pytest.importorskip("matplotlib")
    options = ["--sizes", "64K,256K", "--rounds", "2", "--repeats", "1"]
    done = bench(*options, "--plot", str(tmp_path / "plot.png"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "plot.png").stat().st_size < 200_000
    bench(*options, "--plot", str(tmp_path / "plot.svg"))
    texts = {text.strip() for text in ElementTree.parse(tmp_path / "plot.svg").getroot().itertext()}
    assert texts >= {"time", "memory", "entries", "resident heap of the parent"}
    assert texts >= {"copy", "cow", "on-demand", "vfork", "spawn", "vfork: none", "64 KiB", "256 KiB"}
    assert (tmp_path / "plot.svg").stat().st_size < 200_000
    assert bench(*options, "--plot", "plot.gif").returncode == 2


def test_labels_are_apart_inside_the_plot_and_in_the_order_of_their_curves():
    """So no line from a curve to its label crosses another label."""
    ends = [0.99, 0.98, 0.97, 0.0, 0.0, 0.5, 0.51, 1.0]
    placed = _place_labels([(end, str(index)) for index, end in enumerate(ends)])
    places = [at for _, at, _ in placed]
    assert [end for end, _, _ in placed] == sorted(ends)
    assert all(high - low >= LABEL_GAP - 1e-9 for low, high in pairwise(places))
    assert places[0] > -0.2
    assert places[-1] <= 1.0


def measured(method: str, faults: int, microseconds: float) -> Measurement:
    counts = replace(run_in_machine(Experiment("vfork", 64 << 10, rounds=1)).counts or Counts(), child_faults=faults)
    spread = Spread.of([1000 * microseconds])
    return Measurement(Experiment(method, 1 << 20, "write"), "machine", counts, spread, spread, (), ())


def test_times_of_emulated_faults_are_told_for_what_they_are():
    copy = measured("copy", 0, 100)
    assert emulated_faults([copy, measured("cow", 256, 99)]) == ""
    told = emulated_faults([copy, measured("cow", 256, 101)])
    assert told.startswith("cow took longer than copy at 1 MiB:")
    assert "emulated" in told
    assert max(map(len, told.splitlines())) <= 80


def test_plots_against_the_part_written(tmp_path: Path):
    pytest.importorskip("matplotlib")
    options = ["--child", "write", "--write", "0,50", "--methods", "cow", "--rounds", "1", "--repeats", "1"]
    path = tmp_path / "plot.svg"
    assert bench(*options, "--sizes", "64K", "--plot", str(path)).returncode == 0
    texts = {text.strip() for text in ElementTree.parse(path).getroot().itertext()}
    assert texts >= {"0 %", "50 %", "cow"}
    done = bench(*options, "--sizes", "64K,256K", "--plot", str(path))
    assert done.returncode == 2
    assert "one value to --write" in done.stderr


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
