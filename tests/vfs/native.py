"""Operations on the host's own kernel: run as a program, it reads sequences as JSON and prints what each result was.

Every sequence has a process and a folder ``play`` of its own. As root the process has the folder's parent as its root
directory and is user 1000 to begin with; otherwise it is who it is, and sequences must stay in the folder.
Standard library only.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.vfs.operations import AGE, AT_FDCWD, Operation

LIBC = ctypes.CDLL(None, use_errno=True)
USER = 1000
AT_EMPTY_PATH = 0x1000
UTIME_NOW, UTIME_OMIT = 0x3FFFFFFF, 0x3FFFFFFE
SYS_GETCWD = 79
"""Number of getcwd on x86-64, whose result is that of the kernel."""


def checked(result: int) -> int:
    return -ctypes.get_errno() if result == -1 else result


def furnish(play: Path) -> None:
    """The files that sequences begin with when they do not begin with an empty folder."""
    (play / "sub" / "sub").mkdir(parents=True)
    (play / "sub" / "a").write_text("inner\n")
    (play / "a").write_bytes(bytes(range(256)) * 40)
    (play / "b").write_text("b")
    (play / "b").chmod(0o4755)
    (play / "c").mkdir(mode=0o755)
    os.link(play / "a", play / "sub" / "c")
    (play / "link").symlink_to("sub")
    os.mkfifo(play / "fifo")


class Native:
    """One process that carries out operations."""

    def __init__(self) -> None:
        self.root = os.stat("/").st_ino

    def run(self, operation: Operation) -> Any:
        name, *arguments = operation
        ctypes.set_errno(0)
        try:
            return getattr(self, "do_" + name)(*arguments)
        except OSError as error:
            return -(error.errno or 0)

    def do_become(self, uid: int) -> int:
        os.seteuid(0)
        os.setegid(uid)
        os.seteuid(uid)
        return 0

    def do_openat(self, at: int, path: str, flags: int, mode: int) -> int:
        return checked(LIBC.openat(at, path.encode(), flags, mode))

    def do_close(self, fd: int) -> int:
        return checked(LIBC.close(fd))

    def do_read(self, fd: int, size: int) -> Any:
        return os.read(fd, size).decode("latin-1")

    def do_write(self, fd: int, data: str) -> int:
        return os.write(fd, data.encode("latin-1"))

    def do_pread(self, fd: int, size: int, offset: int) -> Any:
        return os.pread(fd, size, offset).decode("latin-1")

    def do_pwrite(self, fd: int, data: str, offset: int) -> int:
        return os.pwrite(fd, data.encode("latin-1"), offset)

    def do_lseek(self, fd: int, offset: int, whence: int) -> int:
        if whence == 2 and stat.S_ISDIR(os.fstat(fd).st_mode):
            return os.lseek(fd, 0, 0)  # each file system has an end of its own
        return os.lseek(fd, offset, whence)

    def do_rewind(self, fd: int) -> int:
        return os.lseek(fd, 0, 0)

    def do_ftruncate(self, fd: int, size: int) -> int:
        return checked(LIBC.ftruncate(fd, ctypes.c_int64(size)))

    def do_truncate(self, path: str, size: int) -> int:
        return checked(LIBC.truncate(path.encode(), ctypes.c_int64(size)))

    def do_fallocate(self, fd: int, mode: int, offset: int, size: int) -> int:
        return checked(LIBC.fallocate(fd, mode, ctypes.c_int64(offset), ctypes.c_int64(size)))

    def do_mkdirat(self, at: int, path: str, mode: int) -> int:
        return checked(LIBC.mkdirat(at, path.encode(), mode))

    def do_unlinkat(self, at: int, path: str, flags: int) -> int:
        return checked(LIBC.unlinkat(at, path.encode(), flags))

    def do_renameat2(self, old_at: int, old: str, at: int, path: str, flags: int) -> int:
        return checked(LIBC.renameat2(old_at, old.encode(), at, path.encode(), flags))

    def do_linkat(self, old_at: int, old: str, at: int, path: str, flags: int) -> int:
        return checked(LIBC.linkat(old_at, old.encode(), at, path.encode(), flags))

    def do_symlinkat(self, target: str, at: int, path: str) -> int:
        return checked(LIBC.symlinkat(target.encode(), at, path.encode()))

    def do_readlinkat(self, at: int, path: str, size: int) -> Any:
        buffer = ctypes.create_string_buffer(max(size, 1))
        count = checked(LIBC.readlinkat(at, path.encode(), buffer, size))
        return buffer.raw[:count].decode() if count >= 0 else count

    def do_mknodat(self, at: int, path: str, mode: int, device: int) -> int:
        return checked(LIBC.mknodat(at, path.encode(), mode, ctypes.c_uint64(device)))

    def do_fchmodat(self, at: int, path: str, mode: int) -> int:
        return checked(LIBC.fchmodat(at, path.encode(), mode, 0))

    def do_fchmod(self, fd: int, mode: int) -> int:
        return checked(LIBC.fchmod(fd, mode))

    def do_fchownat(self, at: int, path: str, uid: int, gid: int, flags: int) -> int:
        return checked(LIBC.fchownat(at, path.encode(), uid, gid, flags))

    def status(self, status: os.stat_result) -> list[int]:
        """What of a status is compared: sizes of folders and what lies in the root are the file system's own."""
        is_folder = stat.S_ISDIR(status.st_mode)
        return [
            status.st_mode, 0 if status.st_ino == self.root else status.st_nlink, status.st_uid, status.st_gid,
            0 if is_folder else status.st_size, int(status.st_atime == AGE), int(status.st_mtime == AGE),
        ]  # fmt: skip

    def do_stat(self, at: int, path: str, flags: int) -> Any:
        if not path:
            return -2
        return self.status(os.stat(path, dir_fd=None if at == AT_FDCWD else at, follow_symlinks=not flags))

    def do_fstat(self, fd: int) -> Any:
        return self.status(os.fstat(fd))

    def do_faccessat(self, at: int, path: str, mode: int) -> int:
        """By the effective ids, which are all that this process changes."""
        return checked(LIBC.faccessat(at, path.encode(), mode, 0x200))

    def do_chdir(self, path: str) -> int:
        return checked(LIBC.chdir(path.encode()))

    def do_fchdir(self, fd: int) -> int:
        return checked(LIBC.fchdir(fd))

    def do_getcwd(self) -> Any:
        buffer = ctypes.create_string_buffer(4096)
        count = checked(LIBC.syscall(SYS_GETCWD, buffer, 4096))
        return "/play" + buffer.raw[: count - 1].decode().partition("/play")[2] if count > 0 else count

    def do_dup(self, fd: int) -> int:
        return checked(LIBC.dup(fd))

    def do_dup3(self, old: int, new: int, flags: int) -> int:
        return checked(LIBC.dup3(old, new, flags))

    def do_fcntl(self, fd: int, command: int, argument: int) -> int:
        result = checked(LIBC.fcntl(fd, command, argument))
        return result & ~0o100000 if command == 3 and result > 0 else result  # O_LARGEFILE is always on with 64 bits

    def do_list(self, fd: int) -> Any:
        """The names, sorted; the position is at the beginning after it."""
        os.lseek(fd, 0, 0)
        copy = os.dup(fd)
        try:
            names = sorted(os.listdir(copy))
        finally:
            os.close(copy)
            os.lseek(fd, 0, 0)
        return names if os.fstat(fd).st_ino != self.root else []

    def do_umask(self, mask: int) -> int:
        return os.umask(mask)

    def do_age(self, path: str) -> int:
        return self.utimens(path, AGE, 0)

    def do_utimens(self, path: str, how: str) -> int:
        return self.utimens(path, 12345, {"now": UTIME_NOW, "omit": UTIME_OMIT, "set": 5}[how])

    def utimens(self, path: str, seconds: int, nanoseconds: int) -> int:
        times = (ctypes.c_int64 * 4)(seconds, nanoseconds, seconds, nanoseconds)
        return checked(LIBC.utimensat(AT_FDCWD, path.encode(), times, 0))

    def do_sendfile(self, output: int, source: int, size: int) -> int:
        if os.path.sameopenfile(output, source) or stat.S_ISFIFO(os.fstat(output).st_mode):
            return 0  # Linux does not copy: what is written to the source later may show
        return os.sendfile(output, source, None, size)

    def do_fsync(self, fd: int) -> int:
        return checked(LIBC.fsync(fd))

    def tree(self, folder: str) -> Any:
        """Everything below ``folder``, with equal numbers for equal inodes."""
        numbers: dict[int, int] = {}
        statuses: list[tuple[str, os.stat_result]] = []

        def visit(here: str) -> None:
            """A folder's status is taken before it is read."""
            for name in os.listdir(here):
                path = f"{here}/{name}"
                statuses.append((path, os.lstat(path)))
                if stat.S_ISDIR(statuses[-1][1].st_mode):
                    visit(path)

        visit(folder)
        statuses.sort(key=lambda pair: pair[0])
        return [
            [path, numbers.setdefault(status.st_ino, len(numbers)), self.status(status), self.content(path, status)]
            for path, status in statuses
        ]

    def content(self, path: str, status: os.stat_result) -> str | None:
        if stat.S_ISLNK(status.st_mode):
            return os.readlink(path)
        if stat.S_ISREG(status.st_mode) and status.st_size < 1 << 20:
            return Path(path).read_bytes().decode("latin-1")
        return None


