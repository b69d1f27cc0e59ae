"""Names of Linux's numbers that only a reader of a trace needs: the machine itself does not act on most of them.

Everything follows the headers in uapi/asm-generic and uapi/linux. A table maps numbers to names; one of flags is in the
order in which they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

from vm import abi
from vm.abi.scheduling import SCHED_DEADLINE, SchedulingFlag, SchedulingPolicy

Names = Mapping[int, str]


def named(members: Iterable[IntEnum | int]) -> dict[int, str]:
    """The table of an enumeration's members."""
    return {int(member): str(getattr(member, "name", member)) for member in members}


def _numbered(names: str, first: int = 0) -> dict[int, str]:
    return dict(enumerate(names.split(), first))


def _bits(names: str) -> dict[int, str]:
    return {1 << bit: name for bit, name in enumerate(names.split())}


# --- files --------------------------------------------------------------------------------------------------------

OPEN_ACCESS = _numbered("O_RDONLY O_WRONLY O_RDWR O_ACCMODE")
TEMPORARY = 0o20200000
"""O_TMPFILE as programs give it: with O_DIRECTORY."""
OPEN = {0o4010000: "O_SYNC", TEMPORARY: "O_TMPFILE"} | {
    number: name for number, name in named(abi.OpenFlag).items() if number > abi.O_ACCMODE and name != "O_TMPFILE"
}
DESCRIPTOR = {number: OPEN[number] for number in (0o4000, 0o40000, 0o2000000)}
OF_DESCRIPTOR = {1: "FD_CLOEXEC"}
ACCESS = {4: "R_OK", 2: "W_OK", 1: "X_OK"}
PATH_WALK = {
    0x100: "AT_SYMLINK_NOFOLLOW", 0x200: "AT_REMOVEDIR", 0x400: "AT_SYMLINK_FOLLOW", 0x800: "AT_NO_AUTOMOUNT",
    0x1000: "AT_EMPTY_PATH",
}  # fmt: skip
ACCESS_WALK = PATH_WALK | {0x200: "AT_EACCESS"}
STATX_SYNC = {0: "AT_STATX_SYNC_AS_STAT", 0x2000: "AT_STATX_FORCE_SYNC", 0x4000: "AT_STATX_DONT_SYNC"}
STATX_SYNC_TYPE = 0x6000
STATX_WALK = {number: name for number, name in PATH_WALK.items() if name != "AT_REMOVEDIR"}
STATX_FIELDS = {0xFFF: "STATX_ALL", 0x7FF: "STATX_BASIC_STATS"} | _bits(
    "STATX_TYPE STATX_MODE STATX_NLINK STATX_UID STATX_GID STATX_ATIME STATX_MTIME STATX_CTIME STATX_INO STATX_SIZE "
    "STATX_BLOCKS STATX_BTIME STATX_MNT_ID STATX_DIOALIGN"
)
RENAME = _bits("RENAME_NOREPLACE RENAME_EXCHANGE RENAME_WHITEOUT")
LOCK = {1: "LOCK_SH", 2: "LOCK_EX", 4: "LOCK_NB", 8: "LOCK_UN"}
ALLOCATE = _bits(
    "FALLOC_FL_KEEP_SIZE FALLOC_FL_PUNCH_HOLE FALLOC_FL_NO_HIDE_STALE FALLOC_FL_COLLAPSE_RANGE FALLOC_FL_ZERO_RANGE "
    "FALLOC_FL_INSERT_RANGE FALLOC_FL_UNSHARE_RANGE"
)
FILE_TYPES = {
    0o010000: "S_IFIFO", 0o020000: "S_IFCHR", 0o040000: "S_IFDIR", 0o060000: "S_IFBLK", 0o100000: "S_IFREG",
    0o120000: "S_IFLNK", 0o140000: "S_IFSOCK",
}  # fmt: skip
FILE_BITS = {0o4000: "S_ISUID", 0o2000: "S_ISGID", 0o1000: "S_ISVTX"}
FILE_SYSTEMS = {0xEF53: "EXT2_SUPER_MAGIC", 0x0102_1994: "TMPFS_MAGIC", 0x9FA0: "PROC_SUPER_MAGIC",
                0x5049_5045: "PIPEFS_MAGIC", 0x8584_58F6: "RAMFS_MAGIC",
                0x0904_1934: "ANON_INODE_FS_MAGIC"}  # fmt: skip
