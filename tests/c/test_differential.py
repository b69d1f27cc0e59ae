"""The same C program on the host's kernel and in the machine writes the same and ends the same.

The expectation is taken from the host at the time of the test: the program is compiled for it and run natively. What is
compiled is kept, so that only the first run is slow: where nothing is kept yet the default run takes :data:`SAMPLE`,
and the marker ``full`` all of them, unoptimised and optimised, and under other schedules.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from tests.natively import Program, agree, build, is_built, needs_host, read_programs
from tests.sampling import one_in
from vm.kernel.syscalls import TABLE

pytestmark = needs_host

SHARED_FLAGS = ("-Wall", "-Wno-unused-result", "-Wno-nonnull", "-ffp-contract=off")
ALL = read_programs(Path(__file__).with_name("programs"), *SHARED_FLAGS)
SAMPLE = {
    "epoll_level", "exec_errors", "exec_script", "exec_signals", "fcntl_locks", "file_open", "file_rename",
    "fork_generations", "fork_stops", "fork_subreaper", "fork_waitid", "futex_waits", "identity_users",
    "limit_descriptors", "memory_files", "memory_shared_files", "mq_priorities", "permission_files", "pipe_capacity",
    "pipe_chain", "poll_waits", "session_groups", "signal_restart", "signal_stack", "socket_unix_stream",
    "spawn_actions", "stat_times", "system_control", "sysv_semaphores", "thread_exec", "thread_fork", "thread_signals",
    "thread_vfork", "time_order", "timer_signals", "vfork_private", "vfork_write",
}  # fmt: skip
OPTIMISED = [replace(program, flags=(*program.flags, "-O2")) for program in ALL]
MACHINES: dict[str, dict[str, Any]] = {
    "quantum of 97": {"quantum": 97},
    "child first": {"first": "child"},
}

THREADED = [program for program in ALL if program.name.startswith(("clone_", "futex_", "robust_", "thread_"))]
QUANTA = (1, 7, 100, 10_000)
"""Instructions of one turn, on which nothing that those programs tell may depend."""

made: set[int] = set()
"""The calls that the programs of this session have made, by number."""
judged: set[str] = set()


class Workshop:
    """Compiles ahead of the tests, on every processor; one after the other where other processes test meanwhile."""

    def __init__(self, programs: list[Program]) -> None:
        self._images: dict[Program, Future[tuple[bytes, bytes]]] = {}
        # Processes, since pytest changes the environment while they work, which what a thread starts may trip over.
        self._pool = ProcessPoolExecutor(os.cpu_count(), get_context("spawn"))
        if "PYTEST_XDIST_WORKER" not in os.environ:
            self._images = {program: self._pool.submit(build, program) for program in programs}

    def images(self, program: Program) -> tuple[bytes, bytes]:
        """The program for the host, and for the machine."""
        return self._images[program].result() if program in self._images else build(program)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def workshop(request: pytest.FixtureRequest) -> Iterator[Workshop]:
    """The images that this session needs, under way."""
    programs = []
    for item in request.session.items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if item.path == request.path and "program" in parameters and is_wanted(parameters["program"], item):
            programs.append(parameters["program"])
    shop = Workshop(programs)
    yield shop
    shop.close()


def is_wanted(program: Program, item: pytest.Item) -> bool:
    """False for what the default run leaves out while it would have to be compiled."""
    return item.get_closest_marker("full") is not None or program.name in SAMPLE or is_built(program)


def judge(program: Program, images: tuple[bytes, bytes], **settings: Any) -> None:
    if program.is_roots and os.getuid():
        pytest.skip("takes the host's root")
    agree(program, images, made, **settings)
    judged.add(program.name)


each = pytest.mark.parametrize("program", [pytest.param(program, id=program.name) for program in ALL])


@each
def test_like_the_host(program: Program, workshop: Workshop, request: pytest.FixtureRequest) -> None:
    if not is_wanted(program, request.node):
        pytest.skip("not compiled yet, which `pytest -m full` does")
    judge(program, workshop.images(program))


@pytest.mark.full
@pytest.mark.parametrize("program", [*ALL, *OPTIMISED], ids=lambda program: f"{program.name}-{program.flags[-1]}")
def test_like_the_host_optimised(program: Program, workshop: Workshop) -> None:
    judge(program, workshop.images(program))


@pytest.mark.full
@each
@pytest.mark.parametrize("settings", MACHINES.values(), ids=MACHINES)
def test_like_the_host_whatever_the_schedule(program: Program, settings: dict[str, Any], workshop: Workshop) -> None:
    judge(program, workshop.images(program), **settings)


@pytest.mark.parametrize(
    ("program", "quantum"),
    one_in(31, product(THREADED, QUANTA)),
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_threads_like_the_host_under_any_quantum(
    program: Program, quantum: int, workshop: Workshop, request: pytest.FixtureRequest
) -> None:
    if not is_wanted(program, request.node):
        pytest.skip("not compiled yet, which `pytest -m full` does")
    judge(program, workshop.images(program), quantum=quantum)


def test_every_call_is_made() -> None:
    """The programs together make every call of the table."""
    if judged < {program.name for program in ALL if not (program.is_roots and os.getuid())}:
        pytest.skip("not all programs were run in this session")
    missing = [row.name for number, row in TABLE.items() if number not in made]
    assert not missing
