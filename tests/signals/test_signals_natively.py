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

from tests.natively import answer, undisturbed
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


def build_native(source: Path, folder: Path) -> None:
    folder.mkdir()
    subprocess.run([sys.executable, *NATIVE, str(source), "-o", str(folder / NAME)], check=True)


def run_native(folder: Path) -> tuple[int, bytes]:
    with undisturbed():
        try:
            done = subprocess.run(
                [folder / NAME], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=100,
                preexec_fn=prepare_host,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return -1, b"it does not end"
    assert not done.stderr
    return done.returncode % 256, done.stdout


@pytest.mark.parametrize("quantum", [10_000, pytest.param(83, marks=pytest.mark.full)])
@pytest.mark.parametrize("source", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_program(source: Path, quantum: int, native: dict[Path, tuple[int, bytes]], tmp_path: Path) -> None:
    program = tmp_path / NAME
    program.write_bytes(toolchain.build(source, FLAGS))
    program.chmod(0o755)
    machine = Machine(quantum=quantum, user=f"{os.getuid()}:{os.getgid()}", instructions=2_000_000_000)
    result = machine.run(program)
    assert not result.message
    if source not in native or native[source] != (result.status, result.output):
        build_native(source, tmp_path / "native")
        native[source] = answer((result.status, result.output), lambda: run_native(tmp_path / "native"))
    status, output = native[source]
    assert (result.status, result.output.decode().splitlines()) == (status, output.decode().splitlines())
    assert not result.errors
