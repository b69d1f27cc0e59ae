"""Files that tell of events: eventfd, signalfd, timerfd and epoll (uapi/linux/eventfd.h, timerfd.h, eventpoll.h)."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from vm.abi.files import OpenFlag, Poll
from vm.abi.layout import Structure, s32, u16, u32, u64
from vm.enums import quick

COUNT_LIMIT = (1 << 64) - 1
"""What the counter of an eventfd stays below."""

ALARM_CLOCKS = 8, 9
"""CLOCK_REALTIME_ALARM and CLOCK_BOOTTIME_ALARM: those that wake a sleeping system, and are timerfd's alone here."""


@quick
class EventFlag(IntEnum):
    """Flags of eventfd2(2), as plain numbers."""

    EFD_SEMAPHORE = 1
    EFD_CLOEXEC = OpenFlag.O_CLOEXEC
    EFD_NONBLOCK = OpenFlag.O_NONBLOCK


@quick
class TimerFileFlag(IntEnum):
    """Flags of timerfd_settime(2), as plain numbers."""

    TFD_TIMER_ABSTIME = 1
    TFD_TIMER_CANCEL_ON_SET = 2


@quick
class EpollOperation(IntEnum):
    """Operations of epoll_ctl(2)."""

    EPOLL_CTL_ADD = 1
    EPOLL_CTL_DEL = 2
    EPOLL_CTL_MOD = 3


@quick
class EpollFlag(IntEnum):
    """What an interest says beside the events of poll(2), as plain numbers (epoll_ctl(2))."""

    EPOLLEXCLUSIVE = 1 << 28
    EPOLLWAKEUP = 1 << 29
    EPOLLONESHOT = 1 << 30
    EPOLLET = 1 << 31


EPOLL_PRIVATE = int(sum(EpollFlag))
"""The bits of an interest that are no events (EP_PRIVATE_BITS)."""
EPOLL_EXCLUSIVE_ALLOWED = int(
    Poll.POLLIN | Poll.POLLOUT | Poll.POLLERR | Poll.POLLHUP
    | EpollFlag.EPOLLWAKEUP | EpollFlag.EPOLLET | EpollFlag.EPOLLEXCLUSIVE
)  # fmt: skip
"""What may be asked for together with EPOLLEXCLUSIVE (EPOLLEXCLUSIVE_OK_BITS)."""
EPOLL_NESTS = 4
"""How often epolls may be nested (EP_MAX_NESTS)."""
EPOLL_EVENTS_LIMIT = 0x7FFF_FFFF // 16
"""Most events that one wait may ask for (EP_MAX_EVENTS)."""
EPOLL_PATHS = (1000, 500, 100, 50, 10)
"""Ways from one file to epolls that nobody watches, by how many epolls are between (path_limits)."""


class EpollEvent(Structure):
    """``struct epoll_event`` (linux/eventpoll.h)."""

    events: u32
    data: Annotated[u64, 8]


class SignalRecord(Structure, size=128):
    """``struct signalfd_siginfo`` (linux/signalfd.h)."""

    ssi_signo: u32
    ssi_errno: s32
    ssi_code: s32
    ssi_pid: u32
    ssi_uid: u32
    ssi_fd: s32
    ssi_tid: u32
    ssi_band: u32
    ssi_overrun: u32
    ssi_trapno: u32
    ssi_status: s32
    ssi_int: s32
    ssi_ptr: u64
    ssi_utime: u64
    ssi_stime: u64
    ssi_addr: u64
    ssi_addr_lsb: u16
