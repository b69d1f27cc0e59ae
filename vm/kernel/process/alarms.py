"""Interval timers (setitimer(2)): of guest time, and of the processor time of one process; and that time's limit.

A process's processor time is what it has retired; user and system time are not told apart.
"""

from __future__ import annotations

from vm.abi import ITIMER_PROF, ITIMER_REAL, ITIMER_VIRTUAL, NANOSECONDS, RLIM64_INFINITY, TICK, Limit, Signal
from vm.kernel.kernel import Kernel
from vm.kernel.process.posix_timers import Measure
from vm.kernel.process.task import Alarm, Process
from vm.kernel.process.timers import NEVER
from vm.kernel.system import System

LIMIT = -1
"""Which of a process's alarms is for RLIMIT_CPU."""
_SIGNALS = {ITIMER_VIRTUAL: Signal.SIGVTALRM, ITIMER_PROF: Signal.SIGPROF}


def now(kernel: Kernel, process: Process, which: int) -> int:
    """Return what the timer measures."""
    return kernel.clock if which == ITIMER_REAL else process.retired


def change(kernel: Kernel, process: Process, which: int, left: int, interval: int) -> None:
    """Let the timer expire ``left`` nanoseconds from now, never for 0, and every ``interval`` after that."""
    key = ("alarm", process.pid)
    if left:
        process.alarms[which] = Alarm(now(kernel, process, which) + left, interval)
    else:
        process.alarms.pop(which, None)
    if which != ITIMER_REAL:
        watch_processor_time(kernel, process)
    elif left:
        kernel.timers.set(key, process.alarms[which].moment)
    else:
        kernel.timers.cancel(key)


def rearm(system: System, process: Process) -> None:
    """SIGALRM is taken: let the timer of guest time run on, if it has an interval and does not already.

    As in Linux it is not set anew when it expires, so that it cannot flood a process that does not take the signal.
    """
    alarm, key, timers = process.alarms.get(ITIMER_REAL), ("alarm", process.pid), system.scheduler.timers
    if alarm is None or timers.moment(key) is not None:
        return
    if alarm.interval:
        moment = following(alarm, system.clock.now)
        process.alarms[ITIMER_REAL] = Alarm(moment, alarm.interval)
        timers.set(key, moment)
    else:
        del process.alarms[ITIMER_REAL]


def following(alarm: Alarm, moment: int) -> int:
    """Return the first expiry after ``moment``."""
    return alarm.moment + ((moment - alarm.moment) // alarm.interval + 1) * alarm.interval


def watch_processor_time(kernel: Kernel, process: Process) -> None:
    """While ``process`` runs, guest time and its own go on together: put its next expiry among the machine's timers."""
    look_ahead(kernel.system, process)


def look_ahead(system: System, process: Process) -> None:
    """Do what :func:`watch_processor_time` does, where there is no kernel."""
    left, running = process.processor_deadline - process.retired, system.running
    for timer in process.timers.values():
        moment = timer.due
        if moment is not None and timer.measure is Measure.PROCESS:
            left = min(left, moment - process.retired)
        elif moment is not None and timer.measure is Measure.THREAD and running is not None:
            left = min(left, moment - running.retired) if running.tid == timer.thread else left
    key = ("processor time", process.pid)
    if left < NEVER - process.retired:
        system.scheduler.timers.set(key, system.clock.now + max(left, 0))
    else:
        system.scheduler.timers.cancel(key)


def expired(kernel: Kernel, process: Process) -> list[Signal]:
    """Return the signals of the timers of processor time that have expired; those with an interval run on."""
    signals = []
    for which, alarm in list(process.alarms.items()):
        if which == ITIMER_REAL or alarm.moment > process.retired:
            continue
        if which == LIMIT:
            signals.append(_over_limit(process))
            continue
        if alarm.interval:
            process.alarms[which] = Alarm(following(alarm, process.retired), alarm.interval)
        else:
            del process.alarms[which]
        signals.append(_SIGNALS[which])
    watch_processor_time(kernel, process)
    return signals


def limit_processor_time(kernel: Kernel, process: Process) -> None:
    """RLIMIT_CPU of ``process`` has been set: it is looked at when the soft limit is reached, unless there is none."""
    soft, _ = process.limits[Limit.RLIMIT_CPU]
    if soft == RLIM64_INFINITY:
        process.alarms.pop(LIMIT, None)
    else:
        process.alarms[LIMIT] = Alarm(soft * NANOSECONDS, 0)
    if kernel.running is not None and kernel.running.process is process:
        watch_processor_time(kernel, process)


def _over_limit(process: Process) -> Signal:
    """Return the signal for a process that has reached its soft limit, which moves up by a second, or its hard one.

    A process that is beyond it already is looked at every tick (Linux, kernel/time/posix-cpu-timers.c).
    """
    soft, hard = process.limits[Limit.RLIMIT_CPU]
    if process.retired >= hard * NANOSECONDS:
        del process.alarms[LIMIT]
        return Signal.SIGKILL
    process.limits[Limit.RLIMIT_CPU] = (soft + 1, hard)
    process.alarms[LIMIT] = Alarm(max((soft + 1) * NANOSECONDS, process.retired + TICK), 0)
    return Signal.SIGXCPU
