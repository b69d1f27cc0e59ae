"""What the host keeps of segments, processes and events is bounded, however many a guest makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.calls import ENOMEM, Call, Process, exit_, fork, raw, wait4
from tests.kernel.puppet import boot
from vm import events
from vm.abi import CALL_NUMBERS

AT = 0x6000_0000


def named(name: str, *arguments: int) -> Call:
    return raw(CALL_NUMBERS[name], *arguments)


def cut(pages: int) -> Process:
    """Make as many segments of mapped pages."""
    yield named("mmap2", AT, pages * 4096, 1, 0x32, -1, 0)
    for index in range(1, pages, 2):
        assert (yield named("mprotect", AT + index * 4096, 4096, 0)) == 0


def test_segments_of_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They run out for whoever asks for more, and are there again when a process has ended."""
    for module in ("mappings", "space"):
        monkeypatch.setattr(f"vm.memory.{module}.SEGMENTS_IN_ALL", 300)

    def child() -> Process:
        yield named("sched_yield")
        for call in (
            named("mmap2", AT - 4096, 4096, 3, 0x32, -1, 0),
            named("mprotect", AT, 4096, 3),
            named("mprotect", AT + 60 * 4096, 4096, 3),
        ):
            result = yield call
            assert result in (0, AT - 4096, -ENOMEM), result
        yield exit_(0)

    def guest() -> Process:
        yield from cut(100)
        for _ in range(3):
            pids = []
            while (pid := (yield fork(child))) > 0:
                pids.append(pid)
            assert pid == -ENOMEM
            assert len(pids) == 1
            assert (yield wait4())[1] == 0
        while (last := (yield named("mmap2", 0, 4096, 1 + len(made) % 2, 0x22, -1, 0))) > 0:
            made.append(last)
        assert last == -ENOMEM
        assert (yield named("munmap", AT, 4096)) == 0
        assert (yield named("mmap2", AT, 4096, 1, 0x32, -1, 0)) == AT

    made: list[int] = []
    puppets = boot(tmp_path, guest)
    assert puppets.finish().status == 0
    assert puppets.kernel.memory.segments == 0
    assert 150 < len(made) < 200


def test_costs_and_processes_of_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of forks of many segments a result tells the first ones, of processes little more than that there were some."""
    monkeypatch.setattr("vm.run.PART_LIMIT", 1000)
    monkeypatch.setattr("vm.run.SEGMENT_RECORD_LIMIT", 50)

    def child() -> Process:
        yield exit_(0)

    def guest() -> Process:
        yield from cut(300)
        for _ in range(30):
            yield fork(child)
            yield wait4()

    result = boot(tmp_path, guest).finish()
    costs = [len(event.costs.segments) for event in result.events if isinstance(event, events.Created)]
    assert costs == [304] * 4
    assert len(result.processes) == 31
    assert sum(len(process.registers) + len(process.segments) for process in result.processes) < 1000 + 82
    assert all(len(process.segments) <= 50 for process in result.processes)
    assert result.processes[-1].registers == ()
    assert result.processes[-1].status == 0


def test_arguments_and_reasons_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of programs that are executed with long arguments, and of files that cannot be executed."""
    monkeypatch.setattr("vm.run.PART_LIMIT", 2000)
    long = b"x" * 50_000

    def again(left: int) -> Process:
        yield Call("execve", ("/" + "./" * 2000 + "nothing.s", [], []))
        if left:
            yield Call("execve", ("/puppet", [long], []), lambda: again(left - 1))

    (tmp_path / "nothing.s").write_text('.include "missing"\n')
    result = boot(tmp_path, lambda: again(20)).finish()
    told = [event for event in result.events if isinstance(event, events.Executed)]
    assert len(told) == 5
    assert any(isinstance(event, events.Rejected) for event in result.events)
