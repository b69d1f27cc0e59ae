"""Timers as open files (timerfd_create(2)). Source: Linux's fs/timerfd.c."""

from __future__ import annotations

from typing import ClassVar, Protocol

from vm.abi import Errno, OpenFlag, Poll
from vm.abi.layout import LONG_LONG
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Channel, OpenFile, Wake, WouldBlock
from vm.kernel.files.vfs import Inode
from vm.kernel.process.timers import NEVER, Timers


class HasTimers(Protocol):
    """Who keeps the moments at which something happens."""

    @property
    def timers(self) -> Timers:
        """These moments."""


class TimerFile(OpenFile):
    """A timer that counts how often it has expired.

    ``offset``: nanoseconds that its clock is ahead of guest time. ``moment`` of guest time is its first expiry that
    :attr:`missed` does not count yet, None while there is none to come; ``interval`` the nanoseconds between them, 0
    for a single one. It is among the machine's timers, those of ``waiters``, until it expires, and not again before
    somebody looks at it: so it cannot flood a machine in which nobody does.
    """

    _follow: ClassVar[tuple[str, ...]] = ("_waiters",)

    is_message = True

    def __init__(self, inode: Inode, flags: int, offset: int, waiters: HasTimers) -> None:
        super().__init__(inode, flags | OpenFlag.O_RDWR, b"anon_inode:[timerfd]")
        self.number = inode.filesystem.new_number()
        self.offset = offset
        self.moment: int | None = None
        self.interval = 0
        self.missed = 0
        self._waiters = waiters

    @property
    def _now(self) -> int:
        return self.inode.filesystem.clock.now

    @property
    def expirations(self) -> int:
        """How often it has expired since it was set or read."""
        if self.moment is None or self._now < self.moment:
            return self.missed
        return self.missed + (1 + (self._now - self.moment) // self.interval if self.interval else 1)

    def set(self, moment: int | None, interval: int) -> None:
        """Let it expire at ``moment`` of guest time, None for never, and every ``interval`` nanoseconds after that."""
        self.interval, self.missed = interval, 0
        self._wait_for(moment)

    def _wait_for(self, moment: int | None) -> None:
        self.moment = moment
        key = ("timerfd", self.number)
        if moment is None:
            self._waiters.timers.cancel(key)
        else:
            self._waiters.timers.set(key, max(moment, self._now))

    @property
    def left(self) -> int:
        """Nanoseconds until it expires next, 0 for never. One that has an interval and has expired runs on."""
        if self.moment is None or (not self.interval and self.moment <= self._now):
            return 0
        if self.moment <= self._now:
            self._run_on()
        return self.moment - self._now

    def _run_on(self) -> None:
        """Count the expirations so far, and wait for the next one."""
        assert self.moment is not None
        self.missed = self.expirations
        self._wait_for(min(self.moment + ((self._now - self.moment) // self.interval + 1) * self.interval, NEVER))

    def peek(self, size: int) -> bytes | WouldBlock:
        """Return the number of expirations, 8 bytes."""
        if size < LONG_LONG.size:
            raise SystemCallError(Errno.EINVAL)
        if not self.expirations:
            return WouldBlock(("timerfd", self.number), "a timer to expire")
        return LONG_LONG.pack(self.expirations)

    def advance(self, size: int, wake: Wake) -> None:
        """Count from 0 again."""
        if self.moment is not None and self.moment <= self._now:
            if self.interval:
                self._run_on()
            else:
                self.moment = None
        self.missed = 0

    def seek(self, offset: int, whence: int) -> int:
        """Stay at 0."""
        return 0

    def poll(self) -> int:
        """Readable once it has expired."""
        return Poll.POLLIN if self.expirations else 0

    def channels(self, events: int) -> tuple[Channel, ...]:
        """It is announced when it expires."""
        return (("timerfd", self.number),)

    def closed(self, wake: Wake) -> None:
        """Never expire again."""
        self._waiters.timers.cancel(("timerfd", self.number))
        super().closed(wake)
