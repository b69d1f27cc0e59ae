"""Which clock a number means: guest time, the time of day, or what a process or thread has retired."""

from __future__ import annotations

from vm.abi import NANOSECONDS, Clock, Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Process, Task

_OF_DAY = (Clock.CLOCK_REALTIME, Clock.CLOCK_REALTIME_COARSE, Clock.CLOCK_TAI)
_KINDS = 3
"""Kinds of processor time: in all, in user mode, or as the scheduler counts it, which are all the same here."""


def processor_clock(kernel: Kernel, task: Task, number: int, *, any_thread: bool = False) -> Process | Task | None:
    """Return whose processor time a clock is; None for one of another kind.

    A negative number has been made of one of a process or thread (clock_getcpuclockid(3)). ``any_thread``: that of the
    calling thread stands for its process. Raises SystemCallError(EINVAL) where there is no such process or thread.
    Source: Linux's kernel/time/posix-cpu-timers.c, pid_for_clock.
    """
    if number == Clock.CLOCK_PROCESS_CPUTIME_ID:
        return task.process
    if number == Clock.CLOCK_THREAD_CPUTIME_ID:
        return task
    if number >= 0:
        return None
    pid, is_threads, kind = ~(number >> 3), bool(number & 4), number & 3
    found = kernel.processes.thread(pid) if pid else task
    if kind >= _KINDS or found is None:
        raise SystemCallError(Errno.EINVAL)
    if is_threads and found.process is task.process and found in task.process.threads:
        return found
    if is_threads or (found is not found.process.leader and not (any_thread and found is task)):
        raise SystemCallError(Errno.EINVAL)
    return found.process


def offset_of(kernel: Kernel, number: int) -> int:
    """Return how many nanoseconds a clock is ahead of guest time. Raises SystemCallError(EINVAL) for no such clock."""
    if number not in set(Clock):
        raise SystemCallError(Errno.EINVAL)
    return kernel.settings.epoch * NANOSECONDS if number in _OF_DAY else 0


def read_clock(kernel: Kernel, task: Task, number: int) -> int:
    """Return the time on a clock, in nanoseconds. Raises SystemCallError(EINVAL) where there is none of that number."""
    owner = processor_clock(kernel, task, number, any_thread=True)
    return owner.retired if owner is not None else kernel.clock + offset_of(kernel, number)
