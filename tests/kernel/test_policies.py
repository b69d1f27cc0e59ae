"""What a policy means for the turns of a thread, to the instruction."""

from __future__ import annotations

from pathlib import Path

from tests.kernel.guest import boot
from vm.abi.scheduling import SchedulingPolicy
from vm.kernel.process.policy import WEIGHTS, Policy
from vm.kernel.process.task import Task
from vm.run import Run

LOOPS = """
_start: sys fork
        sys fork
1:      j 1b
"""
FIFO, ROUND_ROBIN, IDLE = SchedulingPolicy.SCHED_FIFO, SchedulingPolicy.SCHED_RR, SchedulingPolicy.SCHED_IDLE


def three(tmp_path: Path, *policies: Policy, **settings: int) -> tuple[Run, list[Task]]:
    """A machine with three processes and more that loop for ever, the first of them with these policies."""
    booted = boot(tmp_path, LOOPS, instructions=None, **settings)
    booted.advance(settings["quantum"] * 8)
    threads = booted.kernel.processes.threads[1:]
    for thread, policy in zip(threads, policies, strict=False):
        booted.kernel.scheduler.change(thread, policy)
    for thread in threads[len(policies) :]:
        booted.kernel.scheduler.change(thread, Policy(kind=IDLE))
    return booted, threads


def shares(booted: Run, threads: list[Task], instructions: int) -> list[int]:
    """How many instructions each of them retires of the next ones."""
    before = [thread.retired for thread in threads]
    booted.advance(booted.kernel.clock + instructions)
    return [thread.retired - old for thread, old in zip(threads, before, strict=True)]


def test_a_turn_is_as_long_as_its_weight(tmp_path: Path) -> None:
    """Between nice values as in Linux: about a quarter more for each step."""
    booted, threads = three(tmp_path, Policy(), Policy(nice=5), Policy(nice=-3), quantum=1024)
    shares(booted, threads, 10_000)
    found = shares(booted, threads, 100 * (1024 + 335 + 1991))
    for share, nice in zip(found, (0, 5, -3), strict=False):
        assert abs(share - 100 * WEIGHTS[nice + 20]) <= WEIGHTS[nice + 20]
    assert sum(found[:3]) == sum(found), "with SCHED_IDLE nobody runs while others can"


def test_equal_priorities_take_turns_unless_first_in_is_first_out(tmp_path: Path) -> None:
    booted, threads = three(tmp_path, Policy(ROUND_ROBIN, 7), Policy(ROUND_ROBIN, 7, nice=9), Policy(), quantum=100)
    shares(booted, threads, 1000)
    assert shares(booted, threads, 1000)[:3] == [500, 500, 0]
    booted.kernel.scheduler.change(threads[0], Policy(FIFO, 7))
    shares(booted, threads, 1000)
    assert shares(booted, threads, 1000)[0] == 1000
    booted.kernel.scheduler.change(threads[2], Policy(ROUND_ROBIN, 8))
    assert shares(booted, threads, 1000)[2] >= 999
    twin = booted.copy()
    assert twin.digest() == booted.digest()
    booted.advance(booted.kernel.clock + 1000)
    assert twin.digest() != booted.digest()
    twin.advance(twin.kernel.clock + 1000)
    assert twin.digest() == booted.digest()
