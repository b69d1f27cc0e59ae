"""Counters as open files (eventfd(2)). Source: Linux's fs/eventfd.c."""

from __future__ import annotations

from vm.abi import Errno, OpenFlag, Poll
from vm.abi.layout import LONG_LONG
from vm.abi.notification import COUNT_LIMIT
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Channel, OpenFile, Wake, WouldBlock
from vm.kernel.files.vfs import Inode


class EventFile(OpenFile):
    """A counter: reading takes what it holds, or with ``is_semaphore`` 1 of that, and writing adds to it."""

    is_message = True

    def __init__(self, inode: Inode, flags: int, count: int, *, is_semaphore: bool) -> None:
        super().__init__(inode, flags | OpenFlag.O_RDWR, b"anon_inode:[eventfd]")
        self.number = inode.filesystem.new_number()
        self.count = count
        self.is_semaphore = is_semaphore

    @property
    def _share(self) -> int:
        return min(self.count, 1) if self.is_semaphore else self.count

    def peek(self, size: int) -> bytes | WouldBlock:
        """Return the 8 bytes of the number that a read takes."""
        if size < LONG_LONG.size:
            raise SystemCallError(Errno.EINVAL)
        if not self.count:
            return WouldBlock(("eventfd", self.number, "data"), "an eventfd that is not 0")
        return LONG_LONG.pack(self._share)

    def advance(self, size: int, wake: Wake) -> None:
        """Take the number from the counter."""
        self.count -= self._share
        wake("eventfd", self.number, "room")

    def write(self, data: bytes, wake: Wake) -> int | WouldBlock:
        """Add a number of 8 bytes to the counter, which stays below the highest of all."""
        if len(data) != LONG_LONG.size:
            raise SystemCallError(Errno.EINVAL)
        [more] = LONG_LONG.unpack(data)
        if more == COUNT_LIMIT:
            raise SystemCallError(Errno.EINVAL)
        if self.count + more >= COUNT_LIMIT:
            return WouldBlock(("eventfd", self.number, "room"), "room in an eventfd")
        self.count += more
        wake("eventfd", self.number, "data")
        return len(data)

    def seek(self, offset: int, whence: int) -> int:
        """Stay at 0."""
        return 0

    def poll(self) -> int:
        """Readable unless it is 0, and writable while 1 can be added."""
        return (Poll.POLLIN if self.count else 0) | (Poll.POLLOUT if self.count < COUNT_LIMIT - 1 else 0)

    def channels(self, events: int) -> tuple[Channel, ...]:
        """Both are announced: that there is a number, and that there is room for one."""
        wanted = (("data", Poll.POLLIN), ("room", Poll.POLLOUT))
        return tuple(("eventfd", self.number, kind) for kind, event in wanted if events & event)
