"""Behind the checks a second wall: memory before and behind the guest's cannot be accessed, and a miss is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import mmap
import numpy as np
from vm.cli.hostfault import tell_host_faults
from vm.memory import PhysicalMemory
import numba

@numba.njit
def store(array, index):
    array[np.uint64(index)] = 7

@numba.njit
def load(array, index):
    return array[np.uint64(index)]

tell_host_faults()
memory = PhysicalMemory(1 << 20)
array = memory.{array}
size, width = len(array), array.itemsize
behind = -(-array.nbytes // mmap.PAGESIZE) * mmap.PAGESIZE // width
store(array, size - 1)
assert load(array, size - 1) == 7, "the last element is there"
print({access}(array, {index}))
print("nothing happened")
"""
COMMAND = """
import sys
import numba
import numpy as np
import vm.kernel.kernel
from vm import cli

@numba.njit
def load(array, index):
    return array[np.uint64(index)]

class Engine:
    statistics = None
    def execute(self, context, space, budget, stop):
        return load(space.memory.ram, -1)

vm.kernel.kernel.new_engine = lambda name, memory: Engine()
sys.argv = ["forklore", "run", "programs/hello.s"]
cli.main()
"""
TOLD = "forklore: internal error: an access outside of the machine's memory was stopped\n"
FAR = "(4 << 30) // width"


def run(array: str, access: str, index: str) -> subprocess.CompletedProcess[str]:
    script = SCRIPT.format(array=array, access=access, index=index)
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("index", ["-1", f"-{FAR}", "behind", f"size + {FAR} - 1"])
@pytest.mark.parametrize(("array", "access"), [("ram", "load"), ("ram", "store"), ("decoded", "load")])
def test_a_miss_by_less_than_4_gib_is_an_internal_error(array: str, access: str, index: str):
    result = run(array, access, index)
    assert (result.returncode, result.stdout) == (125, ""), result.stderr
    assert result.stderr == TOLD


def test_the_command_tells_it_too():
    result = subprocess.run([sys.executable, "-c", COMMAND], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (125, "", TOLD)


CIRCLES = """
import gc, resource
from vm.native.hostmemory import reserve
gc.disable()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (5 << 29), used + (5 << 29)))
for _ in range(4):
    circle = [reserve(1 << 30)]
    circle.append(circle)
"""


def test_memory_that_nobody_uses_any_more_is_there_for_the_next() -> None:
    subprocess.run([sys.executable, "-c", CIRCLES], check=True, timeout=60)
