"""What a regular file holds: blocks in memory over bytes that lie elsewhere and are never written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, Protocol

from vm.abi import FILE_LIMIT, Errno
from vm.copying import Copier
from vm.kernel.errors import SystemCallError
from vm.memory.mappings import Pulse, go_on
from vm.values import dataclass

BLOCK = 4096
"""Bytes of a block, the unit in which a file takes memory."""


PIECE = 1 << 20
"""Bytes of a file that are handed on at a time."""


class Room:
    """The bytes that files may take in memory, of all file systems together: ``size`` for what programs write."""

    _follow: ClassVar[tuple[str, ...]] = ()

    def __init__(self, limit: int) -> None:
        self.limit = self.size = limit
        self.used = 0

    def open_to_programs(self, size: int) -> None:
        """Leave ``size`` bytes beside what is in use now."""
        self.size = size
        self.limit = self.used + size

    @property
    def free(self) -> int:
        """Bytes left."""
        return max(0, self.limit - self.used)

    def take(self, size: int) -> None:
        """Use ``size`` bytes; SystemCallError(ENOSPC) when there are not so many."""
        if size > self.free:
            raise SystemCallError(Errno.ENOSPC)
        self.used += size

    def give(self, size: int) -> None:
        """Give bytes back."""
        assert size <= self.used, "more given back than was taken"
        self.used -= size


class Source(Protocol):
    """Bytes that lie under a file."""

    @property
    def size(self) -> int:
        """How many there are."""

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes from ``offset``. Raises SystemCallError when they cannot be read."""


