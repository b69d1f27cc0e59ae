"""What a machine's files are at boot: devices, /proc, /tmp, /bin/sh, further folders; and where the limits are."""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.forking import forked_command
from tests.vfs.guest import SCRATCH, Guest, Machined, halves
from vm.abi import Errno
from vm.kernel.process import lifecycle
from vm.kernel.process.credentials import Credentials
from vm.kernel.process.lifecycle import create, reap, terminate
from vm.machine import Machine

O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL = 0, 1, 2, 0o100, 0o200
O_DIRECTORY, O_PATH, O_TMPFILE = 0o200000, 0o10000000, 0o20200000
AT_FDCWD = -100
BOOT = 1_767_225_600


@pytest.fixture
def guest(tmp_path: Path) -> Machined:
    (tmp_path / "root").mkdir()
    return Machined(tmp_path / "root")


def open_file(guest: Guest, path: str, flags: int = 0, mode: int = 0o644) -> int:
    return guest.call("openat", AT_FDCWD, path, flags, mode)


def read(guest: Guest, path: str, size: int = 10_000) -> bytes:
    fd = open_file(guest, path)
    assert fd >= 0, Errno(-fd).name
    count = guest.call("read", fd, SCRATCH, size)
    assert count >= 0, Errno(-count).name
    assert guest.call("close", fd) == 0
    return guest.peek(count)


def write(guest: Guest, path: str, data: bytes, mode: int = 0o644) -> None:
    fd = open_file(guest, path, O_WRONLY | O_CREAT, mode)
    assert guest.call("write", fd, data, len(data)) == len(data)
    assert guest.call("close", fd) == 0


def status(guest: Guest, path: str, flags: int = 0) -> dict[str, int]:
    result = guest.call("statx", AT_FDCWD, path, flags, 0x7FF, SCRATCH)
    assert result == 0, Errno(-result).name
    data = guest.peek(256)
    links, uid, gid, mode = struct.unpack_from("<IIIH", data, 16)
    number, size, blocks = struct.unpack_from("<QQQ", data, 32)
    seconds, nanoseconds = struct.unpack_from("<qI", data, 112)
    major, minor, device_major, device = struct.unpack_from("<IIII", data, 128)
    return {
        "links": links, "uid": uid, "gid": gid, "mode": mode, "number": number, "size": size, "blocks": blocks,
        "modified": seconds * 10**9 + nanoseconds, "major": major, "minor": minor, "device": device_major << 8 | device,
    }  # fmt: skip


def listing(guest: Machined, path: str) -> list[str]:
    fd = open_file(guest, path, O_DIRECTORY)
    entries = guest.names(fd)
    assert isinstance(entries, list)
    guest.call("close", fd)
    return [name for name, _, _ in entries]


def become(guest: Guest, uid: int) -> None:
    guest.task.credentials = Credentials.of(uid, uid)


# --- devices --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "minor"), [("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)])
def test_memory_devices_have_linuxs_numbers(guest: Machined, name: str, minor: int) -> None:
    found = status(guest, f"/dev/{name}")
    assert (found["mode"], found["major"], found["minor"]) == (stat.S_IFCHR | 0o666, 1, minor)


def test_what_devices_do(guest: Machined) -> None:
    fds = {name: open_file(guest, f"/dev/{name}", O_RDWR) for name in ("null", "zero", "full", "urandom")}
    for name, fd in fds.items():
        guest.task.memory.write(SCRATCH, b"\xff" * 100)
        count = guest.call("read", fd, SCRATCH, 100)
        assert count == (0 if name == "null" else 100)
        expected = {"null": b"\xff" * 100, "zero": bytes(100), "full": bytes(100)}.get(name)
        assert expected is None or guest.peek(100) == expected
        assert guest.call("write", fd, b"data", 4) == (-Errno.ENOSPC if name == "full" else 4)
        assert guest.call("_llseek", fd, 0, 50, SCRATCH, 0) == 0
        assert guest.peek(8) == bytes(8)


