"""The binary interface between guest programs and the machine: numbers and layouts, one table each.

Everything follows riscv32 Linux (``include/uapi/asm-generic`` and ``arch/riscv`` of its sources, and the manual
pages) except the three calls that riscv32 never had: fork, vfork and wait4.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, IntFlag

# --- memory ---------------------------------------------------------------------------------------------------

PAGE_SIZE = 4096
PAGE_SHIFT = 12
TABLE_SPAN = 1 << 22
"""Bytes that one last-level Sv32 page table maps."""

IMAGE_BASE = 0x0001_0000
"""Where our linker puts the first section."""

STACK_TOP = 0x8000_0000
"""One past the highest stack byte; the user address space ends here."""

SIGNAL_PAGE = STACK_TOP
"""Address of the machine's own page in every address space, from which signal handlers return to the kernel."""

SIGNAL_RETURN = bytes.fromhex("9308b008 73000000")
"""What that page holds: ``li a7, 139; ecall``, which is rt_sigreturn."""

MINIMUM_ADDRESS = 0x0000_1000
"""Lowest address that may ever be mapped: page 0 stays unmapped, so a null pointer faults."""

STACK_GUARD = 256 * PAGE_SIZE
"""Bytes below the stack's limit that no other segment may occupy (Linux's stack_guard_gap)."""

STACK_LIMIT = 8 << 20
"""Bytes the stack may grow to unless a setting says otherwise (Linux's RLIMIT_STACK)."""

ARGUMENT_LIMIT = 128 << 10
"""Bytes of argv and envp strings and pointers accepted by execve; more is E2BIG (see execve(2))."""

ARGUMENT_STRING_LIMIT = 32 * PAGE_SIZE
"""Bytes of one argv or envp string with its NUL (Linux's MAX_ARG_STRLEN)."""

PATH_LIMIT = 4096
"""Bytes of a path with its NUL (PATH_MAX)."""

NAME_LIMIT = 255
"""Bytes of one component of a path (NAME_MAX)."""

FOLLOW_LIMIT = 40
"""Symbolic links followed in one resolution (path_resolution(7))."""

LINK_LIMIT = 65000
"""Names that one file may have."""

FILE_LIMIT = (1 << 44) - PAGE_SIZE
"""Bytes of the largest file on a 32-bit machine (MAX_LFS_FILESIZE)."""

LOCK_LIMIT = 4096
"""Record locks that one file may have, and all files on which one process has some."""

PIPE_CAPACITY = 65536
"""Bytes a pipe holds (pipe(7))."""

PIPE_LIMIT = 1 << 20
"""Largest capacity that a program may give a pipe (fcntl(2), F_SETPIPE_SZ)."""

PIPE_USER_LIMIT = 16384
"""Pages that all pipes may hold together before new ones get two pages (pipe(7), pipe-user-pages-soft)."""

PIPE_ATOMIC = 4096
"""Writes up to this many bytes to a pipe are not interleaved with others (PIPE_BUF)."""


class Protection(IntFlag):
    """Access a segment allows; the values of PROT_* in mmap(2)."""

    NONE = 0
    READ = 1
    WRITE = 2
    EXEC = 4

    def __str__(self) -> str:
        return ("---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx")[int(self)]


# --- errno (asm-generic/errno-base.h, errno.h) ------------------------------------------------------------------


class Errno(IntEnum):
    """Error numbers; a failed call returns the negated number in a0."""

    EPERM = 1
    ENOENT = 2
    ESRCH = 3
    EINTR = 4
    EIO = 5
    ENXIO = 6
    E2BIG = 7
    ENOEXEC = 8
    EBADF = 9
    ECHILD = 10
    EAGAIN = 11
    ENOMEM = 12
    EACCES = 13
    EFAULT = 14
    EBUSY = 16
    EEXIST = 17
    EXDEV = 18
    ENODEV = 19
    ENOTDIR = 20
    EISDIR = 21
    EINVAL = 22
    ENFILE = 23
    EMFILE = 24
    ENOTTY = 25
    ETXTBSY = 26
    EFBIG = 27
    ENOSPC = 28
    ESPIPE = 29
    EROFS = 30
    EMLINK = 31
    EPIPE = 32
    EDOM = 33
    ERANGE = 34
    EDEADLK = 35
    ENAMETOOLONG = 36
    ENOLCK = 37
    ENOSYS = 38
    ENOTEMPTY = 39
    ELOOP = 40
    EOVERFLOW = 75
    ENOTSUP = 95
    ETIMEDOUT = 110


