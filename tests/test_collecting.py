"""What Python's collector does in the process of a command, which tells it when."""

from __future__ import annotations

import subprocess
import sys

MANY = """
from vm import collecting
collecting.begin()
import gc, weakref
from vm import Machine
collecting.settle()
machine = Machine(files={"/quick.s": b".globl _start\\n_start: li a7, 93\\necall"})
gone = []
for _ in range(60):
    run = machine.boot("/quick.s", keep=False)
    gone.append(weakref.ref(run.kernel.memory))
    assert run.finish().status == 0
    del run
print(sum(memory() is not None for memory in gone))
"""


def test_a_command_that_makes_many_machines_holds_few() -> None:
    """Each is as large as what its program has touched, and refers to itself in circles."""
    ended = subprocess.run([sys.executable, "-c", MANY], capture_output=True, text=True)
    assert not ended.stderr
    assert int(ended.stdout) < 30