def test_random_bytes_come_from_the_seed(tmp_path: Path) -> None:
    def draw(name: str, seed: int) -> bytes:
        (tmp_path / name).mkdir()
        return read(Machined(tmp_path / name, seed=seed), "/dev/urandom", 32)

    assert draw("a", 1) == draw("b", 1) != draw("c", 2)


def test_without_a_terminal_there_is_no_dev_tty(guest: Machined) -> None:
    assert open_file(guest, "/dev/tty", O_RDWR) == -Errno.ENXIO
    assert guest.call("ioctl", 0, 0x5401, SCRATCH) == -Errno.ENOTTY
    assert guest.call("ioctl", 1, 0x5413, SCRATCH) == -Errno.ENOTTY


def test_nodes_for_devices_are_roots_business(guest: Machined) -> None:
    assert guest.call("mknodat", AT_FDCWD, "mine", stat.S_IFCHR | 0o600, 0x103) == -Errno.EPERM
    become(guest, 0)
    assert guest.call("mknodat", AT_FDCWD, "mine", stat.S_IFCHR | 0o600, 0x105) == 0
    assert read(guest, "/mine", 5) == bytes(5)
    assert guest.call("mknodat", AT_FDCWD, "disk", stat.S_IFBLK | 0o600, 0x801) == 0
    assert open_file(guest, "/disk") == -Errno.ENXIO


def test_links_to_ones_own_descriptors(guest: Machined) -> None:
    write(guest, "/file", b"0123456789")
    fd = open_file(guest, "/file", O_RDWR)
    assert read(guest, f"/dev/fd/{fd}", 4) == b"0123"
    assert read(guest, f"/proc/self/fd/{fd}", 4) == b"0123", "a file of its own, with an offset of its own"
    assert open_file(guest, "/dev/fd/77") == -Errno.ENOENT
    assert guest.call("pipe2", SCRATCH, 0) == 0
    reader, writer = struct.unpack("<2i", guest.peek(8))
    again = open_file(guest, f"/dev/fd/{writer}", O_WRONLY)
    assert guest.call("write", again, b"pipe", 4) == 4
    assert guest.call("read", reader, SCRATCH, 10) == 4


# --- /proc ----------------------------------------------------------------------------------------------------------


def link(guest: Guest, path: str) -> str | int:
    count = guest.call("readlinkat", AT_FDCWD, path, SCRATCH, 200)
    return guest.peek(count).decode() if count >= 0 else count


def test_what_proc_says_of_oneself(guest: Machined) -> None:
    assert link(guest, "/proc/self") == "2"
    assert link(guest, "/proc/self/exe") == "/idle.s"
    assert read(guest, "/proc/self/exe") == read(guest, "/idle.s")
    assert read(guest, "/proc/self/cmdline") == b"/idle.s\0"
    assert read(guest, "/proc/2/comm") == b"idle.s\n"
    assert guest.call("mkdirat", AT_FDCWD, "/tmp/here", 0o755) == 0
    assert guest.call("chdir", "/tmp/here") == 0
    assert link(guest, "/proc/self/cwd") == "/tmp/here"
    assert guest.call("unlinkat", AT_FDCWD, "/tmp/here", 0x200) == 0
    assert link(guest, "/proc/self/cwd") == "/tmp/here (deleted)"
    assert guest.call("getcwd", SCRATCH, 100) == -Errno.ENOENT
    assert open_file(guest, "new", O_WRONLY | O_CREAT) == -Errno.ENOENT
    assert guest.call("chdir", "..") == 0
    assert link(guest, "/proc/self/cwd") == "/tmp"


def test_maps_is_the_address_space(guest: Machined) -> None:
    lines = read(guest, "/proc/self/maps").decode().splitlines()
    spaces = [tuple(int(end, 16) for end in line.split()[0].split("-")) for line in lines]
    assert spaces == [(segment.start, segment.end) for segment in guest.task.memory.segments]
    assert lines[0].split()[1] == "r-xp"
    assert lines[0].endswith("/idle.s")
    assert lines[-1].endswith("[stack]")


