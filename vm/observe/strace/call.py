"""One system call as a trace looks at it: its registers, and what they point to, read within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vm.abi import PAGE_SIZE, PATH_LIMIT
from vm.memory.segments import FilePages

READ_LIMIT = 64 << 10
"""Bytes that may be read for one call beside the strings that were asked for."""
STRINGS_READ = 4
"""Strings of the longest length shown that may be read for one call."""
_AT_FIRST = 128
"""Bytes of a path that are looked at before all of it is."""
_WORD = 0xFFFF_FFFF

LATER = "later"
"""What stands for an argument that can only be shown when the call returns; known by its identity."""

Peek = Callable[[int, int], bytes]


def reader(space: Any) -> Peek:
    """Reads an address space as its programs would see it, changing nothing: what is readable up to the first gap.

    Pages that no frame has been given yet read as zeros.
    """

    def read(address: int, size: int) -> bytes:
        data: bytes = space.peek(address, size)
        while len(data) < size:
            here = (address + len(data)) & _WORD
            segment = space.segments.find(here)
            if segment is None or segment.shared or not segment.protection or not _begins_as_zeros(segment.backing):
                break
            data += bytes(min(size - len(data), PAGE_SIZE - here % PAGE_SIZE))
            data += space.peek((address + len(data)) & _WORD, size - len(data))
        return data

    return read


def _begins_as_zeros(backing: Any) -> bool:
    """True for memory of no file, and behind what an image fills: a program's image is read when it is executed."""
    return backing is None or (isinstance(backing, FilePages) and backing.content.is_image)


class Call:
    """A call that has been made: ``values`` are its registers, ``result`` is None until it returns.

    ``limit`` is how many bytes of a string are shown, and how many members of a list.
    """

    __slots__ = ("_left", "limit", "peek", "result", "values")

    def __init__(self, values: tuple[int, ...], peek: Peek, limit: int) -> None:
        self.values = values
        self.result: int | None = None
        self.limit = limit
        self.peek = peek
        self._left = READ_LIMIT + STRINGS_READ * limit

    @property
    def has_failed(self) -> bool:
        """True when it returned an error: then it has stored nothing."""
        return self.result is not None and -4096 < self.result < 0

    def some(self, address: int, size: int) -> bytes:
        """What can be read at ``address``, ``size`` bytes at most; nothing once the call's bound is reached."""
        if size <= 0 or size > self._left:
            return b""
        self._left -= size
        return self.peek(address & _WORD, size)

    def all(self, address: int, size: int) -> bytes | None:
        """Exactly ``size`` bytes, or None."""
        data = self.some(address, size)
        return data if len(data) == size else None

    def string(self, address: int, limit: int) -> tuple[bytes, bool] | None:
        """The bytes before the first NUL, and whether there is one within ``limit``; None if it cannot be read."""
        for size in (min(_AT_FIRST, limit + 1), limit + 1):
            data = self.some(address, size)
            if not data:
                return None
            end = data.find(b"\0")
            if end >= 0:
                return data[:end], True
            if len(data) < size:
                return None
        return data[:limit], False

    def path(self, address: int) -> tuple[bytes, bool] | None:
        """The bytes of a path before its NUL, and whether there is one where a path must end; None if unreadable."""
        return self.string(address, PATH_LIMIT)
