"""`forklore run` from outside: statuses, messages, options, limits. Linux's conventions are the expectation."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forking import forked_command

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "programs"
Forklore = Callable[..., subprocess.CompletedProcess[str]]

SPIN = ".globl _start\n_start: j _start\n"
FLOOD = """
        .globl _start
_start: li a0, 1
        la a1, text
        li a2, 16
        li a7, 64
        ecall
        j _start
        .rodata
text:   .ascii "0123456789abcde\\n"
"""


@pytest.fixture
def forklore(tmp_path: Path) -> Forklore:
    def call(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*forked_command(), *map(str, arguments)],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300,
            **{"stdin": subprocess.DEVNULL, **options},
        )  # fmt: skip

    return call


def source(folder: Path, text: str, name: str = "program.s") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def exits_with(status: int) -> str:
    return f".globl _start\n_start: li a0, {status}\n li a7, 93\n ecall\n"


@pytest.mark.parametrize("status", [0, 1, 42, 255])
def test_exit_status_is_the_programs(forklore: Forklore, tmp_path: Path, status: int):
    done = forklore("run", source(tmp_path, exits_with(status)))
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")


def test_death_by_signal_is_128_plus_the_signal(forklore: Forklore):
    assert forklore("run", PROGRAMS / "null_pointer.s").returncode == 128 + 11
    assert forklore("run", PROGRAMS / "illegal.s").returncode == 128 + 4
    assert forklore("run", PROGRAMS / "breakpoint.s").returncode == 128 + 5
    assert forklore("run", PROGRAMS / "misaligned_jump.s").returncode == 128 + 7


def test_arguments_behind_the_program_are_its_own(forklore: Forklore):
    done = forklore("run", PROGRAMS / "echo.s", "--stats", "-x", "--", "a b")
    assert (done.returncode, done.stdout, done.stderr) == (0, "--stats -x -- a b\n", "")


def test_missing_program(forklore: Forklore):
    done = forklore("run", "nowhere")
    assert (done.returncode, done.stderr) == (127, "forklore: nowhere: no such file\n")


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        (b"", 0o755, "too short"),
        (b"hello", 0o755, "not an ELF"),
        (b"\x7fELF" + bytes(60), 0o755, "offset"),
        (b"\x7fELF", 0o644, "chmod +x"),
        (b"#!/bin/sh", 0o644, "chmod +x"),
    ],
)
def test_what_cannot_be_run(forklore: Forklore, tmp_path: Path, content: bytes, mode: int, reason: str):
    (tmp_path / "image").write_bytes(content)
    (tmp_path / "image").chmod(mode)
    done = forklore("run", "image")
    assert done.returncode == 126
    assert done.stderr.startswith("forklore: image: ")
    assert "Traceback" not in done.stderr
    if reason != "too short":
        assert reason in done.stderr


def test_what_is_no_source_by_its_name(forklore: Forklore, tmp_path: Path):
    neither = "neither an image nor, by its name, a source"
    for name, mode, said in (
        ("m.txt", 0o644, f"{neither}; assembly is named .s, .S or .asm, and C .c"),
        ("m.txt", 0o755, "not an ELF file; assembly is named .s, .S or .asm, and C .c"),
        ("m.cpp", 0o644, f"{neither}; C++ is not compiled here, C in files named .c is"),
    ):
        (tmp_path / name).write_text("_start: nop\n")
        (tmp_path / name).chmod(mode)
        done = forklore("run", name)
        assert (done.returncode, done.stderr) == (126, f"forklore: {name}: {said}\n")
    done = forklore("run", "")
    assert (done.returncode, done.stderr) == (127, "forklore: the name of the program is empty\n")


def test_directory_is_not_a_program(forklore: Forklore, tmp_path: Path):
    assert forklore("run", tmp_path).returncode == 126


def test_errors_in_a_source_are_shown(forklore: Forklore, tmp_path: Path):
    done = forklore("run", source(tmp_path, "_start: addi a0, a0, 4096\n"))
    assert done.returncode == 126
    assert "program.s:1:" in done.stderr
    assert "does not fit" in done.stderr


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        (("--instructions", "100000"), SPIN, "instruction limit of 100,000"),
        (("--seconds", "0.2"), SPIN, "time limit of 0.2 s"),
        (("--output", "1000"), FLOOD, "output limit of 1,000 bytes"),
    ],
)
def test_limits_end_the_run(forklore: Forklore, tmp_path: Path, option: tuple[str, ...], text: str, message: str):
    done = forklore("run", *option, source(tmp_path, text))
    assert done.returncode == 124
    assert message in done.stderr
    assert len(done.stdout) == (1000 if "--output" in option else 0)


def test_deadlock_is_told_and_ended(forklore: Forklore):
    done = forklore("run", PROGRAMS / "deadlock.s")
    assert done.returncode == 124
    first, where, *rest = done.stderr.splitlines()
    assert first == "forklore: every process is blocked for ever"
    assert where.startswith("  pid 2 (deadlock.s) waits for data in pipe 1 in _start,")
    assert not [line for line in rest if "pid 2" in line]
    assert forklore("run", "--quiet", PROGRAMS / "deadlock.s").stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--memory", "12x", "p"),
        ("--quantum", "0", "p"),
        ("--first", "nobody", "p"),
        ("--env", "NAME", "p"),
        ("--nope",),
        (),
    ],
)
def test_bad_command_lines(forklore: Forklore, arguments: tuple[str, ...]):
    done = forklore("run", *arguments)
    assert done.returncode == 2
    assert "Usage: " in done.stderr


@pytest.mark.parametrize("memory", ["0", "5000", "100G"])
def test_memory_that_cannot_be(forklore: Forklore, memory: str):
    done = forklore("run", "--memory", memory, PROGRAMS / "hello.s")
    assert done.returncode == 2
    assert "memory size" in done.stderr


def test_memory_too_small_for_the_program(forklore: Forklore):
    done = forklore("run", "--memory", "8K", PROGRAMS / "hello.s")
    assert done.returncode == 126
    assert "ENOMEM" in done.stderr


def test_root_holds_the_program(forklore: Forklore, tmp_path: Path):
    (tmp_path / "root" / "bin").mkdir(parents=True)
    source(tmp_path / "root" / "bin", exits_with(7))
    assert forklore("run", "--root", "root", "/bin/program").returncode == 7
    assert forklore("run", "--root", "root", "bin/program.s").returncode == 7
    assert forklore("run", "--root", "root", tmp_path / "root" / "bin" / "program.s").returncode == 127
    assert forklore("run", "--root", "nowhere", "program").returncode == 2


def test_standard_input_reaches_the_program(forklore: Forklore):
    assert forklore("run", PROGRAMS / "cat.s", stdin=None, input="one\ntwo\n").stdout == "one\ntwo\n"


def test_closed_output_is_a_broken_pipe(tmp_path: Path):
    flood = source(tmp_path, FLOOD)
    command = f"{sys.executable} -c 'from vm.cli import main; main()' run {flood} | head -c 16; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300
    )
    assert done.stdout == "0123456789abcde\n141\n"
    assert "Traceback" not in done.stderr


def test_statistics_tell_threads_apart(forklore: Forklore) -> None:
    lines = forklore("run", "--stats", PROGRAMS / "threads.s").stderr.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("thread")] == [
        f"thread pid 2   {number} ended" for number in (3, 4, 5)
    ]
    assert any(" by 1 process with 4 threads; " in line for line in lines)


def test_statistics_and_trace_go_to_standard_error(forklore: Forklore):
    done = forklore("run", "--stats", "--trace", PROGRAMS / "vfork_global.s")
    assert done.stdout.splitlines()[-1] == "parent: balance is 0"
    assert "vfork  pid 2 -> 3   share" in done.stderr
    assert "[pid 2] <... vfork resumed>) = 3" in done.stderr
    assert "[pid 3] +++ exited with 0 +++" in done.stderr


def test_trace_names_an_unknown_call_once(forklore: Forklore, tmp_path: Path):
    call = " li a7, 97\n ecall\n"  # unshare
    done = forklore(
        "run", "--trace", source(tmp_path, f".globl _start\n_start:\n{call}{call} neg a0, a0\n li a7, 93\n ecall\n")
    )
    assert done.returncode == 38
    assert done.stderr.count("unshare(...) = -1 ENOSYS") == 1


def test_help_and_version(forklore: Forklore):
    assert "run" in forklore("--help").stdout
    assert forklore("--version").stdout.startswith("forklore, version ")
    assert "Exit statuses" in forklore("--help").stdout
