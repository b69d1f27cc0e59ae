"""brk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vm.kernel.syscalls.table import Kind, call
from vm.memory import OutOfMemory

if TYPE_CHECKING:
    from vm.kernel.kernel import Kernel
    from vm.kernel.process import Task


@call("brk", address=Kind.ADDRESS)
def brk(kernel: Kernel, task: Task, address: int) -> int:
    """brk(2), "C library/kernel differences": the new program break, the old one where it cannot be moved."""
    space = task.memory
    if address:
        try:
            space.set_brk(address)
        except (ValueError, OutOfMemory):
            return space.brk
    return space.brk
