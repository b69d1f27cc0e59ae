"""What processes do in the comparison of the machine with the host's kernel (see calls.py). Standard library only.

A scenario must not depend on who runs first: where it matters, processes wait for each other through pipes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.kernel.calls import (
    O_CLOEXEC,
    O_CREAT,
    O_DIRECTORY,
    O_EXCL,
    O_NOFOLLOW,
    O_NONBLOCK,
    O_RDWR,
    P_ALL,
    P_PGID,
    P_PID,
    WCONTINUED,
    WEXITED,
    WNOHANG,
    WNOWAIT,
    WSTOPPED,
    WUNTRACED,
    Behaviour,
    Call,
    Process,
    close,
    dup,
    dup3,
    execve,
    exit_,
    fork,
    getpid,
    getppid,
    kill,
    lseek,
    note,
    openat,
    pipe2,
    read,
    readv,
    sched_yield,
    wait4,
    waitid,
    write,
    writev,
)

SIGTERM, SIGKILL, SIGUSR1, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGURG, SIGWINCH = 15, 9, 10, 17, 18, 19, 20, 23, 28
SCRIPTS = 8
"""Scripts that interpret each other: nested1 names the program, nested2 names nested1 and so on."""


def furnish(root: Path, program: bytes) -> None:
    """The files that scenarios find in their root and working directory; ``program`` is an image that runs there."""
    root.mkdir()
    (root / "dir" / "deep").mkdir(parents=True)
    (root / "file.txt").write_text("0123456789abcdef")
    (root / "dir" / "inner.txt").write_text("inner")
    for name, target in (
        ("link", "file.txt"), ("dirlink", "dir"), ("loop1", "loop2"), ("loop2", "loop1"), ("dangling", "nowhere"),
        ("up", "dir/deep/../../file.txt"), ("slash", "dir/"), ("fileslash", "file.txt/"), ("chain0", "file.txt"),
    ):  # fmt: skip
        (root / name).symlink_to(target)
    for number in range(1, 45):
        (root / f"chain{number}").symlink_to(f"chain{number - 1}")
    executables = {
        "prog": program, "garbage": b"garbage\n", "empty": b"", "hashbang_line": b"#!\n",
        "hashbang_blank": b"#!   \t \nprog", "missing": b"#!nowhere/prog\n", "self": b"#!self\n",
        "directory": b"#!dir\n", "spaces": b"#! \t prog  \t one two \t\n", "unended": b"#!prog",
        "carriage": b"#!prog\r\n",
        "plain": b"#!file.txt\n", "cut": program[:40],
        "line255": b"#!prog ".ljust(255, b"x") + b"\n", "line300": b"#!prog ".ljust(300, b"x") + b"\n",
        "name300": b"#!".ljust(300, b"x") + b"\n",
        **{f"nested{n}": b"#!nested%d\n" % (n - 1) if n > 1 else b"#!prog\n" for n in range(1, SCRIPTS)},
    }  # fmt: skip
    for name, content in executables.items():
        (root / name).write_bytes(content)
        (root / name).chmod(0o755)


def unrecorded(call: Call) -> Call:
    """The same call, left out of the record: what it finds depends on who ran when."""
    return replace(call, quiet=True)


def exits(status: int) -> Behaviour:
    def child() -> Process:
        yield exit_(status)
        return None

    return child


def killed(signal: int) -> Behaviour:
    """A process that sends a signal to itself, and exits with 77 should it survive."""

    def child() -> Process:
        yield kill((yield getpid()), signal)
        return 77

    return child


def waits_for(fd: int, status: int = 0) -> Behaviour:
    """A process that lives until the pipe ends; how far it comes before somebody stops or kills it is not compared."""

    def child() -> Process:
        yield unrecorded(close(fd + 1))
        yield unrecorded(read(fd, 1))
        return status

    return child


# --- ends and waits ---


def exit_status() -> Process:
    for status in (0, 1, 42, 255, 256, 511, -1, 0x7FFFFFFF):
        pid = yield fork(exits(status))
        yield wait4(pid)


def every_signal() -> Process:
    """The default action of each signal, seen by the parent; those that stop are in stop_and_continue."""
    for signal in [*range(1, 18), SIGCONT, *range(23, 32), *range(34, 65)]:
        pid = yield fork(killed(signal))
        yield note(signal)
        yield wait4(pid)
        pid = yield fork(killed(signal))
        yield waitid(P_PID, pid, WEXITED)


def no_children() -> Process:
    yield wait4()
    yield wait4(-1, WNOHANG)
    yield wait4(1)
    yield wait4(0)
    yield wait4((yield getpid()))
    yield wait4(-(2**31))
    yield waitid(P_ALL, 0, WEXITED)
    yield waitid(P_PID, 1, WEXITED | WNOHANG)
    pid = yield fork(exits(3))
    yield wait4(pid + 1000)
    yield wait4(-pid)
    yield wait4(pid)
    yield wait4(pid)


def wait_options() -> Process:
    r, w = yield pipe2()
    pid = yield fork(waits_for(r, 5))
    yield wait4(pid, WNOHANG)
    yield wait4(-1, WNOHANG | WUNTRACED | WCONTINUED)
    yield waitid(P_PID, pid, WEXITED | WNOHANG)
    for options in (16, 1 << 5, WEXITED, WNOWAIT):
        yield wait4(pid, options)
    for options in (0, WNOHANG, WNOWAIT, 16 | WEXITED):
        yield waitid(P_PID, pid, options)
    for kind, number in ((9, pid), (P_PID, 0), (P_PID, -1), (P_PGID, -1)):
        yield waitid(kind, number, WEXITED)
    yield close(r)
    yield close(w)
    yield waitid(P_PID, pid, WEXITED | WNOWAIT)
    yield waitid(P_ALL, 0, WEXITED | WNOWAIT)
    yield waitid(P_PGID, 0, WEXITED | WNOWAIT)
    yield waitid(P_PGID, (yield getpid()), WEXITED | WNOWAIT)
    yield waitid(P_PGID, pid, WEXITED | WNOWAIT)
    yield waitid(P_PID, pid, WSTOPPED | WNOHANG)
    yield wait4(0)
    yield waitid(P_PID, pid, WEXITED)


def order_of_zombies() -> Process:
    """wait(-1) takes zombies in the order in which the children were made."""
    pids = []
    for status in (1, 2, 3, 4):
        pids.append((yield fork(exits(status))))
    for pid in reversed(pids):
        yield waitid(P_PID, pid, WEXITED | WNOWAIT)
    yield wait4(pids[2])
    for _ in range(4):
        yield wait4()


def grandchildren() -> Process:
    """Only children can be waited for."""
    r, w = yield pipe2()
    r2, w2 = yield pipe2()

    def child() -> Process:
        pid = yield fork(exits(9))
        yield waitid(P_PID, pid, WEXITED | WNOWAIT)
        yield write(w, b"%08d" % pid)
        yield read(r2, 1)
        yield wait4()
        return 4

    pid = yield fork(child)
    yield close(w)
    grandchild = int((yield unrecorded(read(r, 8))))
    yield wait4(grandchild)
    yield write(w2, b"x")
    yield wait4(pid)
    yield wait4()


def stop_and_continue() -> Process:
    for signal in (SIGSTOP, SIGTSTP, 21, 22):
        r, w = yield pipe2()
        pid = yield fork(waits_for(r, 6))
        yield kill(pid, signal)
        yield wait4(pid, WUNTRACED)
        yield wait4(pid, WUNTRACED | WNOHANG)
        yield kill(pid, signal)
        yield wait4(pid, WUNTRACED | WNOHANG)
        yield waitid(P_PID, pid, WSTOPPED | WNOHANG)
        yield kill(pid, SIGCONT)
        yield waitid(P_PID, pid, WCONTINUED | WNOWAIT)
        yield wait4(pid, WCONTINUED)
        yield wait4(pid, WCONTINUED | WNOHANG)
        yield kill(pid, SIGSTOP)
        yield waitid(P_PID, pid, WSTOPPED | WNOWAIT)
        yield waitid(P_PID, pid, WSTOPPED)
        yield kill(pid, SIGCONT)
        yield close(w)
        yield wait4(pid)
        yield close(r)


def stopped_does_not_run() -> Process:
    r, w = yield pipe2()
    pid = yield fork(waits_for(r, 6))
    yield kill(pid, SIGSTOP)
    yield wait4(pid, WUNTRACED)
    yield close(w)
    yield close(r)
    for _ in range(20):
        yield sched_yield()
    yield wait4(pid, WNOHANG)
    yield kill(pid, SIGCONT)
    yield wait4(pid)


def killing_the_stopped() -> Process:
    """SIGKILL ends a stopped process; another signal waits until it goes on (signal(7))."""
    for signal in (SIGKILL, SIGTERM, SIGUSR1):
        r, w = yield pipe2()
        pid = yield fork(waits_for(r, 6))
        yield kill(pid, SIGSTOP)
        yield wait4(pid, WUNTRACED)
        yield kill(pid, signal)
        if signal == SIGKILL:
            yield wait4(pid)
        else:
            for _ in range(20):
                yield sched_yield()
            yield wait4(pid, WNOHANG)
            yield kill(pid, SIGCONT)
            yield wait4(pid)
        yield close(r)
        yield close(w)


def kill_errors() -> Process:
    me = yield getpid()
    for pid, signal in ((me, 0), (0, 0), (-me, 0), (me, 65), (me, -1), (me, 1000), (999_999_999, 0), (-999_999_999, 0)):
        yield kill(pid, signal)
    yield kill(999_999_999, 65)
    child = yield fork(exits(8))
    yield waitid(P_PID, child, WEXITED | WNOWAIT)
    yield kill(child, 0)
    yield kill(child, SIGKILL)
    yield wait4(child)
    yield kill(child, 0)


def ignored_signals() -> Process:
    me = yield getpid()
    for signal in (SIGCHLD, SIGCONT, SIGURG, SIGWINCH):
        yield kill(me, signal)
    return 11


def kill_the_group() -> Process:
    r, w = yield pipe2()
    yield fork(waits_for(r))
    yield fork(waits_for(r))
    yield kill(0, SIGTERM)
    yield write(w, b"never")


def kill_the_blocked() -> Process:
    """A blocked read or wait ends with its process."""
    r, w = yield pipe2()
    reader = yield fork(waits_for(r))

    def waiter() -> Process:
        inner = yield unrecorded(fork(waits_for(r)))
        yield unrecorded(close(w))
        yield unrecorded(wait4(inner))

    other = yield fork(waiter)
    for pid in (reader, other):
        yield kill(pid, SIGKILL)
        yield wait4(pid)


def orphan() -> Process:
    r, w = yield pipe2()
    r2, w2 = yield pipe2()

    def grandchild() -> Process:
        yield getppid()
        yield write(w, b"x")
        yield close(w2)
        yield read(r2, 1)
        yield getppid()
        return 3

    def child() -> Process:
        yield fork(grandchild)
        yield close(w)
        yield read(r, 1)
        return 2

    pid = yield fork(child)
    yield wait4(pid)
    yield close(w2)
    yield wait4()


def family() -> Process:
    me = yield getpid()

    def child() -> Process:
        yield getpid()
        yield note((yield getppid()) == me)
        pid = yield fork(exits(1))
        yield wait4(pid)
        return 2

    for _ in range(3):
        pid = yield fork(child)
        yield wait4(pid)
    return 300


# --- pipes ---


def pipe_data() -> Process:
    r, w = yield pipe2()
    yield write(w, b"hello, world")
    yield read(r, 5)
    yield read(r, 0)
    yield write(w, b"")
    yield read(r, 100)
    yield writev(w, [b"ab", b"", b"cde"])
    yield readv(r, [1, 0, 2, 10])
    yield writev(w, [b"first", b"second"])
    yield readv(r, [3])
    yield read(r, 100)
    yield write(w, b"last")
    yield close(w)
    yield read(r, 2)
    yield read(r, 100)
    yield read(r, 100)
    yield readv(r, [4, 4])


def pipe_ends() -> Process:
    r, w = yield pipe2()
    yield read(w, 1)
    yield write(r, b"x")
    yield read(r, 0)
    yield read(99, 1)
    yield write(99, b"")
    yield lseek(r, 0, 1)
    yield lseek(99, 0, 0)
    yield close(99)
    yield close(-1)
    yield dup(99)
    yield close(r)
    yield close(r)
    yield write(w, b"")


def broken_pipe() -> Process:
    r, w = yield pipe2()

    go, ready = yield pipe2()

    def child() -> Process:
        yield close(r)
        yield read(go, 1)
        yield write(w, b"x")
        return 77

    pid = yield fork(child)
    yield close(r)
    yield write(ready, b"x")
    yield wait4(pid)
    yield write(w, b"y")


def broken_while_blocked() -> Process:
    """A writer that waits for room dies when the last reader goes."""
    r, w = yield pipe2()

    def child() -> Process:
        yield close(r)
        yield write(w, bytes(100_000))
        return 77

    pid = yield fork(child)
    yield close(w)
    yield read(r, 10)
    yield close(r)
    yield wait4(pid)


def pipe_nonblocking() -> Process:
    r, w = yield pipe2(O_NONBLOCK)
    yield read(r, 1)
    for _ in range(16):
        yield write(w, bytes(4096))
    yield write(w, b"x")
    yield write(w, bytes(4096))
    yield write(w, bytes(8192))
    yield read(r, 4096)
    yield write(w, bytes(8192))
    yield write(w, b"x")
    yield read(r, 8192)
    yield write(w, bytes(4097))
    yield close(w)
    total = 0
    while data := (yield read(r, 65536)):
        total += len(data)
    yield note(total)


def pipe_full_at_once() -> Process:
    r, w = yield pipe2(O_NONBLOCK)
    yield write(w, bytes(100_000))
    yield write(w, bytes(100_000))
    yield read(r, 65536)


def pipe_blocking_write() -> Process:
    """More than a pipe holds goes through it whole and in order."""
    r, w = yield pipe2()
    data = bytes(range(251)) * 400

    def child() -> Process:
        yield close(r)
        yield write(w, data)

    pid = yield fork(child)
    yield close(w)
    received = b""
    while piece := (yield unrecorded(read(r, 3000))):
        received += piece
    yield note(received == data)
    yield wait4(pid)


def pipe_end_by_last_writer() -> Process:
    r, w = yield pipe2()
    yield dup(w)

    def child() -> Process:
        yield write(w, b"from the child")
        return 0

    pid = yield fork(child)
    yield wait4(pid)
    yield close(w)
    yield read(r, 100)
    yield close(w + 1)
    yield read(r, 100)


def pipe_flags() -> Process:
    for flags in (1, 2, O_CREAT, 1 << 30):
        yield pipe2(flags)
    yield pipe2(O_CLOEXEC | O_NONBLOCK)


# --- descriptors and files ---


def dup_shares_offset() -> Process:
    fd = yield openat("file.txt")
    copy = yield dup(fd)
    yield read(fd, 3)
    yield read(copy, 3)
    yield dup3(copy, 20, O_CLOEXEC)
    yield lseek(20, 1, 0)
    yield read(fd, 3)
    yield close(fd)
    yield read(copy, 100)
    again = yield openat("file.txt")
    yield note(again == fd)
    yield read(again, 2)


def fork_shares_offset() -> Process:
    fd = yield openat("file.txt")
    yield read(fd, 2)

    def child() -> Process:
        yield read(fd, 3)
        yield lseek(fd, 2, 1)
        mine = yield openat("file.txt")
        yield read(mine, 4)
        yield close(fd)

    yield wait4((yield fork(child)))
    yield read(fd, 4)
    yield read(fd + 1, 1)


def dup_errors() -> Process:
    yield dup3(0, 0, 0)
    yield dup3(99, 99, 0)
    yield dup3(0, 5, O_NONBLOCK)
    yield dup3(99, 5, 0)
    yield dup3(0, -1, 0)
    yield dup3(0, 256, 0)
    yield dup3(0, 255, 0)
    yield dup3(0, 255, O_CLOEXEC)


def too_many_files() -> Process:
    count = 0
    while (yield unrecorded(dup(0))) >= 0:
        count += 1
    yield note(count)
    yield dup(0)
    yield pipe2()
    yield openat("file.txt")
    yield openat("nowhere")
    yield close(100)
    yield pipe2()
    yield openat("nowhere")
    yield openat("file.txt")


def seeking() -> Process:
    fd = yield openat("file.txt")
    for offset, whence in (
        (4, 0), (2, 1), (-3, 1), (-100, 1), (-4, 2), (10, 2), (0, 1), (-17, 2), (0, 9), (0, -1), (1 << 33, 0), (0, 1),
        (-1, 0), (5, 0),
    ):  # fmt: skip
        yield lseek(fd, offset, whence)
    yield read(fd, 3)
    yield lseek(fd, 100, 0)
    yield read(fd, 3)
    yield lseek(fd, -2, 2)
    yield readv(fd, [1, 5])
    yield read(fd, 1)


def opening() -> Process:
    for path, flags in (
        ("file.txt", 0), ("./file.txt", 0), ("dir/../file.txt", 0), ("dir//inner.txt", 0), ("dir/./inner.txt", 0),
        ("link", 0), ("link", O_NOFOLLOW), ("dirlink/inner.txt", O_NOFOLLOW), ("dirlink", O_NOFOLLOW),
        ("dirlink/", O_NOFOLLOW), ("dirlink", O_DIRECTORY), ("dirlink", O_DIRECTORY | O_NOFOLLOW), ("up", 0),
        ("slash/inner.txt", 0), ("fileslash", 0), ("dangling", 0), ("dangling", O_NOFOLLOW), ("dangling/x", 0),
        ("loop1", 0), ("loop1", O_NOFOLLOW), ("loop1/x", 0), ("chain38", 0), ("chain39", 0), ("chain40", 0),
        ("chain40", O_NOFOLLOW), ("nowhere", 0), ("nowhere/x", 0), ("file.txt/", 0), ("file.txt/x", 0),
        ("file.txt/..", 0), ("dir/deep/../../dir/inner.txt", 0), ("", 0), (".", 0), ("..", O_DIRECTORY), ("dir", 0),
        ("dir/", 0), ("dir", O_DIRECTORY), ("file.txt", O_DIRECTORY), ("dir", O_RDWR), ("dir", O_CREAT),
        ("file.txt", O_CREAT | O_EXCL), ("link", O_CREAT | O_EXCL), ("dir", O_CREAT | O_EXCL),
        ("dangling", O_CREAT | O_EXCL), ("loop1", O_CREAT | O_EXCL),
        ("x" * 255, 0), ("x" * 256, 0), ("x" * 256 + "/y", 0), ("/".join(["dir/.."] * 580 + ["file.txt"]), 0),
        ("./" * 2047 + "x", 0), ("./" * 2048, 0), ("x/" * 3000, 0),
    ):  # fmt: skip
        fd = yield openat(path, flags)
        yield note([path[:40], flags])
        if fd >= 0:
            yield close(fd)


def opening_below_a_descriptor() -> Process:
    folder = yield openat("dir")
    file = yield openat("file.txt")
    yield close((yield openat("inner.txt", 0, folder)))
    yield close((yield openat("../file.txt", 0, folder)))
    yield openat("inner.txt", 0, file)
    yield openat("", 0, folder)
    yield openat("inner.txt", 0, 99)
    yield openat("x", 0, 0)
    yield read(folder, 10)
    yield read(folder, 0)
    yield write(file, b"x")
    yield close(folder)
    yield openat("inner.txt", 0, folder)


# --- exec ---


def exec_errors() -> Process:
    for path in (
        "nowhere", "", "dir", "dir/", "file.txt", "file.txt/", "prog/", "prog/x", "loop1", "dangling", "link",
        "garbage", "empty", "hashbang_line", "hashbang_blank", "missing", "self", "directory", "plain", "cut",
        "chain43",        "x" * 256, "./" * 2048 + "x", "nowhere/prog", "carriage", "name300",
    ):  # fmt: skip
        yield execve(path, then=exits(0))
        yield note(path[:20])


def exec_works() -> Process:
    for path in ("prog", "./dir/../prog", "dirlink/../prog", "spaces", "unended", "line255", "line300", *nested(6)):

        def child(path: str = path) -> Process:
            yield execve(path, then=exits(0))
            return 9

        yield note(path)
        yield wait4((yield fork(child)))


def nested(count: int) -> list[str]:
    return [f"nested{number}" for number in range(1, count + 1)]


def exec_nested_too_deep() -> Process:
    yield execve("nested6", then=exits(0))
    yield execve("nested7", then=exits(0))
    return 5


SCENARIOS = {
    scenario.__name__: scenario
    for scenario in (
        exit_status, every_signal, no_children, wait_options, order_of_zombies, grandchildren, stop_and_continue,
        stopped_does_not_run, killing_the_stopped, kill_errors, ignored_signals, kill_the_group, kill_the_blocked,
        orphan, family, pipe_data, pipe_ends, broken_pipe, broken_while_blocked, pipe_nonblocking, pipe_full_at_once,
        pipe_blocking_write, pipe_end_by_last_writer, pipe_flags, dup_shares_offset, fork_shares_offset, dup_errors,
        too_many_files, seeking, opening, opening_below_a_descriptor, exec_errors, exec_works, exec_nested_too_deep,
    )
}  # fmt: skip