def live(sequence: list[Operation], answer: int) -> None:
    """Carry out a sequence in this process and write the results to ``answer``."""
    native = Native()
    results = [native.run(operation) for operation in sequence]
    if os.getuid() == 0:
        native.do_become(0)
        tree = native.tree("/play")
    else:
        os.chdir(os.environ["PLAY"])
        tree = [["/play" + path[1:], *rest] for path, *rest in native.tree(".")]
    os.write(answer, json.dumps([results, tree]).encode())


def run(sequence: list[Operation], furnished: bool) -> Any:
    """The results of a sequence and the tree it leaves."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        play = folder / "play"
        play.mkdir()
        if furnished:
            furnish(play)
        is_root = os.getuid() == 0
        if is_root:
            os.chown(play, USER, USER)
            for here, folders, files in os.walk(play):
                for entry in [*folders, *files]:
                    mode = os.lstat(os.path.join(here, entry)).st_mode
                    os.chown(os.path.join(here, entry), USER, USER, follow_symlinks=False)
                    if not stat.S_ISLNK(mode):
                        os.chmod(os.path.join(here, entry), stat.S_IMODE(mode))  # chown took set-user-ID away
        answer = os.open(folder / "answer", os.O_RDWR | os.O_CREAT)
        pid = os.fork()
        if pid == 0:
            os.dup2(answer, 900)
            os.closerange(3, 900)
            os.umask(0o022)
            signal.alarm(20)
            os.environ["PLAY"] = str(play)
            if is_root:
                os.chroot(folder)
                os.setgroups([])
                os.setegid(USER)
                os.seteuid(USER)
            os.chdir("/play" if is_root else play)
            try:
                live(sequence, 900)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        os.close(answer)
        result = json.loads((folder / "answer").read_text())
        for here, folders, _ in os.walk(play):
            os.chmod(here, 0o700)
            for entry in folders:
                if not os.path.islink(os.path.join(here, entry)):
                    os.chmod(os.path.join(here, entry), 0o700)
        return result


def main() -> None:
    sequences, furnished = json.load(sys.stdin)
    assert shutil.rmtree.avoids_symlink_attacks
    print(json.dumps([run(sequence, furnished) for sequence in sequences]))


if __name__ == "__main__":
    main()
