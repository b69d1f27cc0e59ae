"""``forklore gdb``: the real gdb on a program, in a terminal and without one, and what is left when either ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import termios
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.cli.test_ending import wait_until
from tests.cli.test_gdb_child import is_alive
from tests.cli.test_streams import COMMAND, ENVIRONMENT, ROOT
from tests.forking import forked_command
from vm.cli.gdb_child import Folder

PROMPT = r"\(gdb\) "
PROGRAMS = ROOT / "programs"
LOOP = '_start: li a0, 1\n la a1, x\n li a2, 5\n li a7, 64\n ecall\n1: j 1b\n .data\nx: .ascii "loop\\n"\n'

needs_gdb = pytest.mark.skipif(shutil.which("gdb-multiarch") is None, reason="needs gdb-multiarch")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, with one for temporary files in which nothing is left."""
    (tmp_path / "temporary").mkdir()
    yield tmp_path
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with Folder():  # which takes away what somebody has left who was killed
        pass
    assert list((tmp_path / "temporary").iterdir()) == []


def environment(folder: Path) -> dict[str, str]:
    return ENVIRONMENT | {"TMPDIR": str(folder / "temporary"), "TERM": "dumb"}


def batch(folder: Path, *words: object, status: int = 0, given: bytes = b"") -> str:
    """What both of them print, where gdb does what the words say and ends."""
    done = subprocess.run(
        [*forked_command(), "gdb", "--batch", *map(str, words)], input=given, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, cwd=folder, timeout=300,
    )  # fmt: skip
    assert done.returncode == status, done.stdout.decode()
    return done.stdout.decode()


# --- without a terminal


@needs_gdb
def test_gdb_does_commands_from_its_command_line_and_files(folder: Path) -> None:
    """Files first. It stands before the first instruction."""
    (folder / "commands").write_text("echo first\\n\ninfo registers pc\n")
    said = batch(folder, "-ex", "echo second\\n", "-x", "commands", "-ex", "stepi", PROGRAMS / "echo.s", "word")
    first, _, second = said.partition("second")
    assert "first\npc             0x10000" in first
    assert second.split()[0] == "19"


@needs_gdb
def test_the_exit_status_is_gdbs(folder: Path) -> None:
    batch(folder, "-ex", "quit 7", PROGRAMS / "hello.s", status=7)
    batch(folder, "-ex", "nonsense", PROGRAMS / "hello.s", status=1)
    assert "exited normally" in batch(folder, "-ex", "continue", "-ex", "continue", PROGRAMS / "hello.s")


@needs_gdb
def test_what_gdb_lets_go_runs_to_its_end(folder: Path) -> None:
    assert "hello, world\n" in batch(folder, "-ex", "detach", PROGRAMS / "hello.s")
    assert "hello, world\n" not in batch(folder, "-ex", "kill", PROGRAMS / "hello.s")
    assert "hello, world\n" not in batch(folder, PROGRAMS / "hello.s")


@needs_gdb
def test_the_guests_input_is_a_file_or_nothing(folder: Path) -> None:
    """What the command itself reads is gdb's."""
    (folder / "input").write_text("of the file\n")
    assert "of the file\n" in batch(folder, "--input", "input", "-ex", "detach", PROGRAMS / "cat.s")
    said = batch(folder, "-ex", "detach", PROGRAMS / "cat.s", given=b"of ours\n")
    assert "of ours" not in said


