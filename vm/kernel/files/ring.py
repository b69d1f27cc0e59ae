"""The ring of a pipe: pages, as Linux keeps them, so that what fits is what fits there (pipe(7), fs/pipe.c)."""

from __future__ import annotations

from typing import ClassVar

from vm.abi import PAGE_SIZE, PIPE_CAPACITY, PIPE_LIMIT, PIPE_USER_LIMIT, Errno
from vm.kernel.errors import SystemCallError
from vm.values import dataclass

FEWEST_PAGES = 2
"""Pages of a pipe once all pipes together have reached their limit."""


class PipeCount:
    """All pipes of a machine: their numbers, and the pages that they may hold together."""

    _follow: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self._number = 0
        self.pages = 0

    def make(self) -> Pipe:
        """Make a pipe, with Linux's capacity as long as there are not too many of them."""
        self._number += 1
        pages = PIPE_CAPACITY // PAGE_SIZE
        if self.pages + pages > PIPE_USER_LIMIT:
            pages = FEWEST_PAGES
        self.pages += pages
        return Pipe(self, self._number, pages)


@dataclass(slots=True)
class Slot:
    """A page of the ring: what was put in, and how many bytes of it are taken out."""

    _follow: ClassVar[tuple[str, ...]] = ("data",)

    data: bytearray
    taken: int = 0


class Pipe:
    """A pipe's ring of ``pages`` and the number of its open ends.

    ``openings`` counts how often each end (readers, writers) was opened: an open(2) that waited for the other end goes
    on even if that is closed again by then.
    """

    _follow: ClassVar[tuple[str, ...]] = ("openings", "_count", "_slots")

    def __init__(self, count: PipeCount, number: int, pages: int) -> None:
        self.number = number
        self.pages = pages
        self.readers = 0
        self.writers = 0
        self.openings = [0, 0]
        self._count = count
        self._slots: list[Slot] = []

    @property
    def held(self) -> int:
        """Bytes in the pipe."""
        return sum(len(slot.data) - slot.taken for slot in self._slots)

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to read."""
        return not self._slots

    @property
    def is_full(self) -> bool:
        """True when no page is free."""
        return len(self._slots) >= self.pages

    def peek(self, size: int) -> bytes:
        """Return the first bytes, at most ``size``."""
        pieces: list[bytes] = []
        for slot in self._slots:
            piece = bytes(slot.data[slot.taken : slot.taken + size])
            pieces.append(piece)
            size -= len(piece)
            if not size:
                break
        return b"".join(pieces)

    def take(self, size: int) -> None:
        """Take the first ``size`` bytes out; a page is free when all of it is taken."""
        while size:
            slot = self._slots[0]
            count = min(size, len(slot.data) - slot.taken)
            slot.taken += count
            size -= count
            if slot.taken == len(slot.data):
                del self._slots[0]

    def put(self, data: bytes) -> int:
        """Put in what fits; how many bytes that is. Bytes beyond whole pages first go behind those of the last page."""
        done = 0
        rest = len(data) % PAGE_SIZE
        if rest and self._slots and len(self._slots[-1].data) + rest <= PAGE_SIZE:
            self._slots[-1].data += data[:rest]
            done = rest
        while done < len(data) and not self.is_full:
            self._slots.append(Slot(bytearray(data[done : done + PAGE_SIZE])))
            done += len(self._slots[-1].data)
        return done

    def resize(self, size: int) -> int:
        """Change the capacity (F_SETPIPE_SZ); the new one in bytes. SystemCallError."""
        if size > 1 << 31:
            raise SystemCallError(Errno.EINVAL)
        pages = 1 << (-(-max(size, 1) // PAGE_SIZE) - 1).bit_length()
        too_many = self._count.pages - self.pages + pages > PIPE_USER_LIMIT
        if pages > self.pages and (pages * PAGE_SIZE > PIPE_LIMIT or too_many):
            raise SystemCallError(Errno.EPERM)
        if pages < len(self._slots):
            raise SystemCallError(Errno.EBUSY)
        self._count.pages += pages - self.pages
        self.pages = pages
        return pages * PAGE_SIZE

    def discard(self) -> None:
        """No end is open any more."""
        self._count.pages -= self.pages
