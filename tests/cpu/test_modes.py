"""The same tests in the slow modes: bounds-checked and not compiled, each in a process of its own.

numba reads these settings when it is imported. The tests themselves take smaller samples there
(:func:`tests.cpu.engine.sample`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cpu.engine import SLOW

ROOT = Path(__file__).resolve().parents[2]
PYTEST = ("-m", "pytest", "-x", "-p", "no:cacheprovider", str(Path(__file__).parent))

OVERRUN = """
from tests.cpu.engine import ENGINES, EngineMachine
machine = EngineMachine(ENGINES["{engine}"])
machine.install(0x10000, bytes.fromhex("13000000") * 1024, "rx")
machine.install(0x20000, b"x" * 4096, "rw")
machine.x, machine.pc = [0x20000] * 32, 0x10000
assert machine.run(1).retired == 1, "runs while all is well"
{damage}
try:
    machine.run(1)
except IndexError:
    print("IndexError")
"""

DAMAGES = {
    "code": "machine.space.memory.decoded = machine.space.memory.decoded[:2048]",
    "memory": "machine.install(0x11000, bytes.fromhex('83a20500') * 1024, 'rx'); machine.pc = 0x11000; machine.run(1); "
    "machine.space.memory.ram = machine.space.memory.ram[:4096]",
}
"""Arrays cut short behind the engine's back: of decoded code, and of physical memory below a page in the TLB."""


def run(mode: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, mode: "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


@pytest.mark.skipif(SLOW, reason="this is one of the slow modes")
@pytest.mark.parametrize("mode", ["NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT"])
def test_slow_mode(mode: str) -> None:
    """The interpreter's tests: the code that the translator makes is the same in every mode."""
    result = run(mode, *PYTEST, "-m", "not full", "-k", "not translator")
    assert result.returncode == 0, result.stdout


@pytest.mark.full
@pytest.mark.skipif(SLOW, reason="this is one of the slow modes")
@pytest.mark.parametrize("mode", ["NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT"])
def test_slow_mode_full(mode: str) -> None:
    """With both engines, where the mode has a translator."""
    result = run(mode, *PYTEST, "-m", "full or not full")
    assert result.returncode == 0, result.stdout


@pytest.mark.skipif(SLOW, reason="this is one of the slow modes")
@pytest.mark.parametrize("damage", list(DAMAGES))
def test_overrun_raises_when_bounds_are_checked(damage: str) -> None:
    """The checked mode checks: it does not load code that was compiled without (DESIGN.md, numba traps)."""
    script = OVERRUN.format(engine="interpreter", damage=DAMAGES[damage])
    result = run("NUMBA_BOUNDSCHECK", "-c", script)
    assert result.returncode == 0, result.stdout
    assert result.stdout.splitlines()[-1] == "IndexError"