ERESTARTSYS = 512
"""Linux's inner number for a call that will be made again after a handler; only a trace shows it."""


# --- signals (asm-generic/signal.h, signal(7)) ------------------------------------------------------------------


class Signal(IntEnum):
    """Signal numbers."""

    SIGHUP = 1
    SIGINT = 2
    SIGQUIT = 3
    SIGILL = 4
    SIGTRAP = 5
    SIGABRT = 6
    SIGBUS = 7
    SIGFPE = 8
    SIGKILL = 9
    SIGUSR1 = 10
    SIGSEGV = 11
    SIGUSR2 = 12
    SIGPIPE = 13
    SIGALRM = 14
    SIGTERM = 15
    SIGSTKFLT = 16
    SIGCHLD = 17
    SIGCONT = 18
    SIGSTOP = 19
    SIGTSTP = 20
    SIGTTIN = 21
    SIGTTOU = 22
    SIGURG = 23
    SIGXCPU = 24
    SIGXFSZ = 25
    SIGVTALRM = 26
    SIGPROF = 27
    SIGWINCH = 28
    SIGIO = 29
    SIGPWR = 30
    SIGSYS = 31


SIGNAL_LIMIT = 64
"""Highest signal number; 32 to 64 are the real-time signals."""

IGNORED_BY_DEFAULT = frozenset({Signal.SIGCHLD, Signal.SIGCONT, Signal.SIGURG, Signal.SIGWINCH})
STOPPING_BY_DEFAULT = frozenset({Signal.SIGSTOP, Signal.SIGTSTP, Signal.SIGTTIN, Signal.SIGTTOU})


def signal_name(number: int) -> str:
    """``SIGSEGV`` for 11, ``SIGRTMIN+n`` or the plain number where no name exists."""
    try:
        return Signal(number).name
    except ValueError:
        return f"SIGRT_{number - 32}" if 32 <= number <= SIGNAL_LIMIT else f"signal {number}"


SIG_DFL, SIG_IGN = 0, 1
"""What sa_handler holds for the default action and for none (sigaction(2)); anything else is a handler's address."""

SIGSET_SIZE = 8
"""Bytes of a signal set: bit n - 1 stands for signal n."""

PENDING_LIMIT = 1024
"""Most signals queued for a process (RLIMIT_SIGPENDING)."""


class HandlerFlag(IntFlag):
    """sa_flags of sigaction(2); asm-generic/signal-defs.h."""

    SA_NOCLDSTOP = 0x0000_0001
    SA_NOCLDWAIT = 0x0000_0002
    SA_SIGINFO = 0x0000_0004
    SA_EXPOSE_TAGBITS = 0x0000_0800
    SA_ONSTACK = 0x0800_0000
    SA_RESTART = 0x1000_0000
    SA_NODEFER = 0x4000_0000
    SA_RESETHAND = 0x8000_0000


SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK = 0, 1, 2
"""How rt_sigprocmask changes the mask."""

SS_ONSTACK, SS_DISABLE, SS_AUTODISARM = 1, 2, 0x8000_0000
"""Flags of a stack_t (sigaltstack(2))."""
MINIMUM_SIGNAL_STACK = 2048
"""Bytes an alternate stack has at least (MINSIGSTKSZ)."""

