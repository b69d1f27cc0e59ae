"""A call that goes on for long looks at the host's clock, and ends with the run when its time is up.

The host's clock is one that moves by a second whenever somebody looks at it, once the call has begun.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.calls import Call, Process, fork, openat, raw, store, wait4, write
from tests.kernel.puppet import SCRATCH, boot
from vm import events
from vm.abi import CALL_NUMBERS

MIB = 1 << 20
CREATE = 0o102
LONG = (
    "sendfile64",
    "read",
    "readv",
    "pread64",
    "preadv",
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "getrandom",
    "mmap2",
)
AT = 0x6000_0000
VECTOR = SCRATCH + 0x1_0000
SETUP = 132
"""Calls before the long one."""


def named(name: str, *arguments: int) -> Call:
    return raw(CALL_NUMBERS[name], *arguments)


def long_call(name: str, sparse: int, null: int) -> Call:
    """A call that moves 32 MiB."""
    size = 32 * MIB
    one = {
        "sendfile64": (null, sparse, 0, size),
        "getrandom": (AT, 0x1FF_FFFF, 0),
        "mmap2": (0, size, 3, 2, sparse, 0),
    }
    if name in one:
        return named(name, *one[name])
    fd = null if "write" in name else sparse
    return named(name, fd, VECTOR, 64) if name.endswith("v") else named(name, fd, AT, size)


@pytest.mark.parametrize("name", LONG)
def test_a_long_call_ends_with_the_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 0

    def clock() -> int:
        nonlocal seconds
        seconds += entered[-1:] == [CALL_NUMBERS[name]] and len(entered) > SETUP
        return seconds

    monkeypatch.setattr("vm.kernel.host.time.monotonic", clock)

    def guest() -> Process:
        sparse, null = (yield openat("/tmp/sparse", CREATE)), (yield openat("/dev/null", 2))
        assert (yield named("ftruncate64", sparse, 64 * MIB, 0)) == 0
        assert (yield named("mmap2", AT, 32 * MIB, 3, 0x32, -1, 0)) == AT
        for index in range(64):
            yield store(VECTOR + 8 * index, AT)
            yield store(VECTOR + 8 * index + 4, MIB // 2)
        yield long_call(name, sparse, null)
        raise AssertionError("the call went on to its end")

    puppets = boot(tmp_path, guest, seconds=20, memory=128 * MIB)
    entered: list[int] = []
    puppets.kernel.events.subscribe(events.CallEntered, lambda event: entered.append(event.call_number))
    result = puppets.finish()
    assert result.message == "the time limit of 20 s was reached"
    assert len(entered) == SETUP + 1


def child() -> Process:
    yield named("ppoll_time64", 0, 0, 0, 0, 0)


def poll_many() -> Process:
    yield named("mmap2", AT, MIB, 3, 0x32, -1, 0)
    yield store(AT, 99)
    assert (yield named("ppoll_time64", AT, 60_000, 0, 0, 0)) == 1


def select_many() -> Process:
    yield named("mmap2", AT, MIB, 3, 0x32, -1, 0)
    assert (yield named("dup3", 0, 60_000, 0)) == 60_000
    yield store(AT + 60_000 // 8, 1)
    yield named("pselect6_time64", 60_001, AT, 0, 0, 0, 0)


def signal_many() -> Process:
    for _ in range(30):
        yield Call("clone", (0x111, SCRATCH + 0x1F_0000), child)
    yield named("kill", -1, 0)


def cut_what_many_have_mapped() -> Process:
    fd = yield openat("/tmp/f", CREATE)
    yield named("ftruncate64", fd, MIB, 0)
    yield named("mmap2", AT, MIB, 3, 1, fd, 0)
    for _ in range(30):
        yield fork(child)
    yield named("ftruncate64", fd, 0, 0)


@pytest.mark.parametrize("guest", [poll_many, select_many, signal_many, cut_what_many_have_mapped])
def test_a_call_on_very_many_looks_at_the_clock(
    guest: Callable[[], Process], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    puppets = boot(tmp_path, guest, open_files=65_536, overcommit=True)
    looks: list[int] = []
    monkeypatch.setattr(puppets.kernel.host, "check_time", lambda: looks.append(1))
    puppets.kernel.events.subscribe(events.CallEntered, lambda event: looks.clear())
    most = 0

    def returned(event: events.CallReturned) -> None:
        nonlocal most
        most = max(most, len(looks))

    puppets.kernel.events.subscribe(events.CallReturned, returned)
    puppets.finish()
    assert most >= 30


def test_a_long_source_ends_with_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long to assemble, too."""
    seconds = 0

    def clock() -> int:
        nonlocal seconds
        seconds += "execve" in entered
        return seconds

    monkeypatch.setattr("vm.kernel.host.time.monotonic", clock)

    def guest() -> Process:
        fd = yield openat("/tmp/f.s", CREATE)
        for _ in range(4):
            yield write(fd, b"nop\n" * 15_000)
        yield Call("execve", ("/tmp/f", [], []))
        raise AssertionError("the call went on to its end")

    puppets = boot(tmp_path, guest, seconds=20)
    entered: list[str] = []
    names = {number: name for name, number in CALL_NUMBERS.items()}
    puppets.kernel.events.subscribe(events.CallEntered, lambda event: entered.append(names[event.call_number]))
    result = puppets.finish()
    assert result.message == "the time limit of 20 s was reached"
    assert entered[-1] == "execve"


def test_listing_a_large_directory(tmp_path: Path) -> None:
    """It comes in pieces, however large the buffer is."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(3000):
        (folder / f"{number:0100}").touch()

    def guest() -> Process:
        fd = yield openat("/folder", 0)
        yield named("mmap2", AT, 4 * MIB, 3, 0x32, -1, 0)
        sizes = []
        while size := (yield named("getdents64", fd, AT, 0xFFFF_FFFF)):
            sizes.append(size)
        assert max(sizes) <= 1 << 16
        assert sum(sizes) == 3000 * 120 + 2 * 24

    assert boot(tmp_path, guest).finish().status == 0


def test_long_reports_count_as_written(tmp_path: Path) -> None:
    """/proc/self/maps of a thousand segments in many descriptors; what it took is given back."""

    def child() -> Process:
        opened = []
        while (fd := (yield openat("/proc/self/maps"))) >= 0:
            yield named("read", fd, AT, 4096)
            opened.append(fd)
        assert fd == -12, "ENOMEM"
        assert 8 < len(opened) < 100
        assert (yield named("mmap2", 0, 4096, 1, 2, opened[0], 0)) == -19, "ENODEV"
        assert (yield named("mmap2", 0, 4096, 1, 1, opened[0], 0)) == -19, "ENODEV"
        yield Call("close", (opened[0],))
        assert (yield openat("/proc/self/maps")) == opened[0]
        assert (yield openat("/proc/self/comm")) > 0

    def guest() -> Process:
        yield named("mmap2", AT, 4 * MIB, 3, 0x32, -1, 0)
        for index in range(1, 1000, 2):
            assert (yield named("mprotect", AT + index * 4096, 4096, 1)) == 0
        for _ in range(2):
            yield fork(child)
            assert (yield wait4())[1] == 0

    puppets = boot(tmp_path, guest, disk=1 * MIB, open_files=256)
    assert puppets.finish().status == 0
    assert puppets.kernel.world.room.free == 1 * MIB
