"""Times in the guest's memory, and calls that give up at a moment."""

from __future__ import annotations

from vm.abi import NANOSECONDS, Errno, OpenFlag
from vm.abi.structures import Timespec
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import WouldBlock
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Restart, Task, Wait
from vm.kernel.process.timers import NEVER


def read_timespec(task: Task, address: int) -> int:
    """Return the nanoseconds of the struct __kernel_timespec at ``address``, at most NEVER.

    Raises SystemCallError(EINVAL) for a time that is none.
    """
    return nanoseconds_of(task.memory.read(address, Timespec.SIZE))


def nanoseconds_of(data: bytes) -> int:
    """Return the nanoseconds of a struct __kernel_timespec, at most NEVER.

    Raises SystemCallError(EINVAL) for a time that is none.
    """
    time = Timespec.unpack(data)
    if time.tv_sec < 0 or not 0 <= time.tv_nsec < NANOSECONDS:
        raise SystemCallError(Errno.EINVAL)
    return min(time.tv_sec * NANOSECONDS + time.tv_nsec, NEVER)


def write_timespec(task: Task, address: int, time: int) -> None:
    """Store ``time`` nanoseconds as a struct __kernel_timespec."""
    task.memory.write(address, timespec(time))


def timespec(time: int) -> bytes:
    """Return ``time`` nanoseconds as a struct __kernel_timespec."""
    return Timespec.pack_all(*divmod(time, NANOSECONDS))


def timeout_at(kernel: Kernel, task: Task, address: int) -> int:
    """Return when the call gives up whose timeout is at ``address``, read once and kept; NEVER for the null pointer."""
    if task.deadline is None:
        task.deadline = min(kernel.clock + read_timespec(task, address), NEVER) if address else NEVER
    return task.deadline


def wait_until(moment: int) -> int | None:
    """Return a moment as :class:`~vm.kernel.process.task.Wait` takes it."""
    return moment if moment < NEVER else None


def wait_for(kernel: Kernel, task: Task, flags: int, blocked: WouldBlock) -> Wait:
    """Wait as ``blocked`` says, for a file with these flags.

    Raises SystemCallError(EAGAIN) where the flags have O_NONBLOCK, and once its patience has come to an end.
    """
    if flags & OpenFlag.O_NONBLOCK:
        raise SystemCallError(Errno.EAGAIN)
    if not blocked.patience:
        return Wait((blocked.channel,), blocked.why)
    if task.deadline is None:
        task.deadline = min(kernel.clock + blocked.patience, NEVER)
    if kernel.clock >= task.deadline and not task.signals.is_due:
        raise SystemCallError(Errno.EAGAIN)
    return Wait((blocked.channel,), blocked.why, wait_until(task.deadline), Restart.NEVER)
