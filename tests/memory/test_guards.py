"""Behind the checks a second wall: memory before and behind the guest's cannot be accessed, and a miss is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json
import mmap
import os
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

memory = PhysicalMemory(1 << 20)
for access, name, index in json.loads(input()):
    array = getattr(memory, name)
    size, width = len(array), array.itemsize
    behind = -(-array.nbytes // mmap.PAGESIZE) * mmap.PAGESIZE // width
    far = (4 << 30) // width
    store(array, size - 1)
    assert load(array, size - 1) == 7, "the last element is there"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        tell_host_faults()
        print(eval(f"{access}(array, {index})"), "and nothing happened", flush=True)
        os._exit(0)
    os.close(writer)
    said = os.read(reader, 4096).decode()
    print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said]))
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


def test_a_miss_by_less_than_4_gib_is_an_internal_error():
    accesses = [("load", "ram"), ("store", "ram"), ("load", "decoded")]
    cases = [(*access, index) for access in accesses for index in ("-1", "-far", "behind", "size + far - 1")]
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(cases), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert dict(zip(cases, answers, strict=True)) == {case: [125, TOLD] for case in cases}


def test_the_command_tells_it_too():
    result = subprocess.run([sys.executable, "-c", COMMAND], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (125, "", TOLD)


CIRCLES = """
import gc, resource
from vm.native.hostmemory import region
gc.disable()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (5 << 29), used + (5 << 29)))
for _ in range(4):
    circle = [region(1 << 30)]
    circle.append(circle)
"""


def test_memory_that_nobody_uses_any_more_is_there_for_the_next() -> None:
    subprocess.run([sys.executable, "-c", CIRCLES], check=True, timeout=60)
