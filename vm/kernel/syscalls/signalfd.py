"""Signals that are read from a file."""

from __future__ import annotations

from vm.abi import Errno, OpenFlag
from vm.kernel.errors import SystemCallError
from vm.kernel.files.signalfd import SignalFile
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.signals.state import UNBLOCKABLE
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.signals import check_set_size, read_set
from vm.kernel.syscalls.table import call

_FLAGS = int(OpenFlag.O_CLOEXEC | OpenFlag.O_NONBLOCK)


@call(
    "signalfd4",
    "EBADF EFAULT EINVAL EMFILE ENFILE",
    fd=Kind.FD,
    mask=Kind.SIGNAL_SET,
    size=Kind.SIZE,
    flags=Kind.SIGNAL_FILE_FLAGS,
)
def signalfd4(kernel: Kernel, task: Task, fd: int, mask: int, size: int, flags: int) -> int:
    """signalfd(2): a new file, or another set of signals for one."""
    check_set_size(size)
    wanted = read_set(task, mask) & ~UNBLOCKABLE
    if flags & ~_FLAGS:
        raise SystemCallError(Errno.EINVAL)
    if fd == -1:
        [number] = task.files.free(1)
        made = SignalFile(kernel.world.anonymous, flags & OpenFlag.O_NONBLOCK, wanted, kernel.system)
        return task.files.open(made, number, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC))
    file = task.files.get(fd)
    if not isinstance(file, SignalFile):
        raise SystemCallError(Errno.EINVAL)
    file.mask = wanted
    kernel.scheduler.wake("signalled", task.pid)
    return fd
