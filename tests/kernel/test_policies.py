"""What a policy means for the turns of a thread, to the instruction; and the limits that let a user choose one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.guest import boot
from tests.kernel.puppet import DATA, PUPPET
from vm import Machine
from vm.abi import CALL_NUMBERS, Errno, Limit
from vm.abi.scheduling import PRIO_PROCESS, SchedParam, SchedulingPolicy
from vm.kernel.dispatch import handle
from vm.kernel.process.policy import WEIGHTS, Policy
from vm.kernel.process.task import Task
from vm.kernel.syscalls import TABLE
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


@pytest.fixture
def user(tmp_path: Path) -> Run:
    """A program of an ordinary user's."""
    program = tmp_path / "puppet"
    program.write_bytes(PUPPET)
    program.chmod(0o755)
    return Machine(user=1000).boot(program).start()


def answer(booted: Run, name: str, *arguments: int) -> object:
    row = TABLE[CALL_NUMBERS[name]]
    return handle(booted.kernel, row, booted.program, tuple(argument & 0xFFFF_FFFF for argument in arguments))


def test_limits_of_nice_values(user: Run) -> None:
    """RLIMIT_NICE is 20 less the lowest value."""
    limits = user.program.process.limits
    assert answer(user, "setpriority", PRIO_PROCESS, 0, -1) == -Errno.EACCES
    limits[Limit.RLIMIT_NICE] = (30, 40)
    assert answer(user, "setpriority", PRIO_PROCESS, 0, -11) == -Errno.EACCES
    assert answer(user, "setpriority", PRIO_PROCESS, 0, -10) == 0
    assert answer(user, "getpriority", PRIO_PROCESS, 0) == 30
    limits[Limit.RLIMIT_NICE] = (1, 40)
    assert answer(user, "setpriority", PRIO_PROCESS, 0, 19) == 0
    assert answer(user, "setpriority", PRIO_PROCESS, 0, 18) == -Errno.EACCES


def test_limits_of_priorities(user: Run) -> None:
    """RLIMIT_RTPRIO is the highest; what a thread has it may keep, and give up."""
    space, limits = user.program.memory, user.program.process.limits

    def choose(kind: int, priority: int) -> object:
        space.write(DATA, SchedParam.pack_all(priority))
        return answer(user, "sched_setscheduler", 0, kind, DATA)

    assert choose(FIFO, 1) == -Errno.EPERM
    limits[Limit.RLIMIT_RTPRIO] = (9, 9)
    assert choose(FIFO, 10) == -Errno.EPERM
    assert choose(FIFO, 9) == 0
    limits[Limit.RLIMIT_RTPRIO] = (0, 0)
    assert choose(FIFO, 8) == 0
    assert choose(FIFO, 9) == -Errno.EPERM
    assert choose(ROUND_ROBIN, 8) == -Errno.EPERM
    assert choose(SchedulingPolicy.SCHED_OTHER, 0) == 0
    assert choose(IDLE, 0) == 0
    assert choose(SchedulingPolicy.SCHED_OTHER, 0) == -Errno.EPERM
    limits[Limit.RLIMIT_NICE] = (20, 20)
    assert choose(SchedulingPolicy.SCHED_BATCH, 0) == 0
