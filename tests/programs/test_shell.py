"""Sessions with the guest's shell: what it starts, what it says, and that both ways to launch serve alike."""

from __future__ import annotations

import sys
from typing import Any

import pexpect
import pytest

from tests.programs.headers import PROGRAMS, PROGRAMS_FOLDER, Header, read_header
from vm import Machine, Result
from vm.events import Created, Executed

LAUNCHERS = ["fork", "vfork"]
HEADERS = {program.name.removesuffix(".s"): read_header(program.read_text()) for program in PROGRAMS}
BY_NAME = {
    name: header
    for name, header in HEADERS.items()
    if name != "sh" and not (header.arguments or header.input or header.status == 124)
}
"""Programs that need nothing but their name, and come to an end."""


def session(*lines: str, arguments: tuple[str, ...] = (), **settings: Any) -> Result:
    """Type these lines at the shell."""
    text = "".join(line + "\n" for line in lines)
    return Machine(**settings).run(PROGRAMS_FOLDER / "sh.s", arguments, input=text.encode())


def complaints(result: Result) -> list[str]:
    """What the shell said on standard error, without prompts."""
    return [line for line in result.errors.decode().replace("guest$ ", "").splitlines() if line]


@pytest.mark.parametrize("launcher", LAUNCHERS)
@pytest.mark.parametrize(("name", "header"), BY_NAME.items(), ids=list(BY_NAME))
def test_every_program_runs_by_name(name: str, header: Header, launcher: str) -> None:
    """Its status reaches the shell; its output is there too, but for the pids and slots that the shell has taken."""
    result = session(f"launch {launcher}", name, "echo status $?")
    *output, status = result.output.decode().splitlines()
    assert status == f"status {header.status}"
    assert result.status == 0
    expected = header.output.decode().splitlines()
    assert len(output) == len(expected)
    if not any(character in "0123456789" for line in expected for character in line):
        assert output == expected


@pytest.mark.parametrize("launcher", LAUNCHERS)
@pytest.mark.parametrize("quantum", [1, 7, 100, 10_000])
def test_a_long_session(launcher: str, quantum: int) -> None:
    result = session(
        "# a comment, and an empty line",
        "",
        f"launch {launcher}",
        "launch",
        "  hello  ",
        "echo\ttabs  and   blanks   # and a comment",
        "vfork_global",
        "false",
        "echo $? $? again",
        "echo $?",
        "pipeline",
        "write_code",
        "echo $?",
        "echo is still what was typed",
        "exit 42",
        "hello",
        quantum=quantum,
    )
    assert result.output.decode().splitlines() == [
        f"programs are launched by {launcher}",
        "hello, world",
        "tabs and blanks",
        "parent: balance is 100",
        "child:  balance set to 0, exiting",
        "parent: balance is 0",
        "1 1 again",
        "0",
        "through the pipe",
        "both have exited",
        "writing into my own code",
        "139",
        "is still what was typed",
    ]
    assert complaints(result) == ["sh: write_code: killed by a signal"]
    assert result.status == 42


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_launchers_are_what_they_are_called(launcher: str) -> None:
    result = session(f"launch {launcher}", "hello", "hello")
    assert [event.call for event in result.events if isinstance(event, Created)] == [launcher] * 2
    assert [event.path for event in result.events if isinstance(event, Executed)][1:] == ["/hello.s"] * 2


