"""The assemblers, linkers and readers of GNU and LLVM, which judge what Forklore writes and reads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

GNU = "riscv64-unknown-elf-"


def need(tool: str) -> str:
    """The path of ``tool``; without it the test is skipped, but never in CI."""
    path = shutil.which(tool)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{tool} is not installed")
        pytest.skip(f"{tool} is not installed")
    return path


def run(command: Sequence[str | Path]) -> str:
    """Standard output of a command that must succeed and complain about nothing."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", done.stderr
    return done.stdout


def llvm_object(source: str, folder: Path, name: str = "source") -> Path:
    """``source`` assembled by LLVM into a relocatable object."""
    text, image = folder / f"{name}.s", folder / f"{name}.llvm.o"
    text.write_text(source)
    options = ["-target", "riscv32-freestanding", "-mcpu=generic_rv32+m+a", "-mno-relax", "-g0", "-c"]
    run([sys.executable, "-m", "ziglang", "cc", *options, text, "-o", image])
    return image


def llvm_words(statements: Sequence[str], folder: Path) -> list[int]:
    """The words that LLVM makes of statements of one word each."""
    image = llvm_object("\n".join([".text", *statements, ""]), folder)
    with image.open("rb") as file:
        code = ELFFile(file).get_section_by_name(".text").data()
    words = [int.from_bytes(code[place : place + 4], "little") for place in range(0, len(code), 4)]
    assert len(words) == len(statements)
    return words


def llvm_image(source: str, folder: Path, *options: str) -> Path:
    """``source`` assembled by LLVM and linked by lld."""
    image = folder / "llvm.elf"
    run([sys.executable, "-m", "ziglang", "ld.lld", *options, llvm_object(source, folder), "-o", image])
    return image


def gnu_image(source: str, folder: Path, *options: str) -> Path:
    """``source`` assembled by GNU as and linked by GNU ld."""
    text, unlinked, image = folder / "gnu.s", folder / "gnu.o", folder / "gnu.elf"
    text.write_text(source)
    run([need(GNU + "as"), "-march=rv32ima", "-mabi=ilp32", text, "-o", unlinked])
    run([need(GNU + "ld"), "-m", "elf32lriscv", *options, unlinked, "-o", image])
    return image