MOUNT = {0x20: "ST_VALID"} | _bits("ST_RDONLY ST_NOSUID ST_NODEV ST_NOEXEC ST_SYNCHRONOUS") | {0x1000: "ST_RELATIME"}
WHENCE = _numbered("SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE")
FCNTL = named(abi.Fcntl) | {
    8: "F_SETOWN", 9: "F_GETOWN", 10: "F_SETSIG", 11: "F_GETSIG", 15: "F_SETOWN_EX", 16: "F_GETOWN_EX",
    36: "F_OFD_GETLK", 37: "F_OFD_SETLK", 38: "F_OFD_SETLKW", 1024: "F_SETLEASE", 1025: "F_GETLEASE",
    1026: "F_NOTIFY", 1033: "F_ADD_SEALS", 1034: "F_GET_SEALS",
}  # fmt: skip
LOCK_TYPE = _numbered("F_RDLCK F_WRLCK F_UNLCK")
IOCTL = {
    0x5401: "TCGETS", 0x5402: "TCSETS", 0x5403: "TCSETSW", 0x5404: "TCSETSF", 0x5405: "TCGETA", 0x5409: "TCSBRK",
    0x540A: "TCXONC", 0x540B: "TCFLSH", 0x540C: "TIOCEXCL", 0x540E: "TIOCSCTTY", 0x540F: "TIOCGPGRP",
    0x5410: "TIOCSPGRP", 0x5411: "TIOCOUTQ", 0x5413: "TIOCGWINSZ", 0x5414: "TIOCSWINSZ", 0x541B: "FIONREAD",
    0x5421: "FIONBIO", 0x5422: "TIOCNOTTY", 0x5429: "TIOCGSID", 0x5450: "FIONCLEX", 0x5451: "FIOCLEX",
    0x5452: "FIOASYNC", 0x8905: "SIOCATMARK",
}  # fmt: skip
INTERFACE = _bits(
    "IFF_UP IFF_BROADCAST IFF_DEBUG IFF_LOOPBACK IFF_POINTOPOINT IFF_NOTRAILERS IFF_RUNNING IFF_NOARP IFF_PROMISC "
    "IFF_ALLMULTI IFF_MASTER IFF_SLAVE IFF_MULTICAST IFF_PORTSEL IFF_AUTOMEDIA IFF_DYNAMIC"
)
FLUSH = _numbered("TCIFLUSH TCOFLUSH TCIOFLUSH")
FLOW = _numbered("TCOOFF TCOON TCIOFF TCION")
SPEEDS = _numbered("B0 B50 B75 B110 B134 B150 B200 B300 B600 B1200 B1800 B2400 B4800 B9600 B19200 B38400") | _numbered(
    "B57600 B115200 B230400", 0x1001
)
POLL = named(abi.Poll)

# --- memory -------------------------------------------------------------------------------------------------------

PROTECTION = {1: "PROT_READ", 2: "PROT_WRITE", 4: "PROT_EXEC", 8: "PROT_SEM", 0x0100_0000: "PROT_GROWSDOWN",
              0x0200_0000: "PROT_GROWSUP"}  # fmt: skip
MAP_TYPES = _numbered("MAP_FILE MAP_SHARED MAP_PRIVATE MAP_SHARED_VALIDATE")
MAP = {number: name for number, name in named(abi.MapFlag).items() if number > abi.MapFlag.MAP_TYPE}
MREMAP = _bits("MREMAP_MAYMOVE MREMAP_FIXED MREMAP_DONTUNMAP")
MSYNC = {4: "MS_SYNC", 1: "MS_ASYNC", 2: "MS_INVALIDATE"}
LOCKALL = _bits("MCL_CURRENT MCL_FUTURE MCL_ONFAULT")
ADVICE = named(abi.Advice) | {9: "MADV_REMOVE", 10: "MADV_DONTFORK", 18: "MADV_WIPEONFORK", 22: "MADV_POPULATE_READ",
                              23: "MADV_POPULATE_WRITE", 24: "MADV_DONTNEED_LOCKED", 25: "MADV_COLLAPSE",
                              100: "MADV_HWPOISON", 101: "MADV_SOFT_OFFLINE"}  # fmt: skip

