"""Clocks, sleeping, interval timers and processor times.

Guest time is virtual: see :class:`vm.kernel.kernel.Kernel`.
"""

from __future__ import annotations

from vm.abi import (
    ITIMER_PROF,
    ITIMER_REAL,
    NANOSECONDS,
    RUSAGE_CHILDREN,
    RUSAGE_SELF,
    RUSAGE_THREAD,
    TICK,
    TIMER_ABSTIME,
    Clock,
    Errno,
)
from vm.abi.structures import Itimerval, Timeval, Tms
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process import alarms
from vm.kernel.process.task import Process, Restart, Task, Wait
from vm.kernel.process.timers import NEVER
from vm.kernel.syscalls.clocks import processor_clock, read_clock
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.processes import usage
from vm.kernel.syscalls.table import as_signed, call
from vm.kernel.syscalls.timeouts import read_timespec, wait_until, write_timespec

_TO_SLEEP_ON = (Clock.CLOCK_REALTIME, Clock.CLOCK_MONOTONIC, Clock.CLOCK_BOOTTIME, Clock.CLOCK_TAI)
_COARSE = (Clock.CLOCK_REALTIME_COARSE, Clock.CLOCK_MONOTONIC_COARSE)
MICROSECOND = 1000


@call(
    "clock_gettime64",
    "EFAULT EINVAL",
    "the coarse clocks are as fine as the others",
    clock=Kind.CLOCK,
    time=Kind.TIMESPEC_RESULT,
)
def clock_gettime(kernel: Kernel, task: Task, clock: int, time: int) -> int:
    """clock_gettime(2)."""
    write_timespec(task, time, read_clock(kernel, task, clock))
    return 0


@call("clock_getres_time64", "EFAULT EINVAL", clock=Kind.CLOCK, resolution=Kind.TIMESPEC_RESULT)
def clock_getres(kernel: Kernel, task: Task, clock: int, resolution: int) -> int:
    """clock_getres(2): one instruction."""
    read_clock(kernel, task, clock)
    if resolution:
        write_timespec(task, resolution, 1)
    return 0


@call("clock_settime64", "EFAULT EINVAL EPERM", "the time cannot be set", clock=Kind.CLOCK, time=Kind.TIMESPEC)
def clock_settime(kernel: Kernel, task: Task, clock: int, time: int) -> int:
    """clock_settime(2)."""
    read_timespec(task, time)
    raise SystemCallError(Errno.EPERM if clock == Clock.CLOCK_REALTIME else Errno.EINVAL)


@call(
    "clock_nanosleep_time64",
    "EFAULT EINTR EINVAL ENOTSUP",
    "no processor clocks of other processes (ENOTSUP)",
    clock=Kind.CLOCK,
    flags=Kind.TIMER_FLAGS,
    time=Kind.TIMESPEC,
    left=Kind.TIME_LEFT,
)
def clock_nanosleep(kernel: Kernel, task: Task, clock: int, flags: int, time: int, left: int) -> int | Wait:
    """clock_nanosleep(2): costs no time outside the machine, whose time moves on when everybody sleeps."""
    owner = processor_clock(kernel, task, clock)
    if owner is not None:
        return _sleep_on_processor_time(kernel, task, owner, flags, time, left)
    if task.deadline is None:
        now = read_clock(kernel, task, clock)
        if clock not in _TO_SLEEP_ON:
            raise SystemCallError(Errno.EINVAL if clock in _COARSE else Errno.ENOTSUP)
        wanted = read_timespec(task, time)
        duration = max(0, wanted - now) if flags & TIMER_ABSTIME else wanted
        task.deadline = min(kernel.clock + duration, NEVER)
    rest = task.deadline - kernel.clock
    if rest <= 0:
        return 0
    if task.interrupted and left and not flags & TIMER_ABSTIME:
        write_timespec(task, left, rest)
    return Wait((), "its sleep to end", wait_until(task.deadline), Restart.UNLESS_HANDLED)


