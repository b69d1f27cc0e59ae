"""Open files: descriptors, pipes, the console and regular files (open(2), pipe(7)).

A *descriptor* is a process's number for an *open file*, which has the offset and the flags and may be shared by many
descriptors (dup, fork). Reading is in two steps, peek and advance, so that data is consumed only once it has arrived
in the guest's memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vm.abi import PIPE_ATOMIC, PIPE_CAPACITY, SEEK_CUR, SEEK_END, SEEK_SET, Errno, OpenFlag, Poll
from vm.kernel.console import Input, Output, OutputMeter
from vm.kernel.errors import SystemCallError
from vm.kernel.root import Node, Root
from vm.memory.segments import FileContent

Wake = Callable[..., None]
"""Makes ready whoever waits on a channel."""


@dataclass(frozen=True, slots=True)
class WouldBlock:
    """An operation cannot go on before a wake-up on ``channel``; ``why`` completes "waits for …"."""

    channel: tuple[object, ...]
    why: str


class OpenFile:
    """An open file description. ``references`` counts the descriptors that refer to it."""

    readable = False
    writable = False

    def __init__(self, flags: int = 0) -> None:
        self.flags = flags
        self.references = 0

    def peek(self, size: int) -> bytes | WouldBlock:
        """Up to ``size`` bytes (> 0) at the present position; empty at the end. SystemCallError."""
        raise SystemCallError(Errno.EINVAL)

    def advance(self, size: int, wake: Wake) -> None:
        """Move past bytes that were read."""

    def write(self, data: bytes, wake: Wake) -> int | WouldBlock:
        """Write some of ``data``, which is not empty; how many bytes were taken. SystemCallError."""
        raise SystemCallError(Errno.EINVAL)

    def seek(self, offset: int, whence: int) -> int:
        """Move the position; the new one. SystemCallError(ESPIPE) where there is none."""
        raise SystemCallError(Errno.ESPIPE)

    def mapped(self, offset: int, size: int) -> FileContent | None:
        """What a mapping of these bytes shows (mmap(2)), None for zeros; SystemCallError(ENODEV)."""
        raise SystemCallError(Errno.ENODEV)

    def poll(self) -> int:
        """What can be done without waiting: the bits of poll(2), whatever was asked for."""
        return Poll.POLLIN | Poll.POLLOUT | Poll.POLLRDNORM | Poll.POLLWRNORM

    @property
    def channels(self) -> tuple[tuple[object, ...], ...]:
        """Where a change of :meth:`poll` is announced."""
        return ()

    def closed(self, wake: Wake) -> None:
        """The last descriptor is gone."""


class ConsoleInput(OpenFile):
    """The guest's standard input."""

    readable = True

    def __init__(self, source: Input) -> None:
        super().__init__(OpenFlag.O_RDONLY)
        self.source = source

    def peek(self, size: int) -> bytes | WouldBlock:
        """Input that has arrived."""
        data = self.source.peek(size)
        return WouldBlock(("console",), "input") if data is None else data

    def advance(self, size: int, wake: Wake) -> None:
        """Consume input."""
        self.source.advance(size)

    def poll(self) -> int:
        """Readable when a read would not wait."""
        return 0 if self.source.peek(1) is None else Poll.POLLIN | Poll.POLLRDNORM

    @property
    def channels(self) -> tuple[tuple[object, ...], ...]:
        """Input."""
        return (("console",),)


class ConsoleOutput(OpenFile):
    """The guest's standard output or error."""

    writable = True

    def __init__(self, sink: Output, meter: OutputMeter) -> None:
        super().__init__(OpenFlag.O_WRONLY)
        self.sink = sink
        self.meter = meter

    def write(self, data: bytes, wake: Wake) -> int:
        """Write everything."""
        try:
            self.meter.write(self.sink, data)
        except BrokenPipeError:
            raise SystemCallError(Errno.EPIPE) from None
        except OSError:
            raise SystemCallError(Errno.EIO) from None
        return len(data)


class RegularFile(OpenFile):
    """A file of the root, read-only."""

    readable = True

    def __init__(self, root: Root, node: Node, flags: int) -> None:
        super().__init__(flags)
        self.root = root
        self.node = node
        self.offset = 0

    def peek(self, size: int) -> bytes:
        """The next bytes; EISDIR for a directory."""
        if self.node.is_directory:
            raise SystemCallError(Errno.EISDIR)
        return self.root.read(self.node, self.offset, size)

    def mapped(self, offset: int, size: int) -> FileContent:
        """The file as it is now."""
        if self.node.is_directory:
            raise SystemCallError(Errno.ENODEV)
        return FileContent(self.node.path, self.root.read(self.node, offset, size), offset=offset)

    def advance(self, size: int, wake: Wake) -> None:
        """Move the offset."""
        self.offset += size

    def seek(self, offset: int, whence: int) -> int:
        """Move the offset, also past the end."""
        bases = {SEEK_SET: 0, SEEK_CUR: self.offset, SEEK_END: self.root.size(self.node)}
        if whence not in bases or bases[whence] + offset < 0:
            raise SystemCallError(Errno.EINVAL)
        self.offset = bases[whence] + offset
        return self.offset