SI_USER, SI_KERNEL, SI_QUEUE, SI_TKILL = 0, 0x80, -1, -6
"""si_code of signals that were sent (sigaction(2))."""
ILL_ILLOPC, TRAP_BRKPT, SEGV_MAPERR, SEGV_ACCERR, BUS_ADRALN, BUS_ADRERR = 1, 1, 1, 2, 1, 2
"""si_code of signals that a fault raises."""

SIGINFO_SIZE = 128
SIGFRAME_SIZE = SIGINFO_SIZE + 816
"""Bytes of riscv32's struct rt_sigframe: siginfo and ucontext, with room for the registers of the Q extension."""
UCONTEXT_STACK, UCONTEXT_MASK, UCONTEXT_REGISTERS, UCONTEXT_RESERVED = 8, 20, 160, 804
"""Offsets in struct ucontext: uc_stack (12 bytes), uc_sigmask (8), pc and x1 to x31, three words that must be zero."""

# --- time -------------------------------------------------------------------------------------------------------

NANOSECONDS = 10**9
"""Nanoseconds a second; one instruction takes one nanosecond."""

TICK = NANOSECONDS // 100
"""Nanoseconds of one clock tick, in which times(2) and SIGCHLD count (USER_HZ is 100)."""


class Clock(IntEnum):
    """Clocks of clock_gettime(2)."""

    CLOCK_REALTIME = 0
    CLOCK_MONOTONIC = 1
    CLOCK_PROCESS_CPUTIME_ID = 2
    CLOCK_THREAD_CPUTIME_ID = 3
    CLOCK_MONOTONIC_RAW = 4
    CLOCK_REALTIME_COARSE = 5
    CLOCK_MONOTONIC_COARSE = 6
    CLOCK_BOOTTIME = 7
    CLOCK_TAI = 11


TIMER_ABSTIME = 1
"""Flag of clock_nanosleep(2): the time is absolute."""
ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF = 0, 1, 2
"""Interval timers of setitimer(2)."""
RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD = 0, -1, 1
"""Whose usage getrusage(2) tells."""

FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET = 0, 1, 9, 10
"""Commands of futex(2)."""
FUTEX_COMMAND, FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME = 0x7F, 0x80, 0x100
"""The bits of futex's operation that hold the command, and its flags."""

# --- resources and identity (asm-generic/resource.h, linux/prctl.h) ---------------------------------------------------


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


class Option(IntEnum):
    """Options of prctl(2)."""

    PR_SET_PDEATHSIG = 1
    PR_GET_PDEATHSIG = 2
    PR_GET_DUMPABLE = 3
    PR_SET_NAME = 15
    PR_GET_NAME = 16
    PR_SET_CHILD_SUBREAPER = 36
    PR_GET_CHILD_SUBREAPER = 37


NAME_SIZE = 16
"""Bytes of a process's name with its NUL (TASK_COMM_LEN)."""

GROUPS_LIMIT = 65536
"""Most supplementary groups of a process (NGROUPS_MAX)."""

# --- flags ------------------------------------------------------------------------------------------------------

CSIGNAL = 0x0000_00FF
"""Bits of clone's flags that hold the signal sent to the parent at exit."""


class CloneFlag(IntFlag):
    """Flags of clone(2) that the machine reads."""

    CLONE_VM = 0x0000_0100
    CLONE_FS = 0x0000_0200
    CLONE_FILES = 0x0000_0400
    CLONE_SIGHAND = 0x0000_0800
    CLONE_VFORK = 0x0000_4000
    CLONE_PARENT = 0x0000_8000
    CLONE_THREAD = 0x0001_0000
    CLONE_SETTLS = 0x0008_0000
    CLONE_PARENT_SETTID = 0x0010_0000
    CLONE_CHILD_CLEARTID = 0x0020_0000
    CLONE_CHILD_SETTID = 0x0100_0000


