"""System calls as values, and processes as generators that yield them: what a scenario is written in.

A scenario is a generator function. Each ``result = yield call`` makes one system call; results are what the kernel
returns: a number (-errno on failure), bytes for a read, a pair for a pipe or a wait. A child is another generator
function. The same scenario runs natively (native.py) and in the machine (puppet.py). Standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

Process = Generator["Call", Any, int | None]
Behaviour = Callable[[], Process]

O_NONBLOCK, O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW = 0o4000, 0o2000000, 0o200000, 0o400000
O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC = 0, 1, 2, 0o100, 0o200, 0o1000
WNOHANG, WUNTRACED, WCONTINUED, WEXITED, WSTOPPED, WNOWAIT = 1, 2, 8, 4, 2, 0x01000000
P_ALL, P_PID, P_PGID = 0, 1, 2
AT_FDCWD = -100
EPERM, ENOENT, ESRCH, EBADF, ECHILD, EAGAIN, ENOMEM, EACCES, EFAULT = 1, 2, 3, 9, 10, 11, 12, 13, 14
E2BIG, ENOEXEC, ENOTDIR, EISDIR, EINVAL, ENFILE, EMFILE, ESPIPE, EPIPE, ERANGE = 7, 8, 20, 21, 22, 23, 24, 29, 32, 34
ENAMETOOLONG, ENOSYS, ELOOP, EEXIST = 36, 38, 40, 17


@dataclass(frozen=True)
class Call:
    """One system call. ``child``: what a new process, or the program after an exec, does. ``quiet``: not compared."""

    name: str
    arguments: tuple[Any, ...] = ()
    child: Behaviour | None = None
    quiet: bool = False


def note(value: Any) -> Call:
    """No call at all: put a value into the record that is compared."""
    return Call("note", (value,))


def fork(child: Behaviour) -> Call:
    """The child's pid; the child runs ``child`` and exits with what it returns, 0 for None."""
    return Call("fork", (), child)


def vfork(child: Behaviour) -> Call:
    return Call("vfork", (), child)


def clone(flags: int, child: Behaviour, stack: int = 0) -> Call:
    return Call("clone", (flags, stack, 0, 0, 0), child)


def execve(path: str, argv: list[bytes] | None = None, envp: list[bytes] | None = None, *, then: Behaviour) -> Call:
    """Returns only when it fails; otherwise the process goes on with ``then``."""
    return Call("execve", (path, [path.encode()] if argv is None else argv, envp or []), then)


def exit_(status: int) -> Call:
    return Call("exit", (status,))


def getpid() -> Call:
    return Call("getpid")


def getppid() -> Call:
    return Call("getppid")


def sched_yield() -> Call:
    return Call("sched_yield", quiet=True)


def wait4(pid: int = -1, options: int = 0, *, quiet: bool = False) -> Call:
    """(pid, status word), (0, 0) with WNOHANG and nothing to report, or -errno."""
    return Call("wait4", (pid, options), quiet=quiet)


def waitid(kind: int, id_: int, options: int) -> Call:
    """(si_pid, si_uid, si_signo, si_status, si_code), all 0 with WNOHANG and nothing to report, or -errno."""
    return Call("waitid", (kind, id_, options))


def kill(pid: int, signal: int) -> Call:
    return Call("kill", (pid, signal))


def pipe2(flags: int = 0) -> Call:
    """(descriptor to read, descriptor to write) or -errno."""
    return Call("pipe2", (flags,))


def read(fd: int, size: int) -> Call:
    """Bytes or -errno."""
    return Call("read", (fd, size))


def write(fd: int, data: bytes) -> Call:
    return Call("write", (fd, data))


def readv(fd: int, sizes: list[int]) -> Call:
    """The buffers' content, one after the other, or -errno."""
    return Call("readv", (fd, sizes))


def writev(fd: int, pieces: list[bytes]) -> Call:
    return Call("writev", (fd, pieces))


def close(fd: int) -> Call:
    return Call("close", (fd,))


def dup(fd: int) -> Call:
    return Call("dup", (fd,))


def dup3(old: int, new: int, flags: int = 0) -> Call:
    return Call("dup3", (old, new, flags))


def lseek(fd: int, offset: int, whence: int) -> Call:
    return Call("lseek", (fd, offset, whence))


def openat(path: str | bytes, flags: int = 0, directory: int = AT_FDCWD) -> Call:
    return Call("openat", (directory, path, flags))


def getcwd(size: int = 256) -> Call:
    """Bytes without their NUL, or -errno."""
    return Call("getcwd", (size,))


def brk(address: int = 0) -> Call:
    return Call("brk", (address,))


def raw(number: int, *arguments: int) -> Call:
    """Any call by number, with registers as given; machine only."""
    return Call("raw", (number, *arguments))


def store(address: int, word: int) -> Call:
    """Not a call: one store instruction; machine only."""
    return Call("store", (address, word))


def load(address: int) -> Call:
    """Not a call: one load instruction, the word it read; machine only."""
    return Call("load", (address,))
