"""Executable memory: code is written while it cannot be executed, and executed while it cannot be written."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

CHUNK = 1 << 20
"""Bytes whose protection changes at once."""
ALIGNMENT = 16


class Arena:
    """At most ``limit`` bytes of code, packed one behind the other; :meth:`clear` forgets all of it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._chunks: list[tuple[mmap.mmap, int]] = []
        self._current = 0
        self._next = 0
        self._libc: Any = ctypes.CDLL(None, use_errno=True)

    def place(self, data: bytes) -> int | None:
        """The address of a copy of ``data``; None when the limit is reached."""
        size = -(-len(data) // ALIGNMENT) * ALIGNMENT
        if size > CHUNK or self.used + size > self.limit:
            return None
        if not self._chunks or self._next + size > CHUNK:
            if self._chunks and self._current + 1 < len(self._chunks):
                self._current += 1
            elif len(self._chunks) * CHUNK < self.limit:
                self._chunks.append(self._map())
                self._current = len(self._chunks) - 1
            else:
                return None
            self._next = 0
        memory, base = self._chunks[self._current]
        start = self._next
        # Only the pages written to change, so the rest of the chunk stays executable.
        first, end = start & -mmap.PAGESIZE, -(-(start + size) // mmap.PAGESIZE) * mmap.PAGESIZE
        self._protect(base + first, end - first, mmap.PROT_READ | mmap.PROT_WRITE)
        memory[start : start + len(data)] = data
        self._protect(base + first, end - first, mmap.PROT_READ | mmap.PROT_EXEC)
        self._next += size
        self.used += size
        return base + start

    def clear(self) -> None:
        """Forget all code: nobody may enter it any more. The memory is used again."""
        self.used = self._next = self._current = 0

    def _map(self) -> tuple[mmap.mmap, int]:
        memory = mmap.mmap(-1, CHUNK, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        self._protect(base, CHUNK, mmap.PROT_READ | mmap.PROT_EXEC)
        return memory, base

    def _protect(self, address: int, size: int, protection: int) -> None:
        if self._libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(size), protection):
            raise OSError(ctypes.get_errno(), "mprotect")
