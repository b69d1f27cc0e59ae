"""What a real kernel makes of the puzzles is one of the outcomes that the machine finds, run after run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.natively import Program, build_native
from tests.programs.headers import PROGRAMS_FOLDER
from tests.programs.test_programs_on_linux import run_under_qemu
from tests.sampling import first_of
from vm import Machine
from vm.toolchain import is_installed

IN_ASSEMBLY = [
    "wait_for_any", "and_or", "forks_twice", "forks_thrice", "fork_two_each", "killed_midway", "lost_wakeup_mended",
    "orphan_or_not", "philosophers_mended_3", "pipe_semaphore", "short_reads", "sigchld_loop", "two_writers",
    "wait_unused", "waits_in_order", "waits_out_of_order",
]  # fmt: skip
"""Programs without vfork, of which qemu makes a fork, and without deadlocks, for which one would have to wait."""
IN_C = ["buffered_lines", "buffered_before_fork", "buffered_forks", "hello_or_world", "parallel_increments"]
RUNS = 20


def check(path: Path, run: Callable[[], tuple[bytes, int]]) -> None:
    """Each run has an output, and a status, of an outcome."""
    found = Machine().outcomes(path, terminal=False)
    outcomes = {(each.output, each.end.exit_code) for each in found}
    for _ in range(RUNS):
        assert run() in outcomes


@pytest.mark.skipif(shutil.which("qemu-riscv32") is None, reason="needs qemu-riscv32 (Debian's qemu-user)")
@pytest.mark.parametrize("name", first_of(1, IN_ASSEMBLY))
def test_a_run_under_linux_has_a_known_outcome(name: str, tmp_path: Path) -> None:
    (tmp_path / "outcomes").mkdir()

    def run() -> tuple[bytes, int]:
        output, status = run_under_qemu(f"outcomes/{name}", tmp_path)
        return output.encode(), status

    check(PROGRAMS_FOLDER / "outcomes" / f"{name}.s", run)


@pytest.mark.full
@pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")
@pytest.mark.parametrize("name", IN_C)
def test_a_run_on_the_host_has_a_known_outcome(name: str, tmp_path: Path) -> None:
    path = PROGRAMS_FOLDER / "outcomes" / f"{name}.c"
    program = tmp_path / name
    program.write_bytes(build_native(Program(path, ("-D_GNU_SOURCE",))))
    program.chmod(0o755)

    def run() -> tuple[bytes, int]:
        done = subprocess.run([str(program)], capture_output=True, timeout=300, check=False)
        return done.stdout, done.returncode

    check(path, run)
