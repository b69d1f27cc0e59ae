"""Executable memory: code is written while it cannot be executed, and executed while it cannot be written.

What holds no code cannot be touched at all: the rest of the arena, and a guard before and behind it.
"""

from __future__ import annotations

import mmap

from vm.native.hostmemory import NO_ACCESS, address_of, map_guarded, protect

ALIGNMENT = 16
MOST_CODE = 1 << 20
"""Bytes placed at once, at most, unless more are asked for."""
GUARD = 1 << 20
"""Bytes before and behind an arena that nobody may read, write or execute."""


class Arena:
    """At most ``limit`` bytes of code, packed one behind the other; :meth:`clear` forgets all of it.

    The addresses are reserved at once, memory is taken as it is used. It is this process's own, also after a fork.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._memory, self._first = map_guarded(limit, GUARD)
        self._start = address_of(self._memory) + self._first
        protect(self._start, -(-limit // mmap.PAGESIZE) * mmap.PAGESIZE, NO_ACCESS)

    @property
    def end(self) -> int:
        """The address that the next piece of code gets."""
        return self._start + self.used

    def place(self, data: bytes, most: int = MOST_CODE) -> int | None:
        """The address of a copy of ``data``; None when that is more than ``most`` bytes, or the limit is reached."""
        size = -(-len(data) // ALIGNMENT) * ALIGNMENT
        if len(data) > most or self.used + size > self.limit:
            return None
        start = self.used
        # Only the pages written to change, so the rest of the code stays executable.
        first, end = start & -mmap.PAGESIZE, -(-(start + size) // mmap.PAGESIZE) * mmap.PAGESIZE
        protect(self._start + first, end - first, mmap.PROT_READ | mmap.PROT_WRITE)
        self._memory[self._first + start : self._first + start + len(data)] = data
        protect(self._start + first, end - first, mmap.PROT_READ | mmap.PROT_EXEC)
        self.used += size
        return self._start + start

    def clear(self) -> None:
        """Forget all code: nobody may enter it any more. The memory is used again."""
        self.used = 0