def test_a_name_does_not_make_lines_in_maps(guest: Machined) -> None:
    """A line break is written as Linux writes it (proc(5))."""
    fd = open_file(guest, "/tmp/a\n00000000-ffffffff rwxp", O_RDWR | O_CREAT)
    assert guest.call("mmap2", 0x2000_0000, 4096, 1, 17, fd, 0) == 0x2000_0000
    assert b" /tmp/a\\01200000000-ffffffff rwxp\n" in read(guest, "/proc/self/maps")


def test_what_is_kept_of_a_path_is_bounded(guest: Machined) -> None:
    """Relative paths lead to folders of any depth; every descriptor and every mapped segment there keeps a path."""
    name = "d" * 250
    for _ in range(30):
        assert guest.call("mkdirat", AT_FDCWD, name, 0o755) == 0
        assert guest.call("chdir", name) == 0
    assert guest.call("getcwd", SCRATCH, 0x1_0000) == -Errno.ENAMETOOLONG
    fd = open_file(guest, "file", O_RDWR | O_CREAT)
    path = guest.task.files.get(fd).path
    assert 4096 < len(path) < 4096 + 600
    assert path.startswith(b"/.../ddd")
    assert path.endswith(b"ddd/file")
    for index, flags in enumerate((1, 2)):
        assert guest.call("mmap2", 0x2000_0000 + index * 4096, 4096, 1, flags | 16, fd, 0) > 0
    lines = [line for line in read(guest, "/proc/self/maps").splitlines() if line.endswith(b"/file")]
    assert [len(line) for line in lines] == [49 + 255] * 2
    assert all(b" ...ddd" in line for line in lines)


def test_the_auxiliary_vector_is_the_one_that_the_program_was_given(guest: Machined) -> None:
    """It is below the strings of a new program's stack, behind argv and envp (proc(5), getauxval(3))."""
    words = struct.unpack("<40I", guest.task.memory.peek(int(guest.task.context[2]), 160))
    rest = words[words.index(0) + 1 :]
    given = struct.pack("<34I", *rest[rest.index(0) + 1 :][:34])
    assert given[-8:] == bytes(8)
    assert read(guest, "/proc/self/auxv") == given
    assert stat.filemode(status(guest, "/proc/self/auxv")["mode"]) == "-r--------"
    guest.task.memory.write(int(guest.task.context[2]), bytes(160))
    assert read(guest, "/proc/self/auxv") == given, "what a program writes does not change it"
    child = create(guest.kernel, guest.task, "fork", shared=False)
    assert read(guest, f"/proc/{child.pid}/auxv") == given
    terminate(guest.kernel, child.process, 0)
    assert read(guest, f"/proc/{child.pid}/auxv") == b""


def test_stat_and_status(guest: Machined) -> None:
    fields = read(guest, "/proc/self/stat").decode().split()
    assert len(fields) == 52
    assert fields[:6] == ["2", "(idle.s)", "R", "1", "2", "1"]
    lines = dict(line.split(":\t") for line in read(guest, "/proc/2/status").decode().splitlines())
    assert (lines["Name"], lines["Pid"], lines["PPid"], lines["Uid"]) == ("idle.s", "2", "1", "1000\t1000\t1000\t1000")
    assert b"MemTotal:         262144 kB\n" in read(guest, "/proc/meminfo")
    assert b"proc /proc proc rw" in read(guest, "/proc/mounts")


def test_proc_lists_processes_and_nobody_changes_it(guest: Machined) -> None:
    machine = ["meminfo", "mounts", "self", "sys", "sysvipc", "thread-self", "uptime"]
    assert listing(guest, "/proc") == [".", "..", *machine, "1", "2"]
    assert set(listing(guest, "/proc/self/fd")) == {".", "..", "0", "1", "2", "3"}
    numbers = [status(guest, "/proc/self/status")["number"] for _ in range(2)]
    assert numbers[0] == numbers[1]
    for user in (1000, 0):
        become(guest, user)
        for result in (
            guest.call("mkdirat", AT_FDCWD, "/proc/new", 0o755), guest.call("unlinkat", AT_FDCWD, "/proc/self", 0),
            guest.call("unlinkat", AT_FDCWD, "/proc/2", 0x200), open_file(guest, "/proc/2/new", O_WRONLY | O_CREAT),
            guest.call("renameat2", AT_FDCWD, "/proc/self", AT_FDCWD, "/proc/other", 0),
            guest.call("truncate64", "/proc/self/maps", 0, 0),
        ):  # fmt: skip
            assert result in (-Errno.EACCES, -Errno.EPERM)


