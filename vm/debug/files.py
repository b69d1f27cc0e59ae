"""The guest's files as gdb reads them: ``vFile`` packets (gdb manual, "Host I/O Packets"), for reading alone.

gdb needs them to find the image of each program that a process executes. Its own names are for the host otherwise.
"""

from __future__ import annotations

import struct

from vm.abi.errors import Errno
from vm.debug import signal_page
from vm.debug.packets import MOST_DATA, escape
from vm.debug.parsing import data, number, numbers
from vm.debug.target import Refused, Target

MOST_OPEN = 512
"""Files that a client may have open at once: an image for each process that it looks at."""
MOST_BYTES = 256 << 20
"""Bytes that these may hold together."""

_NUMBERS: dict[int, int] = {Errno.ENOSYS: 88, Errno.ENAMETOOLONG: 91}
_SAME = frozenset(
    {
        Errno.EPERM, Errno.ENOENT, Errno.EINTR, Errno.EBADF, Errno.EACCES, Errno.EFAULT, Errno.EBUSY, Errno.EEXIST,
        Errno.ENODEV, Errno.ENOTDIR, Errno.EISDIR, Errno.EINVAL, Errno.ENFILE, Errno.EMFILE, Errno.EFBIG, Errno.ENOSPC,
        Errno.ESPIPE, Errno.EROFS,
    }
)  # fmt: skip
"""Errors that have one number in Linux and in the protocol (gdb manual, "Errno Values")."""
_OTHER = 9999

_STATUS = struct.Struct(">7I3Q3I")
"""dev, ino, mode, nlink, uid, gid, rdev, size, blksize, blocks, atime, mtime, ctime ("struct stat")."""
_REGULAR = 0o100444


class Files:
    """The files that a client has open."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._pid = 0
        self._open: dict[int, bytes] = {}

    def answer(self, request: bytes) -> bytes:
        """Do what stands behind ``vFile:``. What there is not is answered by nothing, what fails by its error."""
        operation, _, argument = request.partition(b":")
        if operation in _WRITING:
            return _failure(Errno.EROFS)
        if operation not in _READING:
            return b""
        try:
            return _READING[operation](self, argument)
        except Refused as refused:
            return _failure(refused.errno)

    def _choose(self, argument: bytes) -> bytes:
        """Open what follows as this process would; 0 is the first one."""
        self._pid = number(argument)
        return b"F0"

    def _open_file(self, argument: bytes) -> bytes:
        path, flags, _ = _three(argument)
        if number(flags):
            raise Refused(Errno.EROFS)
        name = _name(path)
        if len(self._open) >= MOST_OPEN:
            raise Refused(Errno.EMFILE)
        content = signal_page.image() if name == signal_page.PATH else self._target.read_file(self._pid, name)
        if sum(map(len, self._open.values())) + len(content) > MOST_BYTES:
            raise Refused(Errno.ENFILE)
        descriptor = next(number for number in range(MOST_OPEN) if number not in self._open)
        self._open[descriptor] = content
        return b"F%x" % descriptor

    def _read(self, argument: bytes) -> bytes:
        descriptor, count, offset = numbers(argument, b",", 3)
        piece = self._content(descriptor)[offset : offset + min(count, MOST_DATA)]
        return b"F%x;%b" % (len(piece), escape(piece))

    def _status(self, argument: bytes) -> bytes:
        size = len(self._content(number(argument)))
        status = _STATUS.pack(0, 0, _REGULAR, 1, 0, 0, 0, size, 4096, -(-size // 512), 0, 0, 0)
        return b"F%x;%b" % (len(status), escape(status))

    def _close(self, argument: bytes) -> bytes:
        descriptor = number(argument)
        self._content(descriptor)
        del self._open[descriptor]
        return b"F0"

    def _read_link(self, argument: bytes) -> bytes:
        target = self._target.read_link(self._pid, _name(argument))[:MOST_DATA]
        return b"F%x;%b" % (len(target), escape(target))

    def _content(self, descriptor: int) -> bytes:
        if descriptor not in self._open:
            raise Refused(Errno.EBADF)
        return self._open[descriptor]


_READING = {
    b"setfs": Files._choose, b"open": Files._open_file, b"pread": Files._read, b"fstat": Files._status,
    b"close": Files._close, b"readlink": Files._read_link,
}  # fmt: skip
_WRITING = frozenset({b"pwrite", b"unlink"})


def _name(argument: bytes) -> bytes:
    """A path that can be one. Raises Refused."""
    name = data(argument)
    if not name or b"\0" in name:
        raise Refused(Errno.ENOENT)
    return name


def _three(argument: bytes) -> tuple[bytes, bytes, bytes]:
    parts = argument.split(b",")
    if len(parts) != 3:
        raise Refused(Errno.EINVAL)
    return parts[0], parts[1], parts[2]


def _failure(errno: int) -> bytes:
    """An error by the number that the protocol has for it."""
    return b"F-1,%x" % (errno if errno in _SAME else _NUMBERS.get(errno, _OTHER))
