"""Pipes and fifos: a ring of pages, as Linux keeps it, so that what fits is what fits there (pipe(7), fs/pipe.c)."""

from __future__ import annotations

from dataclasses import dataclass

from vm.abi import PAGE_SIZE, PIPE_CAPACITY, PIPE_LIMIT, PIPE_USER_LIMIT, Errno, Poll
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Channel, OpenFile, Wake, WouldBlock
from vm.kernel.files.vfs import Fifo

FEWEST_PAGES = 2
"""Pages of a pipe once all pipes together have reached their limit."""


class PipeCount:
    """All pipes of a machine: their numbers, and the pages that they may hold together."""

    def __init__(self) -> None:
        self._number = 0
        self.pages = 0

    def make(self) -> Pipe:
        """A new pipe, with Linux's capacity as long as there are not too many of them."""
        self._number += 1
        pages = PIPE_CAPACITY // PAGE_SIZE
        if self.pages + pages > PIPE_USER_LIMIT:
            pages = FEWEST_PAGES
        self.pages += pages
        return Pipe(self, self._number, pages)


@dataclass(slots=True)
class Slot:
    """A page of the ring: what was put in, and how many bytes of it are taken out."""

    data: bytearray
    taken: int = 0


class Pipe:
    """A pipe's ring of ``pages`` and the number of its open ends.

    ``openings`` counts how often each end (readers, writers) was opened: an open(2) that waited for the other end goes
    on even if that is closed again by then.
    """

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
        """The first bytes, at most ``size``."""
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


class PipeEnd(OpenFile):
    """An end of a pipe, or both of a fifo that was opened for reading and writing.

    ``seen`` is how often the other end had been opened when this one was and found it closed.
    """

    def __init__(self, inode: Fifo, pipe: Pipe, flags: int, path: bytes) -> None:
        super().__init__(inode, flags, path)
        inode.pipe = pipe
        self.fifo = inode
        self.pipe = pipe
        partners = pipe.writers if self.readable else pipe.readers
        self.seen = -1 if partners or (self.readable and self.writable) else self._partner_openings
        for index, is_open in enumerate((self.readable, self.writable)):
            pipe.openings[index] += is_open
        pipe.readers += self.readable
        pipe.writers += self.writable

    @property
    def _partner_openings(self) -> int:
        return self.pipe.openings[1 if self.readable else 0]

    @property
    def is_met(self) -> bool:
        """True when the other end is open, or was since this one is."""
        return self.seen != self._partner_openings

    def peek(self, size: int) -> bytes | WouldBlock:
        """What the pipe holds; empty once it holds nothing and nobody can write to it."""
        if self.pipe.is_empty and self.pipe.writers:
            return WouldBlock(("pipe", self.pipe.number, "data"), f"data in pipe {self.pipe.number}")
        return self.pipe.peek(size)

    def advance(self, size: int, wake: Wake) -> None:
        """Take bytes out of the pipe."""
        self.pipe.take(size)
        self.inode.note_access()
        wake("pipe", self.pipe.number, "room")

    def write(self, data: bytes, wake: Wake) -> int | WouldBlock:
        """Put in what fits; all of it or nothing up to PIPE_BUF bytes."""
        if not self.pipe.readers:
            raise SystemCallError(Errno.EPIPE)
        taken = self.pipe.put(data)
        if taken:
            self.inode.touch(modified=True)
            wake("pipe", self.pipe.number, "data")
            return taken
        return WouldBlock(("pipe", self.pipe.number, "room"), f"room in pipe {self.pipe.number}")

    def poll(self) -> int:
        """Data, room, and whether the other end is gone."""
        bits = 0
        if self.readable:
            bits |= 0 if self.pipe.is_empty else Poll.POLLIN | Poll.POLLRDNORM
            bits |= 0 if self.pipe.writers or not self.is_met else Poll.POLLHUP
        if self.writable:
            bits |= 0 if self.pipe.is_full else Poll.POLLOUT | Poll.POLLWRNORM
            bits |= 0 if self.pipe.readers else Poll.POLLERR
        return bits

    def channels(self, events: int) -> tuple[Channel, ...]:
        """Data for a reader, room for a writer."""
        kinds = [kind for kind, is_open in (("data", self.readable), ("room", self.writable)) if is_open]
        return tuple(("pipe", self.pipe.number, kind) for kind in kinds)

    def announce(self, wake: Wake) -> None:
        """Whoever waits for the other end, or for bytes, has to look again."""
        wake("pipe", self.pipe.number, "room")
        wake("pipe", self.pipe.number, "data")
        wake("pipe", self.pipe.number, "ends")

    def closed(self, wake: Wake) -> None:
        """Those who wait at the other end learn of it; without ends the pipe is gone."""
        self.pipe.readers -= self.readable
        self.pipe.writers -= self.writable
        self.announce(wake)
        if not self.pipe.readers and not self.pipe.writers:
            self.pipe.discard()
            self.fifo.pipe = None
        super().closed(wake)
