"""What system calls use that other threads use, too: which things a call looks at or changes.

A call that is in none of these tables may depend on anything: it keeps its place among all steps that are not local.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vm.abi import CALL_NAMES, Fcntl, MapFlag
from vm.abi.layout import word
from vm.kernel.files.endpoints import Endpoint
from vm.kernel.files.epoll import Epoll
from vm.kernel.files.opened import DirectoryFile, OpenFile, RegularFile
from vm.kernel.files.pipes import PipeEnd
from vm.kernel.files.proc import MadeDirectory, ReportFile
from vm.kernel.files.signalfd import SignalFile
from vm.kernel.files.terminal import ConsoleInput, ConsoleOutput, TerminalFile
from vm.kernel.files.timerfd import TimerFile
from vm.kernel.process.task import Task
from vm.memory import BadAddress


def _calls(names: str) -> frozenset[str]:
    return frozenset(names.split())


LOCAL = _calls(
    "brk clock_getres_time64 clone dup dup3 exit exit_group execve fork get_robust_list getcpu getcwd getegid "
    "geteuid getgid getgroups getpid getrandom getresgid getresuid gettid getuid madvise mlock mlockall mmap2 "
    "mprotect mremap munlock munlockall munmap pipe2 prctl prlimit64 sched_get_priority_max "
    "sched_get_priority_min sched_getaffinity sched_rr_get_interval_time64 sched_yield set_robust_list "
    "set_tid_address sigaltstack umask uname vfork wait4 waitid kill tkill tgkill getppid close fchdir chdir "
    "setgid setuid setresuid setresgid setreuid setregid setgroups setfsuid setfsgid getpriority sysinfo "
    "clock_gettime64 times getrusage clock_nanosleep_time64 setitimer getitimer timer_create timer_delete "
    "timer_getoverrun timer_gettime64 timer_settime64"
)
"""Calls that concern nobody but who makes them, or whose events tell whom they concern: births, ends, signals."""
ENDS = _calls("exit exit_group")
BIRTHS = _calls("clone fork vfork")
LOOKS_AT_TREE = _calls("statx faccessat faccessat2 readlinkat fstatfs64 statfs64 execve chdir")
CHANGES_TREE = _calls(
    "unlinkat mkdirat linkat symlinkat mknodat renameat2 fchmod fchmodat fchown fchownat utimensat_time64"
)
CHANGES_MASK = _calls("rt_sigprocmask rt_sigreturn")
CHANGES_SIGNALS = _calls("rt_sigaction rt_sigpending rt_sigsuspend rt_sigtimedwait_time64 signalfd4")
GROUPS = _calls("setpgid setsid getpgid getsid")
POLLS = _calls("ppoll_time64 pselect6_time64")
IPC = _calls(
    "semget semop semtimedop_time64 semctl shmget shmat shmdt shmctl msgget msgsnd msgrcv msgctl mq_open "
    "mq_unlink mq_timedsend_time64 mq_timedreceive_time64 mq_notify mq_getsetattr"
)
ON_FILES = _calls(
    "read readv write writev pread64 preadv pwrite64 pwritev _llseek fcntl64 flock ioctl fsync fdatasync sync msync "
    "ftruncate64 fallocate getdents64"
)
READS = _calls("read readv pread64 preadv")
WRITES = _calls("write writev pwrite64 pwritev")
SCATTERED = _calls("readv writev preadv pwritev")
AT_PLACE = _calls("read readv write writev _llseek ioctl getdents64")
"""Calls that begin where the last on the same open file has ended."""
LOOKS = _calls("access sched_yield getpid gettid getppid getuid geteuid getgid getegid statx faccessat faccessat2")
"""Calls that change nothing, if what they tell of does not change."""
CLOCK = _calls("clock_gettime64 times getrusage sysinfo getitimer timer_gettime64 timerfd_gettime64")
"""Calls by which a program learns what time it is."""
REMEMBERED = _calls(
    "futex_time64 rt_sigsuspend rt_sigtimedwait_time64 clock_nanosleep_time64 openat connect accept accept4 "
    "mq_timedreceive_time64 mq_timedsend_time64 msgrcv msgsnd semop semtimedop_time64 epoll_pwait epoll_pwait2"
)
"""Calls by which a wait begins that others can see, or that ends by what happens meanwhile: a step of its own."""
DESCRIPTORS = _calls(
    "close dup dup3 pipe2 fcntl64 openat execve recvmsg recvmmsg_time64 socket socketpair accept accept4 eventfd2 "
    "timerfd_create signalfd4 epoll_create1 mq_open clone vfork fork flock semop semtimedop_time64"
)
"""Calls after which a process may have other descriptors, or locks, or other things that its end undoes."""
UNDOING = 0
"""What a process that has something to undo (semop(2)) has in place of a pipe."""
_LOCKS = (6, 7, 13, 14)
"""Commands of fcntl(2) that set record locks, and release them."""
_P_PGID = 2
_FIONREAD, _FIONBIO = 0x541B, 0x5421


class Asked(NamedTuple):
    """A call that a thread makes: ``file`` is what its first descriptor means, ``wanted`` the bytes it asks for."""

    name: str
    number: int
    arguments: tuple[int, ...]
    pc: int
    file: OpenFile | None
    wanted: int


def asked(task: Task, number: int, arguments: tuple[int, ...], pc: int) -> Asked:
    """Note a call before it is made."""
    name = _name_of_service(number) if is_service(number) else CALL_NAMES.get(number, "")
    file, wanted = None, 0
    if name in ON_FILES:
        file = task.files.find(arguments[0])
        wanted = arguments[2] if name not in SCATTERED else _size_of_vectors(task, arguments[1], arguments[2])
    return Asked(name, number, arguments, pc, file, wanted)


def is_service(number: int) -> bool:
    """Tell whether a call is a service of a simulator, whose programs are one process of one thread."""
    return bool(number >> 32)


def _name_of_service(number: int) -> str:
    from vm.kernel.services import find_row  # for a program in their dialect

    row = find_row(number)
    return row.name if row is not None else ""


def _vectors(task: Task, address: int, count: int) -> list[tuple[int, int]]:
    """Return address and size of each part of memory that a call is given (readv(2))."""
    try:
        data = task.memory.read(address, 8 * min(count, 1024))
    except BadAddress:
        return []
    return [(word(data, place), word(data, place + 4)) for place in range(0, len(data), 8)]


def _size_of_vectors(task: Task, address: int, count: int) -> int:
    return sum(size for _, size in _vectors(task, address, count))


def parts_moved(task: Task, asked: Asked, moved: int) -> Iterator[tuple[int, int]]:
    """Yield address and size of each part of memory that a read or write of ``moved`` bytes has accessed."""
    address, count = asked.arguments[1:3]
    for start, size in _vectors(task, address, count) if asked.name in SCATTERED else [(address, moved)]:
        if moved <= 0:
            return
        yield start, min(size, moved)
        moved -= size


def files_polled(task: Task, asked: Asked) -> list[OpenFile]:
    """Return what poll(2) or select(2) asks about."""
    first, second = asked.arguments[:2]
    try:
        if asked.name == "ppoll_time64":
            data = task.memory.read(first, 8 * min(second, 1024))
            numbers = [word(data, place) for place in range(0, len(data), 8)]
        else:
            size = 4 * -(-min(first, 1024) // 32)
            sets = [task.memory.read(address, size) for address in asked.arguments[1:4] if address]
            numbers = [bit for bit in range(8 * size) if any(each[bit >> 3] >> (bit & 7) & 1 for each in sets)]
    except BadAddress:
        return []
    files = [task.files.find(number) for number in numbers]
    return [file for file in files if file is not None]


def only_pauses(asked: Asked) -> bool:
    """Tell whether poll(2) or select(2) asks about nothing, and so only waits: for a signal, or for a time."""
    return asked.name in POLLS and not asked.arguments[1 if asked.name == "ppoll_time64" else 0]


def is_console(file: OpenFile | None) -> bool:
    """Tell whether ``file`` leads out of the machine."""
    return isinstance(file, ConsoleInput | ConsoleOutput | TerminalFile)


def is_of_many(file: OpenFile) -> bool:
    """Tell whether what ``file`` shows may follow from anything that others do: a socket, a report in /proc."""
    inode = file.inode
    return isinstance(file, Endpoint | Epoll | SignalFile | TimerFile) or isinstance(inode, ReportFile | MadeDirectory)


def pipe_of(file: OpenFile | None) -> int:
    """Return the number of the pipe whose end ``file`` is, 0 for anything else."""
    return file.pipe.number if isinstance(file, PipeEnd) else 0


def holdings_of(task: Task) -> frozenset[tuple[int, bool]]:
    """Return the ends of pipes that a process has: pipe numbers, with True for an end to read from.

    Of other open files that several processes can share the negative id stands there, and with True that of each file
    that is locked through one (flock(2)), with False that of each on which the process has a record lock.
    """
    files = task.files
    held = {(-id(inode), False) for inode in files.locked}
    if task.undoing is not None and task.undoing.places:
        held.add((UNDOING, False))
    for number in files.numbers:
        file = files.find(number)
        if isinstance(file, PipeEnd):
            if file.readable:
                held.add((file.pipe.number, True))
            if file.writable:
                held.add((file.pipe.number, False))
        elif file is not None and not isinstance(
            file, RegularFile | DirectoryFile | ConsoleInput | ConsoleOutput | TerminalFile
        ):
            held.add((-id(file), True))
        if file is not None and file.inode.is_locked_by(file):
            held.add((-id(file.inode), True))
    return frozenset(held)


def is_lock(asked: Asked) -> bool:
    """Tell whether fcntl(2) is asked for a record lock."""
    return asked.arguments[1] in _LOCKS


def waits_for_group(asked: Asked) -> bool:
    """Tell whether wait4(2) or waitid(2) is asked for children of one process group."""
    first = asked.arguments[0]
    return first == _P_PGID if asked.name == "waitid" else first == 0 or 0x8000_0000 <= first < 0xFFFF_FFFF


def maps_shared(asked: Asked) -> bool:
    """Tell whether mmap(2) is asked for a file, so that others see what is stored."""
    return asked.arguments[3] & (MapFlag.MAP_SHARED | MapFlag.MAP_ANONYMOUS) == MapFlag.MAP_SHARED


def sets_flags(asked: Asked) -> bool:
    """Tell whether fcntl(2) or ioctl(2) sets the flags of an open file, as O_NONBLOCK."""
    return (asked.name, asked.arguments[1]) in (("fcntl64", Fcntl.F_SETFL), ("ioctl", _FIONBIO))


def looks_into(asked: Asked) -> bool:
    """Tell whether ioctl(2) asks how many bytes there are."""
    return asked.name == "ioctl" and asked.arguments[1] == _FIONREAD
