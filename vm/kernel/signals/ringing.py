"""Timers of processes at work: setting them, their expiry, and what becomes of their signals.

A timer whose signal waits does not expire again before that is taken, as in Linux: it floods nobody. Source: Linux's
kernel/time/posix-timers.c and posix-cpu-timers.c.
"""

from __future__ import annotations

from dataclasses import replace

from vm.abi.timers import OVERRUN_LIMIT, SI_TIMER, TimerFields
from vm.kernel.kernel import Kernel
from vm.kernel.process import alarms
from vm.kernel.process.posix_timers import Measure, PosixTimer
from vm.kernel.process.task import Process, Task
from vm.kernel.process.timers import NEVER
from vm.kernel.signals.sending import send
from vm.kernel.signals.state import SignalInfo
from vm.kernel.system import System

SHORTEST = 1000
"""Least time from taking a timer's signal to its next one, so that its process comes to something in between: the
clocks of real machines cannot do better either (min_delta_ns)."""


def now_of(system: System, process: Process, timer: PosixTimer) -> int:
    """Return what a timer measures, as it is now; 0 for a thread that is gone."""
    if timer.measure is Measure.GUEST_TIME:
        return system.clock.now
    if timer.measure is Measure.PROCESS:
        return process.retired
    return sum(thread.retired for thread in process.threads if thread.tid == timer.thread)


def left(system: System, process: Process, timer: PosixTimer) -> int:
    """Return how long it takes until a timer expires, 0 for never; at least 1 while its signal is under way."""
    now = now_of(system, process, timer)
    if not timer.is_armed:
        timer.go_on(now)
    if timer.moment is None:
        return 0
    return max(timer.moment - now, 1 if timer.signal else 0)


def set_timer(kernel: Kernel, process: Process, timer: PosixTimer, moment: int | None, interval: int) -> None:
    """Let a timer expire at ``moment`` of what it measures, None for never; what it has sent before is void."""
    timer.setting += 1
    timer.moment, timer.interval = moment, interval if moment is not None else 0
    timer.counted, timer.overrun = -1, 0
    timer.is_armed, timer.rest = moment is not None and timer.signal != 0, 0
    watch(kernel.system, process)


def watch(system: System, process: Process) -> None:
    """Put the next expiry of a process's timers among the machine's moments."""
    of_guest_time = [timer for timer in process.timers.values() if timer.measure is Measure.GUEST_TIME]
    moments = [timer.due for timer in of_guest_time if timer.due is not None]
    moment = min(moments, default=NEVER)
    key = ("timers", process.pid)
    if moment < NEVER:
        system.scheduler.timers.set(key, max(moment, system.clock.now))
    else:
        system.scheduler.timers.cancel(key)
    if len(of_guest_time) < len(process.timers):
        alarms.look_ahead(system, process)


def expire(kernel: Kernel, process: Process) -> None:
    """Send the signals of all timers of a process that have expired, in the order in which they did."""
    system, due = kernel.system, []
    for number, timer in process.timers.items():
        moment = timer.due
        if moment is not None and moment <= now_of(system, process, timer):
            due.append((moment - now_of(system, process, timer), number))
    for _, number in sorted(due):
        timer = process.timers[number]
        timer.is_armed = False
        if not timer.interval:
            timer.moment = None
        if number < 0:
            del process.timers[number]
            kernel.scheduler.wake("processor time", -number)
        else:
            _send(kernel, process, number)
    watch(system, process)


def wake_at(kernel: Kernel, sleeper: Task, owner: Process | Task, moment: int) -> None:
    """Wake a thread when its process, or one of its threads, has retired so much.

    Such a timer has the thread's number below 0, so that there is one for each, and none of timer_create's.
    """
    process = sleeper.process
    measure, thread = (Measure.THREAD, owner.tid) if isinstance(owner, Task) else (Measure.PROCESS, 0)
    process.timers[-sleeper.tid] = PosixTimer(measure, 0, thread, 0, 0, 0, moment, is_armed=True)
    watch(kernel.system, process)


def _send(kernel: Kernel, process: Process, number: int) -> None:
    """Send the signal of a timer, unless it goes to a thread that is gone."""
    timer = process.timers[number]
    fields = TimerFields.pack_all(number, 0, timer.value)
    info = SignalInfo(timer.signal, SI_TIMER, fields, expiry=(number, timer.setting))
    thread = next((thread for thread in process.threads if thread.tid == timer.target), None)
    if thread is not None or not timer.target:
        send(kernel, process, info, thread=thread)


def taken(system: System, process: Process, info: SignalInfo) -> SignalInfo | None:
    """Return the signal of a timer as who takes it sees it, and let the timer go on; None for one that is void."""
    assert info.expiry is not None
    number, setting = info.expiry
    timer = process.timers.get(number)
    if timer is None or timer.setting != setting:
        return None
    if timer.interval:
        now = now_of(system, process, timer)
        timer.go_on(now)
        timer.rest = now + SHORTEST
        timer.overrun, timer.counted = min(max(timer.counted, 0), OVERRUN_LIMIT), -1
        timer.setting += 1
        timer.is_armed = True
        watch(system, process)
    return replace(info, fields=TimerFields.pack_all(number, timer.overrun, timer.value))


def resend(kernel: Kernel, process: Process, signal: int) -> None:
    """A signal is not ignored any more: send it for the timers that would go on had it been taken."""
    waiting = {info.expiry for pending in _queues(process) for info in pending}
    for number, timer in list(process.timers.items()):
        is_lost = timer.signal == signal and timer.interval and not timer.is_armed
        if is_lost and (number, timer.setting) not in waiting:
            _send(kernel, process, number)


def _queues(process: Process) -> list[list[SignalInfo]]:
    return [process.signals.shared.queue, *[thread.signals.own.queue for thread in process.threads]]
