"""Settings of timers in the guest's memory: struct itimerspec."""

from __future__ import annotations

from vm.abi.timers import Itimerspec
from vm.kernel.process.task import Task
from vm.kernel.syscalls.timeouts import nanoseconds_of, timespec


def times_of(data: bytes) -> tuple[int, int]:
    """Return the nanoseconds of the interval, and of the first expiry, of a struct itimerspec.

    Raises SystemCallError(EINVAL) for a time that is none.
    """
    interval, value = Itimerspec.unpack(data)
    return nanoseconds_of(interval), nanoseconds_of(value)


def write_itimerspec(task: Task, address: int, interval: int, value: int) -> None:
    """Store nanoseconds as a struct itimerspec."""
    task.memory.write(address, Itimerspec.pack_all(timespec(interval), timespec(value)))
