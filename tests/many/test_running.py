"""Tasks of which some kill their worker, hang or raise what does not travel: all others are done, once each."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from tests.many import chores
from vm.many.pool import Pool, PoolFailed
from vm.many.processes import Processes, processes
from vm.many.running import Done, Lost, Why, run_all

ROOT = Path(__file__).parents[2]
SECONDS = 60
"""More than any good task takes, on a busy computer."""


@pytest.fixture(scope="module")
def pool() -> Iterator[Processes]:
    with processes(2) as made:
        yield made


def found(pool: Pool, tasks: list[Any], common: Any = "", **options: Any) -> list[Done[Any]]:
    return sorted(run_all(chores.double, common, tasks, pool, **options), key=lambda each: each.index)


def reasons(done: list[Done[Any]]) -> list[str]:
    return [each.lost.why if each.lost is not None else "done" for each in done]


def test_every_task_is_done_once(pool: Pool, tmp_path: Path) -> None:
    assert [(each.index, each.result) for each in found(pool, [*range(50)], str(tmp_path))] == [
        (number, 2 * number) for number in range(50)
    ]
    assert chores.noted(tmp_path) == sorted(map(str, range(50)))


@pytest.mark.parametrize("how", ["SIGKILL", "SIGSEGV", "exit"])
def test_a_task_that_kills_its_worker_is_lost_and_no_other(pool: Pool, tmp_path: Path, how: str) -> None:
    done = found(pool, [1, 2, how, 3, 4, 5], str(tmp_path))
    assert [each.result for each in done] == [2, 4, None, 6, 8, 10]
    lost = done[2].lost
    assert lost is not None
    assert lost.why is Why.DIED
    assert lost.details == ("" if how == "exit" else f"killed by {how}")
    assert chores.noted(tmp_path).count(how) == 3, "among others, and twice alone"


def test_several_killers_are_all_found(pool: Pool) -> None:
    done = found(pool, ["SIGKILL", 1, "SIGKILL", 2, 3, "exit", 4])
    assert reasons(done) == ["died", "done", "died", "done", "done", "died", "done"]


def test_who_dies_once_is_done_the_second_time(pool: Pool, tmp_path: Path) -> None:
    tasks = ["a", "shy", "b", "shyer", "c"]
    done = [*run_all(chores.once, str(tmp_path), tasks, pool)]
    assert sorted(each.result or "" for each in done) == sorted(tasks)


def test_a_task_that_hangs_is_lost_for_the_time_it_takes(pool: Pool) -> None:
    done = found(pool, [1, "hang", 2], seconds=1)
    assert [each.result for each in done] == [2, None, 4]
    assert done[1].lost == Lost(Why.TIME, "it took more than 1 seconds")


def test_what_cannot_travel_is_told_as_text(pool: Pool) -> None:
    tasks = ["raise", "unreadable", "unspeakable", "leave", "locked", "trap", chores.Trap(), 1]
    done = found(pool, tasks)
    assert reasons(done) == ["raised"] * 7 + ["done"]
    texts = [each.lost.text for each in done if each.lost is not None]
    assert texts == [
        "ValueError: no good", "Unreadable: first", "Unspeakable", "SystemExit: 3", "TypeError: cannot be sent",
        "OSError: it snaps", "OSError: it snaps",
    ]  # fmt: skip
    assert done[0].lost is not None
    assert 'raise ValueError("no good")' in done[0].lost.details


def test_huge_results_come_back(pool: Pool) -> None:
    assert [len(each.result) for each in found(pool, ["huge"] * 3)] == [30_000_000] * 3


def test_what_cannot_be_sent_is_the_callers_error(pool: Pool) -> None:
    with pytest.raises(TypeError, match="cannot be sent"):
        found(pool, [chores.Locked()])
    with pytest.raises(TypeError, match="cannot be sent"):
        found(pool, [1], chores.Locked())


class Counting(Pool):
    """Passes everything on, and counts what is sent."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.workers = pool.workers
        self.sent: list[int] = []
        self.under_way = 0
        self.most = 0

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        self.sent.append(len(pickle.dumps(arguments)))
        future = self.pool.submit(function, *arguments)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        future.add_done_callback(self._done)
        return future

    def _done(self, future: Future[Any]) -> None:
        self.under_way -= 1

    def is_death(self, error: BaseException) -> bool:
        return self.pool.is_death(error)

    def signal(self) -> int | None:
        return self.pool.signal()

    def renew(self) -> None:
        self.pool.renew()


