"""Regular files in memory: what everybody sees who maps one with MAP_SHARED (mmap(2)), and what read and write see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from vm.abi import PAGE_SHIFT, PAGE_SIZE, Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs.inodes import File
from vm.memory import OutOfMemory, PhysicalMemory
from vm.memory.mappings import Pulse, go_on
from vm.memory.segments import SharedMemory, page_round
from vm.memory.tables import drop_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Users(Protocol):
    """Those whose address spaces may map a file."""

    def revoke(self, shared: SharedMemory, first: int, pulse: Pulse) -> None:
        """Take the pages of ``shared`` from number ``first`` on out of every address space.

        ``pulse`` is called between them; what it raises ends that.
        """


class MappedBlock:
    """A block of a file that lies in a frame of physical memory."""

    __slots__ = ("_memory", "frame")
    _follow = ("_memory",)

    def __init__(self, memory: PhysicalMemory, frame: int) -> None:
        self._memory = memory
        self.frame = frame

    def _bytes(self) -> NDArray[np.uint8]:
        start = self.frame << PAGE_SHIFT
        return self._memory.ram[start : start + PAGE_SIZE]

    def __getitem__(self, part: slice, /) -> bytes:
        return self._bytes()[part].tobytes()

    def __setitem__(self, part: slice, data: bytes | bytearray, /) -> None:
        self._bytes()[part] = np.frombuffer(data, np.uint8)


class MappedFile(SharedMemory):
    """The pages of a regular file while it is mapped. A page that was touched is where the file's block lies.

    The file is held as by a descriptor; with the last user its blocks go back to where they were. They are
    taken from ``users`` when the file shrinks.
    """

    _follow = ("_file", "_mappers")

    def __init__(self, memory: PhysicalMemory, file: File, path: bytes, users: Users) -> None:
        super().__init__(memory, page_round(file.size) >> PAGE_SHIFT)
        self.path = path
        self._file = file
        self._mappers = users
        self._is_attached = False
        self._is_writer = False

    def attach(self, *, writable: bool) -> None:
        """Note that the file is mapped, by one who may write to it or not."""
        if not self._is_attached:
            self._is_attached = True
            self._file.hold()
            self._file.content.pages = self
        if writable and not self._is_writer:
            self._is_writer = True
            self._file.writers += 1

    def frame(self, offset: int) -> int | None:
        """Return the frame at byte ``offset``; None behind the end of the file, and when its file system is full."""
        page = offset >> PAGE_SHIFT
        is_new = page not in self.frames
        frame = super().frame(offset)
        if is_new and frame is not None:
            try:
                self._file.content.lend(page, MappedBlock(self.memory, frame))
            except SystemCallError:
                drop_frames(self.memory.frames, np.array([self.frames.pop(page)], np.int32))
                return None
        return frame

    def grow(self, size: int) -> None:
        """Make room for a file that is about to become ``size`` bytes long.

        Raises SystemCallError(ENOSPC) when there is no memory for that.
        """
        more = (page_round(size) >> PAGE_SHIFT) - self.pages
        if more <= 0:
            return
        try:
            self.memory.commit(more)
        except OutOfMemory:
            raise SystemCallError(Errno.ENOSPC) from None
        self.promise += more
        self.pages += more

    def shrink(self, size: int, pulse: Pulse = go_on) -> None:
        """Take the pages behind ``size`` bytes from everybody, between calls of ``pulse``.

        The file is about to shrink.
        """
        pages = page_round(size) >> PAGE_SHIFT
        less = self.pages - pages
        if less <= 0:
            return
        self._mappers.revoke(self, pages, pulse)
        self.drop(pages)
        self.pages = pages
        self.promise -= less
        self.memory.uncommit(less)

    def leave(self, *, relies: bool) -> None:
        """Count one segment less. Give the file its blocks back with the last one."""
        if self.segments == 1 and self._is_attached:
            self._file.content.clear_tail()
            for page in sorted(self.frames):
                self._file.content.take_back(page)
        super().leave(relies=relies)
        if self.segments == 0:
            self._detach()

    def _detach(self) -> None:
        if not self._is_attached:
            return
        self._file.content.pages = None
        if self._is_writer:
            self._file.writers -= 1
        self._is_attached = self._is_writer = False
        self._file.let_go()
