"""The same C program on the host's kernel and in the machine writes the same and ends the same.

The expectation is taken from the host at the time of the test: the program is compiled for it and run natively. What is
compiled is kept, so that only the first run is slow: where nothing is kept yet the default run takes :data:`SAMPLE`,
and the marker ``full`` all of them, unoptimised and optimised, and under other schedules.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from tests.c.judged import (
    Program,
    all_programs,
    build,
    is_built,
    run_machine,
    run_native,
)
from tests.natively import answer
from vm import toolchain
from vm.kernel.syscalls import TABLE

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the host is not Linux"),
    pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang"),
]

ALL = all_programs()
SAMPLE = {
    "dir_at", "exec_errors", "exec_script", "exec_signals", "fcntl_locks", "file_open", "file_rename", "file_seek",
    "fork_generations", "fork_stops", "fork_subreaper", "fork_waitid", "futex_waits", "identity_users",
    "limit_descriptors", "memory_files", "memory_protect", "memory_shared_files", "permission_files", "pipe_capacity",
    "pipe_chain", "poll_waits", "session_groups", "signal_restart", "signal_stack", "spawn_actions", "stat_times",
    "system_control", "time_order", "vfork_private", "vfork_write",
}  # fmt: skip
UNOPTIMISED: tuple[str, ...] = ()
OPTIMISED = ("-O2",)
MACHINES: dict[str, dict[str, Any]] = {
    "quantum of 97": {"quantum": 97},
    "child first": {"first": "child"},
}

made: set[int] = set()
"""The calls that the programs of this session have made, by number."""
judged: set[str] = set()


class Workshop:
    """Compiles ahead of the tests, on every processor."""

    def __init__(self) -> None:
        # Processes, since pytest changes the environment while they work, which what a thread starts may trip over.
        self._pool = ProcessPoolExecutor(os.cpu_count(), get_context("spawn"))
        self._images: dict[tuple[str, tuple[str, ...]], Future[tuple[bytes, bytes]]] = {}

    def order(self, program: Program, flags: tuple[str, ...]) -> Future[tuple[bytes, bytes]]:
        key = program.name, flags
        if key not in self._images:
            self._images[key] = self._pool.submit(build, program, flags)
        return self._images[key]

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def workshop(request: pytest.FixtureRequest) -> Iterator[Workshop]:
    """The images that this session needs, under way."""
    shop = Workshop()
    for item in request.session.items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if item.path == request.path and "program" in parameters:
            program, flags = parameters["program"], parameters.get("flags", UNOPTIMISED)
            if is_wanted(program, flags, item):
                shop.order(program, flags)
    yield shop
    shop.close()


def is_wanted(program: Program, flags: tuple[str, ...], item: pytest.Item) -> bool:
    """False for what the default run leaves out while it would have to be compiled."""
    return item.get_closest_marker("full") is not None or program.name in SAMPLE or is_built(program, flags)


def judge(program: Program, images: tuple[bytes, bytes], **settings: Any) -> None:
    if program.is_roots and os.getuid():
        pytest.skip("takes the host's root")
    native, image = images
    found, _ = run_machine(program, image, made, **settings)
    assert found == answer(found, lambda: run_native(program, native))
    judged.add(program.name)


each = pytest.mark.parametrize("program", [pytest.param(program, id=program.name) for program in ALL])


@each
def test_like_the_host(program: Program, workshop: Workshop, request: pytest.FixtureRequest) -> None:
    if not is_wanted(program, UNOPTIMISED, request.node):
        pytest.skip("not compiled yet, which `pytest -m full` does")
    judge(program, workshop.order(program, UNOPTIMISED).result())


@pytest.mark.full
@each
@pytest.mark.parametrize("flags", [UNOPTIMISED, OPTIMISED], ids=["O0", "O2"])
def test_like_the_host_optimised(program: Program, flags: tuple[str, ...], workshop: Workshop) -> None:
    judge(program, workshop.order(program, flags).result())


@pytest.mark.full
@each
@pytest.mark.parametrize("settings", MACHINES.values(), ids=MACHINES)
def test_like_the_host_whatever_the_schedule(program: Program, settings: dict[str, Any], workshop: Workshop) -> None:
    judge(program, workshop.order(program, UNOPTIMISED).result(), **settings)


def test_every_call_is_made() -> None:
    """The programs together make every call of the table."""
    if judged < {program.name for program in ALL if not (program.is_roots and os.getuid())}:
        pytest.skip("not all programs were run in this session")
    missing = [row.name for number, row in TABLE.items() if number not in made]
    assert not missing
