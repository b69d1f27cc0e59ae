"""The command's own streams in every state, limits of the host, and texts of a guest's that reach a terminal."""

from __future__ import annotations

import errno
import os
import pty
import resource
import signal
import socket
import stat
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.text import Text

from asm import Source, assemble
from vm import Machine
from vm.cli import explain, forklore, streams
from vm.hazards.report import plain
from vm.kernel.ports import HostInput
from vm.observe.strace import Tracer
from vm.observe.trimmed import print_line, print_trimmed
from vm.text import message, printable

ROOT = Path(__file__).resolve().parents[2]
HELLO = str(ROOT / "programs" / "hello.s")
COMMAND = [sys.executable, "-c", "from vm.cli import main; main()"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}

PROBE = """
# The status has a bit for each of descriptors 0, 1 and 2 that is open, and 16 unless a read of 0 fails with EBADF.
        .globl _start
_start: li s0, 0
        li s1, 0
        li s2, 1
1:      mv a0, s1
        li a1, 1
        li a2, 0
        li a7, 25               # fcntl64(fd, F_GETFD)
        ecall
        bltz a0, 2f
        or s0, s0, s2
2:      addi s1, s1, 1
        slli s2, s2, 1
        li t0, 3
        blt s1, t0, 1b
        li a0, 0
        la a1, byte
        li a2, 1
        li a7, 63               # read(0)
        ecall
        li t0, -9               # EBADF, and no byte of ours
        beq a0, t0, 3f
        ori s0, s0, 16
3:      mv a0, s0
        li a7, 93
        ecall
        .bss
byte:   .skip 1
"""


def start(arguments: list[str], closed: tuple[int, ...] = (), **options: Any) -> subprocess.CompletedProcess[str]:
    """The command with some of its standard descriptors closed."""
    shell = " ".join(f"{fd}>&-" for fd in closed)
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {shell}', "sh", *COMMAND, *arguments], env=ENVIRONMENT, text=True, timeout=300,
        **{"stdin": subprocess.DEVNULL, "capture_output": True, **options},
    )  # fmt: skip


COMBINATIONS = [
    pytest.param(closed, marks=pytest.mark.full if len(closed) == 2 else ())
    for closed in (tuple(fd for fd in range(3) if bits >> fd & 1) for bits in range(8))
]


@pytest.mark.parametrize("closed", COMBINATIONS, ids=str)
def test_a_closed_descriptor_is_closed_for_the_guest(tmp_path: Path, closed: tuple[int, ...]) -> None:
    (tmp_path / "probe.s").write_text(PROBE)
    done = start(["run", str(tmp_path / "probe.s")], closed)
    opened = sum(1 << fd for fd in range(3) if fd not in closed)
    assert done.returncode == opened + (0 if 0 in closed else 16)


@pytest.mark.parametrize("closed", COMBINATIONS, ids=str)
def test_a_command_works_with_what_is_open(tmp_path: Path, closed: tuple[int, ...]) -> None:
    """What it writes to files is whole, and what it prints is printed or a failure that has its status."""
    image = tmp_path / "image"
    assert start(["asm", HELLO, "-o", str(image)], closed).returncode == 0
    source = Source(HELLO, Path(HELLO).read_text())
    assert image.read_bytes() == assemble([source], directory=os.getcwd()).image
    for arguments in (["--help"], ["disasm", str(image)]):
        done = start(arguments, closed)
        assert done.returncode == (125 if 1 in closed else 0)
        assert bool(done.stdout) == (1 not in closed)
        assert done.stderr.count("\n") == (1 in closed and 2 not in closed)


@pytest.mark.parametrize("closed", [(0,), (1,), (0, 1, 2)], ids=str)
def test_the_checker_works_with_what_is_open(closed: tuple[int, ...]) -> None:
    """The program's output is lost, which it is told and nobody else."""
    done = start(["check", str(ROOT / "programs" / "vfork_exec.s")], closed)
    assert done.returncode == 0
    assert "internal error" not in done.stderr


