"""Files of sizes that only a hole can have: what is mapped or executed of them costs the host no memory to speak of.

Guests say sizes in all innocence: a sparse file has any that they like. What Python and numpy allocate is counted;
physical memory, which is the guest's, is not among it.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.calls import ENOEXEC, ENOMEM, Call, Process, exit_, fork, load, openat, raw, store, wait4, write
from tests.kernel.puppet import Puppets, boot
from vm import events
from vm.abi import CALL_NUMBERS

MIB, TIB = 1 << 20, 1 << 40
CREATE = 0o102
SHARED, PRIVATE = 1, 2
READ, WRITE = 1, 2


def named(name: str, *arguments: int) -> Call:
    return raw(CALL_NUMBERS[name], *arguments)


def resized(fd: int, size: int) -> Call:
    return named("ftruncate64", fd, size & 0xFFFF_FFFF, size >> 32)


@pytest.fixture
def frugal() -> Iterator[None]:
    """The test may not allocate more than 24 MiB at once."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 24 * MIB, f"{peak:,} bytes of the host's"


def reasons(puppets: Puppets) -> list[str]:
    """Why files were not executed, as they are told."""
    found: list[str] = []
    puppets.kernel.events.subscribe(events.Rejected, lambda event: found.append(event.reason))
    return found


@pytest.mark.usefixtures("frugal")
@pytest.mark.parametrize("overcommit", [False, True])
@pytest.mark.parametrize("protection", [READ, READ | WRITE])
@pytest.mark.parametrize("kind", [SHARED, PRIVATE])
def test_mapping_much_of_a_file(kind: int, protection: int, overcommit: bool, tmp_path: Path) -> None:
    def guest() -> Process:
        fd = yield openat("/tmp/f", CREATE)
        assert (yield resized(fd, 2000 * MIB)) == 0
        at = yield named("mmap2", 0, 1900 * MIB, protection, kind, fd, 0)
        assert at == -ENOMEM or (kind == SHARED and overcommit)
        if at > 0:
            assert (yield load(at + 1000 * MIB)) == 0

    assert boot(tmp_path, guest, memory=16 * MIB, overcommit=overcommit).finish().status == 0


@pytest.mark.usefixtures("frugal")
@pytest.mark.parametrize("overcommit", [False, True])
def test_mapping_a_page_of_the_largest_file(overcommit: bool, tmp_path: Path) -> None:
    """Shared memory is promised for as long as the file is, so that it does not fit; a private page does."""

    def guest() -> Process:
        fd = yield openat("/tmp/f", CREATE)
        assert (yield resized(fd, 15 * TIB)) == 0
        at = yield named("mmap2", 0, 4096, READ | WRITE, SHARED, fd, 0xDFFF_FFF0)
        assert at > 0 if overcommit else at == -ENOMEM
        if overcommit:
            yield store(at, 7)
            assert (yield load(at)) == 7
            assert (yield resized(fd, 14 * TIB)) == 0
            assert (yield resized(fd, 15 * TIB)) == 0
            assert (yield load(at)) == 7
        at = yield named("mmap2", 0, 4096, READ | WRITE, PRIVATE, fd, 0xDFFF_FFF0)
        yield store(at, 7)
        assert (yield load(at)) == 7
        assert (yield named("munmap", at, 4096)) == 0

    assert boot(tmp_path, guest, memory=16 * MIB, overcommit=overcommit).finish().status == 0


@pytest.mark.usefixtures("frugal")
def test_a_file_that_is_given_up_is_read_anew(tmp_path: Path) -> None:
    """No copy of it is kept: a private mapping of much of memory, in two processes, holds what the file holds."""
    size = 20 * MIB

    def child(at: int) -> Process:
        yield store(at, 9)
        assert (yield named("madvise", at, size, 4)) == 0
        assert (yield load(at)) == 0x6261_6160
        assert (yield load(at + size - 4)) == 0
        yield exit_(0)

    def guest() -> Process:
        fd = yield openat("/tmp/f", CREATE)
        yield write(fd, b"````")
        assert (yield resized(fd, size)) == 0
        at = yield named("mmap2", 0, size, READ | WRITE, PRIVATE, fd, 0)
        yield store(at, 8)
        yield named("_llseek", fd, 0, 0, 0x0002_0000, 0)
        yield write(fd, b"`aab")
        pid = yield fork(lambda: child(at))
        assert (yield wait4(pid))[1] == 0
        assert (yield load(at)) == 8

    assert boot(tmp_path, guest, memory=64 * MIB).finish().status == 0


ELF = b"\x7fELF\x01\x01\x01"


@pytest.mark.usefixtures("frugal")
@pytest.mark.parametrize("size", [200 * MIB, 1024 * MIB, 15 * TIB])
@pytest.mark.parametrize("beginning", [b"", b"#!", ELF, b"x"])
@pytest.mark.parametrize("name", ["f", "f.s", "f.c"])
def test_executing_a_large_file(name: str, beginning: bytes, size: int, tmp_path: Path) -> None:
    def guest() -> Process:
        fd = yield openat(f"/tmp/{name}", CREATE)
        yield named("fchmod", fd, 0o755)
        yield write(fd, beginning)
        assert (yield resized(fd, size)) == 0
        yield Call("close", (fd,))
        assert (yield Call("execve", (f"/tmp/{name}", [], []))) == -ENOEXEC

    puppets = boot(tmp_path, guest)
    why = reasons(puppets)
    assert puppets.finish().status == 0
    [reason] = why
    if name != "f":
        assert reason == f"a source of {size:,} bytes, more than the 262,144 that are looked at"
    elif beginning == ELF:
        assert reason == f"an image of {size:,} bytes, more than the 67,108,864 that are looked at"


@pytest.mark.usefixtures("frugal")
@pytest.mark.parametrize(
    "text",
    [b'.include "/tmp/large"\n', b'.include "/tmp/blank"\n' * 20],
    ids=["large", "many"],
)
def test_a_source_that_includes_much(text: bytes, tmp_path: Path) -> None:
    """What it includes counts with it."""

    def guest() -> Process:
        fd = yield openat("/tmp/large", CREATE)
        assert (yield resized(fd, 4 * TIB)) == 0
        fd = yield openat("/tmp/blank", CREATE)
        yield write(fd, b" " * 60_000)
        fd = yield openat("/tmp/f.s", CREATE)
        yield write(fd, text)
        assert (yield Call("execve", ("/tmp/f.s", [], []))) == -ENOEXEC

    puppets = boot(tmp_path, guest)
    why = reasons(puppets)
    assert puppets.finish().status == 0
    assert "EFBIG" in why[0]


def test_a_large_script_is_executed(tmp_path: Path) -> None:
    """Of a script only the first line is looked at."""

    def program() -> Process:
        yield exit_(7)

    def guest() -> Process:
        fd = yield openat("/tmp/f", CREATE)
        yield named("fchmod", fd, 0o755)
        yield write(fd, b"#!/puppet\n")
        assert (yield resized(fd, 15 * TIB)) == 0
        yield Call("close", (fd,))
        yield Call("execve", ("/tmp/f", [], []), program)

    assert boot(tmp_path, guest).finish().status == 7
