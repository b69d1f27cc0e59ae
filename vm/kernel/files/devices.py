"""The devices of /dev that are not the terminal (null(4), random(4), full(4))."""

from __future__ import annotations

from typing import ClassVar, Protocol

from vm.abi import SEEK_CUR, SEEK_END, SEEK_SET, Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import OpenFile, Wake
from vm.kernel.files.vfs import Inode
from vm.kernel.process.random import RandomStream

MEMORY_MAJOR, TERMINAL_MAJOR = 1, 5


def device_number(major: int, minor: int) -> int:
    """Return a device number as mknod(2) takes it (makedev(3), 32 bits)."""
    return minor & 0xFF | (major & 0xFFF) << 8 | (minor & 0xFFF00) << 12


def device_parts(number: int) -> tuple[int, int]:
    """(major, minor)."""
    return number >> 8 & 0xFFF, number & 0xFF | number >> 12 & 0xFFF00


NULL, ZERO, FULL, RANDOM, URANDOM = (device_number(MEMORY_MAJOR, minor) for minor in (3, 5, 7, 8, 9))
TTY, CONSOLE = (device_number(TERMINAL_MAJOR, minor) for minor in (0, 1))

NAMES = {b"null": NULL, b"zero": ZERO, b"full": FULL, b"random": RANDOM, b"urandom": URANDOM, b"tty": TTY,
         b"console": CONSOLE}  # fmt: skip
"""What /dev holds."""


class HasRandom(Protocol):
    """A process, of which a device takes random bytes."""

    random: RandomStream


class Runs(Protocol):
    """Who knows which process runs."""

    @property
    def running(self) -> HasRandom | None:
        """The process that runs, None before there is one."""


class MemoryDevice(OpenFile):
    """A device without anything behind it: zeros, random bytes of the process that ``runs``, nothing, or no room."""

    _follow: ClassVar[tuple[str, ...]] = ("_runs",)

    has_positions = True

    def __init__(self, inode: Inode, flags: int, path: bytes, runs: Runs) -> None:
        super().__init__(inode, flags, path)
        self._runs = runs

    @property
    def can_poll(self) -> bool:
        """True of /dev/random alone, as in Linux."""
        return self.inode.device == RANDOM

    def peek(self, size: int) -> bytes:
        """As many bytes as are asked for; of /dev/null none."""
        device = self.inode.device
        if device == NULL:
            return b""
        if device not in (RANDOM, URANDOM):
            return bytes(size)
        assert self._runs.running is not None, "somebody reads while nobody runs"
        return self._runs.running.random.take(size)

    def write(self, data: bytes, wake: Wake) -> int:
        """Forget ``data``; SystemCallError(ENOSPC) of /dev/full."""
        return self.write_at(0, data)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return what a read gets at any offset."""
        return self.peek(size)

    def write_at(self, offset: int, data: bytes) -> int:
        """Forget ``data``; SystemCallError(ENOSPC) of /dev/full."""
        if self.inode.device == FULL:
            raise SystemCallError(Errno.ENOSPC)
        return len(data)

    def mapped(self, offset: int, size: int) -> None:
        """Zeros, of the device that gives them."""
        if self.inode.device != ZERO:
            super().mapped(offset, size)

    def seek(self, offset: int, whence: int) -> int:
        """Always at the beginning."""
        if whence not in (SEEK_SET, SEEK_CUR, SEEK_END):
            raise SystemCallError(Errno.EINVAL)
        return 0


def open_memory_device(inode: Inode, flags: int, path: bytes, runs: Runs) -> MemoryDevice | None:
    """Open a device by its number, None for one that is not here."""
    if inode.device not in (NULL, ZERO, FULL, RANDOM, URANDOM):
        return None
    return MemoryDevice(inode, flags, path, runs)
