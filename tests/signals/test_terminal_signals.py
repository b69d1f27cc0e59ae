"""Keys at a real pseudo-terminal, and other signals to the command, reach the guest as its terminal's signals."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vm import Machine, toolchain

pytestmark = pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
COMMAND = [sys.executable, "-c", "from vm.cli import main; main()", "run"]

HEAD = """
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void say(const char *text) { write(1, text, strlen(text)); }
static void handler(int sig) { say(sig == SIGINT ? "handler INT\\n" : "handler CONT\\n"); }
"""
READER = (
    HEAD
    + """
int main(void) {
    char line[100];
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, 0), sigaction(SIGCONT, &action, 0);
    say("ready\\n");
    int n = read(0, line, sizeof line);
    say("read "), write(1, line, n);
    signal(SIGINT, SIG_DFL);
    say("again\\n");
    for (;;) read(0, line, sizeof line);
}
"""
)
COMPUTER = (
    HEAD
    + """
int main(void) {
    say("ready\\n");
    for (volatile int i = 0;; i++) {}
}
"""
)
PAUSER = (
    HEAD
    + """
int main(void) {
    sigset_t all, none;
    sigfillset(&all), sigprocmask(SIG_SETMASK, &all, 0);
    signal(SIGINT, handler);
    say("ready\\n");
    sigemptyset(&none), sigsuspend(&none);
    return 6;
}
"""
)
DEAF = (
    HEAD
    + """
int main(void) {
    sigset_t all;
    sigfillset(&all), sigprocmask(SIG_SETMASK, &all, 0);
    say("ready\\n");
    for (;;) {}
}
"""
)
FAMILY = (
    HEAD
    + """
int main(void) {
    int status, pid = fork();
    if (!pid) for (;;) pause();
    signal(SIGINT, handler);
    say("ready\\n");
    while (wait(&status) < 0) {}
    say(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT ? "child killed\\n" : "child lives\\n");
    return 5;
}
"""
)


class Session:
    """The command on a pseudo-terminal of its own, as leader of its session."""

    def __init__(self, program: Path) -> None:
        self.output = ""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [*COMMAND, str(program)])

    def expect(self, text: str, keys: str = "") -> None:
        """Read until ``text`` was written behind what was expected before; give up after 300 seconds of silence.

        ``keys`` are typed again after each: a busy computer may take several for one.
        """
        for _ in range(300):
            self.type(keys)
            while text not in self.output and select.select([self.master], [], [], 1)[0]:
                try:
                    self.output += os.read(self.master, 4096).decode()
                except OSError:
                    raise AssertionError(f"ended before {text!r}: {self.output!r}") from None
            if text in self.output:
                break
        assert text in self.output
        self.output = self.output.split(text, 1)[1]

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def wait(self, options: int = 0) -> int:
        """The wait status."""
        return os.waitpid(self.pid, options)[1]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Session]]:
    sessions = []

    def start(source: str) -> Session:
        (tmp_path / "prog.c").write_text(source)
        program = tmp_path / "prog"
        program.write_bytes(toolchain.build(tmp_path / "prog.c", ["-O1"]))
        program.chmod(0o755)
        sessions.append(Session(program))
        sessions[-1].expect("ready\r\n")
        return sessions[-1]

    yield start
    for session in sessions:
        os.close(session.master)
        try:
            os.kill(session.pid, signal.SIGKILL)
            os.waitpid(session.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def test_a_handler_and_a_restarted_read(start: Callable[[str], Session]) -> None:
    session = start(READER)
    for _ in range(3):
        session.type("\x03")
        session.expect("handler INT")
    session.type("hello\n")
    session.expect("read hello")
    session.expect("again")
    session.type("\x03")
    assert os.waitstatus_to_exitcode(session.wait()) == -signal.SIGINT


def test_a_program_that_only_waits_for_the_key(start: Callable[[str], Session]) -> None:
    session = start(PAUSER)
    time.sleep(1)
    session.type("\x03")
    session.expect("handler INT")
    assert os.waitstatus_to_exitcode(session.wait()) == 6


def test_a_busy_program_is_killed(start: Callable[[str], Session]) -> None:
    session = start(COMPUTER)
    session.type("\x03")
    assert os.waitstatus_to_exitcode(session.wait()) == -signal.SIGINT


def test_the_second_ends_the_machine_while_the_first_is_pending(start: Callable[[str], Session]) -> None:
    session = start(DEAF)
    session.type("\x03")
    time.sleep(1)
    assert os.waitpid(session.pid, os.WNOHANG) == (0, 0)
    session.expect("interrupted", keys="\x03")
    assert os.waitstatus_to_exitcode(session.wait()) == -signal.SIGINT


def test_the_whole_group_gets_it(start: Callable[[str], Session]) -> None:
    session = start(FAMILY)
    session.type("\x03")
    session.expect("handler INT")
    session.expect("child killed")
    assert os.waitstatus_to_exitcode(session.wait()) == 5


def test_stop_and_go_on(start: Callable[[str], Session]) -> None:
    session = start(READER)
    session.type("\x1a")
    assert os.WIFSTOPPED(session.wait(os.WUNTRACED))
    os.kill(session.pid, signal.SIGCONT)
    session.expect("handler CONT")
    session.type("there\n")
    session.expect("read there")


def test_without_a_terminal(tmp_path: Path) -> None:
    """A pipe that nothing comes through: the signal is noticed nevertheless."""
    (tmp_path / "prog.c").write_text(READER)
    program = tmp_path / "prog"
    program.write_bytes(toolchain.build(tmp_path / "prog.c", ["-O1"]))
    program.chmod(0o755)
    with subprocess.Popen([*COMMAND, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == b"handler INT\n"
        process.stdin.write(b"line\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"read line\n"
        assert process.stdout.readline() == b"again\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(300) == -signal.SIGINT


def test_everybody_stopped_is_the_end_without_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "prog.c").write_text(HEAD + "int main(void) { raise(SIGSTOP); return 0; }")
    program = tmp_path / "prog"
    program.write_bytes(toolchain.build(tmp_path / "prog.c"))
    program.chmod(0o755)
    result = Machine().run(program)
    assert result.status == 124
    assert "SIGCONT" in result.message
