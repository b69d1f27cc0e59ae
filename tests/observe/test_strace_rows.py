"""Every row of the table of system calls is shown sensibly, whatever its arguments are and point to."""

from __future__ import annotations

import functools
import operator
import random
import re

import pytest

from tests.kernel.guest import boot
from vm import events, flags
from vm.abi import CALL_NUMBERS
from vm.kernel.syscalls import TABLE
from vm.kernel.syscalls.kinds import Kind
from vm.observe.strace import Form, Tracer, sockets
from vm.observe.strace.call import Call
from vm.observe.strace.kinds import GIVEN, RESULTS, RETURNS
from vm.observe.strace.text import SIGNAL_NUMBERS

NOISE = random.Random(7).randbytes(8192)
GUEST = f"""
_start: j _start
        .data
        .balign 4096
noise:  .byte {", ".join(map(str, NOISE))}
zeros:  .space 8192
"""
NUMBERS = (
    *range(32), 64, 0x80, 0xFF, 0x100, 0x189, 0x1000, 0x2000, 0x4111, 0x5401, 0x540F, 0x541B, 0x0120_0011, 0x0100_0000,
    0o20200102, 0o100600, 0o20644, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FF9C, 0xFFFF_FFFF,
)  # fmt: skip
RESULT = (None, 0, 1, 2, 5, 8, 100, 4096, 0x7FFF_FFFF, -1, -4, -14, -38, -300, -512, -4095, -0x8000_0000)
LONGEST = 64 << 10
"""Letters of a line: two paths of 4,095 bytes that are all escapes, and room."""


def test_every_kind_is_shown_in_one_way() -> None:
    given, later = set(GIVEN), set(RESULTS)
    assert not given & later
    assert set(Kind) == given | later | {kind for kind in RETURNS if kind.basis is not Kind.ADDRESS}
    for row in TABLE.values():
        assert all(kind in given | later for _, kind in row.arguments), row.name
        assert row.returns is Kind.INT or row.returns in RETURNS, row.name
    assert len({kind.value for kind in Kind}) == len(Kind.__members__), "two kinds are one"


@pytest.fixture(scope="module")
def lines_of(tmp_path_factory: pytest.TempPathFactory):
    """Shows calls as a process would make them whose memory is noise, zeros not yet there, and the ends of pages."""
    run = boot(tmp_path_factory.mktemp("root"), GUEST, instructions=100)
    run.finish()
    lines: list[str] = []
    Tracer(run.kernel, lines.append)
    Tracer(run.kernel, lines.append, Form(string_size=0))

    def show(number: int, values: tuple[int, ...], result: int | None) -> list[str]:
        lines.clear()
        run.kernel.emit(events.CallEntered, 2, number, values)
        run.kernel.emit(events.CallReturned, 2, number, values, result)
        return list(lines)

    return show


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_whatever_the_arguments_are(row, lines_of) -> None:
    chance = random.Random(row.number)
    noise = 0x12000
    pointers = (
        noise, noise + 1, noise + 2 * chance.randrange(4000), noise + 8190, noise + 8192, noise + 12288, noise + 16380,
        noise + 16384, 8, 0x7FFE_FFFC, 0x7FFF_FFF8, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFC,
    )  # fmt: skip
    for _ in range(150):
        values = tuple(chance.choice(pointers if chance.random() < 0.5 else NUMBERS) for _ in range(6))
        shown = lines_of(row.number, values, chance.choice(RESULT))
        assert len(shown) == 2, "a call is a line"
        for line in shown:
            assert line.isascii(), (values, line)
            assert line.isprintable(), (values, line)
            assert len(line) < LONGEST, values
            assert line.startswith("[pid 2] "), line


