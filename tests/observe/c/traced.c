/* Calls of many kinds, for a trace: what they show must be the same on Linux on x86-64, by strace, and in the machine.
 * Numbers that differ between the two (addresses, pids, times) are masked by the test; each process is looked at alone.
 * The first call that counts is getppid. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __riscv
#define SYS_wait4 260
#endif

static int status;

static int await(int pid, int options)
{
    return syscall(SYS_wait4, pid, &status, options, NULL);
}

static void handle(int signal, siginfo_t *info, void *context)
{
}

static void files(void)
{
    char buffer[256];
    int ends[2];
    pipe2(ends, 0);
    pipe2(ends, O_CLOEXEC | O_NONBLOCK);
    write(ends[1], "he\"l\\l\1" "2\n\033\377", 11);
    read(ends[0], buffer, 3);
    read(ends[0], buffer, 64);
    read(ends[0], buffer, 64);
    struct iovec out[2] = {{"ab", 2}, {"cdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst", 40}};
    struct iovec in[2] = {{buffer, 3}, {buffer + 3, 50}};
    writev(ends[1], out, 2);
    readv(ends[0], in, 2);
    int file = openat(AT_FDCWD, "made", O_RDWR | O_CREAT | O_TRUNC, 0640);
    openat(AT_FDCWD, "nowhere", O_RDONLY | O_DIRECTORY);
    pwrite(file, "abc", 3, 5);
    pread(file, buffer, 3, 5);
    fcntl(file, F_GETFL);
    fcntl(file, F_SETFL, O_APPEND | O_NONBLOCK);
    fcntl(file, F_SETFD, FD_CLOEXEC);
    fcntl(file, F_GETFD);
    fcntl(file, F_DUPFD, 20);
    fcntl(ends[0], F_GETPIPE_SZ);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 2};
    fcntl(file, F_SETLK, &lock);
    fcntl(file, F_GETLK, &lock);
    flock(file, LOCK_EX | LOCK_NB);
    ioctl(ends[0], FIONREAD, &status);
    ioctl(file, TIOCGWINSZ, buffer);
    ioctl(ends[0], FIONBIO, &status);
    syscall(SYS_dup3, file, 30, O_CLOEXEC);
    struct pollfd wanted[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLIN | POLLOUT, 0}};
    struct timespec moment = {0, 1};
    ppoll(wanted, 2, &moment, NULL);
    ppoll(wanted, 1, &moment, NULL);
    syscall(SYS_statx, AT_FDCWD, "made", AT_SYMLINK_NOFOLLOW, 0x7ff, buffer);
    syscall(SYS_faccessat, AT_FDCWD, "made", R_OK | W_OK);
    syscall(SYS_faccessat, AT_FDCWD, "nowhere", F_OK);
    mkdirat(AT_FDCWD, "folder", 0755);
    unlinkat(AT_FDCWD, "folder", AT_REMOVEDIR);
    mknodat(AT_FDCWD, "fifo", S_IFIFO | 0600, 0);
    linkat(AT_FDCWD, "a", AT_FDCWD, "b", AT_SYMLINK_FOLLOW);
    symlinkat("a", AT_FDCWD, "link");
    syscall(SYS_readlinkat, AT_FDCWD, "link", buffer, 64);
    fchownat(AT_FDCWD, "nowhere", -1, 0, 0);
    struct timespec times[2] = {{1, UTIME_NOW}, {5, UTIME_OMIT}};
    utimensat(AT_FDCWD, "nowhere", times, AT_SYMLINK_NOFOLLOW);
    umask(022);
    write(1, (void *)8, 5);
}

static void memory(void)
{
    char *mapping = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mmap(NULL, 4096, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    mprotect(mapping, 4096, PROT_READ);
    madvise(mapping, 4096, MADV_DONTNEED);
    msync(mapping, 4096, MS_SYNC | MS_INVALIDATE);
    mremap(mapping, 8192, 4096, MREMAP_MAYMOVE);
    munmap(mapping, 8192);
}

static void signals(void)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigset_t set;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaddset(&action.sa_mask, SIGCHLD);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR1, NULL, &action);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, 35);
    sigprocmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR1);
    sigpending(&set);
    sigprocmask(SIG_UNBLOCK, &set, &set);
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 5});
    stack_t stack = {.ss_sp = mmap(NULL, 65536, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), .ss_size = 65536};
    sigaltstack(&stack, NULL);
    sigaltstack(NULL, &stack);
    struct timespec moment = {0, 1000};
    sigtimedwait(&set, NULL, &moment);
    kill(getpid(), 0);
    kill(getpid(), SIGURG);
    struct itimerval timer = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &timer, &timer);
    getitimer(ITIMER_VIRTUAL, &timer);
}

static void processes(void)
{
    int child = fork();
    if (!child)
        _exit(7);
    await(-1, 0);
    if (!fork()) {
        *(volatile int *)8 = 1;
        _exit(1);
    }
    await(-1, WUNTRACED | WCONTINUED);
    await(-1, WNOHANG);
    child = vfork();
    if (!child)
        _exit(9);
    siginfo_t info;
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    await(child, 0);
    child = fork();
    if (!child) {
        kill(getpid(), SIGSTOP);
        _exit(0);
    }
    await(child, WUNTRACED);
    kill(child, SIGCONT);
    await(child, 0);
    syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0);
    char *arguments[] = {"a", "b c", NULL}, *variables[] = {"A=1", "B=2", NULL};
    execve("nowhere", arguments, variables);
    execve("nowhere", arguments, NULL);
    syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, (unsigned long long[]){8 << 20, ~0ull}, NULL);
    syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, (unsigned long long[]){0, 0});
    prctl(PR_SET_NAME, "bob");
    char name[16];
    prctl(PR_GET_NAME, name);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_GET_PDEATHSIG, &status);
    prctl(PR_GET_DUMPABLE);
    setpgid(0, 0);
}

int main(void)
{
    getppid();
    files();
    memory();
    signals();
    processes();
    _exit(3);
}
