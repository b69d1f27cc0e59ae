"""The devices of /dev that are not the terminal (null(4), random(4), full(4))."""

from __future__ import annotations

from collections.abc import Callable

from vm.abi import SEEK_CUR, SEEK_END, SEEK_SET, Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import OpenFile, Wake
from vm.kernel.files.vfs import Inode

MEMORY_MAJOR, TERMINAL_MAJOR = 1, 5


def device_number(major: int, minor: int) -> int:
    """A device number as mknod(2) takes it (makedev(3), 32 bits)."""
    return minor & 0xFF | (major & 0xFFF) << 8 | (minor & 0xFFF00) << 12


def device_parts(number: int) -> tuple[int, int]:
    """(major, minor)."""
    return number >> 8 & 0xFFF, number & 0xFF | number >> 12 & 0xFFF00


NULL, ZERO, FULL, RANDOM, URANDOM = (device_number(MEMORY_MAJOR, minor) for minor in (3, 5, 7, 8, 9))
TTY, CONSOLE = (device_number(TERMINAL_MAJOR, minor) for minor in (0, 1))

NAMES = {b"null": NULL, b"zero": ZERO, b"full": FULL, b"random": RANDOM, b"urandom": URANDOM, b"tty": TTY,
         b"console": CONSOLE}  # fmt: skip
"""What /dev holds."""


class MemoryDevice(OpenFile):
    """A device that gives ``fill(size)`` bytes and takes what is written, except where it is full."""

    has_positions = True

    def __init__(
        self, inode: Inode, flags: int, path: bytes, fill: Callable[[int], bytes], *, is_full: bool = False
    ) -> None:
        super().__init__(inode, flags, path)
        self._fill = fill
        self._is_full = is_full

    def peek(self, size: int) -> bytes:
        """As many bytes as are asked for, or none at all."""
        return self._fill(size)

    def write(self, data: bytes, wake: Wake) -> int:
        """Forget ``data``."""
        if self._is_full:
            raise SystemCallError(Errno.ENOSPC)
        return len(data)

    def read_at(self, offset: int, size: int) -> bytes:
        """The same at every offset."""
        return self._fill(size)

    def write_at(self, offset: int, data: bytes) -> int:
        """The same at every offset."""
        if self._is_full:
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


def nothing(size: int) -> bytes:
    """What /dev/null gives."""
    return b""


def open_memory_device(
    inode: Inode, flags: int, path: bytes, random: Callable[[int], bytes]
) -> MemoryDevice | None:  # fmt: skip
    """Open a device by its number, None for one that is not here; ``random`` gives random bytes."""
    fills: dict[int, Callable[[int], bytes]] = {
        NULL: nothing, ZERO: bytes, FULL: bytes, RANDOM: random, URANDOM: random,
    }  # fmt: skip
    fill = fills.get(inode.device)
    return None if fill is None else MemoryDevice(inode, flags, path, fill, is_full=inode.device == FULL)
