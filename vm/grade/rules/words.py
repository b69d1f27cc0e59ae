"""System calls as programs know them: the words of a rule, and the calls that the C library makes of them.

A library's wrappers make other calls than their names: pipe is pipe2, dup2 is dup3, waitpid is wait4 or waitid, fork is
a clone with certain flags. A word stands for all that do the same, so that it holds whichever was really made.
"""

from __future__ import annotations

from collections.abc import Mapping

from vm.abi import CALL_NAMES
from vm.spelling import suggestion
from vm.text import brief

_FAMILIES = """
wait waitpid wait3 wait4 waitid = wait4 waitid
exec execl execlp execle execv execvp execvpe execve fexecve execveat = execve execveat
exit _exit _Exit exit_group quick_exit = exit exit_group
pipe pipe2 = pipe2
dup2 dup3 = dup3
open openat creat open64 = openat openat2
read readv = read readv
write writev = write writev
pread preadv pread64 = pread64 preadv preadv2
pwrite pwritev pwrite64 = pwrite64 pwritev pwritev2
lseek _llseek = _llseek
sleep usleep nanosleep clock_nanosleep thrd_sleep = clock_nanosleep_time64
poll ppoll = ppoll_time64
select pselect pselect6 = pselect6_time64
signal sigaction rt_sigaction = rt_sigaction
sigprocmask pthread_sigmask rt_sigprocmask = rt_sigprocmask
sigsuspend rt_sigsuspend = rt_sigsuspend
sigpending rt_sigpending = rt_sigpending
sigwait sigwaitinfo sigtimedwait rt_sigtimedwait = rt_sigtimedwait_time64
sigqueue rt_sigqueueinfo = rt_sigqueueinfo
kill killpg = kill
raise tkill tgkill pthread_kill = tkill tgkill
alarm setitimer ualarm = setitimer
mmap mmap2 = mmap2
brk sbrk = brk
stat lstat fstat fstatat statx = statx
unlink unlinkat rmdir = unlinkat
mkdir mkdirat = mkdirat
mknod mknodat mkfifo = mknodat
link linkat = linkat
symlink symlinkat = symlinkat
readlink readlinkat = readlinkat
rename renameat renameat2 = renameat2
access faccessat faccessat2 = faccessat faccessat2
chmod fchmod fchmodat fchmodat2 = fchmod fchmodat fchmodat2
chown lchown fchown fchownat = fchown fchownat
utimes utime utimensat futimens = utimensat_time64
fcntl fcntl64 = fcntl64
truncate truncate64 = truncate64
ftruncate ftruncate64 = ftruncate64
statfs statfs64 = statfs64
fstatfs fstatfs64 = fstatfs64
getdents readdir getdents64 = getdents64
sendfile sendfile64 = sendfile64
time gettimeofday clock_gettime = clock_gettime64
getrlimit setrlimit prlimit prlimit64 = prlimit64
send sendto = sendto
recv recvfrom = recvfrom
accept accept4 = accept accept4
epoll_create epoll_create1 = epoll_create1
epoll_wait epoll_pwait epoll_pwait2 = epoll_pwait epoll_pwait2
eventfd eventfd2 = eventfd2
signalfd signalfd4 = signalfd4
uname gethostname = uname
getpgrp getpgid = getpgid
setpgrp setpgid = setpgid
yield sched_yield = sched_yield
fork _Fork = fork
thrd_create pthread_create = pthread_create
vfork = vfork
posix_spawn posix_spawnp = posix_spawn
clone = clone
"""


def _words() -> dict[str, frozenset[str]]:
    words = {name: frozenset({name}) for name in CALL_NAMES.values()}
    words |= {
        name.removesuffix("64").removesuffix("_time").removeprefix("rt_"): frozenset({name})
        for name in CALL_NAMES.values()
        if name.endswith(("64", "_time64")) or name.startswith("rt_")
    }
    for line in _FAMILIES.strip().splitlines():
        names, _, calls = line.partition(" = ")
        words |= dict.fromkeys((*names.split(), *calls.split()), frozenset(calls.split()))
    return words


WORDS: Mapping[str, frozenset[str]] = _words()
"""The calls that a word of a rule stands for."""

_FUNCTIONS: Mapping[str, str] = {
    **dict.fromkeys(("printf", "puts", "putchar", "fprintf", "fputs", "fwrite", "dprintf", "perror", "cout"), "write"),
    **dict.fromkeys(("scanf", "fgets", "gets", "getchar", "getline", "fread", "fscanf"), "read"),
    **dict.fromkeys(("malloc", "calloc", "realloc", "free"), "brk' or 'mmap"),
    **dict.fromkeys(("system", "popen"), "posix_spawn"),
    "pclose": "wait", "fopen": "open", "fclose": "close", "opendir": "open", "abort": "raise", "pause": "poll",
    "pthread_join": "futex", "pthread_mutex_lock": "futex", "sem_wait": "futex", "isatty": "ioctl",
}  # fmt: skip
"""Functions that make other calls, if they make one at all: the word that comes nearest."""


def find_calls(word: object) -> frozenset[str]:
    """Return the calls that ``word`` stands for; raises ValueError for what is no system call."""
    if not isinstance(word, str):
        raise ValueError(f'{brief(word)} is not the name of a system call; write it as a string: "fork"')
    calls = WORDS.get(word)
    if calls is not None:
        return calls
    if word in _FUNCTIONS:
        raise ValueError(
            f"'{word}' is a function of the C library and no system call; what it may call is '{_FUNCTIONS[word]}'"
        )
    raise ValueError(f"{brief(word)} is no system call{suggestion(word, sorted(WORDS))}")