def _sleep_on_processor_time(
    kernel: Kernel, task: Task, owner: Process | Task, flags: int, time: int, left: int
) -> int | Wait:
    """Sleep until the process, or another of its threads, has retired so much."""
    from vm.kernel.signals import ringing  # for programs that have such timers

    if owner is task:
        raise SystemCallError(Errno.EINVAL)
    if task.process is not (owner.process if isinstance(owner, Task) else owner):
        raise SystemCallError(Errno.ENOTSUP)
    if task.deadline is None:
        wanted = read_timespec(task, time)
        task.deadline = min(wanted if flags & TIMER_ABSTIME else owner.retired + wanted, NEVER)
    rest = task.deadline - owner.retired
    if rest <= 0:
        return 0
    if task.interrupted and left and not flags & TIMER_ABSTIME:
        write_timespec(task, left, rest)
    ringing.wake_at(kernel, task, owner, task.deadline)
    return Wait((("processor time", task.tid),), "its process to work", restart=Restart.UNLESS_HANDLED)


# --- interval timers --------------------------------------------------------------------------------------------------


def read_timeval(data: bytes) -> int:
    """Return the nanoseconds of a struct __kernel_old_timeval. Raises SystemCallError(EINVAL)."""
    time = Timeval.unpack(data)
    if time.tv_sec < 0 or not 0 <= time.tv_usec < 10**6:
        raise SystemCallError(Errno.EINVAL)
    return time.tv_sec * NANOSECONDS + time.tv_usec * MICROSECOND


def timeval(time: int) -> bytes:
    """Return ``time`` nanoseconds as a struct __kernel_old_timeval, rounded up: a timer that runs is not 0."""
    seconds, microseconds = divmod(-(-time // MICROSECOND), 10**6)
    return Timeval.pack(tv_sec=as_signed(seconds & 0xFFFF_FFFF), tv_usec=microseconds)


def timer_value(kernel: Kernel, task: Task, which: int) -> bytes:
    """Return a timer as a struct itimerval. Raises SystemCallError(EINVAL) for none."""
    if not ITIMER_REAL <= which <= ITIMER_PROF:
        raise SystemCallError(Errno.EINVAL)
    alarm = task.process.alarms.get(which)
    if alarm is None:
        return Itimerval.pack()
    left = max(1, alarm.moment - alarms.now(kernel, task.process, which))
    return Itimerval.pack(it_interval=timeval(alarm.interval), it_value=timeval(left))


@call("getitimer", "EFAULT EINVAL", which=Kind.TIMER, value=Kind.ITIMERVAL_RESULT)
def getitimer(kernel: Kernel, task: Task, which: int, value: int) -> int:
    """getitimer(2)."""
    task.memory.write(value, timer_value(kernel, task, which))
    return 0


@call("setitimer", "EFAULT EINVAL", which=Kind.TIMER, new=Kind.ITIMERVAL, old=Kind.ITIMERVAL_RESULT)
def setitimer(kernel: Kernel, task: Task, which: int, new: int, old: int) -> int:
    """setitimer(2); ITIMER_VIRTUAL and ITIMER_PROF both count what the process has retired."""
    data = task.memory.read(new, Itimerval.SIZE) if new else Itimerval.pack()
    interval, left = map(read_timeval, Itimerval.unpack(data))
    former = timer_value(kernel, task, which)
    alarms.change(kernel, task.process, which, left, interval)
    if old:
        task.memory.write(old, former)
    return 0


# --- processor times --------------------------------------------------------------------------------------------------


@call("times", "EFAULT", "system time is counted as user time", buffer=Kind.TICKS)
def times(kernel: Kernel, task: Task, buffer: int) -> int:
    """times(2): the ticks since the boot; user and system time of the process and of its children that were awaited."""
    if buffer:
        own, childrens = (retired // TICK & 0xFFFF_FFFF for retired in (task.process.retired, task.process.reaped))
        task.memory.write(buffer, Tms.pack(tms_utime=own, tms_cutime=childrens))
    return kernel.clock // TICK & 0x7FFF_FFFF


@call(
    "getrusage",
    "EFAULT EINVAL",
    "only the user time is filled in; system time counts as user time",
    who=Kind.USAGE_OF,
    buffer=Kind.USAGE,
)
def getrusage(kernel: Kernel, task: Task, who: int, buffer: int) -> int:
    """getrusage(2)."""
    if who not in (RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD):
        raise SystemCallError(Errno.EINVAL)
    process = task.process
    times = {RUSAGE_SELF: process.retired, RUSAGE_CHILDREN: process.reaped, RUSAGE_THREAD: task.retired}
    task.memory.write(buffer, usage(times[who]))
    return 0
