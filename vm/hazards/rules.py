"""The rules of vfork(2), and of fork(2) with threads: their names, levels, and what to do when one is broken.

Sources: vfork(2) and signal-safety(7) of the Linux man-pages; POSIX.1-2001, vfork.
"""

from __future__ import annotations

from enum import Enum

from vm.abi import CALL_NAMES
from vm.enums import quick
from vm.values import dataclass


@quick
class Level(Enum):
    """How bad a finding is. Errors set the exit status, warnings with ``--strict``; notes never do."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what breaking it is called, in a sentence, and what helps."""

    name: str
    level: Level
    title: str
    advice: str


_ROWS = (
    ("fork-lock", Level.ERROR, "child of a program with threads takes a lock that a vanished thread held",
     "fork copies the thread that calls it alone, and nobody is left to give the lock back: exec at once, use "
     "posix_spawn, or take such locks around fork (pthread_atfork)"),
    ("fork-unsafe-call", Level.WARNING,
     "child of a program with threads called a function that is not async-signal-safe",
     "another thread may have been in its midst: call it before fork, exec at once, or use posix_spawn"),
    ("return", Level.ERROR, "vfork child returned from the function that called vfork",
     "the parent comes back to a stack that the child has used since: call _exit or exec before returning"),
    ("exit", Level.ERROR, "vfork child called exit, which ends the parent's C library too",
     "exit runs the parent's atexit functions and flushes its buffers: call _exit"),
    ("killed", Level.ERROR, "vfork child was killed before it could exec or exit",
     "what it had changed by then stays changed in the parent"),
    ("signal-handler", Level.WARNING, "a signal handler ran in the vfork child",
     "it ran on the parent's memory: block signals around vfork, or reset them with posix_spawn's attributes"),
    ("damage", Level.ERROR, "vfork child damaged its parent's memory",
     "the child shares every byte with its parent until it execs or exits: do this before vfork, or use posix_spawn"),
    ("error-told", Level.WARNING, "vfork child told its parent of an error through shared memory",
     "this works with vfork alone, and through a volatile variable: a pipe with close-on-exec tells it with fork too"),
    ("unread", Level.WARNING, "vfork child changed its parent's memory, and nobody read it in this run",
     "another run may read it: do this before vfork, or use posix_spawn"),
    ("scratch", Level.NOTE, "vfork child changed its parent's stack, and nobody read it in this run",
     "compilers keep values of their own there, so this may be nobody's fault"),
    ("shared", Level.NOTE, "vfork child wrote to memory that was mapped to be shared",
     "the parent sees it after fork as well"),
    ("library", Level.NOTE, "the C library kept what is its own, for a vfork child, in the parent's memory",
     "it stays consistent there"),
    ("overwritten", Level.NOTE, "vfork child changed its parent's memory, which the parent overwrote unread", ""),
    ("below-stack", Level.NOTE, "vfork child wrote below its parent's stack pointer", ""),
    ("neighbour", Level.NOTE, "another thread of the parent changed memory that the vfork child had borrowed",
     "vfork suspends the thread that calls it alone: a child must not rely on what its parent's other threads change"),
    ("errno", Level.NOTE, "a failed call of the vfork child set the parent's errno",
     "errno is one variable for both: read it in the parent only after a call of the parent's own has failed"),
    ("unsafe-call", Level.WARNING, "vfork child called a function that is not async-signal-safe",
     "it may change or lock state of the parent: call it before vfork, or use posix_spawn"),
    ("call", Level.NOTE, "vfork child called functions other than the exec family and _exit",
     "POSIX allows no other; those that are async-signal-safe and change nothing do no harm on Linux"),
    ("signals-parent", Level.WARNING, "vfork child raised a signal in its parent",
     "its process group has the parent too, and C libraries keep the thread's number in memory, where it is the "
     "parent's: call _exit, or kill with getpid()"),
    ("unmapped", Level.ERROR, "vfork child took away or protected memory of its parent",
     "mappings are shared like the memory itself: leave them to the parent"),
    ("mapped", Level.WARNING, "vfork child left new mappings in its parent's memory",
     "the parent does not know of them: allocate before vfork"),
    ("shared-offset", Level.WARNING, "vfork child moved the offset, or set the flags, of a file its parent has open",
     "parent and child share the open file description: open the file anew, or leave it as it is"),
    ("nested", Level.WARNING, "vfork child called vfork itself",
     "the grandchild runs in the memory of both: exec a program that creates processes"),
    ("never-released", Level.ERROR, "vfork child neither execs nor exits, so its parent never runs again",
     "a child that waits for its parent waits for ever: use fork where both must run"),
)  # fmt: skip

RULES: dict[str, Rule] = {row[0]: Rule(*row) for row in _ROWS}
"""Every rule by name, in the order in which a reader wants to know."""

EXEC_FAMILY = frozenset(
    ("execve", "execv", "execvp", "execvpe", "execl", "execlp", "execle", "fexecve", "execveat", "_exit", "_Exit",
     "exit_group", "__execvpe")
)  # fmt: skip
"""Functions that end the child's time in its parent's memory; how they do it is the C library's business."""
CREATORS = frozenset(("posix_spawn", "posix_spawnp", "system", "popen"))
"""Functions that create processes of their own, whose children are the C library's business too."""

