"""Scenarios on the host's own kernel: run as a program of its own, it prints what each process saw as JSON.

Each scenario has a process group of its own. Processes are named by descent: "0", its first child "0.1" and so on;
pids in results are replaced by these names, and a pid that nobody in the scenario has by "reaper" (this program,
which adopts orphans).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.kernel import calls
from tests.kernel.calls import Behaviour, Call, Process
from tests.kernel.scenarios import SCENARIOS, furnish

LIBC = ctypes.CDLL(None, use_errno=True)
SECONDS = 60
LOG = 900
"""Descriptor of the record, out of the scenarios' way."""
PR_SET_CHILD_SUBREAPER = 36
PID_CALLS = {"fork", "getpid", "getppid"}


def checked(result: int) -> int:
    """A C library result as the kernel returned it."""
    return -ctypes.get_errno() if result == -1 else result


class Host:
    """One process of a scenario."""

    def __init__(self, name: str, names: dict[int, str]) -> None:
        self.name = name
        self.names = names
        self.children = 0

    def live(self, behaviour: Behaviour) -> None:
        """Run to the end of this process, whatever happens."""
        status = 99
        try:
            status = self.run(behaviour())
        finally:
            os._exit(status & 0xFF)

    def run(self, process: Process) -> int:
        result: Any = None
        while True:
            try:
                call = process.send(result)
            except StopIteration as stop:
                return stop.value or 0
            try:
                result = self.make(call)
            except OSError as error:
                result = -error.errno
            if not call.quiet:
                os.write(LOG, (json.dumps([self.name, call.name, self.shown(call, result)]) + "\n").encode())

    def shown(self, call: Call, result: Any) -> Any:
        """A result in a form that compares: names for pids, text for bytes."""
        if isinstance(result, bytes):
            return result.decode("latin-1")
        if call.name in PID_CALLS and result > 0:
            return self.names.get(result, "reaper")
        if call.name in ("wait4", "waitid") and isinstance(result, tuple):
            return [self.names.get(result[0], "reaper") if result[0] else 0, *result[1:]]
        return list(result) if isinstance(result, tuple) else result

    def make(self, call: Call) -> Any:
        if call.child is not None and call.name == "fork":
            return self.fork(call.child)
        return getattr(self, "do_" + call.name)(*call.arguments)

    def fork(self, behaviour: Behaviour) -> int:
        self.children += 1
        name = f"{self.name}.{self.children}"
        pid = os.fork()
        if pid == 0:
            Host(name, {**self.names, os.getpid(): name}).live(behaviour)
        self.names[pid] = name
        return pid

    def do_note(self, value: Any) -> Any:
        return value

    def do_execve(self, path: str, argv: list[bytes], envp: list[bytes]) -> int:
        """By the C library: Python's own refuses an empty argv."""
        vector = (ctypes.c_char_p * (len(argv) + 1))(*argv, None)
        variables = (ctypes.c_char_p * (len(envp) + 1))(*envp, None)
        return checked(LIBC.execve(path.encode(), vector, variables))

    def do_exit(self, status: int) -> None:
        os._exit(status & 0xFF)

    def do_getpid(self) -> int:
        return os.getpid()

    def do_getppid(self) -> int:
        return os.getppid()

    def do_sched_yield(self) -> int:
        os.sched_yield()
        return 0

    def do_wait4(self, pid: int, options: int) -> tuple[int, int] | int:
        status = ctypes.c_int(0)
        found = checked(LIBC.waitpid(pid, ctypes.byref(status), options))
        if found < 0:
            return found
        return found, status.value

    def do_waitid(self, kind: int, id_: int, options: int) -> tuple[int, ...] | int:
        info = (ctypes.c_int * 32)()
        result = checked(LIBC.waitid(kind, ctypes.c_uint(id_), info, options))
        if result < 0:
            return result
        signo, _, code, _, pid, _, status = info[:7]  # 64-bit: the union is aligned to 8 bytes
        return pid, 0, signo, status, code

    def do_kill(self, pid: int, number: int) -> int:
        assert pid != -1, "never on the host"
        return checked(LIBC.kill(pid, number))

    def do_pipe2(self, flags: int) -> tuple[int, int]:
        return os.pipe2(flags)

    def do_read(self, fd: int, size: int) -> bytes:
        return os.read(fd, size)

    def do_write(self, fd: int, data: bytes) -> int:
        return os.write(fd, data)

    def do_readv(self, fd: int, sizes: list[int]) -> bytes:
        buffers = [bytearray(size) for size in sizes]
        count = os.readv(fd, buffers)
        return b"".join(buffers)[:count]

    def do_writev(self, fd: int, pieces: list[bytes]) -> int:
        return os.writev(fd, pieces)

    def do_close(self, fd: int) -> int:
        os.close(fd)
        return 0

    def do_dup(self, fd: int) -> int:
        return checked(LIBC.dup(fd))

    def do_dup3(self, old: int, new: int, flags: int) -> int:
        return checked(LIBC.dup3(old, new, flags))

    def do_lseek(self, fd: int, offset: int, whence: int) -> int:
        ctypes.set_errno(0)
        LIBC.lseek.restype = ctypes.c_int64
        return checked(LIBC.lseek(fd, ctypes.c_int64(offset), whence))

    def do_openat(self, directory: int, path: str | bytes, flags: int) -> int:
        return checked(LIBC.openat(directory, os.fsencode(path), flags, 0o600))

    def do_getcwd(self, size: int) -> bytes | int:
        buffer = ctypes.create_string_buffer(max(size, 1))
        count = checked(LIBC.syscall(79, buffer, size)) if sys.maxsize > 2**32 else 0
        return buffer.raw[: count - 1] if count > 0 else count


def prepare(log: int) -> None:
    """Make this process look like a fresh one of the machine: descriptors 0 to 2, default signals, no core dumps."""
    os.setpgid(0, 0)
    os.dup2(log, LOG)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    os.closerange(3, LOG)
    os.closerange(LOG + 1, 1024)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    for number in range(1, signal.NSIG):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.alarm(SECONDS)


def run(name: str) -> list[Any]:
    """What each process of a scenario saw; the last record is the wait status of the first."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "root"
        furnish(directory, Path(shutil.which("true") or "/bin/true").read_bytes())
        path = Path(folder) / "log"
        log = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        pid = os.fork()
        if pid == 0:
            os.chdir(directory)
            prepare(log)
            Host("0", {os.getpid(): "0"}).live(SCENARIOS[name])
        status = os.waitpid(pid, 0)[1]
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while True:
                os.wait()
        os.close(log)
        records = [json.loads(line) for line in path.read_text().splitlines()]
        return [*records, ["0", "ended", status]]


def main() -> None:
    os.setsid()  # the scenarios' groups are not orphaned, so that SIGTSTP stops them
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    print(json.dumps({name: run(name) for name in sys.argv[1:] or SCENARIOS}))


if __name__ == "__main__":
    assert calls.O_NONBLOCK == os.O_NONBLOCK
    main()
