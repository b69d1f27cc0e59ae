"""Two calls that meet in a file, in memory or in a process are tried in both orders."""

from __future__ import annotations

from pathlib import Path

import pytest

from vm import Machine
from vm.toolchain import is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")
PROGRAM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(char letter) { write(1, &letter, 1); }
static int is(const char *name, char **words) { return !strcmp(name, words[1]); }
static void *exec_t(void *unused) { execl("/proc/self/exe", "", "none", NULL); exit(9); }
static void *say_t(void *unused) { say('t'); exit(3); }

int main(int count, char **words) {
    char letter = '-', bytes[4096];
    int file = open("/tmp/file", O_RDWR | O_CREAT, 0600);
    write(file, "ab", 2);
    if (is("truncate", words)) {
        if (!fork()) { ftruncate(file, 0); _exit(0); }
        pread(file, &letter, 1, 0);
        say(letter);
    } else if (is("open", words)) {
        if (!fork()) { open("/tmp/file", O_RDWR | O_TRUNC); _exit(0); }
        pread(file, &letter, 1, 0);
        say(letter);
    } else if (is("folder", words)) {
        int folder = open("/tmp", O_RDONLY | O_DIRECTORY), child = fork();
        say((child ? 'A' : 'a') + (syscall(SYS_getdents64, folder, bytes, sizeof bytes) > 0));
        if (child) wait(0);
    } else if (is("socket", words)) {
        int ends[2];
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        if (!fork()) { write(ends[1], "x", 1); write(ends[1], "y", 1); _exit(0); }
        say('0' + read(ends[0], bytes, 2));
    } else if (is("report", words)) {
        int child = fork();
        if (!child) _exit(0);
        sprintf(bytes, "/proc/%d/stat", child);
        bytes[read(open(bytes, O_RDONLY), bytes, sizeof bytes - 1)] = 0;
        say(strrchr(bytes, ')')[2]);
    } else if (is("vectors", words)) {
        char *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (!fork()) { *shared = 'x'; _exit(0); }
        struct iovec part = {shared, 1};
        writev(1, &part, 1);
    } else if (is("flags", words)) {
        if (!fork()) { fcntl(0, F_SETFL, O_NONBLOCK); _exit(0); }
        say(fcntl(0, F_GETFL) & O_NONBLOCK ? 'n' : '-');
    } else if (is("blocking", words)) {
        int ends[2], one = 1;
        pipe(ends);
        if (!fork()) { ioctl(ends[0], FIONBIO, &one); _exit(0); }
        say(read(ends[0], &letter, 1) < 0 ? 'n' : '-');
    } else if (is("alarm", words)) {
        alarm(1);
        if (!fork()) { sleep(2); say('c'); _exit(0); }
        wait(0);
    } else if (is("mapping", words)) {
        char *mapped = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (!fork()) { *mapped = 'z'; _exit(0); }
        pread(file, &letter, 1, 0);
        say(letter);
    } else if (is("fifo", words)) {
        mkfifo("/tmp/fifo", 0600);
        if (!fork()) { open("/tmp/fifo", O_RDONLY); _exit(0); }
        say(open("/tmp/fifo", O_WRONLY | O_NONBLOCK) < 0 ? 'n' : 'y');
        open("/tmp/fifo", O_RDWR);
    } else if (is("waiting", words)) {
        mkfifo("/tmp/fifo", 0600);
        if (!fork()) { open("/tmp/fifo", O_RDONLY); say('c'); _exit(0); }
        say('p');
        open("/tmp/fifo", O_WRONLY);
    } else if (is("parent", words)) {
        if (!fork()) { prctl(PR_SET_PDEATHSIG, SIGKILL); say('c'); _exit(0); }
    } else if (is("group", words)) {
        int child = fork();
        if (!child) { setpgid(0, 0); _exit(0); }
        say(waitpid(-child, 0, 0) == child ? 'y' : 'n');
    } else if (is("ready", words)) {
        int pipes[2][2], watch = epoll_create1(0);
        struct epoll_event event, found[2];
        for (int i = 0; i < 2; i++) {
            pipe(pipes[i]);
            event = (struct epoll_event){EPOLLIN, {.u32 = 'a' + i}};
            epoll_ctl(watch, EPOLL_CTL_ADD, pipes[i][0], &event);
        }
        if (!fork()) { write(pipes[1][1], "x", 1); _exit(0); }
        if (!fork()) { write(pipes[0][1], "x", 1); _exit(0); }
        say('0' + epoll_wait(watch, found, 2, -1));
        say(found[0].data.u32);
    } else if (is("lock", words)) {
        if (!fork()) { flock(open("/tmp/file", O_RDWR), LOCK_EX); _exit(0); }
        say(flock(file, LOCK_EX | LOCK_NB) ? '-' : 'l');
        close(file);
    } else if (is("semaphore", words)) {
        struct sembuf up = {0, 1, 0}, down = {0, -1, SEM_UNDO}, down_now = {0, -1, IPC_NOWAIT};
        int set = semget(IPC_PRIVATE, 1, 0600);
        semop(set, &up, 1);
        if (!fork()) { semop(set, &down, 1); _exit(0); }
        say(semop(set, &down_now, 1) ? '-' : 's');
        semop(set, &up, 1);
    } else if (is("exec", words)) {
        pthread_t other;
        pthread_create(&other, 0, exec_t, 0);
        for (;;) pause();
    } else if (is("exit", words)) {
        pthread_t other;
        pthread_create(&other, 0, say_t, 0);
        say('m');
        exit(4);
    }
    exit(0);
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("meeting") / "meeting.c"
    path.write_text(PROGRAM)
    return path


@pytest.mark.parametrize(
    ("case", "texts"),
    [
        ("truncate", {"a", "-"}),
        ("open", {"a", "-"}),
        ("folder", {"Ba", "aB", "Ab", "bA"}),
        ("socket", {"1", "2"}),
        ("report", {"R", "Z"}),
        ("vectors", {"\0", "x"}),
        ("flags", {"-", "n"}),
        ("ready", {"1a", "1b", "2a", "2b"}),
        ("fifo", {"n", "y"}),
        ("waiting", {"pc"}),
        ("parent", {"", "c"}),
        ("group", {"n", "y"}),
        ("lock", {"l", "-"}),
        ("semaphore", {"s", "-"}),
    ],
)
def test_both_orders_are_found(program: Path, case: str, texts: set[str]) -> None:
    found = Machine(memory=1 << 23).outcomes(program, [case])
    assert found.complete
    assert {outcome.terminal.decode() for outcome in found} == texts


def test_a_thread_may_go_on_before_another_ends_its_process(program: Path) -> None:
    found = Machine(memory=1 << 23).outcomes(program, ["exit"])
    assert found.complete
    ends = {(outcome.terminal.decode(), outcome.end.exit_code) for outcome in found}
    assert ends == {("m", 4), ("t", 3), ("tm", 4), ("tm", 3), ("mt", 4), ("mt", 3)}


def test_what_threads_do_before_another_executes_a_program_is_not_passed_over_in_silence(program: Path) -> None:
    found = Machine(memory=1 << 23).outcomes(program, ["exec"])
    assert [bound for bound in found.bounds if bound.startswith("up to execve")]


def test_flags_that_ioctl_sets_are_bound_by_the_rule_for_fcntl(program: Path) -> None:
    found = Machine(memory=1 << 23).outcomes(program, ["blocking"])
    assert "n" in found
    assert [bound for bound in found.bounds if bound.startswith("up to F_SETFL")]


def test_what_is_stored_in_a_mapped_file_between_calls_is_not_passed_over_in_silence(program: Path) -> None:
    found = Machine(memory=1 << 23).outcomes(program, ["mapping"])
    assert [bound for bound in found.bounds if bound.startswith("up to mapped files")]


def test_who_waits_for_a_child_until_an_alarm_rings_has_a_schedule(program: Path) -> None:
    found = Machine(memory=1 << 23).outcomes(program, ["alarm"])
    [outcome] = found
    assert (outcome.terminal, outcome.end.signal) == (b"c", 14)
    schedule = found.schedule(outcome)
    assert Machine(**schedule.settings).run(program, ["alarm"], schedule=schedule).output == b"c"
