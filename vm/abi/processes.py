"""Processes: creation, waiting, limits, identity and futexes (linux/sched.h, wait.h, prctl.h, auxvec.h, futex.h)."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from vm.enums import quick

CSIGNAL = 0x0000_00FF
"""Bits of clone's flags that hold the signal sent to the parent at exit."""


@quick
class CloneFlag(IntFlag):
    """Flags of clone(2) that the machine reads."""

    CLONE_VM = 0x0000_0100
    CLONE_FS = 0x0000_0200
    CLONE_FILES = 0x0000_0400
    CLONE_SIGHAND = 0x0000_0800
    CLONE_PIDFD = 0x0000_1000
    CLONE_VFORK = 0x0000_4000
    CLONE_PARENT = 0x0000_8000
    CLONE_THREAD = 0x0001_0000
    CLONE_SYSVSEM = 0x0004_0000
    CLONE_SETTLS = 0x0008_0000
    CLONE_PARENT_SETTID = 0x0010_0000
    CLONE_CHILD_CLEARTID = 0x0020_0000
    CLONE_DETACHED = 0x0040_0000
    CLONE_UNTRACED = 0x0080_0000
    CLONE_CHILD_SETTID = 0x0100_0000
    CLONE_IO = 0x8000_0000


@quick
class WaitFlag(IntFlag):
    """Options of wait4(2) and waitid(2)."""

    WNOHANG = 1
    WUNTRACED = 2
    WSTOPPED = 2
    WEXITED = 4
    WCONTINUED = 8
    WNOWAIT = 0x0100_0000
    WNOTHREAD = 0x2000_0000
    WALL = 0x4000_0000
    WCLONE = 0x8000_0000


P_ALL, P_PID, P_PGID = 0, 1, 2
"""Kinds of id in waitid(2)."""

WAIT_CONTINUED = 0xFFFF
"""Wait status word of a child that goes on (wait(2)); of one that stopped: signal << 8 | 0x7f."""

CLD_EXITED, CLD_KILLED, CLD_DUMPED, CLD_STOPPED, CLD_CONTINUED = 1, 2, 3, 5, 6
"""si_code of SIGCHLD, in waitid's siginfo."""


@quick
class Limit(IntEnum):
    """Resources of prlimit(2)."""

    RLIMIT_CPU = 0
    RLIMIT_FSIZE = 1
    RLIMIT_DATA = 2
    RLIMIT_STACK = 3
    RLIMIT_CORE = 4
    RLIMIT_RSS = 5
    RLIMIT_NPROC = 6
    RLIMIT_NOFILE = 7
    RLIMIT_MEMLOCK = 8
    RLIMIT_AS = 9
    RLIMIT_LOCKS = 10
    RLIMIT_SIGPENDING = 11
    RLIMIT_MSGQUEUE = 12
    RLIMIT_NICE = 13
    RLIMIT_RTPRIO = 14
    RLIMIT_RTTIME = 15


RLIM64_INFINITY = (1 << 64) - 1
"""A limit that is none (uapi/linux/resource.h)."""

QUEUE_BYTES_LIMIT = 819200
"""RLIMIT_MSGQUEUE at first: bytes that a user's POSIX message queues may take (uapi/linux/mqueue.h, MQ_BYTES_MAX)."""

GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE = 1, 2, 4
"""Flags of getrandom(2) (uapi/linux/random.h)."""


@quick
class Option(IntEnum):
    """Options of prctl(2)."""

    PR_SET_PDEATHSIG = 1
    PR_GET_PDEATHSIG = 2
    PR_GET_DUMPABLE = 3
    PR_SET_DUMPABLE = 4
    PR_SET_NAME = 15
    PR_GET_NAME = 16
    PR_CAPBSET_READ = 23
    PR_SET_TIMERSLACK = 29
    PR_GET_TIMERSLACK = 30
    PR_SET_CHILD_SUBREAPER = 36
    PR_GET_CHILD_SUBREAPER = 37
    PR_SET_NO_NEW_PRIVS = 38
    PR_GET_NO_NEW_PRIVS = 39


CAP_LAST_CAP = 40
"""The highest number of a capability (uapi/linux/capability.h)."""

NAME_SIZE = 16
"""Bytes of a process's name with its NUL (TASK_COMM_LEN)."""

GROUPS_LIMIT = 65536
"""Most supplementary groups of a process (NGROUPS_MAX)."""

FUTEX_WAIT, FUTEX_WAKE, FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP = 0, 1, 3, 4, 5
FUTEX_LOCK_PI, FUTEX_UNLOCK_PI, FUTEX_TRYLOCK_PI, FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET = 6, 7, 8, 9, 10
FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI, FUTEX_LOCK_PI2 = 11, 12, 13
"""Commands of futex(2)."""
FUTEX_COMMAND, FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME = 0x7F, 0x80, 0x100
"""The bits of futex's operation that hold the command, and its flags."""
FUTEX_WAITERS, FUTEX_OWNER_DIED, FUTEX_TID_MASK = 0x8000_0000, 0x4000_0000, 0x3FFF_FFFF
"""What the word of a lock holds whose owner the kernel knows."""
FUTEX_OP_OPARG_SHIFT = 8
"""A bit of FUTEX_WAKE_OP's operation: its argument is the number of a bit."""
ROBUST_LIST_LIMIT = 2048
"""Most entries of a robust list that are looked at."""

# --- auxiliary vector (uapi/linux/auxvec.h; getauxval(3)) ---------------------------------------------------------


@quick
class Aux(IntEnum):
    """Types of auxiliary vector entries that exec writes."""

    AT_NULL = 0
    AT_PHDR = 3
    AT_PHENT = 4
    AT_PHNUM = 5
    AT_PAGESZ = 6
    AT_BASE = 7
    AT_FLAGS = 8
    AT_ENTRY = 9
    AT_UID = 11
    AT_EUID = 12
    AT_GID = 13
    AT_EGID = 14
    AT_HWCAP = 16
    AT_CLKTCK = 17
    AT_SECURE = 23
    AT_RANDOM = 25
    AT_EXECFN = 31


HWCAP = sum(1 << (ord(letter) - ord("a")) for letter in "aim")
"""AT_HWCAP of RV32IMA: one bit a single-letter extension."""
