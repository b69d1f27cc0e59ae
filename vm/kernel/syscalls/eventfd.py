"""Counters that processes wait on."""

from __future__ import annotations

from vm.abi import Errno
from vm.abi.notification import EventFlag
from vm.kernel.errors import SystemCallError
from vm.kernel.files.eventfd import EventFile
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call

_FLAGS = int(sum(EventFlag))


@call("eventfd2", "EINVAL EMFILE ENFILE", count=Kind.SIZE, flags=Kind.EVENT_FLAGS)
def eventfd2(kernel: Kernel, task: Task, count: int, flags: int) -> int:
    """eventfd(2)."""
    if flags & ~_FLAGS:
        raise SystemCallError(Errno.EINVAL)
    [number] = task.files.free(1)
    is_semaphore, closes = bool(flags & EventFlag.EFD_SEMAPHORE), bool(flags & EventFlag.EFD_CLOEXEC)
    file = EventFile(kernel.world.anonymous, flags & EventFlag.EFD_NONBLOCK, count, is_semaphore=is_semaphore)
    return task.files.open(file, number, close_on_exec=closes)