def test_what_is_common_is_sent_once_to_each_worker(pool: Pool) -> None:
    counting = Counting(pool)
    common = bytes(1_000_000)
    done = [*run_all(chores.size, common, range(100), counting)]
    workers = {each.result[1] for each in done if each.result is not None}
    assert {each.result[0] for each in done if each.result is not None} == {len(common)}
    heavy = sum(size > len(common) for size in counting.sent)
    assert len(workers) <= heavy <= 20, "each worker asks until it has it, for a task that another may take then"


def test_tasks_are_taken_when_they_can_be_done(pool: Pool) -> None:
    taken = 0

    def tasks() -> Iterator[int]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number

    given = run_all(chores.double, "", tasks(), pool, in_flight=3)
    next(given)
    assert taken <= 3 + 2
    given.close()  # type: ignore[attr-defined]


def test_workers_are_replaced_before_they_grow_old() -> None:
    pool = Processes(1, tasks_each=4)
    try:
        done = [*run_all(chores.size, b"", range(10), pool, in_flight=1)]
    finally:
        pool.executor.end()
    assert sorted(each.index for each in done) == [*range(10)]
    assert len({each.result[1] for each in done if each.result is not None}) == 3


class Refusing(Counting):
    """Takes nothing, however often it is renewed."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        raise RuntimeError("no more threads")


def test_a_pool_that_takes_nothing_is_given_up(pool: Pool) -> None:
    with pytest.raises(PoolFailed, match="no more threads"):
        found(Refusing(pool), [1, 2])


WAITING = """
import sys
from tests.many import chores
from vm.cli import ending
from vm.many.{module} import {opened}
from vm.many.running import run_all
if __name__ == "__main__":
    ending.listen()
    with {opened}(2) as pool:
        for each in run_all(chores.wait_for, sys.argv[1], range(4), pool):
            pass
"""


def alive(leader: int = -1, parent: int = -1) -> set[int]:
    """The processes that are alive in a session, or that a process has made (proc_pid_stat(5))."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, made_by, _, session, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if state not in "ZX" and (int(session) == leader or int(made_by) == parent):
                found.add(int(entry.name))
    return found


def end_in_the_middle(module: str, opened: str, folder: Path, number: int) -> str:
    """End a program by a signal while its two workers are busy: what it says. Nothing of it is left."""
    script, notes = folder / "waiting.py", folder / "notes"
    script.write_text(WAITING.format(module=module, opened=opened))
    notes.mkdir()
    end = time.monotonic() + SECONDS
    program = subprocess.Popen(
        [sys.executable, script, notes], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        while len(chores.noted(notes)) < 2 and time.monotonic() < end:
            time.sleep(0.02)
        assert len(alive(leader=program.pid)) >= 3
        if number == signal.SIGINT:
            os.killpg(program.pid, number)  # as a terminal does
        else:
            program.send_signal(number)
        _, said = program.communicate(timeout=SECONDS)
        while alive(leader=program.pid) and time.monotonic() < end:
            time.sleep(0.02)
        assert not alive(leader=program.pid)
        return said
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.communicate()


ENDS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]


@pytest.mark.parametrize("number", ENDS)
def test_whatever_ends_it_leaves_no_process_behind(tmp_path: Path, number: int) -> None:
    said = end_in_the_middle("processes", "processes", tmp_path, number)
    assert said.count("Traceback") == (1 if number == signal.SIGINT else 0), said
