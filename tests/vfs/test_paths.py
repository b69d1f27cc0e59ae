"""The guest's root: paths resolve as inside a chroot, and there is no way out.

The judge is the host's own resolver: openat2(2) with RESOLVE_IN_ROOT treats the folder as the root for absolute paths,
absolute links and "..".
"""

from __future__ import annotations

import ctypes
import os
import random
import stat
import struct
import sys
from pathlib import Path

import pytest

from vm.abi import Errno
from vm.kernel.clock import Clock
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import Directory, File, Found, User
from vm.kernel.files.world import Files, Folder, World

OPENAT2, RESOLVE_IN_ROOT = 437, 0x10
LIBC = ctypes.CDLL(None, use_errno=True)


def host_lookup(directory: int, path: bytes, *, follow: bool = True) -> str:
    """What the host finds with ``directory`` as the root: the file's inode and kind, or the error's name."""
    flags = os.O_PATH | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    how = struct.pack("QQQ", flags, 0, RESOLVE_IN_ROOT)
    fd = LIBC.syscall(OPENAT2, directory, path, how, len(how))
    if fd < 0:
        return Errno(ctypes.get_errno()).name
    status = os.fstat(fd)
    os.close(fd)
    return f"{status.st_ino} {stat.S_IFMT(status.st_mode):o}"


USER = User(0, 0)