def test_the_guest_has_none_of_the_descriptors_that_we_were_given(tmp_path: Path) -> None:
    source = """
_start: li s0, 3
1:      mv a0, s0
        li a1, 1
        li a2, 0
        li a7, 25               # fcntl64(fd, F_GETFD)
        ecall
        bgez a0, 2f
        addi s0, s0, 1
        li t0, 30
        blt s0, t0, 1b
        li s0, 0
2:      mv a0, s0
        li a7, 93
        ecall
"""
    (tmp_path / "probe.s").write_text(source)
    given = [os.open(HELLO, os.O_RDONLY) for _ in range(9)]
    done = start(["run", str(tmp_path / "probe.s")], pass_fds=given)
    for fd in given:
        os.close(fd)
    assert (done.returncode, done.stderr) == (0, "")


TAKER = """
# Reads a byte of standard input; the status is the error number, or 100 and what the read gave.
_start: li a0, 0
        la a1, byte
        li a2, 1
        li a7, 63
        ecall
        bltz a0, 1f
        addi a0, a0, -100
1:      neg a0, a0
        bgez a0, 2f
        neg a0, a0
2:      li a7, 93
        ecall
        .bss
byte:   .skip 1
"""


def test_standard_input_of_any_kind(tmp_path: Path) -> None:
    """What read(2) says of it, the guest's says, if it is one of its errors, and never waits for what cannot come."""
    image = assemble([Source("taker.s", TAKER)]).image
    program = tmp_path / "taker"
    program.write_bytes(image)
    program.chmod(0o755)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    one, other = socket.socketpair()
    other.send(b"x")
    closed, gone = socket.socketpair()
    gone.close()
    folder, full = os.open(tmp_path, os.O_RDONLY), os.open("/dev/full", os.O_RDONLY)
    kinds = {listening.fileno(): errno.ENOTCONN, one.fileno(): 99, closed.fileno(): 100, folder: errno.EISDIR, full: 99}
    for descriptor, status in kinds.items():
        assert Machine(root=tmp_path).run("/taker", input=HostInput(descriptor)).status == status
    for end in (listening, one, other, closed):
        end.close()
    os.close(folder)
    os.close(full)


def test_a_program_is_told_that_the_disk_is_full(tmp_path: Path) -> None:
    source = "_start: li a0, 1\n la a1, _start\n li a2, 9\n li a7, 64\n ecall\n neg a0, a0\n li a7, 93\n ecall\n"
    (tmp_path / "writer.s").write_text(source)
    with open("/dev/full", "w") as full:
        done = start(["run", str(tmp_path / "writer.s")], capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (errno.ENOSPC, "")


def test_what_we_open_is_never_a_standard_descriptor() -> None:
    """In every combination; the text is what descriptors 0 to 2 lead to once they are held."""
    probe = (
        "import os, sys; from vm.cli import streams; streams.hold(); fd = os.open('/', os.O_RDONLY);"
        "links = [os.readlink(f'/proc/self/fd/{n}') for n in range(3)];"
        "bits = sum(1 << n for n in range(3) if streams.is_closed(n));"
        "os._exit(bits if fd > 2 and all((links[n] == '/dev/null') for n in range(3) if bits >> n & 1) else 99)"
    )
    for bits in range(8):
        closed = " ".join(f"{fd}>&-" for fd in range(3) if bits >> fd & 1)
        command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", probe]
        assert subprocess.run(command, env=ENVIRONMENT, timeout=300).returncode == bits


LOST = "forklore: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"], ["--help"], ["run", "--help"], ["disasm", "IMAGE"], ["inspect", "IMAGE"], ["cache"],
        ["asm", "--listing", HELLO, "-o", "/dev/null"], ["compare", "--rounds", "0", HELLO],
        ["check", "--format", "json", HELLO],
        ["bench", "--sizes", "64K", "--methods", "vfork", "--rounds", "1", "--repeats", "1", "--format", "csv"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)  # fmt: skip
