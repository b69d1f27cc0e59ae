"""The pages of a mapped file that shrinks are taken from all address spaces in one order, wherever those lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.calls import O_CREAT, O_RDWR, Process, fork, kill, openat, pipe2, raw, read, wait4
from tests.kernel.puppet import Puppets, boot
from vm.abi import CALL_NUMBERS, PAGE_SIZE, Signal
from vm.memory import AddressSpace
from vm.memory.segments import SharedMemory

CHILDREN = 12


def test_it_is_that_of_pids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order shows in the numbers of frames where page tables are copied; a set would have another every time."""
    revoke, order, machines = AddressSpace.revoke, [], list[Puppets]()

    def noted(space: AddressSpace, shared: SharedMemory, first: int) -> None:
        order.append(space)
        revoke(space, shared, first)

    monkeypatch.setattr(AddressSpace, "revoke", noted)

    def parent() -> Process:
        fd = yield openat("/tmp/file", O_CREAT | O_RDWR)
        assert (yield raw(CALL_NUMBERS["ftruncate64"], fd, 4 * PAGE_SIZE, 0)) == 0
        assert (yield raw(CALL_NUMBERS["mmap2"], 0, 4 * PAGE_SIZE, 3, 1, fd, 0)) > 0
        end, _ = yield pipe2()

        def child() -> Process:
            yield read(end, 1)

        pids = []
        for _ in range(CHILDREN):
            pids.append((yield fork(child)))
        assert (yield raw(CALL_NUMBERS["ftruncate64"], fd, PAGE_SIZE, 0)) == 0
        live = [task.space for task in machines[0].kernel.processes if task.space is not None]
        assert order == live
        assert len(live) == CHILDREN + 1
        for pid in pids:
            yield kill(pid, Signal.SIGKILL)
            yield wait4()

    machines.append(boot(tmp_path, parent, fork="on-demand"))
    assert machines[0].finish().status == 0
