"""Time, clocks and timers."""

from __future__ import annotations

from enum import IntEnum

from vm.enums import quick

NANOSECONDS = 10**9
"""Nanoseconds a second; one instruction takes one nanosecond."""

TICK = NANOSECONDS // 100
"""Nanoseconds of one clock tick, in which times(2) and SIGCHLD count (USER_HZ is 100)."""


@quick
class Clock(IntEnum):
    """Clocks of clock_gettime(2)."""

    CLOCK_REALTIME = 0
    CLOCK_MONOTONIC = 1
    CLOCK_PROCESS_CPUTIME_ID = 2
    CLOCK_THREAD_CPUTIME_ID = 3
    CLOCK_MONOTONIC_RAW = 4
    CLOCK_REALTIME_COARSE = 5
    CLOCK_MONOTONIC_COARSE = 6
    CLOCK_BOOTTIME = 7
    CLOCK_TAI = 11


TIMER_ABSTIME = 1
"""Flag of clock_nanosleep(2): the time is absolute."""
ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF = 0, 1, 2
"""Interval timers of setitimer(2)."""
RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD = 0, -1, 1
"""Whose usage getrusage(2) tells."""
