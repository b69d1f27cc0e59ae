"""--jobs, --scheduler and --dask-local: the same answers, whoever makes the runs, and what is wrong with them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.programs.headers import PROGRAMS_FOLDER
from vm.cli import executors
from vm.cli import forklore as command
from vm.cli.executors import AskedWorkers, processors, workers
from vm.cli.progress import progress
from vm.many import cluster
from vm.outcomes import exploring
from vm.outcomes.working import Came, Job, Workers

PHILOSOPHERS = PROGRAMS_FOLDER / "outcomes" / "philosophers_mended_3.s"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments)])


def explored(*options: object) -> dict[str, Any]:
    done = run("outcomes", "--format", "json", *options, PHILOSOPHERS)
    assert (done.exit_code, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    del found["seconds"]
    return found


@pytest.fixture
def came(monkeypatch: pytest.MonkeyPatch) -> list[Came]:
    """The runs that were made elsewhere, where workers are waited for from the first run on."""
    found: list[Came] = []
    result = Workers.result

    def noted(self: Workers, job: Job) -> Came | None:
        each = result(self, job)
        if each is not None:
            found.append(each)
        return each

    def is_ready(self: Workers) -> bool:
        if self._ready is None:
            self._ready = self._submit(self._task(()))
            assert self._ready is not None
            self._ready.result()
        return True

    monkeypatch.setattr(exploring, "ALONE", 1)
    monkeypatch.setattr(Workers, "result", noted)
    monkeypatch.setattr(Workers, "_is_ready", is_ready)
    return found


def test_a_cluster_finds_the_outcomes_that_this_process_finds(came: list[Came]) -> None:
    pytest.importorskip("distributed")
    alone = explored()
    assert not came
    assert explored("--dask-local", 2) == alone
    assert came


def test_processes_count_what_this_process_counts() -> None:
    told = []
    for options in ((), ("--jobs", 2)):
        done = run("bench", "--sizes", "64K", "--methods", "cow,vfork", "--rounds", 1, "--format", "csv", *options)
        assert (done.exit_code, done.stderr) == (0, "")
        rows = [*csv.DictReader(io.StringIO(done.stdout))]
        told.append([{name: value for name, value in row.items() if "_ns" not in name} for row in rows])
    assert told[0] == told[1]
    assert [row["method"] for row in told[0]] == ["cow", "vfork"]


@pytest.mark.parametrize("name", ["outcomes", "bench"])
def test_two_of_them_contradict_each_other(name: str) -> None:
    words = [PHILOSOPHERS] if name == "outcomes" else []
    done = run(name, "--jobs", 2, "--scheduler", "tcp://127.0.0.1:1", *words)
    assert done.exit_code == 2
    assert "--jobs and --scheduler both say who does the work: give one" in done.stderr


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECTING", 1)
    done = run("bench", "--scheduler", "tcp://127.0.0.1:1", "--sizes", "64K")
    assert done.exit_code == 125
    assert done.stderr == "forklore: no scheduler answers at tcp://127.0.0.1:1 within 1 seconds\n"


def test_times_alone_are_measured_here() -> None:
    done = run("bench", "--summary", "--jobs", 2)
    assert done.exit_code == 2
    assert "--summary is of times alone" in done.stderr


def test_there_are_as_many_processes_as_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors.os, "sched_getaffinity", lambda process: {0, 3, 5})
    assert processors() == 3
    with workers(AskedWorkers()) as pool:
        assert pool.workers == 3
    with workers(AskedWorkers(jobs=1)) as pool:
        assert pool.workers == 1


def test_a_terminal_is_told_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", screen)
    with progress("grading", 4) as done:
        done()
    assert "grading" in screen.getvalue()
    assert "1/4" in screen.getvalue()
