"""A gdb that knows this machine's instructions: the one that was named, or the first that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess

from vm.cli import fail

VARIABLE = "FORKLORE_GDB"
ARCHITECTURE = "riscv:rv32"
NAMES = (
    "gdb-multiarch", "riscv32-unknown-elf-gdb", "riscv32-unknown-linux-gnu-gdb", "riscv64-unknown-elf-gdb",
    "riscv64-unknown-linux-gnu-gdb", "riscv64-elf-gdb", "riscv64-linux-gnu-gdb", "riscv-none-elf-gdb", "gdb",
)  # fmt: skip
"""What distributions and toolchains call it, in the order in which they are asked."""
HOW_TO_GET_ONE = f"""\
no gdb that knows RISC-V was found; these commands get one:
  apt install gdb-multiarch        Debian, Ubuntu
  pacman -S riscv64-elf-gdb        Arch
  brew install riscv64-elf-gdb     macOS
  --gdb PATH, or {VARIABLE} in the environment, names one that is elsewhere"""
SECONDS = 30.0
"""Time that a program has to show that it is a gdb."""


def find(named: str | None) -> str:
    """Return the path of the gdb that is to be started. After a message the command ends where there is none."""
    if named is not None:
        return _checked(named)
    for name in NAMES:
        path = shutil.which(name)
        if path is not None and _knows_this_machine(path):
            return path
    return fail(HOW_TO_GET_ONE)


def _checked(named: str) -> str:
    path = shutil.which(named)
    if path is None:
        fail(f"{named}: there is no such program")
    if not _knows_this_machine(path):
        fail(f"{named} does not know RISC-V, or is no gdb: it does not take `set architecture {ARCHITECTURE}`")
    return path


def _knows_this_machine(path: str) -> bool:
    """Ask a gdb whether it knows the architecture, which it repeats then."""
    question = [path, "-nx", "-batch", "-ex", f"set architecture {ARCHITECTURE}"]
    try:
        done = subprocess.run(
            question, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS,
            env=os.environ | {"LC_ALL": "C"}, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ARCHITECTURE.encode() in done.stdout
