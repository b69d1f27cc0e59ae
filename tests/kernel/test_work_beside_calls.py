"""Where calls are limited, so is what takes the kernel long beside them: a count ends a run that would take hours."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from asm import Source, assemble
from tests.grade.hostile.bombs import PROCESSES, TIME, loop
from tests.grade.hostile.planting import call, program
from vm.kernel.pausing import Ending
from vm.machine import Machine

CALLS = 2_000
LARGE = ".bss\nlarge: .space 0x1000000\n"
HEAVY: Mapping[str, tuple[str, str]] = {
    "arguments": PROCESSES["exec with more arguments each time"],
    "faults": ("again:\n" + call("mmap", 0, 1 << 22, 3, 0x22, -1, 0)
               + "mv s0, a0\nli t0, 1024\nmv t1, a0\nli t2, 4096\n"
               "1: sw t1, 0(t1)\nadd t1, t1, t2\naddi t0, t0, -1\nbnez t0, 1b\n" + call("munmap", "%s0", 1 << 22)
               + "j again\n", ""),
    "bytes": (call("openat", -100, "name", 0x42, 0o666) + "mv s0, a0\n"
              + loop(call("write", "%s0", "large", 0x800000) + call("ftruncate", "%s0", 0, 0, 0)),
              'name: .asciz "/f"\n' + LARGE),
    "signals": TIME["faults that are caught"],
}  # fmt: skip


@pytest.mark.parametrize("name", HEAVY)
def test_what_takes_long_beside_calls_is_counted(name: str) -> None:
    body, data = HEAVY[name]
    image = assemble([Source("p.s", program(body, data).decode())]).image
    endings = []
    for _ in range(2):
        run = Machine(files={"/p": image}, memory=64 << 20, calls=CALLS).boot("/p", [], keep=False)
        ending = run.advance()
        assert isinstance(ending, Ending)
        endings.append((ending.limit, run.kernel.system.calls, run.kernel.system.clock.now))
    assert endings[0] == endings[1]
    assert endings[0][0].startswith(f"limit of {CALLS:,} system calls (")
    assert endings[0][1] < CALLS


def test_usual_calls_are_counted_as_before() -> None:
    image = assemble([Source("p.s", program(loop(call("getpid") + call("write", 1, "buffer", 4096))).decode())]).image
    run = Machine(files={"/p": image}, calls=CALLS).boot("/p", [], keep=False)
    ending = run.advance()
    assert isinstance(ending, Ending)
    assert (ending.limit, run.kernel.system.calls) == (f"limit of {CALLS:,} system calls", CALLS)
