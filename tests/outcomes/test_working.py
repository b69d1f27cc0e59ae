"""Runs that are made by an executor: what is found is the same as without one, whatever becomes of the workers."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from multiprocessing import get_context
from typing import Any

import pytest

from forklore import Machine
from tests.outcomes.test_exploring import TWO_WRITERS
from tests.programs.headers import PROGRAMS_FOLDER
from vm.many import worker
from vm.outcomes import exploring, working
from vm.outcomes.exploration import QUANTUM, Booter, Exploration, explore
from vm.outcomes.exploring import Limits

NO_LIMITS = Limits(seconds=None)
FOUR_EACH = TWO_WRITERS.replace("li s0, 3", "li s0, 4").replace("li s0, 6", "li s0, 8")
FORK_OF_WHO_COMES_FIRST = """
.data
fds: .space 8
.text
.globl _start
_start:
    la a0, fds
    li a1, 0x800
    li a7, 59
    ecall
    li s0, 2
1:  li a7, 1079
    ecall
    beqz a0, child
    addi s0, s0, -1
    bnez s0, 1b
    j leave
child:
    lw a0, fds
    addi a1, sp, -16
    li a2, 1
    li a7, 63
    ecall
    bgtz a0, more
    lw a0, fds+4
    addi a1, sp, -16
    li a2, 1
    li a7, 64
    ecall
    j leave
more:
    li a7, 1079
    ecall
leave:
    li a0, 0
    li a7, 93
    ecall
"""
"""Each of two children reads from a pipe without waiting: what finds a byte forks, so that not all runs have a fork."""


class Here(Executor):
    """Makes runs in this process, but sends what is asked for and what comes back through pickle."""

    def __init__(self) -> None:
        self.asked = 0
        self.made = 0

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        self.asked += 1
        future: Future[Any] = Future()
        try:
            future.set_result(self.come(*pickle.loads(pickle.dumps((fn, arguments)))))
        except Exception as error:
            future.set_exception(error)
        return future

    def come(self, work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        came = pickle.loads(pickle.dumps(work(*arguments)))
        self.made += len(came or ())
        return came


class Forgetful(Here):
    """Of three batches one comes to a worker that does not know the machine."""

    def come(self, work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if self.asked % 3 == 0:
            working._machines.clear()
            worker._opened.clear()
        return super().come(work, arguments)


class Dying(Here):
    """Of three batches one is lost."""

    def come(self, work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if self.asked % 3 == 0:
            raise BrokenProcessPool
        return super().come(work, arguments)


class Broken(Here):
    """Nothing can be asked for any more after three batches."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        if self.asked == 3:
            raise BrokenProcessPool
        return super().submit(fn, *arguments, **options)


class Silent(Here):
    """Nothing comes back after three batches."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        return Future() if self.asked == 3 else super().submit(fn, *arguments, **options)


@pytest.fixture(autouse=True)
def _nobody_is_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(exploring, "ALONE", 1)
    yield
    working._machines.clear()


def booter(source: str | bytes) -> Booter:
    content = source.encode() if isinstance(source, str) else source
    machine = Machine(quantum=QUANTUM, memory=1 << 22, files={"/program.s": content})
    return partial(machine.boot, "/program.s", keep=False)


def told(found: Exploration) -> tuple[object, ...]:
    """All that is found; links and ends are compared with it."""
    stuck = [[repr(each) for each in order.end.stuck] for order in found.orders]
    return found.orders, stuck, found.complete, found.bounds, found.runs, found.steps


SOURCES: dict[str, str | bytes] = {
    "writers": FOUR_EACH,
    "forks": FORK_OF_WHO_COMES_FIRST,
    **{
        name: (PROGRAMS_FOLDER / "outcomes" / f"{name}.s").read_bytes()
        for name in ("counter_race", "philosophers_3", "sigchld_once", "wait_for_any")
    },
}


@cache
def told_alone(name: str) -> tuple[object, ...]:
    """What is found without workers, once for all tests."""
    return told(explore(booter(SOURCES[name]), NO_LIMITS))


@pytest.mark.parametrize("name", SOURCES)
def test_what_others_find_is_the_same(name: str) -> None:
    here = Here()
    together = explore(booter(SOURCES[name]), NO_LIMITS, here)
    assert told(together) == told_alone(name)
    assert here.made > 0


def test_processes_that_are_not_in_all_runs_have_numbers_that_do_not_depend_on_who_makes_them() -> None:
    alone = explore(booter(FORK_OF_WHO_COMES_FIRST), NO_LIMITS)
    pids = {(step.thread, step.pid) for order in alone.orders for step in order.steps}
    assert len({thread for thread, _ in pids}) == len(pids) == 5


@pytest.mark.parametrize("kind", [Forgetful, Dying, Broken])
def test_workers_may_be_lost(kind: type[Here]) -> None:
    executor = kind()
    assert told(explore(booter(FOUR_EACH), NO_LIMITS, executor)) == told_alone("writers")
    assert executor.made > 0


def test_a_limit_of_runs_is_where_it_is_without_workers() -> None:
    boot, limits = booter(FOUR_EACH), Limits(runs=50, seconds=None)
    found = explore(boot, limits, Here())
    assert told(found) == told(explore(boot, limits))
    assert (len(found.orders), found.bounds) == (50, ("up to 50 runs",))


def test_whoever_does_not_come_back_is_not_waited_for_when_the_time_is_over() -> None:
    found = explore(booter(FOUR_EACH), Limits(seconds=0.5), Silent())
    assert not found.complete
    assert found.bounds == ("up to 0.5 seconds",)


LAST = 8


class Processes(Here):
    """Work is done in another process, which ends when it is asked for the LAST time."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = ProcessPoolExecutor(1, get_context("spawn"))

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        self.asked += 1
        if self.asked == LAST:
            for process in self.pool._processes.values():
                process.kill()
        future = self.pool.submit(fn, *arguments)
        if future.exception() is None:
            self.made += len(future.result() or ())
        return future


def test_processes_make_runs_until_they_die() -> None:
    executor = Processes()
    with executor.pool:
        assert told(explore(booter(FOUR_EACH), NO_LIMITS, executor)) == told_alone("writers")
    assert executor.asked in (LAST, LAST + 1)
    assert executor.made > working.BATCH
