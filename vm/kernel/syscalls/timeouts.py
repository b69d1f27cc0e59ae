"""Times in the guest's memory, and calls that give up at a moment.

Numbers of 64-bit time calls: seconds and nanoseconds, 8 bytes each, of whose nanoseconds the low word counts.
"""

from __future__ import annotations

from vm.abi import NANOSECONDS, Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.process.timers import NEVER


def read_timespec(task: Task, address: int) -> int:
    """The nanoseconds of the struct __kernel_timespec at ``address``, at most NEVER; SystemCallError(EINVAL)."""
    data = task.memory.read(address, 16)
    seconds = int.from_bytes(data[:8], "little", signed=True)
    nanoseconds = int.from_bytes(data[8:12], "little", signed=True)
    if seconds < 0 or not 0 <= nanoseconds < NANOSECONDS:
        raise SystemCallError(Errno.EINVAL)
    return min(seconds * NANOSECONDS + nanoseconds, NEVER)


def write_timespec(task: Task, address: int, time: int) -> None:
    """Store ``time`` nanoseconds as a struct __kernel_timespec."""
    seconds, nanoseconds = divmod(time, NANOSECONDS)
    task.memory.write(address, seconds.to_bytes(8, "little") + nanoseconds.to_bytes(8, "little"))


def timeout_at(kernel: Kernel, task: Task, address: int) -> int:
    """When the call gives up whose timeout is at ``address``, read once and kept; NEVER for the null pointer."""
    if task.deadline is None:
        task.deadline = min(kernel.clock + read_timespec(task, address), NEVER) if address else NEVER
    return task.deadline


def wait_until(moment: int) -> int | None:
    """A moment as :class:`~vm.kernel.process.task.Wait` takes it."""
    return moment if moment < NEVER else None