ALLOCATORS = frozenset(
    (
        "malloc",
        "calloc",
        "realloc",
        "free",
        "aligned_alloc",
        "memalign",
        "__libc_malloc",
        "__libc_free",
        "__libc_calloc",
    )
)
"""Functions of the C library that give out memory and take it back."""
OUTPUT = frozenset(
    ("fprintf", "vfprintf", "fputs", "fputc", "putc", "fwrite", "perror", "psignal", "fflush", "warn", "warnx", "vwarn",
     "vwarnx", "err", "errx", "verr", "verrx", "__assert_fail", "fputs_unlocked", "putc_unlocked", "fwrite_unlocked")
)  # fmt: skip
"""Functions that write to a stream and leave it as it was."""
ABORTS = frozenset(("abort", "__assert_fail", "__assert", "__assert_func", "__stack_chk_fail"))
"""Functions that kill the process that calls them."""
VFORK_NAMES = frozenset(("vfork", "__vfork", "_vfork", "__libc_vfork"))
EXIT_NAMES = frozenset(("exit",))

_UNSAFE = """
    printf fprintf dprintf sprintf snprintf vprintf vfprintf vsprintf vsnprintf asprintf vasprintf puts fputs putchar
    putc fputc fwrite fread fgets gets getchar getc fgetc ungetc fflush fopen fdopen freopen fclose fseek ftell rewind
    setvbuf setbuf scanf fscanf sscanf perror psignal getline getdelim tmpfile
    malloc calloc realloc free aligned_alloc posix_memalign memalign strdup strndup
    setenv putenv unsetenv clearenv getenv strtok strerror strsignal atexit on_exit quick_exit err errx warn warnx
    rand srand random srandom drand48 qsort localtime gmtime ctime asctime mktime strftime tzset setlocale
    getpwnam getpwuid getgrnam getgrgid getpwent getgrent gethostbyname getaddrinfo syslog openlog closelog
    opendir readdir closedir scandir glob wordexp nftw ftw getopt getopt_long posix_spawn posix_spawnp system popen
    pclose pthread_create pthread_join pthread_mutex_lock pthread_mutex_unlock pthread_cond_wait pthread_once dlopen
    dlsym
"""
UNSAFE = frozenset(_UNSAFE.split())
"""Functions of the C library that signal-safety(7) does not list: known by name, with or without line numbers."""

_SAFE = """
    abort accept access aio_error aio_return aio_suspend alarm bind cfgetispeed cfgetospeed cfsetispeed cfsetospeed
    chdir chmod chown clock_gettime close connect creat dup dup2 faccessat fchdir fchmod fchmodat fchown fchownat fcntl
    fdatasync ffs fork fstat fstatat fsync ftruncate futimens getegid geteuid getgid getgroups getpeername getpgrp
    getpid getppid getsockname getsockopt getuid htonl htons kill link linkat listen longjmp lseek lstat memccpy memchr
    memcmp memcpy memmove memset mkdir mkdirat mkfifo mkfifoat mknod mknodat ntohl ntohs open openat pause pipe poll
    pselect pthread_kill pthread_self pthread_sigmask raise read readlink readlinkat recv recvfrom recvmsg rename
    renameat rmdir select sem_post send sendmsg sendto setgid setpgid setsid setsockopt setuid shutdown sigaction
    sigaddset sigdelset sigemptyset sigfillset sigismember siglongjmp signal sigpause sigpending sigprocmask sigqueue
    sigset sigsuspend sleep sockatmark socket socketpair stat stpcpy stpncpy strcat strchr strcmp strcpy strcspn strlen
    strncat strncmp strncpy strnlen strpbrk strrchr strspn strstr strtok_r symlink symlinkat tcdrain tcflow tcflush
    tcgetattr tcgetpgrp tcsendbreak tcsetattr tcsetpgrp time timer_getoverrun timer_gettime timer_settime times umask
    uname unlink unlinkat utime utimensat utimes wait waitpid wcpcpy wcpncpy wcscat wcschr wcscmp wcscpy wcscspn wcslen
    wcsncat wcsncmp wcsncpy wcsnlen wcspbrk wcsrchr wcsspn wcsstr wcstok wmemchr wmemcmp wmemcpy wmemmove wmemset write
    setjmp sigsetjmp getcwd isatty prctl setgroups setresuid setresgid getresuid getresgid sigaltstack pread pwrite
    preadv pwritev strchrnul mempcpy strlcpy strlcat strsep explicit_bzero sync eventfd vhangup truncate ioctl flock
    sethostname reboot
    clone syscall gettid close_range closefrom pipe2 dup3 accept4 nice setpriority getpriority setrlimit getrlimit
    setpgrp seteuid setegid setreuid setregid initgroups chroot mount umount unshare setns personality daemon
    sched_setscheduler sched_setparam sched_yield nanosleep usleep mmap munmap mprotect mremap brk sbrk ptrace waitid
    wait3 wait4 getpgid getsid getrandom lockf bcmp bzero bcopy index rindex strcasecmp strncasecmp memmem
    abs labs llabs div ldiv lldiv atoi atol atoll strtol strtoul strtoll strtoull bsearch isalnum isalpha isdigit
    isspace isupper islower isxdigit ispunct isprint toupper tolower dirfd fileno cfmakeraw sysconf getpagesize
"""
SAFE = frozenset(_SAFE.split()) | frozenset(CALL_NAMES.values())
"""Functions that signal-safety(7) lists, and others that are a system call or a computation and nothing else."""
