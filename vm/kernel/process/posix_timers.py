"""Timers of a process as data (timer_create(2)). Source: Linux's kernel/time/posix-timers.c."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from vm.enums import quick
from vm.values import dataclass


@quick
class Measure(Enum):
    """What a timer's clock counts."""

    GUEST_TIME = "nanoseconds of guest time"
    PROCESS = "instructions retired by the process"
    THREAD = "instructions retired by one of its threads"


@dataclass(slots=True, eq=False)
class PosixTimer:
    """A timer; it expires at ``moment`` of what it measures, None for never, and every ``interval`` after that.

    ``offset``: how far its clock is ahead of what it measures; ``thread`` the number of the thread whose time that is.
    It sends ``signal`` with ``value`` to the process, or to the thread ``target`` if that is not 0; none where it is 0.
    ``is_armed``: it will expire by itself, not before ``rest``. While its signal waits it does not, so there is one at
    a time; ``counted`` are the expirations since, beginning with -1 for that one. ``overrun`` is what the signal that
    was taken last has said of them. ``setting`` counts how often it was set or has gone on: a signal of an earlier one
    is void.
    """

    _follow: ClassVar[tuple[str, ...]] = ()

    measure: Measure
    offset: int
    thread: int
    signal: int
    value: int
    target: int
    moment: int | None = None
    interval: int = 0
    is_armed: bool = False
    rest: int = 0
    counted: int = -1
    overrun: int = 0
    setting: int = 0

    @property
    def due(self) -> int | None:
        """When it expires by itself, in what it measures; None for never."""
        return max(self.moment, self.rest) if self.is_armed and self.moment is not None else None

    def go_on(self, now: int) -> None:
        """Count the expirations up to ``now``, and expect the one after that."""
        if self.moment is not None and self.interval and self.moment <= now:
            count = (now - self.moment) // self.interval + 1
            self.counted += count
            self.moment += count * self.interval
