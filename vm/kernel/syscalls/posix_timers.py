"""Timers of a process that send signals."""

from __future__ import annotations

from vm.abi import PENDING_LIMIT, SIGNAL_LIMIT, TIMER_ABSTIME, Clock, Errno, Signal
from vm.abi.layout import WORD
from vm.abi.timers import Itimerspec, Notify, Sigevent
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.posix_timers import Measure, PosixTimer
from vm.kernel.process.task import Process, Task
from vm.kernel.process.timers import NEVER
from vm.kernel.signals import ringing
from vm.kernel.syscalls.clocks import offset_of, processor_clock
from vm.kernel.syscalls.itimerspecs import times_of, write_itimerspec
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call

_CLOCKS = (Clock.CLOCK_REALTIME, Clock.CLOCK_MONOTONIC, Clock.CLOCK_BOOTTIME, Clock.CLOCK_TAI)


@call(
    "timer_create",
    "EAGAIN EFAULT EINVAL ENOTSUP",
    "no processor clocks of other processes (EINVAL)",
    clock=Kind.CLOCK,
    event=Kind.SIGEVENT,
    timer=Kind.NUMBER_RESULT,
)
def timer_create(kernel: Kernel, task: Task, clock: int, event: int, timer: int) -> int:
    """timer_create(2)."""
    process = task.process
    asked = Sigevent.unpack(task.memory.read(event, Sigevent.SIZE)) if event else None
    measure, offset, thread = _clock(kernel, task, clock)
    if len(process.timers) >= PENDING_LIMIT:
        raise SystemCallError(Errno.EAGAIN)
    number = process.timers_made
    process.timers_made = (number + 1) & 0x7FFF_FFFF
    if asked is None:
        signal, value, target = int(Signal.SIGALRM), number, 0
    else:
        signal, value, target = _notification(process, asked)
    task.memory.write(timer, WORD.pack(number))
    process.timers[number] = PosixTimer(measure, offset, thread, signal, value, target)
    return 0


def _clock(kernel: Kernel, task: Task, clock: int) -> tuple[Measure, int, int]:
    """What a timer on this clock measures, by how much the clock is ahead of that, and the thread whose time it is."""
    owner = processor_clock(kernel, task, clock)
    if owner is None:
        offset = offset_of(kernel, clock)
        if clock not in _CLOCKS:
            raise SystemCallError(Errno.ENOTSUP)
        return Measure.GUEST_TIME, offset, 0
    if isinstance(owner, Task):
        return Measure.THREAD, 0, owner.tid
    if owner is not task.process:
        raise SystemCallError(Errno.EINVAL)
    return Measure.PROCESS, 0, 0


def _notification(process: Process, asked: Sigevent) -> tuple[int, int, int]:
    """The signal that is asked for, its value, and its thread (0: the process). SystemCallError(EINVAL)."""
    value, signal, notify, target = asked
    if notify == Notify.SIGEV_NONE:
        return 0, value, 0
    if notify not in set(Notify) or not 0 < signal <= SIGNAL_LIMIT:
        raise SystemCallError(Errno.EINVAL)
    if notify != Notify.SIGEV_THREAD_ID:
        return signal, value, 0
    if target not in [thread.tid for thread in process.threads]:
        raise SystemCallError(Errno.EINVAL)
    return signal, value, target


def _find(process: Process, timer: int) -> PosixTimer:
    found = process.timers.get(timer)
    if found is None or timer < 0:
        raise SystemCallError(Errno.EINVAL)
    return found


@call(
    "timer_settime64",
    "EFAULT EINVAL",
    timer=Kind.INT,
    flags=Kind.TIMER_FLAGS,
    new=Kind.ITIMERSPEC,
    old=Kind.ITIMERSPEC_RESULT,
)
def timer_settime(kernel: Kernel, task: Task, timer: int, flags: int, new: int, old: int) -> int:
    """timer_settime(2)."""
    if not new:
        raise SystemCallError(Errno.EINVAL)
    interval, value = times_of(task.memory.read(new, Itimerspec.SIZE))
    process = task.process
    found = _find(process, timer)
    former_left = ringing.left(kernel.system, process, found)
    former_interval = found.interval
    begin = -found.offset if flags & TIMER_ABSTIME else ringing.now_of(kernel.system, process, found)
    ringing.set_timer(kernel, process, found, min(begin + value, NEVER) if value else None, interval)
    if old:
        write_itimerspec(task, old, former_interval, former_left)
    return 0


@call("timer_gettime64", "EFAULT EINVAL", timer=Kind.INT, value=Kind.ITIMERSPEC_RESULT)
def timer_gettime(kernel: Kernel, task: Task, timer: int, value: int) -> int:
    """timer_gettime(2)."""
    found = _find(task.process, timer)
    rest = ringing.left(kernel.system, task.process, found)
    write_itimerspec(task, value, found.interval, rest)
    return 0


@call("timer_getoverrun", "EINVAL", timer=Kind.INT)
def timer_getoverrun(kernel: Kernel, task: Task, timer: int) -> int:
    """timer_getoverrun(2): of the signal that was taken last."""
    return _find(task.process, timer).overrun


@call("timer_delete", "EINVAL", timer=Kind.INT)
def timer_delete(kernel: Kernel, task: Task, timer: int) -> int:
    """timer_delete(2): its signal does not come any more, though it may wait already."""
    _find(task.process, timer)
    del task.process.timers[timer]
    ringing.watch(kernel.system, task.process)
    return 0