def test_links_of_others_are_not_for_everybody(guest: Machined) -> None:
    other = create(guest.kernel, guest.task, "fork", shared=False)
    assert link(guest, f"/proc/{other.pid}/exe") == "/idle.s"
    become(guest, 1001)
    assert link(guest, f"/proc/{other.pid}/exe") == -Errno.EACCES
    assert open_file(guest, f"/proc/{other.pid}/fd", O_DIRECTORY) == -Errno.EACCES
    become(guest, 0)
    assert link(guest, f"/proc/{other.pid}/exe") == "/idle.s"
    folder = open_file(guest, f"/proc/{other.pid}", O_DIRECTORY)
    terminate(guest.kernel, other.process, 0)
    assert link(guest, f"/proc/{other.pid}/exe") == -Errno.ENOENT
    reap(guest.kernel, guest.task.process, other.process)
    assert guest.call("openat", folder, "status", 0, 0) == -Errno.ESRCH
    assert open_file(guest, f"/proc/{other.pid}", O_DIRECTORY) == -Errno.ENOENT


# --- the tree -------------------------------------------------------------------------------------------------------


def test_directories_are_listed_in_order(guest: Machined, tmp_path: Path) -> None:
    assert listing(guest, "/") == [".", "..", "bin", "dev", "etc", "idle.s", "proc", "tmp", "usr"]
    for name in ("zebra", "Apple", "apple", "mango"):
        write(guest, f"/tmp/{name}", b"")
    assert listing(guest, "/tmp") == [".", "..", "Apple", "apple", "mango", "zebra"]
    assert [path.name for path in (tmp_path / "root").iterdir()] == ["idle.s"]


def test_everybody_may_write_to_tmp_and_nobody_remove_what_is_anothers(guest: Machined) -> None:
    assert status(guest, "/tmp")["mode"] == stat.S_IFDIR | 0o1777
    write(guest, "/tmp/mine", b"1000's")
    become(guest, 1001)
    assert guest.call("unlinkat", AT_FDCWD, "/tmp/mine", 0) == -Errno.EPERM
    assert guest.call("renameat2", AT_FDCWD, "/tmp/mine", AT_FDCWD, "/tmp/yours", 0) == -Errno.EPERM
    write(guest, "/tmp/other", b"1001's")
    become(guest, 0)
    assert guest.call("unlinkat", AT_FDCWD, "/tmp/mine", 0) == 0


def test_files_of_the_host_belong_to_the_user_or_to_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "mine").write_text("mine")
    (root / "mine").chmod(0o640)
    guest = Machined(root)
    found = status(guest, "/mine")
    assert (found["uid"], found["gid"], found["mode"]) == (1000, 1000, stat.S_IFREG | 0o640)
    assert found["modified"] == BOOT * 10**9, "the time of boot, whenever it was made"
    assert status(guest, "/dev")["uid"] == 0
    if os.getuid() == 0:
        (root / "theirs").write_text("theirs")
        os.chown(root / "theirs", 12345, 54321)
        found = status(guest, "/theirs")
        assert (found["uid"], found["gid"]) == (0, 0)
        assert open_file(guest, "/theirs", O_WRONLY) == -Errno.EACCES


def test_an_unlinked_file_lives_as_long_as_it_is_open(guest: Machined) -> None:
    fd = open_file(guest, "/file", O_RDWR | O_CREAT)
    used = guest.kernel.world.room.used
    assert guest.call("write", fd, b"x" * 10_000, 10_000) == 10_000
    assert guest.call("unlinkat", AT_FDCWD, "/file", 0) == 0
    assert open_file(guest, "/file") == -Errno.ENOENT
    copy_ = guest.call("dup", fd)
    assert guest.call("close", fd) == 0
    assert guest.call("pread64", copy_, SCRATCH, 100, *halves(9_990)) == 10
    assert guest.kernel.world.room.used > used
    assert guest.call("close", copy_) == 0
    assert guest.kernel.world.room.used < used


