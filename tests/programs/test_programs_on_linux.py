"""What the headers promise is what a real kernel does: programs under qemu-riscv32, whose calls the host serves.

QEMU has no fork and no wait4, which riscv32 Linux never had either: linux_calls.s puts them in terms of clone and
waitid. It makes a fork of every vfork and cannot share memory between processes, so those programs are not judged
here, nor are those that exec (the host cannot execute RISC-V images) or fill the process table.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import count
from pathlib import Path

import pytest

from asm import Source, assemble
from tests.programs.headers import PROGRAMS_FOLDER, read_header

EXACT = [
    "breakpoint", "broken_pipe", "cat", "division", "echo", "exit_status", "false", "fork_buffer", "fork_isolation",
    "fork_offset", "futex_lock", "hello", "illegal", "misaligned_access", "misaligned_atomic", "null_pointer", "pipe",
    "race_fork", "stack_overflow", "threads", "write_code", "zombie",
]  # fmt: skip
BUT_FOR_NUMBERS = ["fork", "fork_ids", "fork_tree", "orphan", "wait"]
"""Programs that print pids, which the host chooses."""

LINUX_CALLS = Path(__file__).with_name("linux_calls.s").read_text()

pytestmark = pytest.mark.skipif(shutil.which("qemu-riscv32") is None, reason="needs qemu-riscv32 (Debian's qemu-user)")


def on_linux(source: str) -> str:
    """``source`` with fork and wait4 replaced."""
    pattern = r"li +a7, SYS_(fork|wait4)\b.*\n +ecall\b"
    changed, replaced = re.subn(pattern, r"jal     t6, qemu_\1", source)
    if not replaced:
        return source
    assert not re.search(r"li +a7, SYS_(fork|vfork|wait4|clone|execve)\b", changed)
    return changed.replace("        .section .rodata", f"{LINUX_CALLS}\n        .section .rodata", 1)


def anonymous(output: str) -> str:
    """``output`` with its numbers replaced by letters, the same number by the same letter."""
    letters: dict[str, str] = {}
    names = count()
    return re.sub(r"\d+", lambda number: letters.setdefault(number[0], f"<{next(names)}>"), output)


def run_under_qemu(name: str, folder: Path) -> tuple[str, int]:
    """Output and status as a shell would show it."""
    text = (PROGRAMS_FOLDER / f"{name}.s").read_text()
    header = read_header(text)
    image = folder / name
    image.write_bytes(assemble([Source(f"{name}.s", on_linux(text))]).image)
    image.chmod(0o755)
    ended = subprocess.run(
        ["sh", "-c", 'ulimit -c 0; exec qemu-riscv32 -cpu rv32,c=false "$@"', "sh", image, *header.arguments],
        input=header.input,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=PROGRAMS_FOLDER,
        timeout=300,
        check=False,
    )
    return ended.stdout.decode(), ended.returncode if ended.returncode >= 0 else 128 - ended.returncode


@pytest.mark.parametrize("name", EXACT)
def test_linux_agrees(name: str, tmp_path: Path) -> None:
    header = read_header((PROGRAMS_FOLDER / f"{name}.s").read_text())
    assert run_under_qemu(name, tmp_path) == (header.output.decode(), header.status)


@pytest.mark.parametrize("name", BUT_FOR_NUMBERS)
def test_linux_agrees_but_for_numbers(name: str, tmp_path: Path) -> None:
    header = read_header((PROGRAMS_FOLDER / f"{name}.s").read_text())
    output, status = run_under_qemu(name, tmp_path)
    assert (anonymous(output), status) == (anonymous(header.output.decode()), header.status)