class MapFlag(IntFlag):
    """Flags of mmap(2); asm-generic/mman.h."""

    MAP_SHARED = 0x01
    MAP_PRIVATE = 0x02
    MAP_SHARED_VALIDATE = 0x03
    MAP_TYPE = 0x0F
    MAP_FIXED = 0x10
    MAP_ANONYMOUS = 0x20
    MAP_GROWSDOWN = 0x0100
    MAP_DENYWRITE = 0x0800
    MAP_EXECUTABLE = 0x1000
    MAP_LOCKED = 0x2000
    MAP_NORESERVE = 0x4000
    MAP_POPULATE = 0x8000
    MAP_NONBLOCK = 0x0001_0000
    MAP_STACK = 0x0002_0000
    MAP_HUGETLB = 0x0004_0000
    MAP_SYNC = 0x0008_0000
    MAP_FIXED_NOREPLACE = 0x0010_0000


MREMAP_MAYMOVE, MREMAP_FIXED, MREMAP_DONTUNMAP = 1, 2, 4
"""Flags of mremap(2)."""

MS_ASYNC, MS_INVALIDATE, MS_SYNC = 1, 2, 4
"""Flags of msync(2)."""

PROT_SEM, PROT_GROWSDOWN, PROT_GROWSUP = 0x8, 0x0100_0000, 0x0200_0000
"""Bits of mmap's and mprotect's protection beside those of :class:`Protection`."""


class Advice(IntEnum):
    """Advice of madvise(2)."""

    MADV_NORMAL = 0
    MADV_RANDOM = 1
    MADV_SEQUENTIAL = 2
    MADV_WILLNEED = 3
    MADV_DONTNEED = 4
    MADV_FREE = 8
    MADV_DOFORK = 11
    MADV_MERGEABLE = 12
    MADV_UNMERGEABLE = 13
    MADV_HUGEPAGE = 14
    MADV_NOHUGEPAGE = 15
    MADV_DONTDUMP = 16
    MADV_DODUMP = 17
    MADV_KEEPONFORK = 19
    MADV_COLD = 20
    MADV_PAGEOUT = 21


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


class OpenFlag(IntEnum):
    """Flags of openat(2), as plain numbers; asm-generic/fcntl.h."""

    O_RDONLY = 0
    O_WRONLY = 0o1
    O_RDWR = 0o2
    O_CREAT = 0o100
    O_EXCL = 0o200
    O_NOCTTY = 0o400
    O_TRUNC = 0o1000
    O_APPEND = 0o2000
    O_NONBLOCK = 0o4000
    O_DSYNC = 0o10000
    O_ASYNC = 0o20000
    O_DIRECT = 0o40000
    O_LARGEFILE = 0o100000
    O_DIRECTORY = 0o200000
    O_NOFOLLOW = 0o400000
    O_NOATIME = 0o1000000
    O_CLOEXEC = 0o2000000
    O_PATH = 0o10000000
    O_TMPFILE = 0o20000000


class Poll(IntFlag):
    """Events of poll(2) (asm-generic/poll.h)."""

    POLLIN = 0x01
    POLLPRI = 0x02
    POLLOUT = 0x04
    POLLERR = 0x08
    POLLHUP = 0x10
    POLLNVAL = 0x20
    POLLRDNORM = 0x40
    POLLWRNORM = 0x100


O_ACCMODE = 0o3
AT_FDCWD = -100
SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE = 0, 1, 2, 3, 4


class AtFlag(IntEnum):
    """Flags of the calls that end in "at", as plain numbers (uapi/linux/fcntl.h)."""

    AT_SYMLINK_NOFOLLOW = 0x100
    AT_REMOVEDIR = 0x200
    AT_EACCESS = 0x200
    AT_SYMLINK_FOLLOW = 0x400
    AT_NO_AUTOMOUNT = 0x800
    AT_EMPTY_PATH = 0x1000
    AT_STATX_FORCE_SYNC = 0x2000
    AT_STATX_DONT_SYNC = 0x4000


class RenameFlag(IntEnum):
    """Flags of renameat2(2), as plain numbers (uapi/linux/fs.h)."""

    RENAME_NOREPLACE = 1
    RENAME_EXCHANGE = 2