class Root:
    """The tree of a machine over a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tree = World(Files(folder), USER, Clock(0)).tree

    def lookup(self, path: bytes, start: bytes = b"/", *, follow: bool = True) -> Found:
        directory = self.tree.directory(start, self.tree.root, USER)
        return self.tree.find(path, directory, USER, follow=follow)


def guest_lookup(root: Root, path: bytes, *, follow: bool = True) -> str:
    try:
        found = root.lookup(path, follow=follow)
    except SystemCallError as error:
        return error.errno.name
    status = os.lstat(os.fsencode(root.folder) + found.path)
    assert found.inode is not None
    assert found.inode.mode == status.st_mode
    return f"{status.st_ino} {stat.S_IFMT(status.st_mode):o}"


@pytest.fixture
def can_judge(tmp_path: Path) -> None:
    directory = os.open(tmp_path, os.O_PATH)
    works = sys.platform == "linux" and host_lookup(directory, b"/").endswith(" 40000")
    os.close(directory)
    if not works:
        pytest.skip("the host has no openat2(2)")


def grow(root: Path, draw: random.Random, outside: Path) -> None:
    """A random tree of folders, files and links: relative, absolute, climbing, looping, dangling and to the outside."""
    folders, names = [root], "abc"
    for _ in range(draw.randrange(3, 12)):
        place = draw.choice(folders) / draw.choice(names)
        if place.is_symlink() or place.exists():
            continue
        kind = draw.randrange(4)
        if kind == 0:
            place.mkdir()
            folders.append(place)
        elif kind == 1:
            place.write_text("file")
        else:
            place.symlink_to(
                draw.choice([random_path(draw) or ".", random_path(draw) or "..", str(outside), str(root) + "/a"])
            )


def random_path(draw: random.Random) -> str:
    parts = [draw.choice(["a", "b", "c", "a", "b", "c", "..", ".", "", "d"]) for _ in range(draw.randrange(1, 7))]
    return draw.choice(["", "", "/", "//", "/../", "../"]) + "/".join(parts) + draw.choice(["", "", "/", "/."])


def compare_with_host(folder: Path, seed: int, paths: int) -> None:
    draw = random.Random(seed)
    outside = folder / "outside"
    outside.mkdir(parents=True)
    (outside / "secret").write_text("secret")
    (folder / "root").mkdir()
    grow(folder / "root", draw, outside)
    root = Root(folder / "root")
    directory = os.open(folder / "root", os.O_PATH)
    try:
        for _ in range(paths):
            path, follow = os.fsencode(random_path(draw)), draw.random() < 0.7
            ours, theirs = guest_lookup(root, path, follow=follow), host_lookup(directory, path, follow=follow)
            assert ours == theirs, f"seed {seed}: {path!r}, follow={follow}"
    finally:
        os.close(directory)


@pytest.mark.usefixtures("can_judge")
def test_random_paths_resolve_as_the_host_does_in_a_root(tmp_path: Path) -> None:
    for seed in range(60):
        compare_with_host(tmp_path / str(seed), seed, 60)


@pytest.mark.full
@pytest.mark.usefixtures("can_judge")
def test_many_random_paths_resolve_as_the_host_does_in_a_root(tmp_path: Path) -> None:
    for seed in range(1000, 2000):
        compare_with_host(tmp_path / str(seed), seed, 200)


@pytest.fixture
def trap(tmp_path: Path) -> Root:
    """A root with a secret beside it and links that try to reach it."""
    (tmp_path / "secret").write_text("secret")
    inside = tmp_path / "root"
    inside.mkdir()
    (inside / "folder").mkdir()
    for name, target in (
        ("relative", "../secret"), ("absolute", str(tmp_path / "secret")),
        ("far", "../" * 60 + str(tmp_path / "secret")), ("parent", ".."), ("host_root", "/"), ("here", "."),
        ("folder/up", "../../secret"), ("passwd", "/etc/passwd"),
    ):  # fmt: skip
        (inside / name).symlink_to(target)
    return Root(inside)


@pytest.mark.parametrize(
    "path",
    [
        "../secret", "/../secret", "../../../secret", "folder/../../secret", "relative", "absolute", "far",
        "parent/secret", "host_root/secret", "folder/up", "here/../secret", "passwd",
        "folder/../parent/parent/secret", "/etc/passwd",
    ],
)  # fmt: skip
def test_there_is_no_way_out(trap: Root, path: str) -> None:
    with pytest.raises(SystemCallError) as caught:
        trap.lookup(path.encode())
    assert caught.value.errno == Errno.ENOENT


def test_the_root_is_its_own_parent(trap: Root) -> None:
    for path in ("/", "..", "/..", "../..", "parent", "host_root", "here", "folder/..", "folder/../..", "."):
        found = trap.lookup(path.encode())
        assert (found.path, found.inode) == (b"/", trap.tree.root)


def test_paths_start_where_they_are_told(trap: Root) -> None:
    assert trap.lookup(b"up", b"/folder", follow=False).path == b"/folder/up"
    assert trap.lookup(b"../folder", b"folder").path == b"/folder"
    assert trap.lookup(b"/folder", b"folder").path == b"/folder"


def test_names_that_are_not_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff\xfe")).write_text("odd")
    root = Root(tmp_path)
    assert read(root, b"\xff\xfe") == b"odd"
    for path in (b"\xff", b"\x80" * 300, "caf\u00e9".encode()):
        with pytest.raises(SystemCallError):
            root.lookup(path)


def read(root: Root, path: bytes, offset: int = 0, size: int = 1000) -> bytes:
    file = root.lookup(path).inode
    assert isinstance(file, File)
    return file.content.read(offset, size)


def test_reading_parts(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(100)))
    root = Root(tmp_path)
    assert read(root, b"file") == bytes(range(100))
    assert read(root, b"file", 90, 5) == bytes(range(90, 95))
    assert read(root, b"file", 95, 50) == bytes(range(95, 100))
    assert read(root, b"file", 1000, 5) == b""


def test_large_files_are_read_as_they_are(tmp_path: Path) -> None:
    data = bytes(random.Random(1).randbytes(300_000))
    (tmp_path / "file").write_bytes(data)
    root = Root(tmp_path)
    draw = random.Random(2)
    for _ in range(200):
        offset, size = draw.randrange(310_000), draw.choice((1, 100, 5000, 65536, 70_000, 400_000))
        assert read(root, b"file", offset, size) == data[offset : offset + size]


def test_a_root_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "nowhere"):
        with pytest.raises(ValueError, match="not a directory"):
            Root(path)


def test_a_bound_folder_is_reached_by_its_path_and_left_by_dots(tmp_path: Path) -> None:
    for name in ("root", "more"):
        (tmp_path / name).mkdir()
    (tmp_path / "more" / "file").write_text("bound")
    root = Root(tmp_path / "root")
    files = Files(tmp_path / "root", [Folder(tmp_path / "more", "/mnt/more")])
    root.tree = World(files, USER, Clock(0)).tree
    assert read(root, b"/mnt/more/file") == b"bound"
    for path, expected in (
        (b"/mnt/more", b"/mnt/more"), (b"/mnt/more/..", b"/mnt"), (b"/mnt/more/../..", b"/"),
        (b"/mnt/more/../more/file", b"/mnt/more/file"),
    ):  # fmt: skip
        assert root.lookup(path).path == expected
    mnt = root.lookup(b"/mnt").inode
    assert isinstance(mnt, Directory)
    assert mnt.names() == [b"more"]
    assert not list((tmp_path / "root").iterdir())
