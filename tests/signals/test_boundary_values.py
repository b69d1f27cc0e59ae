"""No argument of any call about signals, time, waiting and identity is too odd for the kernel: guest bugs stay theirs.

Each call gets boundary values in every argument, and seeded random combinations of them; the answer is always a
result, an error of its row, or a wait.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.kernel.puppet import DATA, PUPPET
from vm import Machine
from vm.abi import PAGE_SIZE, SIGNAL_PAGE, Errno, Signal
from vm.kernel.dispatch import handle
from vm.kernel.process.lifecycle import terminate
from vm.kernel.process.task import State, Wait
from vm.kernel.syscalls import TABLE, Row

MODULES = {
    "credentials", "futexes", "identity", "jobs", "limits", "polling", "prctl", "processes", "resources",
    "scheduling", "signals", "time",
}  # fmt: skip
ROWS = [row for row in TABLE.values() if row.handler.__module__.rsplit(".", 1)[-1] in MODULES]
NOT_REPEATED = {"exit", "exit_group", "execve", "fork", "vfork", "clone"}
VALUES = [
    0, 1, 2, 3, 4, 7, 8, 12, 16, 17, 64, 65, 128, 4095, 4096, 0xFFFF, 0x1_0000, DATA, DATA + 1, DATA + PAGE_SIZE - 4,
    DATA + 4 * PAGE_SIZE - 1, DATA + 4 * PAGE_SIZE, 0x7FFF_FFFF, SIGNAL_PAGE, SIGNAL_PAGE + 8, 0x8000_0001,
    0xFFFF_F000, 0xFFFF_FFFC, 0xFFFF_FFFE, 0xFFFF_FFFF,
]  # fmt: skip


@pytest.mark.parametrize("uid", [0, 1000])
@pytest.mark.parametrize("row", [row for row in ROWS if row.name not in NOT_REPEATED], ids=lambda row: row.name)
def test_boundary_values(row: Row, uid: int, tmp_path: Path) -> None:
    program = tmp_path / "puppet"
    program.write_bytes(PUPPET)
    program.chmod(0o755)
    booted = Machine(user=uid).boot(program).start()
    kernel, task = booted.kernel, booted.program
    chance = random.Random(f"{row.name} {uid}")
    count = len(row.arguments)
    trials = [[value] * count for value in VALUES]
    trials += [[chance.choice(VALUES) for _ in range(count)] for _ in range(300 if count else 1)]
    for number, arguments in enumerate(trials):
        if number % 3 == 0:
            task.memory.write(DATA, chance.randbytes(4 * PAGE_SIZE))
        task.interrupted = bool(number % 5 == 1)
        result = handle(kernel, row, task, (*arguments, *[0] * (6 - count)))
        shown = f"{row.name}{tuple(map(hex, arguments))} gave {result}"
        if isinstance(result, Wait):
            assert result.why, shown
        elif result is not None and -4096 < result < 0:
            assert Errno(-result).name in row.errors, shown
        task.forget_call()
        task.signals.restore_mask()
        task.signals.discard((1 << 64) - 1)
        assert task.state is not State.ZOMBIE
    task.signals.set_mask(0)
    task.process.alarms.clear()
    kernel.timers.cancel(("alarm", task.pid))
    kernel.processes[task.pid].stopped = False
    terminate(kernel, task.process, Signal.SIGKILL)
