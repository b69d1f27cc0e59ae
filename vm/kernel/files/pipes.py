"""Pipes and fifos as open files: the ends of a ring (pipe(7), fifo(7))."""

from __future__ import annotations

from typing import ClassVar

from vm.abi import Errno, Poll
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Channel, OpenFile, Wake, WouldBlock
from vm.kernel.files.ring import Pipe
from vm.kernel.files.vfs import Fifo


class PipeEnd(OpenFile):
    """An end of a pipe, or both of a fifo that was opened for reading and writing.

    ``seen`` is how often the other end had been opened when this one was and found it closed.
    """

    _follow: ClassVar[tuple[str, ...]] = ("fifo", "pipe")

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
        """Return what the pipe holds; empty once it holds nothing and nobody can write to it."""
        if self.pipe.is_empty and self.pipe.writers:
            return WouldBlock(("pipe", self.pipe.number, "data"), f"data in pipe {self.pipe.number}")
        return self.pipe.peek(size)

    def advance(self, size: int, wake: Wake) -> None:
        """Take bytes out of the pipe; there is room where there was none, once the last byte of a page is gone."""
        was_full = self.pipe.is_full
        self.pipe.take(size)
        self.inode.note_access()
        if was_full and not self.pipe.is_full:
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
        """Wake those who wait at the other end; without ends the pipe is gone."""
        self.pipe.readers -= self.readable
        self.pipe.writers -= self.writable
        self.announce(wake)
        if not self.pipe.readers and not self.pipe.writers:
            self.pipe.discard()
            self.fifo.pipe = None
        super().closed(wake)