class Fcntl(IntEnum):
    """Commands of fcntl64(2) (asm-generic/fcntl.h, uapi/linux/fcntl.h)."""

    F_DUPFD = 0
    F_GETFD = 1
    F_SETFD = 2
    F_GETFL = 3
    F_SETFL = 4
    F_GETLK = 5
    F_SETLK = 6
    F_SETLKW = 7
    F_GETLK64 = 12
    F_SETLK64 = 13
    F_SETLKW64 = 14
    F_DUPFD_CLOEXEC = 1030
    F_SETPIPE_SZ = 1031
    F_GETPIPE_SZ = 1032


UTIME_NOW, UTIME_OMIT = 0x3FFF_FFFF, 0x3FFF_FFFE
"""Nanoseconds that stand for "now" and "as it is" in utimensat(2)."""

IOV_LIMIT = 1024
"""Most buffers of one readv or writev (IOV_MAX)."""

TRANSFER_LIMIT = 0x7FFF_F000
"""Most bytes one read or write moves (MAX_RW_COUNT)."""

# --- auxiliary vector (uapi/linux/auxvec.h; getauxval(3)) ---------------------------------------------------------


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

# --- system calls (asm-generic/unistd.h) --------------------------------------------------------------------------

_GENERIC_CALLS = """
0 io_setup  1 io_destroy  2 io_submit  3 io_cancel  5 setxattr  6 lsetxattr  7 fsetxattr  8 getxattr  9 lgetxattr
10 fgetxattr  11 listxattr  12 llistxattr  13 flistxattr  14 removexattr  15 lremovexattr  16 fremovexattr
17 getcwd  18 lookup_dcookie  19 eventfd2  20 epoll_create1  21 epoll_ctl  22 epoll_pwait  23 dup  24 dup3
25 fcntl64  26 inotify_init1  27 inotify_add_watch  28 inotify_rm_watch  29 ioctl  30 ioprio_set  31 ioprio_get
32 flock  33 mknodat  34 mkdirat  35 unlinkat  36 symlinkat  37 linkat  39 umount2  40 mount  41 pivot_root
42 nfsservctl  43 statfs64  44 fstatfs64  45 truncate64  46 ftruncate64  47 fallocate  48 faccessat  49 chdir
50 fchdir  51 chroot  52 fchmod  53 fchmodat  54 fchownat  55 fchown  56 openat  57 close  58 vhangup  59 pipe2
60 quotactl  61 getdents64  62 _llseek  63 read  64 write  65 readv  66 writev  67 pread64  68 pwrite64  69 preadv
70 pwritev  71 sendfile64  74 signalfd4  75 vmsplice  76 splice  77 tee  78 readlinkat  81 sync  82 fsync
83 fdatasync  84 sync_file_range  85 timerfd_create  89 acct  90 capget  91 capset  92 personality  93 exit
94 exit_group  95 waitid  96 set_tid_address  97 unshare  99 set_robust_list  100 get_robust_list  102 getitimer
103 setitimer  104 kexec_load  105 init_module  106 delete_module  107 timer_create  109 timer_getoverrun
111 timer_delete  116 syslog  117 ptrace  118 sched_setparam  119 sched_setscheduler  120 sched_getscheduler
121 sched_getparam  122 sched_setaffinity  123 sched_getaffinity  124 sched_yield  125 sched_get_priority_max
126 sched_get_priority_min  128 restart_syscall  129 kill  130 tkill  131 tgkill  132 sigaltstack  133 rt_sigsuspend
134 rt_sigaction  135 rt_sigprocmask  136 rt_sigpending  138 rt_sigqueueinfo  139 rt_sigreturn  140 setpriority
141 getpriority  142 reboot  143 setregid  144 setgid  145 setreuid  146 setuid  147 setresuid  148 getresuid
149 setresgid  150 getresgid  151 setfsuid  152 setfsgid  153 times  154 setpgid  155 getpgid  156 getsid
157 setsid  158 getgroups  159 setgroups  160 uname  161 sethostname  162 setdomainname  165 getrusage  166 umask
167 prctl  168 getcpu  172 getpid  173 getppid  174 getuid  175 geteuid  176 getgid  177 getegid  178 gettid
179 sysinfo  180 mq_open  181 mq_unlink  184 mq_notify  185 mq_getsetattr  186 msgget  187 msgctl  188 msgrcv
189 msgsnd  190 semget  191 semctl  193 semop  194 shmget  195 shmctl  196 shmat  197 shmdt  198 socket
199 socketpair  200 bind  201 listen  202 accept  203 connect  204 getsockname  205 getpeername  206 sendto
207 recvfrom  208 setsockopt  209 getsockopt  210 shutdown  211 sendmsg  212 recvmsg  213 readahead  214 brk
215 munmap  216 mremap  217 add_key  218 request_key  219 keyctl  220 clone  221 execve  222 mmap2  223 fadvise64_64
224 swapon  225 swapoff  226 mprotect  227 msync  228 mlock  229 munlock  230 mlockall  231 munlockall  232 mincore
233 madvise  234 remap_file_pages  235 mbind  236 get_mempolicy  237 set_mempolicy  238 migrate_pages
239 move_pages  240 rt_tgsigqueueinfo  241 perf_event_open  242 accept4  258 riscv_hwprobe  259 riscv_flush_icache
260 wait4  261 prlimit64  262 fanotify_init  263 fanotify_mark  264 name_to_handle_at  265 open_by_handle_at
267 syncfs  268 setns  269 sendmmsg  270 process_vm_readv  271 process_vm_writev  272 kcmp  273 finit_module
274 sched_setattr  275 sched_getattr  276 renameat2  277 seccomp  278 getrandom  279 memfd_create  280 bpf
281 execveat  282 userfaultfd  283 membarrier  284 mlock2  285 copy_file_range  286 preadv2  287 pwritev2
288 pkey_mprotect  289 pkey_alloc  290 pkey_free  291 statx  293 rseq  294 kexec_file_load  403 clock_gettime64
404 clock_settime64  405 clock_adjtime64  406 clock_getres_time64  407 clock_nanosleep_time64  408 timer_gettime64
409 timer_settime64  410 timerfd_gettime64  411 timerfd_settime64  412 utimensat_time64  413 pselect6_time64
414 ppoll_time64  416 io_pgetevents_time64  417 recvmmsg_time64  418 mq_timedsend_time64  419 mq_timedreceive_time64
420 semtimedop_time64  421 rt_sigtimedwait_time64  422 futex_time64  423 sched_rr_get_interval_time64
424 pidfd_send_signal  425 io_uring_setup  426 io_uring_enter  427 io_uring_register  428 open_tree  429 move_mount
430 fsopen  431 fsconfig  432 fsmount  433 fspick  434 pidfd_open  435 clone3  436 close_range  437 openat2
438 pidfd_getfd  439 faccessat2  440 process_madvise  441 epoll_pwait2  442 mount_setattr  443 quotactl_fd
444 landlock_create_ruleset  445 landlock_add_rule  446 landlock_restrict_self  447 memfd_secret
448 process_mrelease  449 futex_waitv  450 set_mempolicy_home_node  451 cachestat  452 fchmodat2
453 map_shadow_stack  454 futex_wake  455 futex_wait  456 futex_requeue  457 statmount  458 listmount
459 lsm_get_self_attr  460 lsm_set_self_attr  461 lsm_list_modules  462 mseal  463 setxattrat  464 getxattrat
465 listxattrat  466 removexattrat  467 open_tree_attr  468 file_getattr  469 file_setattr  470 listns
471 rseq_slice_yield  1071 vfork  1079 fork
"""

CALL_NAMES: Mapping[int, str] = {
    int(number): name for number, name in zip(_GENERIC_CALLS.split()[::2], _GENERIC_CALLS.split()[1::2], strict=True)
}
"""Names of system calls by number, implemented or not: 1071, 1079 and 260 are this machine's additions."""

CALL_NUMBERS: Mapping[str, int] = {name: number for number, name in CALL_NAMES.items()}