# --- processes ----------------------------------------------------------------------------------------------------

CLONE = named(abi.CloneFlag) | {
    0x0000_1000: "CLONE_PIDFD", 0x0000_2000: "CLONE_PTRACE", 0x0002_0000: "CLONE_NEWNS", 0x0004_0000: "CLONE_SYSVSEM",
    0x0040_0000: "CLONE_DETACHED", 0x0080_0000: "CLONE_UNTRACED", 0x0200_0000: "CLONE_NEWCGROUP",
    0x0400_0000: "CLONE_NEWUTS", 0x0800_0000: "CLONE_NEWIPC", 0x1000_0000: "CLONE_NEWUSER",
    0x2000_0000: "CLONE_NEWPID", 0x4000_0000: "CLONE_NEWNET", 0x8000_0000: "CLONE_IO",
}  # fmt: skip
WAIT = {
    1: "WNOHANG", 2: "WSTOPPED", 4: "WEXITED", 8: "WCONTINUED", 0x0100_0000: "WNOWAIT", 0x2000_0000: "__WNOTHREAD",
    0x4000_0000: "__WALL", 0x8000_0000: "__WCLONE",
}  # fmt: skip
ID_KIND = _numbered("P_ALL P_PID P_PGID P_PIDFD")
PRCTL = named(abi.Option) | {
    7: "PR_GET_KEEPCAPS", 8: "PR_SET_KEEPCAPS", 21: "PR_GET_SECCOMP", 22: "PR_SET_SECCOMP", 24: "PR_CAPBSET_DROP",
}  # fmt: skip
CAPABILITY = _numbered(
    "CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP "
    "CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER "
    "CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE "
    "CAP_SYS_RESOURCE CAP_SYS_TIME CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL "
    "CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON "
    "CAP_BPF CAP_CHECKPOINT_RESTORE"
)
POLICY = named(SchedulingPolicy) | {SCHED_DEADLINE: "SCHED_DEADLINE", 7: "SCHED_EXT"}
SCHEDULING = named(SchedulingFlag)
PRIORITY_OF = _numbered("PRIO_PROCESS PRIO_PGRP PRIO_USER")
DUMPABLE = _numbered("SUID_DUMP_DISABLE SUID_DUMP_USER SUID_DUMP_ROOT")
RESOURCE = named(abi.Limit)
USAGE_OF = {0: "RUSAGE_SELF", 1: "RUSAGE_THREAD", -1: "RUSAGE_CHILDREN"}
RANDOM = _bits("GRND_NONBLOCK GRND_RANDOM GRND_INSECURE")

# --- signals ------------------------------------------------------------------------------------------------------

ACTION = {
    0x0800_0000: "SA_ONSTACK", 0x1000_0000: "SA_RESTART", 0x4000_0000: "SA_NODEFER", 0x8000_0000: "SA_RESETHAND",
    4: "SA_SIGINFO", 1: "SA_NOCLDSTOP", 2: "SA_NOCLDWAIT", 0x800: "SA_EXPOSE_TAGBITS",
}  # fmt: skip
HANDLERS = {abi.SIG_DFL: "SIG_DFL", abi.SIG_IGN: "SIG_IGN", 0xFFFF_FFFF: "SIG_ERR"}
MASK_CHANGE = _numbered("SIG_BLOCK SIG_UNBLOCK SIG_SETMASK")
SIGNAL_STACK = {1: "SS_ONSTACK", 2: "SS_DISABLE", 0x8000_0000: "SS_AUTODISARM"}
CODES = {0: "SI_USER", 0x80: "SI_KERNEL", -1: "SI_QUEUE", -2: "SI_TIMER", -3: "SI_MESGQ", -4: "SI_ASYNCIO",
         -5: "SI_SIGIO", -6: "SI_TKILL"}  # fmt: skip