def show_one(lines_of, name: str, *values: int, result: int | None = 0) -> str:
    padded = (*values, *[0] * (6 - len(values)))
    return lines_of(CALL_NUMBERS[name], padded, result)[0].removeprefix("[pid 2] ")


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (("openat", -100, 8, 0o100), "openat(AT_FDCWD, 0x8, O_RDONLY|O_CREAT, 000) = 0"),
        (("openat", 3, 0, 0o2200001), "openat(3, NULL, O_WRONLY|O_DIRECTORY|O_CLOEXEC) = 0"),
        (("clone", 0x11), "fork() = 0"),
        (("clone", 0x4111, 0, 9, 9, 9), "vfork() = 0"),
        (("clone", 0x111), "clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD) = 0"),
        (("clone", 0x0128_4100, 64, 1, 2, 3),
         "clone(child_stack=0x40, flags=CLONE_VM|CLONE_VFORK|CLONE_SETTLS|CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID, "
         "tls=0x2, child_tidptr=0x3) = 0"),
        (("mmap2", 0, 8192, 3, 0x22, -1, 2),
         "mmap2(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0x2000) = 0x0"),
        (("mprotect", 4096, 1, 0), "mprotect(0x1000, 1, PROT_NONE) = 0"),
        (("mprotect", 4096, 1, 0x40), "mprotect(0x1000, 1, 0x40 /* PROT_??? */) = 0"),
        (("pread64", 3, 8, 2, 5, 1), "pread64(3, \"\", 2, 4294967301) = 0"),
        (("_llseek", 3, -1, -2, 0, 1), "_llseek(3, -2, NULL, SEEK_CUR) = 0"),
        (("fcntl64", 3, 2, 1), "fcntl64(3, F_SETFD, FD_CLOEXEC) = 0"),
        (("fcntl64", 3, 4, 0o4000), "fcntl64(3, F_SETFL, O_RDONLY|O_NONBLOCK) = 0"),
        (("fcntl64", 3, 99, 3), "fcntl64(3, 0x63 /* F_??? */, 0x3) = 0"),
        (("eventfd2", 3, 0o2004001), "eventfd2(3, EFD_SEMAPHORE|EFD_CLOEXEC|EFD_NONBLOCK) = 0"),
        (("eventfd2", 0, 0x30000), "eventfd2(0, 0x30000 /* EFD_??? */) = 0"),
        (("epoll_create1", 5), "epoll_create1(0x5 /* EPOLL_??? */) = 0"),
        (("epoll_ctl", 4, 2, 3, 8), "epoll_ctl(4, EPOLL_CTL_DEL, 3, 0x8) = 0"),
        (("epoll_ctl", 4, 9, 3, 0), "epoll_ctl(4, 0x9 /* EPOLL_CTL_??? */, 3, NULL) = 0"),
        (("epoll_pwait", 4, 0x14000, 4, -1, 0, 8), "epoll_pwait(4, [], 4, -1, NULL, 8) = 0"),
        (("timerfd_create", 99, 5), "timerfd_create(0x63 /* CLOCK_??? */, TFD_TIMER_ABSTIME|0x4) = 0"),
        (("timerfd_create", 1, 0o2004000), "timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC|TFD_NONBLOCK) = 0"),
        (("signalfd4", -1, 0, 8, 5), "signalfd4(-1, NULL, 8, 0x5 /* SFD_??? */) = 0"),
        (("timer_create", ~1234 << 3 | 6, 0, 0),
         "timer_create(MAKE_THREAD_CPUCLOCK(1234, CPUCLOCK_SCHED), NULL, NULL) = 0"),
        (("timer_settime64", 0, 3, 0, 0), "timer_settime64(0, TIMER_ABSTIME|0x2, NULL, NULL) = 0"),
        (("kill", -1, 9), "kill(-1, SIGKILL) = 0"),
        (("kill", 5, 0), "kill(5, 0) = 0"),
        (("kill", 5, 32), "kill(5, SIGRTMIN) = 0"),
        (("ioctl", 3, 0x1234, 5), "ioctl(3, _IOC(_IOC_NONE, 0x12, 0x34, 0), 0x5) = 0"),
        (("mknodat", -100, 8, 0o20600, 0x103), "mknodat(AT_FDCWD, 0x8, S_IFCHR|0600, makedev(0x1, 0x3)) = 0"),
        (("mknodat", -100, 8, 0o10600, 0x103), "mknodat(AT_FDCWD, 0x8, S_IFIFO|0600) = 0"),
        (("umask", 0o22), "umask(022) = 000"),
        (("setreuid", -1, 5), "setreuid(-1, 5) = 0"),
        (("futex_time64", 8, 0x80, 1), "futex_time64(0x8, FUTEX_WAIT_PRIVATE, 1, NULL) = 0"),
        (("futex_time64", 8, 1, 1, 7), "futex_time64(0x8, FUTEX_WAKE, 1) = 0"),
        (("futex_time64", 8, 0x109, 0, 0, 0, -1),
         "futex_time64(0x8, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 0, NULL, FUTEX_BITSET_MATCH_ANY) = 0"),
        (("waitid", 1, 3, 0, 0x0100_0004, 0), "waitid(P_PID, 3, NULL, WEXITED|WNOWAIT, NULL) = 0"),
        (("wait4", -1, 0, 0xA, 0), "wait4(-1, NULL, WSTOPPED|WCONTINUED, NULL) = 0"),
        (("clock_nanosleep_time64", 1, 1, 0, 8),
         "clock_nanosleep_time64(CLOCK_MONOTONIC, TIMER_ABSTIME, NULL, 0x8) = 0"),
        (("statx", -100, 8, 0x100, 0x7FF, 0),
         "statx(AT_FDCWD, 0x8, AT_STATX_SYNC_AS_STAT|AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, NULL) = 0"),
        (("faccessat", -100, 8, 5), "faccessat(AT_FDCWD, 0x8, R_OK|X_OK) = 0"),
        (("mremap", 4096, 1, 2, 1, 5), "mremap(0x1000, 1, 2, MREMAP_MAYMOVE) = 0x0"),
        (("mremap", 4096, 1, 2, 3, 5), "mremap(0x1000, 1, 2, MREMAP_MAYMOVE|MREMAP_FIXED, 0x5) = 0x0"),
        (("prctl", 1, 15), "prctl(PR_SET_PDEATHSIG, SIGTERM) = 0"),
        (("sched_setscheduler", 0, 0x4000_0001, 0),
         "sched_setscheduler(0, SCHED_FIFO|SCHED_RESET_ON_FORK, NULL) = 0"),
        (("sched_get_priority_max", 9), "sched_get_priority_max(0x9 /* SCHED_??? */) = 0"),
        (("setpriority", 2, 5, -3), "setpriority(PRIO_USER, 5, -3) = 0"),
        (("prctl", 4, 0), "prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE) = 0"),
        (("prctl", 23, 21), "prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN) = 0"),
        (("prctl", 38, 1), "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) = 0"),
        (("prctl", 99, 1, 2, 3, 4), "prctl(0x63 /* PR_??? */, 0x1, 0x2, 0x3, 0x4) = 0"),
    ],
    ids=lambda case: case[0] if isinstance(case, tuple) else "line",
)  # fmt: skip
def test_numbers_that_have_names(call: tuple[str, int], line: str, lines_of) -> None:
    name, *values = call
    assert show_one(lines_of, name, *(value & 0xFFFF_FFFF for value in values)) == line