class Pipe:
    """A pipe's buffer and the number of its open ends."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.data = bytearray()
        self.readers = 0
        self.writers = 0


class PipeReader(OpenFile):
    """The end of a pipe that is read."""

    readable = True

    def __init__(self, pipe: Pipe, flags: int) -> None:
        super().__init__(flags | OpenFlag.O_RDONLY)
        self.pipe = pipe
        pipe.readers += 1

    def peek(self, size: int) -> bytes | WouldBlock:
        """What the pipe holds; empty once it holds nothing and nobody can write to it."""
        if not self.pipe.data and self.pipe.writers:
            return WouldBlock(("pipe", self.pipe.number, "data"), f"data in pipe {self.pipe.number}")
        return bytes(self.pipe.data[:size])

    def advance(self, size: int, wake: Wake) -> None:
        """Take bytes out of the pipe."""
        del self.pipe.data[:size]
        wake("pipe", self.pipe.number, "room")

    def poll(self) -> int:
        """Data, and whether nobody can write any more."""
        bits = Poll.POLLIN | Poll.POLLRDNORM if self.pipe.data else 0
        return bits if self.pipe.writers else bits | Poll.POLLHUP

    @property
    def channels(self) -> tuple[tuple[object, ...], ...]:
        """Data."""
        return (("pipe", self.pipe.number, "data"),)

    def closed(self, wake: Wake) -> None:
        """Writers that wait learn that nobody will read."""
        self.pipe.readers -= 1
        wake("pipe", self.pipe.number, "room")


class PipeWriter(OpenFile):
    """The end of a pipe that is written."""

    writable = True

    def __init__(self, pipe: Pipe, flags: int) -> None:
        super().__init__(flags | OpenFlag.O_WRONLY)
        self.pipe = pipe
        pipe.writers += 1

    def write(self, data: bytes, wake: Wake) -> int | WouldBlock:
        """Put in what fits; all of it or nothing up to PIPE_BUF bytes."""
        if not self.pipe.readers:
            raise SystemCallError(Errno.EPIPE)
        room = PIPE_CAPACITY - len(self.pipe.data)
        if room < (len(data) if len(data) <= PIPE_ATOMIC else 1):
            return WouldBlock(("pipe", self.pipe.number, "room"), f"room in pipe {self.pipe.number}")
        taken = min(room, len(data))
        self.pipe.data += data[:taken]
        wake("pipe", self.pipe.number, "data")
        return taken

    def poll(self) -> int:
        """Room, and whether nobody can read any more."""
        bits = Poll.POLLOUT | Poll.POLLWRNORM if len(self.pipe.data) <= PIPE_CAPACITY - PIPE_ATOMIC else 0
        return bits if self.pipe.readers else bits | Poll.POLLERR

    @property
    def channels(self) -> tuple[tuple[object, ...], ...]:
        """Room."""
        return (("pipe", self.pipe.number, "room"),)

    def closed(self, wake: Wake) -> None:
        """Readers that wait see the end."""
        self.pipe.writers -= 1
        wake("pipe", self.pipe.number, "data")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One entry of a descriptor table."""

    file: OpenFile
    close_on_exec: bool = False


class Descriptors:
    """A process's descriptor table: at most ``limit`` open descriptors, numbered from 0."""

    def __init__(self, limit: int, wake: Wake) -> None:
        self.limit = limit
        self._wake = wake
        self._entries: dict[int, Descriptor] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, number: int) -> OpenFile | None:
        """The open file behind a descriptor, None when it is closed."""
        entry = self._entries.get(number)
        return entry.file if entry else None

    def get(self, number: int) -> OpenFile:
        """The open file behind a descriptor; SystemCallError(EBADF)."""
        entry = self._entries.get(number)
        if entry is None:
            raise SystemCallError(Errno.EBADF)
        return entry.file

    def reader(self, number: int) -> OpenFile:
        """The same for reading."""
        file = self.get(number)
        if not file.readable:
            raise SystemCallError(Errno.EBADF)
        return file

    def writer(self, number: int) -> OpenFile:
        """The same for writing."""
        file = self.get(number)
        if not file.writable:
            raise SystemCallError(Errno.EBADF)
        return file

    def free(self, count: int) -> list[int]:
        """The ``count`` lowest free numbers; SystemCallError(EMFILE) when there are fewer."""
        numbers = [number for number in range(self.limit) if number not in self._entries][:count]
        if len(numbers) < count:
            raise SystemCallError(Errno.EMFILE)
        return numbers

    def open(self, file: OpenFile, number: int, *, close_on_exec: bool = False) -> int:
        """Let ``number`` refer to ``file``, closing what it referred to."""
        if number in self._entries:
            self.close(number)
        self._entries[number] = Descriptor(file, close_on_exec)
        file.references += 1
        return number

    def close(self, number: int) -> None:
        """Close one descriptor; SystemCallError(EBADF)."""
        file = self.get(number)
        del self._entries[number]
        file.references -= 1
        if file.references == 0:
            file.closed(self._wake)

    def close_all(self) -> None:
        """Close every descriptor."""
        for number in list(self._entries):
            self.close(number)

    def close_on_exec(self) -> None:
        """Close those that do not survive an exec."""
        for number in [number for number, entry in self._entries.items() if entry.close_on_exec]:
            self.close(number)

    def copy(self) -> Descriptors:
        """A child's table: the same open files under the same numbers."""
        child = Descriptors(self.limit, self._wake)
        child._entries = dict(self._entries)
        for entry in child._entries.values():
            entry.file.references += 1
        return child