def test_mounted_folders(tmp_path: Path) -> None:
    for name in ("root", "more"):
        (tmp_path / name).mkdir()
    (tmp_path / "more" / "file").write_text("bound")
    (tmp_path / "root" / "idle.s").write_text("_start: j _start\n")
    machine = Machine(root=tmp_path / "root", bind=[(tmp_path / "more", "/mnt/more")])
    guest = Machined(tmp_path / "root", bind=[(tmp_path / "more", "/mnt/more")])
    assert machine.bind
    assert read(guest, "/mnt/more/file") == b"bound"
    write(guest, "/mnt/more/new", b"in memory")
    assert listing(guest, "/mnt/more") == [".", "..", "file", "new"]
    assert [path.name for path in (tmp_path / "more").iterdir()] == ["file"]
    assert status(guest, "/mnt/more")["device"] != status(guest, "/")["device"]
    for user in (1000, 0):
        become(guest, user)
        assert guest.call("renameat2", AT_FDCWD, "/mnt/more/file", AT_FDCWD, "/tmp/file", 0) == -Errno.EXDEV
        assert guest.call("linkat", AT_FDCWD, "/mnt/more/file", AT_FDCWD, "/tmp/file", 0) == -Errno.EXDEV
    assert guest.call("unlinkat", AT_FDCWD, "/mnt/more", 0x200) == -Errno.EBUSY
    assert guest.call("renameat2", AT_FDCWD, "/mnt/more", AT_FDCWD, "/mnt/less", 0) == -Errno.EBUSY
    assert listing(guest, "/mnt/more/..") == [".", "..", "more"]


@pytest.mark.parametrize("bad", [("nowhere", "/mnt"), ("file", "/mnt"), ("folder", "/idle.s/mnt")])
def test_folders_that_cannot_be_bound(bad: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "idle.s").write_text("")
    with pytest.raises(ValueError, match=r"no place for a folder|not a directory"):
        Machine(root=tmp_path, bind=[(tmp_path / bad[0], bad[1])]).boot("/idle.s")


