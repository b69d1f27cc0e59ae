"""Programs in C about signals, time and waiting do the same in the machine as on the host's own kernel.

Each is built for both and run natively first; what it wrote and its exit status are what the machine must match. The
programs print nothing that may differ between two Linux systems.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from vm import Machine, toolchain

PROGRAMS = sorted((Path(__file__).parent / "c").glob("*.c"))
FLAGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-infinite-recursion"]
NAME = "program"
"""What both executables are called, which some of them say."""
NATIVE = ["-P", "-m", "ziglang", "cc", "-target", "x86_64-linux-musl", "-fno-sanitize=undefined", *FLAGS]

pytestmark = pytest.mark.skipif(
    not toolchain.is_installed() or sys.platform != "linux" or os.uname().machine != "x86_64",
    reason="needs ziglang and Linux on x86-64",
)


def prepare_host() -> None:
    """The native program's process: no core files, a process group of its own."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.setpgid(0, 0)


@pytest.fixture(scope="module")
def native() -> dict[Path, tuple[int, bytes]]:
    """(status, output) of each program on the host, filled on demand."""
    return {}


def run_native(source: Path, folder: Path) -> tuple[int, bytes]:
    target = folder / NAME
    subprocess.run([sys.executable, *NATIVE, str(source), "-o", str(target)], check=True)
    done = subprocess.run(
        [target], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=300, preexec_fn=prepare_host
    )
    assert not done.stderr
    return done.returncode % 256, done.stdout


@pytest.mark.parametrize("quantum", [10_000, pytest.param(83, marks=pytest.mark.full)])
@pytest.mark.parametrize("source", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_program(source: Path, quantum: int, native: dict[Path, tuple[int, bytes]], tmp_path: Path) -> None:
    if source not in native:
        native[source] = run_native(source, tmp_path)
    status, output = native[source]
    program = tmp_path / NAME
    program.write_bytes(toolchain.build(source, FLAGS))
    program.chmod(0o755)
    machine = Machine(quantum=quantum, user=f"{os.getuid()}:{os.getgid()}", instructions=2_000_000_000)
    result = machine.run(program)
    assert not result.message
    assert (result.status, result.output.decode().splitlines()) == (status, output.decode().splitlines())
    assert not result.errors
