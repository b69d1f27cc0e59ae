"""`forklore run --core FILE`: what it says, how gdb opens it, and what becomes of the status."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_run import Forklore, forklore, source
from tests.observe.test_cores import EXIT, FORK, NULL, WAIT

__all__ = ["forklore"]

CRASH = f".globl _start\n_start:\n{NULL}"


def test_a_core_is_told_with_the_command_that_opens_it(forklore: Forklore, tmp_path: Path) -> None:
    core = tmp_path / "a core.%p"
    done = forklore("run", "--core", core, source(tmp_path, CRASH, "crash.s"))
    assert done.returncode == 139
    told, how = done.stderr.splitlines()[-2:]
    assert told == f"forklore: the core of pid 2 (crash.s) is in {tmp_path}/a core.2"
    assert how.startswith("      = gdb-multiarch ")
    command = shlex.split(how.removeprefix("      = "))
    assert command[1:] == [f"{tmp_path}/a core.2.image", f"{tmp_path}/a core.2"]
    if shutil.which(command[0]):
        shown = subprocess.run([*command, "-nx", "-batch", "-ex", "bt"], capture_output=True, text=True, timeout=60)
        assert "#0  _start () at crash.s:3" in shown.stdout
    again = forklore("run", "--core", core, tmp_path / "crash.s")
    assert again.returncode == 139
    assert again.stderr.splitlines()[-2] == f"{told}, where an older one was"


def test_an_image_needs_no_copy(forklore: Forklore, tmp_path: Path) -> None:
    program, core = tmp_path / "crash", tmp_path / "core"
    assert forklore("asm", "-o", program, source(tmp_path, CRASH, "crash.s")).returncode == 0
    done = forklore("run", "--core", core, program)
    assert done.stderr.endswith(f"      = gdb-multiarch {program} {core}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["core", "crash", "crash.s"]


def test_without_a_death_there_is_nothing(forklore: Forklore, tmp_path: Path) -> None:
    text = f".globl _start\n_start:\n{EXIT}"
    done = forklore("run", "--core", tmp_path / "core", source(tmp_path, text))
    assert (done.returncode, done.stderr, (tmp_path / "core").exists()) == (0, "", False)


def test_quiet_is_quiet_but_for_what_goes_wrong(forklore: Forklore, tmp_path: Path) -> None:
    done = forklore("run", "--quiet", "--core", tmp_path / "core", source(tmp_path, CRASH))
    assert (done.returncode, done.stderr, (tmp_path / "core").exists()) == (139, "", True)
    done = forklore("run", "--quiet", "--core", tmp_path / "%e", tmp_path / "program.s")
    assert done.returncode == 125
    assert done.stderr == (
        f"forklore: no core of pid 2 (program.s) was written to {tmp_path}/program.s: it is there, and no core that "
        "could be replaced\n"
    )
    assert (tmp_path / "program.s").read_text() == CRASH


def test_those_beyond_the_first_are_counted(forklore: Forklore, tmp_path: Path) -> None:
    text = f" li s0, 10\n1: {FORK} bnez a0, parent\n{NULL}parent: {WAIT} addi s0, s0, -1\n bnez s0, 1b\n{EXIT}"
    done = forklore("run", "--core", tmp_path / "%e.%p", source(tmp_path, f".globl _start\n_start:\n{text}", "forks.s"))
    assert done.returncode == 0
    assert done.stderr.endswith("forklore: 2 more cores were not written: a run has 8\n")
    assert {path.name for path in tmp_path.glob("forks.s.*")} == {
        f"forks.s.{pid}{image}" for pid in range(3, 11) for image in ("", ".image")
    }


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("core.%q", "%q is none of %p (pid), %e (program), %s (signal), %%"),
        ("nowhere/core", "there is no folder nowhere"),
        ("program.s", "it is there, and no core that could be replaced"),
    ],
)
def test_a_name_that_cannot_be_is_refused_before_anything_runs(
    forklore: Forklore, tmp_path: Path, name: str, why: str
) -> None:
    done = forklore("run", "--core", name, source(tmp_path, CRASH))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Invalid value for --core: '{name}' cannot take a core: {why}\n" in done.stderr
