"""The trace has a line for each call in strace's form, and watching changes nothing."""

from __future__ import annotations

from pathlib import Path

from tests.kernel.guest import boot, log_of
from vm.observe.strace import Tracer, quote

SOURCE = """
_start: sys getpid
        li a0, 1
        la a1, text
        li a2, 6
        sys write
        li a0, -1
        sys close
        la a0, path
        la a1, argv
        li a2, 0
        sys execve
        li a7, 2000
        ecall
        li a7, 2000
        ecall
        li a0, 99
        la a1, text
        li a2, 4
        sys read
        sys fork
        beqz a0, child
        li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
        exit 3
child:  lw a0, (zero)
        .data
text:   .ascii "hello\\n"
path:   .asciz "/nowhere"
        .balign 4
argv:   .word path, 0
"""


def trace(tmp_path: Path, source: str, **options: object) -> list[str]:
    lines: list[str] = []
    booted = boot(tmp_path, source, **options)
    Tracer(booted.kernel, lines.append)
    booted.finish()
    return lines


def test_lines_are_strace_s(tmp_path: Path) -> None:
    lines = trace(tmp_path, SOURCE)
    assert "[pid 2] getpid() = 2" in lines
    assert '[pid 2] write(1, "hello\\n", 6) = 6' in lines
    assert "[pid 2] close(-1) = -1 EBADF (Bad file descriptor)" in lines
    assert '[pid 2] execve("/nowhere", ["/nowhere"], 0) = -1 ENOENT (No such file or directory)' in lines
    assert "[pid 2] fork() = 3" in lines
    assert "[pid 2] exit(3) = ?" in lines
    assert "[pid 2] +++ exited with 3 +++" in lines
    assert "[pid 3] +++ killed by SIGSEGV +++" in lines
    assert any(line.startswith("[pid 3] --- SIGSEGV") for line in lines)
    assert any(line.startswith("[pid 2] wait4(-1") and line.endswith("= 3") for line in lines)


def test_an_unknown_call_is_named_once(tmp_path: Path) -> None:
    lines = [line for line in trace(tmp_path, SOURCE) if "ENOSYS" in line]
    assert len(lines) == 1
    assert "2000" in lines[0]


def test_watching_changes_nothing(tmp_path: Path) -> None:
    plain = log_of(boot(tmp_path, SOURCE))
    booted = boot(tmp_path, SOURCE)
    Tracer(booted.kernel, lambda line: None)
    assert log_of(booted) == plain


def test_bad_pointers_are_shown_as_addresses(tmp_path: Path) -> None:
    source = (
        "_start: li a0, 1\n li a1, 0\n li a2, 5\n sys write\n li a0, 0\n li a1, 12\n li a2, 16\n sys execve\n exit 0"
    )
    lines = trace(tmp_path, source)
    assert lines[0].endswith("= -1 EFAULT (Bad address)")
    assert lines[1].startswith("[pid 2] execve(")
    assert lines[1].endswith("= -1 EFAULT (Bad address)")


def test_strings_are_quoted_as_in_c() -> None:
    assert quote(b'a"b\\c\n\t\r\0\x01\xff', 10) == r'"a\"b\\c\n\t\r\0\x01\xff"'
    assert quote(b"x" * 40, 40) == '"' + "x" * 32 + '"...'
    assert quote(b"", 0) == '""'