@pytest.mark.parametrize("name", ["dev", "proc", "tmp", "bin"])
def test_a_root_whose_own_files_have_those_names(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("the root's own")
    guest = Machined(tmp_path)
    assert read(guest, f"/{name}") == b"the root's own"


# --- /bin/sh --------------------------------------------------------------------------------------------------------


def test_there_is_a_shell(guest: Machined) -> None:
    found = status(guest, "/bin/sh")
    assert (found["mode"], found["uid"]) == (stat.S_IFREG | 0o755, 0)
    assert read(guest, "/bin/sh", 4) == b"\x7fELF"


def test_a_shell_that_the_root_brings_is_kept(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sh").write_text("its own")
    assert read(Machined(tmp_path), "/bin/sh") == b"its own"


def test_a_script_runs_in_the_shell(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\nexit 7\n")
    script.chmod(0o755)
    assert Machine().run(script).status == 7


# --- executing ------------------------------------------------------------------------------------------------------


def execute(guest: Guest, path: str) -> int:
    """What execve would return: 0 where it does not."""
    try:
        guest.kernel.loader.resolve(path.encode(), guest.task.place.directory, guest.task.user, (b"x",))
    except Exception as error:
        errno: int = getattr(error, "errno", 0)
        return -errno
    return 0


def test_only_executable_files_are_executed_and_only_by_those_who_may(guest: Machined) -> None:
    image = read(guest, "/bin/sh", 1 << 20)
    write(guest, "/tmp/prog", image, 0o644)
    assert execute(guest, "/tmp/prog") == -Errno.EACCES
    assert guest.call("fchmodat", AT_FDCWD, "/tmp/prog", 0o700) == 0
    assert execute(guest, "/tmp/prog") == 0
    become(guest, 1001)
    assert execute(guest, "/tmp/prog") == -Errno.EACCES
    become(guest, 0)
    assert execute(guest, "/tmp/prog") == 0
    assert guest.call("fchmodat", AT_FDCWD, "/tmp/prog", 0o644) == 0
    assert execute(guest, "/tmp/prog") == -Errno.EACCES, "root, too, needs somebody's execute permission"


def test_a_file_is_written_or_executed(guest: Machined) -> None:
    write(guest, "/tmp/prog", read(guest, "/bin/sh", 1 << 20), 0o755)
    fd = open_file(guest, "/tmp/prog", O_WRONLY)
    assert execute(guest, "/tmp/prog") == -Errno.ETXTBSY
    assert guest.call("close", fd) == 0
    lifecycle.execute(guest.kernel, guest.task, b"/tmp/prog", (b"prog",), ())
    guest.give_memory(guest.task)
    assert open_file(guest, "/tmp/prog", O_WRONLY) == -Errno.ETXTBSY
    assert guest.call("truncate64", "/tmp/prog", 0, 0) == -Errno.ETXTBSY
    assert open_file(guest, "/tmp/prog") >= 0
    assert guest.call("unlinkat", AT_FDCWD, "/tmp/prog", 0) == 0
    assert link(guest, "/proc/self/exe") == "/tmp/prog (deleted)"
    assert read(guest, "/proc/self/exe", 4) == b"\x7fELF"


# --- limits ---------------------------------------------------------------------------------------------------------


def test_what_programs_write_is_bounded(tmp_path: Path) -> None:
    guest = Machined(tmp_path, disk=100_000)
    fd = open_file(guest, "/tmp/file", O_RDWR | O_CREAT)
    total = 0
    while (count := guest.call("write", fd, b"x" * 30_000, 30_000)) > 0:
        total += count
    assert count == -Errno.ENOSPC
    assert 80_000 < total <= 100_000
    assert guest.kernel.world.room.free < 4096
    assert status(guest, "/tmp/file")["size"] == total
    assert guest.call("mkdirat", AT_FDCWD, "/tmp/folder", 0o755) in (0, -Errno.ENOSPC)
    assert guest.call("ftruncate64", fd, *halves(1 << 40)) == 0, "holes take nothing"
    assert guest.call("fallocate", fd, 0, *halves(0), *halves(1 << 39)) == -Errno.ENOSPC
    assert guest.call("ftruncate64", fd, 0, 0) == 0
    assert guest.kernel.world.room.free > 80_000


@pytest.mark.parametrize("kind", ["files", "folders", "links", "names", "fifos"])
def test_many_small_things_are_bounded(kind: str, tmp_path: Path) -> None:
    guest = Machined(tmp_path, disk=200_000)
    make = {
        "files": lambda path: guest.call("mknodat", AT_FDCWD, path, stat.S_IFREG | 0o644, 0),
        "folders": lambda path: guest.call("mkdirat", AT_FDCWD, path, 0o755),
        "links": lambda path: guest.call("symlinkat", "x" * 4000, AT_FDCWD, path),
        "names": lambda path: guest.call("linkat", AT_FDCWD, "/tmp/first", AT_FDCWD, path, 0),
        "fifos": lambda path: guest.call("mknodat", AT_FDCWD, path, stat.S_IFIFO | 0o644, 0),
    }[kind]
    write(guest, "/tmp/first", b"")
    before = guest.kernel.world.room.used
    count = 0
    while (result := make(f"/tmp/{count}")) == 0:
        count += 1
    assert result == -Errno.ENOSPC
    assert 20 < count < 500
    for number in range(count):
        assert guest.call("unlinkat", AT_FDCWD, f"/tmp/{number}", 0x200 if kind == "folders" else 0) == 0
    assert guest.kernel.world.room.used == before


def test_names_that_come_and_go_over_the_hosts_take_nothing(tmp_path: Path) -> None:
    guest = Machined(tmp_path)
    before = guest.kernel.world.room.used
    for number in range(500):
        write(guest, f"/{number}", b"data")
        assert guest.call("renameat2", AT_FDCWD, f"/{number}", AT_FDCWD, f"/{number}.new", 0) == 0
        assert guest.call("unlinkat", AT_FDCWD, f"/{number}.new", 0) == 0
    assert guest.kernel.world.room.used == before
    assert not [name for name in guest.kernel.world.tree.root._entries if name[:1].isdigit()]


def test_the_largest_file(guest: Machined) -> None:
    """A 32-bit Linux has files up to MAX_LFS_FILESIZE."""
    limit = (1 << 44) - 4096
    fd = open_file(guest, "/tmp/file", O_RDWR | O_CREAT)
    assert guest.call("ftruncate64", fd, *halves(limit + 1)) == -Errno.EFBIG
    assert guest.call("ftruncate64", fd, *halves(limit)) == 0
    assert guest.call("pwrite64", fd, b"12345678", 8, *halves(limit - 4)) == 4
    assert guest.call("pwrite64", fd, b"12345678", 8, *halves(limit)) == -Errno.EFBIG
    assert guest.call("_llseek", fd, 0, 0, SCRATCH, 2) == 0
    assert int.from_bytes(guest.peek(8), "little") == limit


def test_statfs_says_what_is_left(tmp_path: Path) -> None:
    guest = Machined(tmp_path, disk=1 << 20)
    assert guest.call("statfs64", "/tmp", 87, SCRATCH) == -Errno.EINVAL
    assert guest.call("statfs64", "/tmp", 88, SCRATCH) == 0
    _, block, blocks, free = struct.unpack_from("<IIQQ", guest.peek(88))
    assert (block, blocks) == (4096, 256)
    write(guest, "/tmp/file", bytes(40_000))
    fd = open_file(guest, "/tmp/file")
    assert guest.call("fstatfs64", fd, 88, SCRATCH) == 0
    assert free - 12 <= struct.unpack_from("<Q", guest.peek(88), 16)[0] <= free - 10


# --- the machine's promises -----------------------------------------------------------------------------------------


def play(guest: Machined) -> list[Any]:
    """Some work, and what came of it."""
    write(guest, "/tmp/a", b"one")
    guest.call("mkdirat", AT_FDCWD, "/tmp/d", 0o755)
    guest.call("renameat2", AT_FDCWD, "/tmp/a", AT_FDCWD, "/tmp/d/b", 0)
    return [status(guest, path) for path in ("/tmp/d/b", "/tmp/d", "/tmp", "/idle.s", "/")]


def test_a_copy_of_the_machine_goes_its_own_way(guest: Machined) -> None:
    write(guest, "/tmp/file", b"before")
    fd = open_file(guest, "/tmp/file", O_RDWR)
    maps = open_file(guest, "/proc/self/maps")
    other = guest.twin()
    assert guest.call("write", fd, b"CHANGED", 7) == 7
    assert read(other, "/tmp/file") == b"before"
    assert other.call("read", maps, SCRATCH, 100) == 100
    assert play(guest)[0]["number"] == play(other)[0]["number"]
    other.call("unlinkat", AT_FDCWD, "/tmp/file", 0)
    assert read(guest, "/tmp/file") == b"CHANGED"
    assert other.kernel.world.tree.mounts[-1]._system is other.kernel.system


def test_inode_numbers_and_times_are_the_same_in_every_run(tmp_path: Path) -> None:
    results = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
        os.utime(tmp_path / name / "file", (1, 1) if name == "one" else (2, 2))
        results.append(play(Machined(tmp_path / name)))
    assert results[0] == results[1]


def test_times_are_the_virtual_clocks(guest: Machined) -> None:
    guest.kernel.system.clock.now = 5 * 10**9
    write(guest, "/tmp/file", b"x")
    assert status(guest, "/tmp/file")["modified"] == BOOT * 10**9 + guest.kernel.clock - 2


def test_temporary_files_without_a_name_are_not_supported(guest: Machined) -> None:
    assert open_file(guest, "/tmp", O_TMPFILE | O_RDWR, 0o600) == -Errno.ENOTSUP


def test_a_place_is_no_file_to_read(guest: Machined) -> None:
    write(guest, "/tmp/file", b"x", 0)
    fd = open_file(guest, "/tmp/file", O_PATH)
    for result in (
        guest.call("read", fd, SCRATCH, 1), guest.call("write", fd, SCRATCH, 1), guest.call("fchmod", fd, 0o600),
        guest.call("ioctl", fd, 0x5401, SCRATCH), guest.call("_llseek", fd, 0, 0, SCRATCH, 0),
    ):  # fmt: skip
        assert result == -Errno.EBADF
    assert guest.status(guest.call("statx", fd, "", 0x1000, 0x7FF, SCRATCH))[0] == stat.S_IFREG
    folder = open_file(guest, "/tmp", O_PATH)
    assert guest.call("openat", folder, "file", O_PATH, 0) == folder + 1
    assert guest.call("fchdir", folder) == 0


def test_a_process_executes_itself(guest: Machined) -> None:
    """Also when its image was made of a source, whose name tells how."""
    found = guest.kernel.loader.resolve(b"/proc/self/exe", guest.task.place.directory, guest.task.user, (b"x",))
    assert (found.path, found.file) == ("/idle.s", guest.task.process.executable)


def test_deep_trees_are_copied_too(guest: Machined) -> None:
    assert guest.call("chdir", "/tmp") == 0
    for _ in range(3000):
        assert guest.call("mkdirat", AT_FDCWD, "d", 0o755) == 0
        assert guest.call("chdir", "d") == 0
    assert guest.call("getcwd", SCRATCH, 20_000) == -Errno.ENAMETOOLONG
    write(guest, "leaf", b"deep")
    other = guest.twin()
    assert read(other, "leaf") == b"deep"
    assert other.call("unlinkat", AT_FDCWD, "leaf", 0) == 0
    assert read(guest, "leaf") == b"deep"
    above = guest.task.place.directory.parent
    assert other.task.place.directory.parent.find(b"d") is other.task.place.directory is not above.find(b"d")


def test_lists_of_large_directories_are_bounded(tmp_path: Path) -> None:
    guest = Machined(tmp_path, disk=3 << 20, open_files=1000)
    for number in range(2000):
        assert guest.call("mknodat", AT_FDCWD, f"/tmp/{number}", stat.S_IFREG | 0o644, 0) == 0
    used = guest.kernel.world.room.used
    fds = [open_file(guest, "/tmp", O_DIRECTORY) for _ in range(100)]
    results = [guest.call("getdents64", fd, SCRATCH, 1000) for fd in fds]
    assert results[0] > 0
    assert results[-1] == -Errno.ENOMEM
    for fd in fds:
        assert guest.call("close", fd) == 0
    assert guest.kernel.world.room.used == used
    assert len(listing(guest, "/tmp")) == 2002


def test_shared_memory_has_its_folder(guest: Machined) -> None:
    assert status(guest, "/dev/shm")["mode"] == stat.S_IFDIR | 0o1777
    write(guest, "/dev/shm/object", b"shared")


def test_the_sources_of_bin_are_where_an_installation_looks_for_them() -> None:
    project = Path(__file__).parents[2]
    wheel = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    for source, target in wheel["force-include"].items():
        assert (project / source).exists()
        assert target == f"vm/{source}"


def test_the_command_binds_folders_and_bounds_the_disk(tmp_path: Path) -> None:
    for name in ("root", "more"):
        (tmp_path / name).mkdir()
    script = "#!/bin/sh\n/more/prog\nexit 3\n"
    (tmp_path / "root" / "script").write_text(script)
    (tmp_path / "root" / "script").chmod(0o755)
    (tmp_path / "more" / "prog").write_text(script.replace("/more/prog", "exit 4"))
    (tmp_path / "more" / "prog").chmod(0o755)
    command = [*forked_command(), "run", "--root", str(tmp_path / "root")]
    for options, expected in (
        (["--bind", f"{tmp_path}/more:/more"], 3), (["--bind", "nowhere:/more"], 2), (["--bind", "nowhere"], 2),
        (["--disk", "1M"], 3), (["--disk", "much"], 2),
    ):  # fmt: skip
        done = subprocess.run(
            [*command, *options, "/script"], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert done.returncode == expected, done.stderr