@needs_gdb
def test_machines_and_schedules_are_those_of_run(folder: Path) -> None:
    words = ("--fork", "cow", "--env", "A=1", "-ex", "monitor when", "-ex", "detach")
    assert "balance is 100\nparent: balance is 100" in batch(
        folder, "--vfork-as-fork", *words, PROGRAMS / "vfork_global.s"
    )
    subprocess.run(
        [*forked_command(), "run", "--record", "schedule", PROGRAMS / "cat.s"], input=b"recorded\n", cwd=folder,
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    assert "recorded\n" in batch(folder, "--schedule", "schedule", "-ex", "detach", PROGRAMS / "cat.s")


def test_what_cannot_be_debugged_is_told_before_gdb_starts(folder: Path) -> None:
    (folder / "no_gdb").mkdir()
    hello = PROGRAMS / "hello.s"
    without = subprocess.run(
        [*COMMAND, "gdb", hello], env=environment(folder) | {"PATH": str(folder / "no_gdb")}, cwd=folder,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert (without.returncode, without.stdout) == (125, "")
    assert "apt install gdb-multiarch" in without.stderr
    if shutil.which("gdb-multiarch") is None:
        return
    (folder / "text").write_text("text")
    for words, status, why in (
        (["missing"], 127, "missing"),
        (["text"], 126, "text"),
        (["--input", "missing", hello], 2, "No such file"),
        (["--tty", "missing", hello], 2, "No such file"),
        (["--tty", "text", hello], 2, "no terminal"),
        (["--tty", "text", "--input", "text", hello], 2, "one of --input and --tty"),
        (["--gdb", "missing", hello], 125, "no such program"),
        (["--gdb", "true", hello], 125, "does not know RISC-V"),
        (["--schedule", "text", hello], 2, "text"),
        (["--checkpoints", "much", hello], 2, "not a size"),
    ):
        assert why in batch(folder, *words, status=status)


def test_a_gdb_that_ends_at_once_is_no_reason_to_wait(folder: Path) -> None:
    fake = folder / "fake"
    fake.write_text("#!/bin/sh\n[ $1 = -nx ] && echo riscv:rv32 && exit\nexit 5\n")
    fake.chmod(0o700)
    assert batch(folder, "--gdb", fake, PROGRAMS / "hello.s", status=5) == ""


# --- in a terminal


class Screen:
    """gdb on a program, in a terminal of 80 columns."""

    def __init__(self, folder: Path, *words: object) -> None:
        self.child = pexpect.spawn(
            COMMAND[0], [*COMMAND[1:], "gdb", *map(str, words)], env=environment(folder), cwd=str(folder),
            dimensions=(24, 80), encoding="utf-8", timeout=60,
        )  # fmt: skip
        self.before = termios.tcgetattr(self.child.child_fd)

    def prompt(self) -> str:
        """What is shown up to the next prompt."""
        self.child.expect(PROMPT)
        return str(self.child.before).replace("\r\n", "\n")

    def do(self, command: str) -> str:
        self.child.sendline(command)
        return self.prompt()

    def end(self) -> int:
        """Its status, when it has ended and the terminal is as it was."""
        self.child.expect(pexpect.EOF)
        self.child.wait()
        assert self.child.exitstatus is not None or self.child.signalstatus is not None
        return -self.child.signalstatus if self.child.exitstatus is None else self.child.exitstatus

    @property
    def gdb(self) -> int:
        """The pid of gdb."""
        return int(subprocess.check_output(["pgrep", "-P", str(self.child.pid)], text=True))


@pytest.fixture
def screens() -> Iterator[list[Screen]]:
    made: list[Screen] = []
    yield made
    for each in made:
        each.child.close(force=True)


@pytest.fixture
def looping(folder: Path, screens: list[Screen]) -> Screen:
    """A program that loops for ever, in gdb's hands."""
    if shutil.which("gdb-multiarch") is None:
        pytest.skip("needs gdb-multiarch")
    (folder / "loop.s").write_text(LOOP)
    screens.append(screen := Screen(folder, "loop.s"))
    assert "_start () at loop.s:1" in screen.prompt()
    return screen


def test_the_interrupt_key_stops_the_program_and_the_end_key_leaves(looping: Screen) -> None:
    looping.child.sendline("continue")
    looping.child.expect("loop\r\n")
    looping.child.sendintr()
    assert "received signal SIGINT" in looping.prompt()
    looping.child.sendintr()
    assert "Quit" in looping.prompt()
    looping.child.sendeof()
    looping.child.expect("Quit anyway")
    looping.child.sendline("y")
    assert looping.end() == 0


@pytest.mark.parametrize("is_running", [False, True])
def test_when_gdb_is_killed_nothing_is_left(looping: Screen, is_running: bool) -> None:
    if is_running:
        looping.child.sendline("continue")
        looping.child.expect("loop\r\n")
    os.kill(looping.gdb, signal.SIGKILL)
    assert looping.end() == 137


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_when_we_end_gdb_ends(looping: Screen, number: int) -> None:
    gdb = looping.gdb
    os.kill(looping.child.pid, number)
    assert looping.end() == -number
    wait_until(lambda: not is_alive(gdb))


def test_what_was_let_go_can_be_interrupted_when_gdb_has_left(looping: Screen) -> None:
    gdb = looping.gdb
    looping.do("detach")
    looping.child.sendline("quit")
    wait_until(lambda: not Path(f"/proc/{gdb}").exists())
    while looping.child.isalive():
        looping.child.sendintr()
    assert looping.end() == -signal.SIGINT


@needs_gdb
def test_the_guest_has_another_terminal(folder: Path, screens: list[Screen]) -> None:
    """A wait for what is typed there ends when gdb wants the program back."""
    ours, theirs = os.openpty()
    try:
        screens.append(screen := Screen(folder, "--tty", os.ttyname(theirs), PROGRAMS / "cat.s"))
        screen.prompt()
        screen.child.sendline("continue")
        os.write(ours, b"typed\n")
        shown = b""
        while b"typed\r\ntyped\r\n" not in shown:
            shown += os.read(ours, 1000)
        screen.child.sendintr()
        assert "received signal SIGINT" in screen.prompt()
        screen.child.sendline("kill")
        screen.child.expect("y or n")
        screen.child.sendline("y")
        assert "killed" in screen.prompt()
        screen.child.sendline("quit")
        assert screen.end() == 0
    finally:
        os.close(ours)
        os.close(theirs)