"""si_code of what was sent; the positive ones mean something else for each signal."""
CODES_OF: Mapping[int, Names] = {
    abi.Signal.SIGCHLD: _numbered("CLD_EXITED CLD_KILLED CLD_DUMPED CLD_TRAPPED CLD_STOPPED CLD_CONTINUED", 1),
    abi.Signal.SIGSEGV: _numbered("SEGV_MAPERR SEGV_ACCERR SEGV_BNDERR SEGV_PKUERR", 1),
    abi.Signal.SIGBUS: _numbered("BUS_ADRALN BUS_ADRERR BUS_OBJERR", 1),
    abi.Signal.SIGILL: _numbered("ILL_ILLOPC ILL_ILLOPN ILL_ILLADR ILL_ILLTRP ILL_PRVOPC", 1),
    abi.Signal.SIGTRAP: _numbered("TRAP_BRKPT TRAP_TRACE", 1),
    abi.Signal.SIGFPE: _numbered("FPE_INTDIV FPE_INTOVF", 1),
}

# --- files that tell of events

EPOLL = {0o2000000: "EPOLL_CLOEXEC"}
EPOLL_OPERATION = _numbered("EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD", 1)
EPOLL_EVENTS = _bits("EPOLLIN EPOLLPRI EPOLLOUT EPOLLERR EPOLLHUP") | {
    0x40: "EPOLLRDNORM", 0x80: "EPOLLRDBAND", 0x100: "EPOLLWRNORM", 0x200: "EPOLLWRBAND", 0x400: "EPOLLMSG",
    0x2000: "EPOLLRDHUP", 1 << 28: "EPOLLEXCLUSIVE", 1 << 29: "EPOLLWAKEUP", 1 << 30: "EPOLLONESHOT",
    1 << 31: "EPOLLET",
}  # fmt: skip
EVENT = _bits("EFD_SEMAPHORE") | {0o2000000: "EFD_CLOEXEC", 0o4000: "EFD_NONBLOCK"}
SIGNAL_FILE = {0o2000000: "SFD_CLOEXEC", 0o4000: "SFD_NONBLOCK"}
TIMER_FILE = _bits("TFD_TIMER_ABSTIME TFD_TIMER_CANCEL_ON_SET") | {0o2000000: "TFD_CLOEXEC", 0o4000: "TFD_NONBLOCK"}

# --- System V IPC -------------------------------------------------------------------------------------------------

IPC_MAKING = {0o1000: "IPC_CREAT", 0o2000: "IPC_EXCL"}
MEMORY_MAKING = IPC_MAKING | {0o4000: "SHM_HUGETLB", 0o10000: "SHM_NORESERVE"}
MESSAGE = {0o10000: "MSG_NOERROR", 0o20000: "MSG_EXCEPT", 0o40000: "MSG_COPY", 0o4000: "IPC_NOWAIT"}
ATTACHING = {0o10000: "SHM_RDONLY", 0o20000: "SHM_RND", 0o40000: "SHM_REMAP", 0o100000: "SHM_EXEC"}
SEMAPHORE_OPERATION = {0x1000: "SEM_UNDO", 0o4000: "IPC_NOWAIT"}

# --- time and futexes ---------------------------------------------------------------------------------------------

CLOCK = named(abi.Clock) | {8: "CLOCK_REALTIME_ALARM", 9: "CLOCK_BOOTTIME_ALARM"}
TIMER = _numbered("ITIMER_REAL ITIMER_VIRTUAL ITIMER_PROF")
SLEEP = {1: "TIMER_ABSTIME"}
NOTIFY = {0: "SIGEV_SIGNAL", 1: "SIGEV_NONE", 2: "SIGEV_THREAD", 4: "SIGEV_THREAD_ID"}
PROCESSOR_CLOCK = _numbered("CPUCLOCK_PROF CPUCLOCK_VIRT CPUCLOCK_SCHED")
FUTEX = _numbered(
    "FUTEX_WAIT FUTEX_WAKE FUTEX_FD FUTEX_REQUEUE FUTEX_CMP_REQUEUE FUTEX_WAKE_OP FUTEX_LOCK_PI FUTEX_UNLOCK_PI "
    "FUTEX_TRYLOCK_PI FUTEX_WAIT_BITSET FUTEX_WAKE_BITSET FUTEX_WAIT_REQUEUE_PI FUTEX_CMP_REQUEUE_PI FUTEX_LOCK_PI2"
)