def test_output_that_cannot_be_written(arguments: list[str], tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(assemble([Source("hello.s", Path(HELLO).read_text())]).image)
    arguments = [str(image) if argument == "IMAGE" else argument for argument in arguments]
    with open("/dev/full", "w") as full:
        done = start(arguments, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr[-len(LOST) :]) == (125, LOST)
    assert "internal error" not in done.stderr


def test_files_that_cannot_be_written() -> None:
    for arguments in (["asm", HELLO, "-o", "/dev/full"], ["check", "--report", "/dev/full", HELLO]):
        done = start(arguments)
        assert done.returncode == 125
        assert "forklore: cannot write /dev/full: No space left on device\n" in done.stderr


def test_nobody_reads_a_listing(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(assemble([Source("x.s", "_start:\n" + "nop\n" * 20_000)]).image)
    reader, writer = os.pipe()
    os.close(reader)
    done = start(["disasm", str(tmp_path / "image")], capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def limited(kind: int, value: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=ENVIRONMENT, text=True, timeout=300, stdin=subprocess.DEVNULL, capture_output=True,
        preexec_fn=lambda: resource.setrlimit(kind, (value, value)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (resource.RLIMIT_AS, 200 << 20, "memory is limited to 200 MiB (ulimit -v)"),
        (resource.RLIMIT_AS, 500 << 20, "a smaller --memory or a higher limit (ulimit -v) helps"),
        (resource.RLIMIT_NOFILE, 5, "a higher limit (ulimit -n) helps"),
    ],
)
def test_limits_that_are_too_low(kind: int, value: int, text: str) -> None:
    done = limited(kind, value, "run", "--memory", "1G", HELLO)
    assert (done.returncode, done.stdout) == (125, "")
    assert text in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_host_is_not_taken_for_a_bug_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(FileNotFoundError(2, "No usable temporary directory")) == 125
    assert explain(ZeroDivisionError("once")) == 125
    first, second = capsys.readouterr().err.splitlines()[:2]
    assert first == "forklore: this computer refuses what is needed: [Errno 2] No usable temporary directory"
    assert second == "forklore: internal error: ZeroDivisionError: once"


# --- texts of others ---

EVIL = "\x1b[31mred\x07\x9b\u202e\udcff\r"
SAFE = "\\x1b[31mred\\x07\\x9b\\u202e\\xff\\r"


def test_nothing_printable_commands_a_terminal() -> None:
    assert printable("plain – text") == "plain – text"
    assert printable(EVIL) == SAFE
    assert printable("a\nb\t") == "a\\nb\\t"
    assert message(f"a\n\tb{EVIL}") == f"a\n\tb{SAFE}"
    everything = "".join(map(chr, range(0x300)))
    assert printable(printable(everything)).isprintable()


class Shown(list[str]):
    """Where lines of a tracer go."""


def test_what_observers_print(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False, force_terminal=False, width=200)
    print_line(console, Text(f"line {EVIL}"))
    print_trimmed(console, Text(f"trimmed {EVIL}"))
    shown = capsys.readouterr().err
    assert "\x1b" not in shown
    assert shown.count("\\x1b[31mred") == 2
    assert plain([Text(f"x{EVIL}")]).isprintable()


@pytest.mark.parametrize("text", ["\x1b[31m", "a\nforklore: forged", "\x9b31m"])
def test_names_of_the_guests_in_our_messages(tmp_path: Path, text: str) -> None:
    """Waits and rejected files are told with escapes, whoever asks."""
    name = f"fifo{text}"
    source = f"""
        .globl _start
_start: li a0, -100
        la a1, name
        li a2, {stat.S_IFIFO | 0o600}
        li a3, 0
        li a7, 33               # mknodat
        ecall
        la a0, bad
        la a1, none
        la a2, none
        li a7, 221              # execve
        ecall
        li a0, -100
        la a1, name
        li a2, 0
        li a7, 56               # openat: nobody ever writes
        ecall
        .data
        .balign 4
none:   .word 0
name:   .byte {", ".join(map(str, name.encode()))}, 0
bad:    .byte {", ".join(map(str, f"bad{text}".encode()))}, 0
"""
    (tmp_path / "guest.s").write_text(source)
    (tmp_path / f"bad{text}").write_bytes(b"\x7fELF")
    (tmp_path / f"bad{text}").chmod(0o755)
    lines: list[str] = []
    booted = Machine(root=tmp_path).boot("/guest").start()
    Tracer(booted.kernel, lines.append)
    result = booted.finish()
    assert result.status == 124
    escaped = printable(text)
    assert f"fifo{escaped}" in result.message
    assert any(f"bad{escaped}: " in line for line in lines)
    for shown in (*lines, *result.message.splitlines()):
        assert "\x1b" not in shown
        assert "\x9b" not in shown
        assert "\n" not in shown
        assert not shown.startswith("forklore: ")


def test_sources_and_symbols_of_others(tmp_path: Path) -> None:
    """Through the commands themselves: a source's lines, an image's symbols, names of files."""
    bad = tmp_path / "bad\x1b]0m.s"
    bad.write_text("_start: nonsense \x1b]1m\n")
    good = tmp_path / "good.s"
    good.write_text("_start: j evil_symbol\nevil_symbol: nop\n")
    image = tmp_path / "image\x1b]0m"
    image.write_bytes(assemble([Source("good.s", good.read_text())]).image.replace(b"evil_", b"\x1b]0m_"))
    image.chmod(0o755)
    for arguments in (
        ["run", str(bad)], ["asm", str(bad)], ["asm", str(tmp_path / "none\x1b]0m.s")], ["disasm", str(image)],
        ["inspect", str(image)], ["disasm", str(tmp_path / "none\x1b]0m")], ["inspect", str(bad)],
        ["run", "--root", "\x1b]0m", "x"], ["run", "--memory", "\x1b]0m", "x"], ["run", "--\x1b]0m", "x"],
        ["check", str(image)], ["disasm", "x", "\x1b]0m"],
    ):  # fmt: skip
        done = CliRunner().invoke(forklore, arguments, color=True)  # as at a terminal: click takes no escapes out
        assert "\x1b]" not in done.output, arguments
        assert "internal error" not in done.output


# --- the terminal ---

RAW = """
        .globl _start
_start: li a0, 0
        li a1, 0x5401
        la a2, settings
        li a7, 29
        ecall                   # ioctl(0, TCGETS)
        la t0, settings
        lw t1, 12(t0)
        andi t1, t1, ~0xa       # ICANON and ECHO
        sw t1, 12(t0)
        li a0, 0
        li a1, 0x5402
        la a2, settings
        li a7, 29
        ecall                   # ioctl(0, TCSETS)
        li a0, 1
        la a1, ready
        li a2, 1
        li a7, 64
        ecall
1:      j 1b
        .rodata
ready:  .ascii ">"
        .bss
        .balign 4
settings: .skip 36
"""


@pytest.fixture
def raw(tmp_path: Path) -> Callable[[str], Any]:
    (tmp_path / "raw.s").write_text(RAW)

    def begin(command: str) -> Any:
        keys, screen = pty.openpty()
        before = termios.tcgetattr(screen)
        running = subprocess.Popen(
            [*COMMAND, command, str(tmp_path / "raw.s")], env=ENVIRONMENT, stdin=screen, stdout=screen,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert os.read(keys, 1) == b">"
        return SimpleNamespace(running=running, keys=keys, screen=screen, before=before)

    return begin


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="settings travel as Linux has them")
@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("run", signal.SIGTERM),
        ("run", signal.SIGHUP),
        ("run", signal.SIGQUIT),
        ("check", signal.SIGTERM),
        ("check", signal.SIGINT),
    ],
)
def test_a_signal_that_ends_us_gives_the_terminal_back(raw: Callable[[str], Any], command: str, number: int) -> None:
    desk = raw(command)
    assert termios.tcgetattr(desk.screen) != desk.before
    desk.running.send_signal(number)
    assert desk.running.wait(300) == -number
    assert termios.tcgetattr(desk.screen) == desk.before
    os.close(desk.keys)
    os.close(desk.screen)


def test_descriptors_are_found_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none is closed nothing is held."""
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stdin", sys.stdin)
    streams.hold()
    assert not any(map(streams.is_closed, range(3)))
