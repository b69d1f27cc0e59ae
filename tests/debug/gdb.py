"""The real gdb, which judges what the server says."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

GDB = "gdb-multiarch"


def gdb(commands: Sequence[str], folder: Path, timeout: float = 60) -> str:
    """What gdb prints while it does these commands in ``folder``."""
    if shutil.which(GDB) is None:
        pytest.skip(f"needs {GDB}")
    arguments = [argument for command in commands for argument in ("-ex", command)]
    done = subprocess.run(
        [GDB, "-nx", "-batch", "-ex", "set debuginfod enabled off", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout + done.stderr
