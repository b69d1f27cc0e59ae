"""Executable memory: code is written while it cannot be executed, and executed while it cannot be written."""

from __future__ import annotations

import mmap

from vm.cpu.hostmemory import LEAST_GUARD, address_of, map_guarded, protect

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
        memory, offset = self._chunks[self._current]
        base, start = address_of(memory) + offset, self._next
        # Only the pages written to change, so the rest of the chunk stays executable.
        first, end = start & -mmap.PAGESIZE, -(-(start + size) // mmap.PAGESIZE) * mmap.PAGESIZE
        protect(base + first, end - first, mmap.PROT_READ | mmap.PROT_WRITE)
        memory[offset + start : offset + start + len(data)] = data
        protect(base + first, end - first, mmap.PROT_READ | mmap.PROT_EXEC)
        self._next += size
        self.used += size
        return base + start

    def clear(self) -> None:
        """Forget all code: nobody may enter it any more. The memory is used again."""
        self.used = self._next = self._current = 0

    def _map(self) -> tuple[mmap.mmap, int]:
        """A new chunk between guards, and where it begins in its mapping."""
        memory, offset = map_guarded(CHUNK, LEAST_GUARD)
        protect(address_of(memory) + offset, CHUNK, mmap.PROT_READ | mmap.PROT_EXEC)
        return memory, offset
