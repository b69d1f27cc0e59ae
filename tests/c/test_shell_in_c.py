"""programs/c/sh.c in a terminal, by scripted keystrokes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from vm.toolchain import is_installed

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")

PROMPT = "\n?guest\\$ "


@pytest.fixture(params=["fork", "vfork", "spawn"])
def shell(request: pytest.FixtureRequest) -> Iterator[pexpect.spawn]:
    """A shell in a pseudo-terminal that has shown its prompt and launches programs in one of the three ways."""
    child = pexpect.spawn(
        sys.executable, ["-c", "from vm.cli import main; main()", "run", str(ROOT / "programs" / "c" / "sh.c")],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, encoding="utf-8", timeout=300, echo=False,
    )  # fmt: skip
    child.expect(PROMPT)
    say(child, f"launch {request.param}")
    yield child
    child.close(force=True)


def say(child: pexpect.spawn, line: str) -> str:
    """Type a line; what is printed until the next prompt."""
    child.sendline(line)
    child.expect(PROMPT)
    return child.before.replace("\r\n", "\n").strip()


def test_a_pipeline_of_three(shell: pexpect.spawn):
    assert say(shell, "echo three short words | upper | wc").split() == ["1", "3", "18"]
    assert say(shell, "echo three short words | cat | upper") == "THREE SHORT WORDS"


def test_redirection(shell: pexpect.spawn):
    assert say(shell, "echo first > /tmp/file; echo second >> /tmp/file; cat < /tmp/file") == "first\nsecond"
    assert say(shell, "cat /nowhere 2> /tmp/errors; wc < /tmp/errors").split()[0] == "1"
    assert say(shell, "ls /tmp") == "errors\nfile"


def test_exit_statuses(shell: pexpect.spawn):
    assert say(shell, "hello; echo $?") == "hello, world\n0"
    assert say(shell, "cat /nowhere; echo $?").endswith("\n1")
    assert say(shell, "nowhere; echo $?").endswith("\n127")
    assert say(shell, "cat /nowhere 2> /dev/null && echo yes || echo no") == "no"
    shell.sendline("exit 42")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 42


def test_control_c_ends_the_foreground_program_and_not_the_shell(shell: pexpect.spawn):
    shell.sendline("cat")
    shell.sendline("typed")
    shell.expect("typed")
    shell.sendintr()
    shell.expect(PROMPT)
    assert say(shell, "echo $?") == "130"


@pytest.fixture
def editor() -> Iterator[pexpect.spawn]:
    """A shell in a pseudo-terminal of 30 columns that shows what is typed."""
    child = pexpect.spawn(
        sys.executable, ["-c", "from vm.cli import main; main()", "run", str(ROOT / "programs" / "c" / "sh.c")],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, encoding="utf-8", timeout=300, dimensions=(24, 30),
    )  # fmt: skip
    child.expect(PROMPT)
    yield child
    child.close(force=True)


LEFT, RIGHT, UP, DOWN, DELETE, HOME, END = "\033[D", "\033[C", "\033[A", "\033[B", "\033[3~", "\033OH", "\033[4~"


def printed(child: pexpect.spawn, keys: str, expected: str) -> None:
    """Type these keys, and Enter: the program's output is this line."""
    child.send(keys + "\r")
    child.expect(f"\n{expected}\r\n.*{PROMPT}")


def test_lines_are_edited_and_remembered(editor: pexpect.spawn):
    printed(editor, f"echo bd{LEFT}a", "bad")
    printed(editor, f"{UP}ly", "badly")
    printed(editor, f"{UP}{UP}{DOWN}{HOME}\x05!", "badly!")
    printed(editor, f"cho äöü{LEFT}{LEFT}\x7fx{END}{RIGHT}y{HOME}e", "xöüy")
    printed(editor, f"nothing\x15{UP}\x01{RIGHT * 5}\x0bz", "z")
    printed(editor, f"half{UP}{DOWN}\x01echo {DELETE}x{LEFT}\x04w", "walf")
    wide = "a line that is wider than the terminal"
    printed(editor, f"echo {wide}", wide)
    editor.send("to be given up")
    editor.expect("up")
    editor.sendintr()
    editor.expect("\\^C\r\n\rguest\\$ ")
    printed(editor, "cat < /proc/self/comm; echo $?", "0")
    editor.send("\x04")
    editor.expect(pexpect.EOF)


def test_help_fits_a_terminal(shell: pexpect.spawn):
    assert all(len(line) <= 80 for line in say(shell, "help").splitlines())


def test_background_job(shell: pexpect.spawn):
    assert say(shell, "sleep 5 & echo meanwhile").endswith("meanwhile")
    assert say(shell, "wait; echo $?") == "0"


def test_folders(shell: pexpect.spawn):
    assert say(shell, "cd /tmp; echo x > here; cd /; cat /tmp/here") == "x"


def lines(text: str) -> list[str]:
    """Each line with single blanks, as states and names of jobs stand in columns."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def stop(shell: pexpect.spawn, command: str) -> None:
    """Start a command that copies its input, and stop it when it is seen to run."""
    shell.sendline(command)
    shell.sendline("typed")
    shell.expect("typed")
    shell.sendcontrol("z")
    shell.expect(PROMPT)


def test_jobs_are_stopped_and_go_on(shell: pexpect.spawn):
    stop(shell, "cat | cat")
    assert lines(shell.before)[-1] == "[1] + Stopped cat | cat"
    assert lines(say(shell, "echo $?; jobs")) == ["148", "[1] + Stopped cat | cat"]
    assert say(shell, "bg") == "[1] cat | cat"
    assert lines(say(shell, "jobs")) == ["[1] + Stopped (tty input) cat | cat"]
    shell.sendline("fg")
    shell.expect("cat \\| cat")
    shell.sendline("again")
    shell.expect("again")
    shell.sendintr()
    shell.expect(PROMPT)
    assert re.fullmatch(r"130\n.*: fg: No current job", say(shell, "echo $?; jobs; fg"))
    assert lines(say(shell, "(exit 3) & cat < /dev/null; wait $!; (exit 4) & wait $!; echo $?")) == ["4"]
    stop(shell, "cat")
    assert say(shell, "exit") == "You have stopped jobs."
    assert lines(say(shell, "kill -9 %1; sleep 1; jobs")) == ["[1] + Killed cat"]


@pytest.mark.parametrize("shell", ["fork"], indirect=True)
def test_commands_over_several_lines(shell: pexpect.spawn):
    shell.sendline("for i in 1 2")
    shell.expect("> ")
    assert say(shell, "do echo $i; done") == "1\n2"
    shell.sendline("if true; then")
    shell.expect("> ")
    shell.sendintr()
    shell.expect(PROMPT)
    assert say(shell, "echo )").endswith('Syntax error: ")" unexpected')
    assert say(shell, "echo ${x?missing}").endswith("x: missing")
    assert say(shell, "x=5; (x=6); echo $x") == "5"
