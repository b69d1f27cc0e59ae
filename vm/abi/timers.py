"""Timers of processes: timer_create(2), timer_settime(2) (uapi/linux/time.h, asm-generic/siginfo.h)."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from vm.abi.layout import Structure, s32, u32
from vm.enums import quick

SI_TIMER = -2
"""si_code of a timer's signal."""
OVERRUN_LIMIT = 0x7FFF_FFFF
"""Highest number of missed expirations that is told (DELAYTIMER_MAX)."""


@quick
class Notify(IntEnum):
    """How a timer tells that it has expired (sigevent(3type))."""

    SIGEV_SIGNAL = 0
    SIGEV_NONE = 1
    SIGEV_THREAD = 2
    SIGEV_THREAD_ID = 4


class Itimerspec(Structure):
    """``struct __kernel_itimerspec`` (linux/time_types.h): the interval, and the time left."""

    it_interval: Annotated[bytes, "16s"]
    it_value: Annotated[bytes, "16s"]


class Sigevent(Structure, size=64):
    """``struct sigevent`` (asm-generic/siginfo.h); a function and attributes may lie where the thread's number does."""

    sigev_value: u32
    sigev_signo: s32
    sigev_notify: s32
    sigev_notify_thread_id: s32


class TimerFields(Structure):
    """The fields of a siginfo_t for a timer's signal (``_timer``)."""

    si_timerid: s32
    si_overrun: s32
    si_value: u32
