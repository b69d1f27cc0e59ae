"""Programs in C about files do the same in the machine as on the host's own kernel.

Each is built for both and run natively first, in a folder of its own; what it wrote and its exit status are what the
machine must match. The programs print nothing that may differ between two Linux systems.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.natively import answer, undisturbed
from vm import Machine, toolchain

FOLDER = Path(__file__).parent / "c"
PROGRAMS = sorted(FOLDER.glob("*.c"))
FLAGS = ["-Wall", "-Werror", "-Wno-unused-function", "-D_DEFAULT_SOURCE", f"-I{FOLDER}"]
NATIVE = ["-P", "-m", "ziglang", "cc", "-target", "x86_64-linux-musl", "-fno-sanitize=undefined", *FLAGS]

pytestmark = pytest.mark.skipif(
    not toolchain.is_installed() or sys.platform != "linux" or os.uname().machine != "x86_64",
    reason="needs ziglang and Linux on x86-64",
)


def build_native(source: Path, program: Path) -> None:
    subprocess.run([sys.executable, *NATIVE, str(source), "-o", str(program)], check=True, timeout=300)


def run_native(program: Path) -> tuple[int, str]:
    with tempfile.TemporaryDirectory(dir=program.parent) as folder, undisturbed():
        shutil.copy(program, os.path.join(folder, "program"))
        done = subprocess.run(
            ["./program"], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False, timeout=300
        )
    return done.returncode, done.stdout.decode()


@pytest.mark.parametrize("quantum", [10_000, pytest.param(83, marks=pytest.mark.full)])
@pytest.mark.parametrize("source", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_program(source: Path, quantum: int, tmp_path: Path) -> None:
    build_native(source, tmp_path / "native")
    (tmp_path / "guest").mkdir()
    program = tmp_path / "guest" / "program"
    program.write_bytes(toolchain.build(source, FLAGS))
    program.chmod(0o755)
    machine = Machine(quantum=quantum, user=f"{os.getuid()}:{os.getgid()}", instructions=2_000_000_000)
    result = machine.run(program)
    assert not result.message
    expected = answer((result.status, result.output.decode()), lambda: run_native(tmp_path / "native"))
    ours, native = result.output.decode().splitlines(), expected[1].splitlines()
    for index, (line, wanted) in enumerate(zip(ours, native, strict=False)):
        assert line == wanted, f"line {index + 1}"
    assert (result.status, len(ours)) == (expected[0], len(native))
    assert sorted(path.name for path in (tmp_path / "guest").iterdir()) == ["program"]
