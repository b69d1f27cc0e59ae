"""The command ends by the signal that ends it, as shells want to see, and leaves the terminal as it found it."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_streams import COMMAND, ENVIRONMENT, RAW

ENTRY = [sys.executable, "-c", "from vm.entry import main; main()"]
LOOP = '_start: li a0, 1\n la a1, x\n li a2, 1\n li a7, 64\n ecall\n1: j 1b\n .data\nx: .ascii ">"\n'
SUICIDE = "_start: li a7, 172\n ecall\n li a1, 2\n li a7, 129\n ecall\n1: j 1b\n"


def wait_until(is_so: Callable[[], bool]) -> None:
    """For a minute at most."""
    for _ in range(1200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_command(number: int, tmp_path: Path) -> None:
    (tmp_path / "loop.s").write_text(LOOP)
    with subprocess.Popen(
        [*ENTRY, "run", str(tmp_path / "loop.s")], env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdout
        assert running.stdout.read(1) == b">"
        running.send_signal(number)
        assert running.wait(300) == -number


def test_a_signal_that_a_program_sends_itself_is_a_status(tmp_path: Path) -> None:
    (tmp_path / "suicide.s").write_text(SUICIDE)
    assert subprocess.run([*ENTRY, "run", str(tmp_path / "suicide.s")], env=ENVIRONMENT, timeout=300).returncode == 130


def test_ignored_signals_stay_ignored(tmp_path: Path) -> None:
    """As nohup and a shell's background jobs want it."""
    script = "trap '' INT HUP TERM; exec \"$@\""
    probe = (
        "import signal; from vm.cli import ending; ending.listen();"
        "print([signal.getsignal(n) == signal.SIG_IGN for n in (1, 2, 15)])"
    )
    done = subprocess.run(
        ["sh", "-c", script, "sh", sys.executable, "-c", probe], env=ENVIRONMENT, capture_output=True, timeout=300
    )
    assert done.stdout == b"[True, True, True]\n"


def test_an_interrupt_while_python_imports_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("import time\nprint('here', flush=True)\ntime.sleep(1000)\n")
    environment = ENVIRONMENT | {"PYTHONPATH": f"{tmp_path}:{ENVIRONMENT['PYTHONPATH']}"}
    with subprocess.Popen(
        [*ENTRY, "--help"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout
        assert running.stderr
        assert running.stdout.readline() == b"here\n"
        running.send_signal(signal.SIGINT)
        assert running.stderr.read() == b""
        assert running.wait(300) == -signal.SIGINT


class Desk:
    """A command that leads the session of a pseudo-terminal, and has printed ``>``."""

    def __init__(self, *command: str) -> None:
        self.pid, self.keys = pty.fork()
        if self.pid == 0:
            os.execve(command[0], command, ENVIRONMENT)
        self.output = b""
        self.settings = termios.tcgetattr(self.keys)
        while b">" not in self.output:
            self.output += os.read(self.keys, 4096)

    def rest(self) -> bytes:
        """What is printed until the end."""
        found = b""
        while True:
            try:
                found += os.read(self.keys, 4096)
            except OSError:  # nobody has the other end any more
                return found


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_one_interrupt_ends_a_loop_of_a_shells(tmp_path: Path) -> None:
    (tmp_path / "loop.s").write_text(LOOP)
    script = 'for i in 1 2 3; do "$@"; echo again; done'
    bash = shutil.which("bash") or ""
    desk = Desk(bash, "-c", script, "bash", *COMMAND, "run", str(tmp_path / "loop.s"))
    os.write(desk.keys, b"\x03")
    assert b"again" not in desk.rest()
    assert os.waitstatus_to_exitcode(os.waitpid(desk.pid, 0)[1]) == -signal.SIGINT
    os.close(desk.keys)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="settings travel as Linux has them")
def test_who_stops_us_finds_the_terminal_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "raw.s").write_text(RAW)
    desk = Desk(*COMMAND, "run", str(tmp_path / "raw.s"))
    raw = termios.tcgetattr(desk.keys)
    assert raw != desk.settings
    for _ in range(2):
        os.write(desk.keys, b"\x1a")
        assert os.WIFSTOPPED(os.waitpid(desk.pid, os.WUNTRACED)[1])
        assert termios.tcgetattr(desk.keys) == desk.settings
        os.kill(desk.pid, signal.SIGCONT)
        wait_until(lambda: termios.tcgetattr(desk.keys) == raw)
    os.kill(desk.pid, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(desk.pid, 0)[1]) == -signal.SIGTERM
    assert termios.tcgetattr(desk.keys) == desk.settings
    os.close(desk.keys)