def test_control_c_ends_the_program_and_neither_shell_nor_machine() -> None:
    child = pexpect.spawn(
        sys.executable, ["-c", "from vm.cli import main; main()", "run", str(PROGRAMS_FOLDER / "sh.s")],
        encoding="utf-8", timeout=300,
    )  # fmt: skip
    child.expect("guest\\$ ")
    for launcher in LAUNCHERS:
        child.sendline(f"launch {launcher}")
        child.expect("guest\\$ ")
        child.sendline("cat")
        child.sendline("typed")
        child.expect("typed\r\ntyped\r\n")
        child.sendintr()
        child.expect("\\^C\r\nguest\\$ ")
        child.send("a line to be given up")
        child.expect("up")
        child.sendintr()
        child.expect("\\^C\r\nguest\\$ ")
        child.sendline("echo $?")
        child.expect("130\r\nguest\\$ ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_what_cannot_be_run(launcher: str) -> None:
    names = ["nowhere", "/", "alphabet.txt", "not_an_image", "alphabet.txt/hello"]
    lines = [line for name in names for line in (name, "echo $?")]
    result = session(f"launch {launcher}", *lines)
    assert result.output.decode().split() == ["127", "126", "126", "126", "126"]
    assert complaints(result) == [
        "sh: nowhere: not found",
        *(f"sh: {name}: cannot be run" for name in names[1:]),
    ]


def test_without_a_free_slot_nothing_is_launched() -> None:
    result = session("hello", "echo $?", processes=2)
    assert result.output == b""
    assert complaints(result) == ["sh: hello: no process for it", "sh: echo: no process for it"]
    assert result.status == 126


def test_what_follows_a_command_is_its_input() -> None:
    result = session("cat", "this line is for cat", "and this one")
    assert result.output == b"this line is for cat\nand this one\n"


def test_files_can_be_shown() -> None:
    result = session("cat alphabet.txt nowhere alphabet.txt", "echo $?")
    assert result.output == b"abcdefghijklmnopqrstuvwxyz\n" * 2 + b"1\n"
    assert complaints(result) == ["cat: cannot open a file"]


@pytest.mark.parametrize(("line", "status"), [("exit", 1), ("exit 0", 0), ("exit 7", 7), ("exit 259", 3)])
def test_exit(line: str, status: int) -> None:
    assert session("false", line, "hello").status == status


def test_the_end_of_input_leaves_with_the_last_status() -> None:
    assert session("false").status == 1
    assert Machine().run(PROGRAMS_FOLDER / "sh.s", input=b"hello").output == b"hello, world\n"


def test_wrong_use_is_said_and_survived() -> None:
    result = session("exit many", "echo $?", "launch spawn", "echo $?", "launch", "help")
    assert complaints(result) == ["sh: exit: see help", "sh: launch: see help"]
    assert result.output.startswith(b"2\n2\nprograms are launched by fork\nNAME [ARGUMENT]...")
    assert result.status == 0


def test_lines_up_to_the_limit_and_beyond() -> None:
    longest = "echo " + "x" * 1018
    result = session(longest, longest + "y", "echo $?", "echo " + "w " * 509)
    assert result.output.decode().splitlines() == ["x" * 1018, "2", " ".join("w" * 509)]
    assert complaints(result) == [f"sh: {longest}: line too long"]


def test_keys_without_a_letter_are_left_out_of_a_line() -> None:
    result = session("\x1b[Aecho a\x1b[1;5Cb\x1bOPc", "ec\x1bxho d", "\x1b[D", "\x1b", "echo e")
    assert (result.output, complaints(result)) == (b"abc\nd\ne\n", [])


def test_a_command_is_an_argument() -> None:
    def command(text: str) -> tuple[int, bytes]:
        result = Machine().run(PROGRAMS_FOLDER / "sh.s", ["-c", text])
        return result.status, result.output

    assert command("echo one  two") == (0, b"one two\n")
    assert command("exit 3") == (3, b"")
    assert command(":") == command("") == (0, b"")
    assert command("nowhere")[0] == 127
    assert command("null_pointer") == (139, b"reading address 0\n")


def test_a_script_is_read_from_a_file_and_input_left_alone() -> None:
    result = session("not for the shell", arguments=("script.sh",))
    assert result.output == HEADERS["script.sh"].output
    assert result.status == HEADERS["script.sh"].status
    assert result.errors == b""


def test_a_missing_script_is_not_found() -> None:
    result = session(arguments=("nowhere",))
    assert result.errors == b"sh: nowhere: not found\n"
    assert result.status == 127


def test_scripts_start_scripts() -> None:
    assert session("script.sh", "echo $?").output == b"commands from a file\nhello, world\n7\n"
