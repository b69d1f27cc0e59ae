"""GNU's tools read the images without a complaint, and QEMU runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from statements import Writer

from asm import Source, assemble

GNU = "riscv64-unknown-elf-"
HELLO = """
        .globl  _start
        .section .rodata
text:   .ascii  "hello\\n"
        .equ    length, . - text
        .text
_start: li      a7, 64
        li      a0, 1
        la      a1, text
        li      a2, length
        ecall
        addi    a0, a0, -6
        la      a1, buffer
        sw      a0, 4(a1)
        lw      a0, buffer + 4
        addi    a0, a0, 7
        li      a7, 93
        ecall
        .bss
buffer: .space  8
"""


def tool(name: str) -> str:
    """The path of a tool; a stranger's machine may lack it, ours in CI may not."""
    path = shutil.which(name)
    if path is None:
        assert os.environ.get("CI") != "true", f"{name} is not installed"
        pytest.skip(f"{name} is not installed")
    return path


@pytest.mark.parametrize(
    "command", [["readelf", "-aW"], ["objdump", "-dSt"], ["nm", "-n"]], ids=lambda command: command[0]
)
def test_image_is_read_without_complaint(command: list[str], tmp_path: Path) -> None:
    image = tmp_path / "image"
    for source in (HELLO, Writer(5, 300).source()):
        image.write_bytes(assemble([Source("x.s", source)]).image)
        words = [tool(GNU + command[0]), *command[1:], str(image)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        assert "_start" in done.stdout


def test_image_runs(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(assemble([Source("hello.s", HELLO)]).image)
    image.chmod(0o755)
    done = subprocess.run([tool("qemu-riscv32"), str(image)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("hello\n", 7)
