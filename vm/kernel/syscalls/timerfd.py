"""Timers that are files."""

from __future__ import annotations

from vm.abi import NANOSECONDS, Clock, Errno, OpenFlag
from vm.abi.notification import ALARM_CLOCKS, TimerFileFlag
from vm.abi.timers import Itimerspec
from vm.kernel.errors import SystemCallError
from vm.kernel.files.timerfd import TimerFile
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.process.timers import NEVER
from vm.kernel.syscalls.itimerspecs import times_of, write_itimerspec
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call

_CLOCKS = (Clock.CLOCK_REALTIME, Clock.CLOCK_MONOTONIC, Clock.CLOCK_BOOTTIME, *ALARM_CLOCKS)
_OF_DAY = (Clock.CLOCK_REALTIME, ALARM_CLOCKS[0])
_CREATE_FLAGS = int(OpenFlag.O_CLOEXEC | OpenFlag.O_NONBLOCK)
_SET_FLAGS = int(sum(TimerFileFlag))


@call("timerfd_create", "EINVAL EMFILE ENFILE EPERM", clock=Kind.CLOCK, flags=Kind.TIMER_FILE_FLAGS)
def timerfd_create(kernel: Kernel, task: Task, clock: int, flags: int) -> int:
    """timerfd_create(2)."""
    if flags & ~_CREATE_FLAGS or clock not in _CLOCKS:
        raise SystemCallError(Errno.EINVAL)
    if clock in ALARM_CLOCKS and not task.credentials.is_privileged:
        raise SystemCallError(Errno.EPERM)
    [number] = task.files.free(1)
    offset = kernel.settings.epoch * NANOSECONDS if clock in _OF_DAY else 0
    file = TimerFile(kernel.world.anonymous, flags & OpenFlag.O_NONBLOCK, offset, kernel.scheduler)
    return task.files.open(file, number, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC))


def timer_file(task: Task, fd: int) -> TimerFile:
    """Return the timer behind a descriptor. Raises SystemCallError(EBADF, EINVAL)."""
    file = task.files.get(fd)
    if not isinstance(file, TimerFile):
        raise SystemCallError(Errno.EINVAL)
    return file


@call(
    "timerfd_settime64",
    "EBADF EFAULT EINVAL",
    "TFD_TIMER_CANCEL_ON_SET changes nothing",
    fd=Kind.FD,
    flags=Kind.TIMER_FILE_FLAGS,
    new=Kind.ITIMERSPEC,
    old=Kind.ITIMERSPEC_RESULT,
)
def timerfd_settime(kernel: Kernel, task: Task, fd: int, flags: int, new: int, old: int) -> int:
    """timerfd_settime(2); nobody can set the clock, which TFD_TIMER_CANCEL_ON_SET is about."""
    data = task.memory.read(new, Itimerspec.SIZE)
    if flags & ~_SET_FLAGS:
        raise SystemCallError(Errno.EINVAL)
    interval, value = times_of(data)
    file = timer_file(task, fd)
    former_left, former_interval = file.left, file.interval
    begin = -file.offset if flags & TimerFileFlag.TFD_TIMER_ABSTIME else kernel.clock
    file.set(min(begin + value, NEVER) if value else None, interval)
    if old:
        write_itimerspec(task, old, former_interval, former_left)
    return 0


@call("timerfd_gettime64", "EBADF EFAULT EINVAL", fd=Kind.FD, value=Kind.ITIMERSPEC_RESULT)
def timerfd_gettime(kernel: Kernel, task: Task, fd: int, value: int) -> int:
    """timerfd_gettime(2)."""
    file = timer_file(task, fd)
    write_itimerspec(task, value, file.interval, file.left)
    return 0