@dataclass(frozen=True, slots=True)
class Given:
    """A source whose bytes are there from the beginning."""

    data: bytes

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.data)

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes from ``offset``."""
        return self.data[offset : offset + size]


class Prepared:
    """A source whose bytes are made when they are first asked for."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make = make
        self._data: bytes | None = None

    def copied_by(self, copier: Copier) -> Prepared:
        """Share the source between machines: its bytes are always the same."""
        return self

    @property
    def data(self) -> bytes:
        """The bytes."""
        if self._data is None:
            self._data = self._make()
        return self._data

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.data)

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes from ``offset``."""
        return self.data[offset : offset + size]


class FileBlock(Protocol):
    """4096 bytes of a file, as a bytearray or elsewhere."""

    def __getitem__(self, part: slice, /) -> bytes | bytearray: ...

    def __setitem__(self, part: slice, data: bytes | bytearray, /) -> None: ...


class Pages(Protocol):
    """What shows a file in memory while it is mapped (MAP_SHARED, mmap(2))."""

    def grow(self, size: int) -> None:
        """Make room for a file that is about to become ``size`` bytes long. Raises SystemCallError(ENOSPC)."""

    def shrink(self, size: int, pulse: Pulse) -> None:
        """Hide what is behind ``size`` bytes, to which the file is about to shrink; ``pulse`` is called meanwhile."""


class Content:
    """The bytes of a regular file; what is written to goes to memory block by block, and holes read as zeros.

    Nothing behind ``size`` is ever shown: a file that shrinks and grows again has zeros there. ``pages`` is what shows
    the file in memory, and holds those of its blocks that were touched there.
    """

    _follow: ClassVar[tuple[str, ...]] = ("_room", "_source", "_blocks", "pages")

    def __init__(self, room: Room, source: Source | None = None) -> None:
        self._room = room
        self._source = source
        self._shown = -1 if source is not None else 0  # bytes of the source still seen; -1: all, not asked yet
        self._blocks: dict[int, FileBlock] = {}
        self._size = 0
        self.pages: Pages | None = None

    def _settle(self) -> None:
        """Ask the source for its size, which may be costly, when it first matters."""
        if self._shown < 0 and self._source is not None:
            self._size = self._shown = self._source.size

    @property
    def size(self) -> int:
        """Bytes from the beginning to the end."""
        self._settle()
        return self._size

    @property
    def allocated(self) -> int:
        """Bytes of the file that are not holes, in whole blocks."""
        below = self.size and -(-self._shown // BLOCK)
        return BLOCK * (below + sum(1 for index in self._blocks if index >= below))

    @property
    def untouched(self) -> Source | None:
        """What lies underneath, if the file still is exactly that."""
        is_whole = self._source is not None and not self._blocks and self.size == self._shown == self._source.size
        return self._source if is_whole else None

    @property
    def is_written(self) -> bool:
        """True when it is not, or not only, what lies underneath; whose size nobody has to know to tell."""
        return self._source is None or (self._shown >= 0 and self.untouched is None)

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """Return all that is no hole, a piece at a time: (offset, bytes).

        Raises SystemCallError when it cannot be read.
        """
        below = min(self.size, max(self._shown, 0))
        for offset in range(0, below, PIECE):
            yield offset, self.read(offset, min(PIECE, below - offset))
        for index in sorted(self._blocks):
            start, end = max(index * BLOCK, below), min((index + 1) * BLOCK, self.size)
            if start < end:
                yield start, self.read(start, end - start)

    def check_readable(self) -> None:
        """SystemCallError when the bytes underneath cannot be read at all."""
        if self._source is not None and self._shown:
            self._source.read(0, 1)

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes from ``offset``; fewer only at the end. Raises SystemCallError."""
        size = min(size, self.size - offset)
        if size <= 0:
            return b""
        data = self._below(offset, size)
        if not self._blocks:
            return data
        found = bytearray(data)
        for index in range(offset // BLOCK, (offset + size - 1) // BLOCK + 1):
            block = self._blocks.get(index)
            if block is not None:
                low, high = max(offset, index * BLOCK), min(offset + size, (index + 1) * BLOCK)
                found[low - offset : high - offset] = block[low - index * BLOCK : high - index * BLOCK]
        return bytes(found)

    def _below(self, offset: int, size: int) -> bytes:
        shown = min(size, self._shown - offset)
        if shown <= 0 or self._source is None:
            return bytes(size)
        return self._source.read(offset, shown).ljust(size, b"\0")

    def write(self, offset: int, data: bytes) -> int:
        """Write at ``offset``; how many bytes were taken, fewer when memory ends. SystemCallError(EFBIG, ENOSPC)."""
        self._settle()
        if offset >= FILE_LIMIT and data:
            raise SystemCallError(Errno.EFBIG)
        size = min(len(data), FILE_LIMIT - offset)
        if self.pages is not None and size and offset + size > self._size:
            self._grow(self.pages, offset + size)
        done = 0
        while done < size:
            index, start = divmod(offset + done, BLOCK)
            count = min(BLOCK - start, size - done)
            try:
                block = self._own(index)
            except SystemCallError:
                if done:
                    break
                raise
            block[start : start + count] = data[done : done + count]
            done += count
            self._size = max(self._size, offset + done)
        return done

    def _grow(self, pages: Pages, size: int) -> None:
        """Let the mapped file have room for ``size`` bytes; what was written behind its end in memory is gone."""
        pages.grow(size)
        self.clear_tail()

    def clear_tail(self) -> None:
        """Zero what somebody wrote to a mapping behind the end: it is no part of the file (mmap(2))."""
        index, start = divmod(self._size, BLOCK)
        if index in self._blocks:
            self._blocks[index][start:BLOCK] = bytes(BLOCK - start)

    def lend(self, index: int, block: FileBlock) -> None:
        """Keep a block in ``block`` from now on, which takes over what it holds. SystemCallError(ENOSPC)."""
        self._settle()
        block[:BLOCK] = self._own(index)[:BLOCK]
        self._blocks[index] = block

    def take_back(self, index: int) -> None:
        """Keep a block that was lent here again."""
        self._blocks[index] = bytearray(self._blocks[index][:BLOCK])

    def _own(self, index: int) -> FileBlock:
        """Return the block in memory, copied up from the source if it was not there."""
        block = self._blocks.get(index)
        if block is None:
            data = self._below(index * BLOCK, BLOCK) if index * BLOCK < self._shown else bytes(BLOCK)
            self._room.take(BLOCK)
            block = self._blocks[index] = bytearray(data)
        return block

    def allocate(self, offset: int, size: int) -> None:
        """Take memory for a range, which can be written to from then on; SystemCallError(ENOSPC) changes nothing."""
        self._settle()
        first, end = offset // BLOCK, (offset + size - 1) // BLOCK + 1
        missing = end - first - sum(1 for index in self._blocks if first <= index < end)
        if missing * BLOCK > self._room.free:
            raise SystemCallError(Errno.ENOSPC)
        for index in range(first, end):
            self._own(index)

    def truncate(self, size: int, pulse: Pulse = go_on) -> None:
        """Make the file ``size`` bytes long. Raises SystemCallError(EFBIG, ENOSPC), with nothing changed.

        Whoever has it mapped loses what is behind that, between calls of ``pulse``; what it raises ends that.
        """
        if size > FILE_LIMIT:
            raise SystemCallError(Errno.EFBIG)
        if self.pages is not None and size > self.size:
            self._grow(self.pages, size)
        if size < self.size:
            if self.pages is not None:
                self.pages.shrink(size, pulse)
            last = -(-size // BLOCK)
            gone = [index for index in self._blocks if index >= last]
            for index in gone:
                del self._blocks[index]
            self._room.give(BLOCK * len(gone))
            self._shown, self._size = min(self._shown, size), size
            self.clear_tail()
        self._size = size

    def free(self) -> None:
        """Give all memory back: nobody will look again."""
        self._room.give(BLOCK * len(self._blocks))
        self._blocks = {}
        self._size = self._shown = 0