FLAGS = [kind for kind in GIVEN if kind.name.endswith(("_FLAGS", "_OPTIONS", "_MASK", "PROTECTION", "ACCESS_MODE"))]
NUMBER_OF = {
    name: number
    for table in (*vars(flags).values(), *vars(sockets).values())
    if isinstance(table, dict)
    for number, name in table.items()
    if isinstance(name, str)
}


def number_of(part: str) -> int:
    """What a name, or a number as C writes it, stands for."""
    return int(part, 8 if part.isdigit() and part[0] == "0" else 0) if part[0].isdigit() else NUMBER_OF.get(part, 0)


@pytest.mark.parametrize("kind", [kind for kind in FLAGS if kind is not Kind.CLONE_FLAGS], ids=lambda kind: kind.name)
def test_no_bit_of_flags_is_lost(kind: Kind) -> None:
    """What is shown, read again, is the number."""
    chance = random.Random(kind.name)
    values = [1 << bit for bit in range(32)] + [chance.getrandbits(32) & chance.getrandbits(32) for _ in range(100)]
    for value in [0, *values, 0xFFFF_FFFF]:
        shown = GIVEN[kind](Call((value,) * 6, lambda address, size: b"", 32), value, 0) or ""
        parts = re.sub(r" /\*.*?\*/", "", shown).split("|")
        numbers = [number_of(part) for part in parts]
        assert functools.reduce(operator.or_, numbers) == value, shown


def test_no_flag_of_clone_is_lost() -> None:
    for value in (0xFFFF_FF00, 0x8000_0000, 0x0000_0211, 0x11, 200):
        shown = GIVEN[Kind.CLONE_STACK](Call((value, 0) * 3, lambda address, size: b"", 32), 0, 1) or ""
        *parts, signal = shown.removeprefix("child_stack=NULL, flags=").split("|")
        number = SIGNAL_NUMBERS.get(signal) or (int(signal) if signal.isdigit() else NUMBER_OF[signal])
        assert functools.reduce(operator.or_, map(NUMBER_OF.__getitem__, parts), number) == value, shown


def test_results(lines_of) -> None:
    assert show_one(lines_of, "brk", 0, result=0x15000) == "brk(NULL) = 0x15000"
    assert show_one(lines_of, "umask", 0o77, result=0o22) == "umask(077) = 022"
    assert (
        show_one(lines_of, "fcntl64", 3, 3, result=0x8401)
        == "fcntl64(3, F_GETFL) = 0x8401 (flags O_WRONLY|O_APPEND|O_LARGEFILE)"
    )
    assert show_one(lines_of, "fcntl64", 3, 1, result=1) == "fcntl64(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)"
    assert show_one(lines_of, "close", 3, result=-9) == "close(3) = -1 EBADF (Bad file descriptor)"
    assert show_one(lines_of, "close", 3, result=-300) == "close(3) = -1 ERRNO_300 (Unknown error 300)"
    again = "? ERESTARTSYS (To be restarted if SA_RESTART is set)"
    assert show_one(lines_of, "read", 3, 8, 1, result=-512) == f"read(3, 0x8, 1) = {again}"
