"""A folder of the host that somebody changes while a machine runs in it: nobody is led out of it, and nothing waits."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.vfs.guest import SCRATCH, Guest
from vm.abi import Errno

AT_FDCWD, O_DIRECTORY = -100, 0o200000
SECRET = b"what lies outside\n"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    (folder / "deep").mkdir(parents=True)
    for place in (folder, folder / "deep"):
        (place / "file").write_bytes(SECRET)
        (place / "link").symlink_to("what")
        (place / "program.s").write_bytes(b".globl _start\n_start: li a0, 3\n li a7, 93\n ecall\n")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "sub" / "deep").mkdir(parents=True)
    for place in (folder / "sub", folder / "sub" / "deep"):
        (place / "file").write_bytes(b"inside\n")
        (place / "link").symlink_to("file")
        (place / "program.s").write_bytes(b".globl _start\n_start: li a0, 4\n li a7, 93\n ecall\n")
    return folder


def turn_into_link(place: Path, target: Path) -> None:
    place.rename(place.with_name("was"))
    place.symlink_to(target)


def everything(guest: Guest, folder: str) -> bytes:
    """All that a guest sees of a folder by every call that reads one; errors are left out."""
    seen = []
    for name in ("file", "link", "program.s", "new"):
        path = f"{folder}/{name}"
        fd = guest.call("openat", AT_FDCWD, path, 0, 0)
        if fd >= 0:
            size = guest.call("read", fd, SCRATCH, 100)
            seen.append(guest.peek(max(size, 0)))
            guest.call("close", fd)
        size = guest.call("readlinkat", AT_FDCWD, path, SCRATCH, 100)
        seen.append(guest.peek(max(size, 0)))
        if guest.call("statx", AT_FDCWD, path, 0, 0x7FF, SCRATCH) == 0:
            seen.append(guest.peek(256))
    fd = guest.call("openat", AT_FDCWD, folder, O_DIRECTORY, 0)
    if fd >= 0:
        size = guest.call("getdents64", fd, SCRATCH, 1000)
        seen.append(guest.peek(max(size, 0)))
    return b"|".join(seen)


@pytest.mark.parametrize("met", ["nothing", "the folder", "all"])
@pytest.mark.parametrize("below", ["sub", "sub/deep"])
@pytest.mark.parametrize("turned", ["sub", "deep", "root"])
def test_a_folder_that_becomes_a_link(root: Path, outside: Path, met: str, below: str, turned: str) -> None:
    guest = Guest(root)
    (outside / "new").write_bytes(SECRET)
    (outside / "deep" / "new").write_bytes(SECRET)
    if met == "the folder":
        guest.call("openat", AT_FDCWD, f"/{below}", O_DIRECTORY, 0)
    elif met == "all":
        everything(guest, f"/{below}")
    place, target = {"sub": (root / "sub", outside), "deep": (root / "sub" / "deep", outside / "deep"),
                     "root": (root, outside.parent)}[turned]  # fmt: skip
    if turned == "root":
        root.rename(root.with_name("was"))
        (outside.parent / "root").symlink_to(outside)
        (outside / "sub").symlink_to(outside)
    else:
        turn_into_link(place, target)
    seen = everything(guest, f"/{below}")
    assert SECRET not in seen
    assert b"what" not in seen
    assert b"li a0, 3" not in seen
    assert guest.call("openat", AT_FDCWD, f"/{below}/new", 0, 0) in (
        -Errno.ENOENT,
        -Errno.ENOTDIR,
        -Errno.EIO,
        -Errno.ELOOP,
    )


BECOMES: dict[str, Callable[[Path, Path], None]] = {
    "fifo": lambda place, outside: os.mkfifo(place),
    "link": lambda place, outside: place.symlink_to(outside / "file"),
    "link to a device": lambda place, outside: place.symlink_to("/dev/zero"),
    "folder": lambda place, outside: place.mkdir(),
    "device": lambda place, outside: os.mknod(place, stat.S_IFCHR | 0o666, os.makedev(1, 5)),
    "nothing": lambda place, outside: None,
}


@pytest.mark.parametrize("what", BECOMES)
@pytest.mark.parametrize("when", ["before it is opened", "before it is read", "after a part was read"])
def test_a_file_that_becomes_something_else(root: Path, outside: Path, what: str, when: str) -> None:
    """It was met as a regular file: what is read is its own, or an error, at once."""
    place = root / "sub" / "file"
    place.write_bytes(b"inside\n" * 50_000)
    guest = Guest(root)
    assert guest.call("statx", AT_FDCWD, "/sub/file", 0, 0x7FF, SCRATCH) == 0
    if when != "before it is opened":
        fd = guest.call("openat", AT_FDCWD, "/sub/file", 0, 0)
    if when == "after a part was read":
        assert guest.call("read", fd, SCRATCH, 10) == 10
    place.unlink()
    try:
        BECOMES[what](place, outside)
    except PermissionError:
        pytest.skip("devices are made by root")
    opened = []
    original = os.open

    def watched(path: str | bytes, flags: int, *arguments: int, **options: int) -> int:
        descriptor = original(path, flags, *arguments, **options)
        opened.append(os.fstat(descriptor).st_mode)
        return descriptor

    os.open = watched
    try:
        if when == "before it is opened":
            fd = guest.call("openat", AT_FDCWD, "/sub/file", 0, 0)
        result = guest.call("read", fd, SCRATCH, 0x2_0000) if fd >= 0 else fd
    finally:
        os.open = original
    if result > 0:
        assert b"inside\n" * (result // 7 - 2) in guest.peek(result)
    else:
        assert result in (-Errno.EIO, -Errno.ELOOP, -Errno.ENOTDIR)
    assert not any(stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) for mode in opened)


def test_names_that_lead_up(root: Path, outside: Path) -> None:
    """A place for a folder cannot be above the root."""
    guest = Guest(root)
    world = guest.kernel.world
    assert world.directory(b"/../outside") is None
    assert b".." not in world.tree.root.names()


def test_depth_and_names_of_any_kind(root: Path) -> None:
    """A tree deeper than any path of the host's, and names that are no text."""
    here = os.open(root, os.O_RDONLY)
    for _ in range(60):
        os.mkdir(b"n" * 100, dir_fd=here)
        there = os.open(b"n" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(os.open(b"\xff\x1b", os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=here))
    os.close(here)
    guest = Guest(root)
    fd = AT_FDCWD
    for _ in range(60):
        fd = guest.call("openat", fd, b"n" * 100 + b"\0", O_DIRECTORY, 0)
        assert fd >= 0
    size = guest.call("getdents64", fd, SCRATCH, 1000)
    assert b"\xff\x1b\0" in guest.peek(size)
    assert guest.call("openat", fd, b"\xff\x1b\0", 0, 0) > fd


def test_no_descriptor_is_left(root: Path) -> None:
    guest = Guest(root)
    before = sorted(os.listdir("/proc/self/fd"))
    everything(guest, "/sub/deep")
    everything(guest, "/nowhere/deep")
    assert sorted(os.listdir("/proc/self/fd")) == before
