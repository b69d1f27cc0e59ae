"""Moving bytes between open files and the guest's memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from vm.abi import TRANSFER_LIMIT, Errno, Limit, OpenFlag, Signal
from vm.abi.layout import LONG
from vm.kernel import telling
from vm.kernel.errors import SystemCallError
from vm.kernel.files.endpoints import Endpoint, Who
from vm.kernel.files.opened import DirectoryFile, OpenFile, Positioned, RegularFile, Wake, WouldBlock
from vm.kernel.files.terminal import TerminalFile
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task, Wait
from vm.kernel.signals import sending
from vm.kernel.syscalls.buffers import CHUNK, Buffers, gather, one_buffer, read_vector
from vm.kernel.syscalls.conversations import receive_into, send_from
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import as_signed, call
from vm.kernel.syscalls.terminals import wait_for_foreground
from vm.kernel.syscalls.timeouts import wait_for
from vm.memory import BadAddress


@call("read", "EAGAIN EBADF EFAULT EINTR EINVAL EIO EISDIR", fd=Kind.FD, buffer=Kind.RECEIVED, count=Kind.SIZE)
def read(kernel: Kernel, task: Task, fd: int, buffer: int, count: int) -> int | Wait:
    """read(2)."""
    return read_into(kernel, task, task.files.reader(fd), one_buffer(buffer, count))


@call("readv", "EAGAIN EBADF EFAULT EINTR EINVAL EIO EISDIR", fd=Kind.FD, vector=Kind.VECTOR_RECEIVED, count=Kind.INT)
def readv(kernel: Kernel, task: Task, fd: int, vector: int, count: int) -> int | Wait:
    """readv(2)."""
    return read_into(kernel, task, task.files.reader(fd), read_vector(task, vector, count))


@call("write", "EAGAIN EBADF EFAULT EFBIG EINTR EINVAL EIO ENOSPC EPIPE", fd=Kind.FD, buffer=Kind.SENT, count=Kind.SIZE)
def write(kernel: Kernel, task: Task, fd: int, buffer: int, count: int) -> int | Wait:
    """write(2); SIGPIPE with EPIPE."""
    return write_from(kernel, task, task.files.writer(fd), one_buffer(buffer, count))


@call(
    "writev",
    "EAGAIN EBADF EFAULT EFBIG EINTR EINVAL EIO ENOSPC EPIPE",
    fd=Kind.FD,
    vector=Kind.VECTOR_SENT,
    count=Kind.INT,
)
def writev(kernel: Kernel, task: Task, fd: int, vector: int, count: int) -> int | Wait:
    """writev(2)."""
    return write_from(kernel, task, task.files.writer(fd), read_vector(task, vector, count))


class Reader(Protocol):
    """Where bytes come from: an open file, or a place in one."""

    @property
    def pauses(self) -> bool:
        """True where a read ends that has got something."""

    def peek(self, size: int) -> bytes | WouldBlock:
        """Return up to ``size`` bytes; empty at the end. Raises SystemCallError."""

    def advance(self, size: int, wake: Wake) -> None:
        """Move past bytes that were read."""


class Place:
    """A position in a file that is the call's own: the offset of the open file stays where it is (pread(2))."""

    pauses = False

    def __init__(self, file: OpenFile, offset: int) -> None:
        self._file = file
        self.offset = offset

    def peek(self, size: int) -> bytes:
        """Return up to ``size`` bytes from the position; empty at the end. Raises SystemCallError."""
        return self._file.read_at(self.offset, size)

    def advance(self, size: int, wake: Wake) -> None:
        """Move past bytes that were read."""
        self.offset += size

    def write(self, data: bytes, wake: Wake) -> int:
        """Write at the position, move past what was taken and return how much that was. Raises SystemCallError."""
        taken = self._file.write_at(self.offset, data)
        self.offset += taken
        return taken


def read_into(kernel: Kernel, task: Task, file: OpenFile, buffers: Buffers) -> int | Wait:
    """Fill ``buffers`` from where ``file`` is, as far as there is data; waits only while there is none at all."""
    if isinstance(file, Positioned):
        file.peek(0)  # a directory cannot even be read in part
    if isinstance(file, Endpoint):
        return receive_into(kernel, task, file, buffers)
    if isinstance(file, TerminalFile) and (wait := wait_for_foreground(kernel, task, Signal.SIGTTIN)):
        return wait
    if file.is_message:
        return _receive(kernel, task, buffers, file)
    return _fill(kernel, task, buffers, file, file)


def _receive(kernel: Kernel, task: Task, buffers: Buffers, file: OpenFile) -> int | Wait:
    """Move one message of ``file`` to ``buffers``, and return its bytes."""
    if not buffers:
        return 0
    data = file.peek(sum(size for _, size in buffers))
    if isinstance(data, WouldBlock):
        return wait_for(kernel, task, file.flags, data)
    done = 0
    for address, size in buffers:
        task.memory.write(address, data[done : done + size])
        done += size
    file.advance(len(data), kernel.scheduler.wake)
    return len(data)


def read_at(kernel: Kernel, task: Task, fd: int, buffers: Buffers, offset: int) -> int | Wait:
    """Fill ``buffers`` from ``offset`` on, as far as the file goes."""
    positioned(task, fd)
    file = task.files.reader(fd)
    file.read_at(offset, 0)  # a directory cannot even be read in part
    return _fill(kernel, task, buffers, file, Place(file, offset))


def _fill(kernel: Kernel, task: Task, buffers: Buffers, file: OpenFile, reader: Reader) -> int | Wait:
    """Move bytes of ``file`` from ``reader`` to ``buffers``, a chunk at a time, and return how many.

    It ends where there are no more. Raises BadAddress where not even the first can be stored.
    """
    total = 0
    for address, size in buffers:
        done = 0
        while done < size:
            if total and reader.pauses:
                return total
            data = reader.peek(min(size - done, CHUNK))
            if isinstance(data, WouldBlock):
                return total or wait_for(kernel, task, file.flags, data)
            if not data:
                return total
            try:
                task.memory.write(address + done, data)
            except BadAddress:
                if total:
                    return total
                raise
            reader.advance(len(data), kernel.scheduler.wake)
            if kernel.events.wants_bytes:
                telling.read(kernel, task, reader, data)
            done += len(data)
            total += len(data)
            if len(data) < min(size, CHUNK):
                return total
            if done < size:
                kernel.check_time()
    return total


def write_from(kernel: Kernel, task: Task, file: OpenFile, buffers: Buffers) -> int | Wait:
    """Write all of ``buffers`` where ``file`` is."""
    if isinstance(file, Endpoint):
        sending = file.sending(Who(task.pid, task.uid, task.gid))
        return send_from(kernel, task, sending, buffers, keeps_messages=file.keeps_messages)
    size = within_limit(kernel, task, file, None, sum(length for _, length in buffers))
    if file.is_message and buffers and not size:
        file.write(b"", kernel.scheduler.wake)  # which may be no message
    return _drain(kernel, task, size, partial(gather, task, buffers), file, file)


def write_at(kernel: Kernel, task: Task, fd: int, buffers: Buffers, offset: int) -> int | Wait:
    """Write ``buffers`` at ``offset``."""
    positioned(task, fd)
    file = task.files.writer(fd)
    size = within_limit(kernel, task, file, offset, sum(length for _, length in buffers))
    return _drain(kernel, task, size, partial(gather, task, buffers), file, Place(file, offset))


def _drain(
    kernel: Kernel, task: Task, size: int, source: Callable[[int], bytes], file: OpenFile, writer: telling.Writer,
    moved: Callable[[int], None] | None = None,
) -> int | Wait:  # fmt: skip
    """Move ``size`` bytes from ``source`` to ``writer``, which is ``file`` or a place in it, and return how many.

    ``source`` is asked for a chunk that begins at a byte; it ends with an empty one. ``task.moved`` is what was written
    before a wait. ``moved`` is told after each chunk how much of it was taken. SIGPIPE with EPIPE. Raises BadAddress
    and SystemCallError where not even the first byte was written.
    """
    done = task.moved
    while done < size:
        try:
            data = source(done)[: size - done]
            taken = telling.write(kernel, task, writer, data) if data else 0
        except (BadAddress, SystemCallError) as error:
            if isinstance(error, SystemCallError) and error.errno == Errno.EPIPE:
                sending.send_own(kernel, task, Signal.SIGPIPE)
            if done:
                return done
            raise
        if isinstance(taken, WouldBlock):
            if done and (task.interrupted or file.flags & OpenFlag.O_NONBLOCK):
                return done
            task.moved = done
            return wait_for(kernel, task, file.flags, taken)
        if not taken:
            break
        done += taken
        drop_privileges(task, file)
        if moved is not None:
            moved(taken)
        if done < size:
            kernel.check_time()
    return done


def within_limit(kernel: Kernel, task: Task, file: OpenFile, offset: int | None, size: int) -> int:
    """Return how many of ``size`` bytes RLIMIT_FSIZE lets a process write at ``offset`` (None: where the file is).

    SIGXFSZ and SystemCallError(EFBIG) when it is none of them (setrlimit(2)).
    """
    if not size or not isinstance(file, RegularFile) or Limit.RLIMIT_FSIZE not in task.process.limits:
        return size
    if file.flags & OpenFlag.O_APPEND:
        offset = file.file.size
    elif offset is None:
        offset = file.offset
    return min(size, room_for_growth(kernel, task, offset + 1) + 1)


def room_for_growth(kernel: Kernel, task: Task, size: int) -> int:
    """Return by how many bytes a file of ``size`` may still grow within RLIMIT_FSIZE, which is set.

    SIGXFSZ and SystemCallError(EFBIG) when it is too large already.
    """
    limit = task.process.limits[Limit.RLIMIT_FSIZE][0]
    if size > limit:
        sending.send_own(kernel, task, Signal.SIGXFSZ)
        raise SystemCallError(Errno.EFBIG)
    return limit - size


def drop_privileges(task: Task, file: OpenFile) -> None:
    """Writing takes set-user-ID away (inode(7))."""
    if isinstance(file, RegularFile):
        file.file.drop_privileges(task.user)


def positioned(task: Task, fd: int) -> OpenFile:
    """Return the file behind a descriptor. Raises SystemCallError(ESPIPE) when it has no positions."""
    file = task.files.get(fd)
    if not file.has_positions:
        raise SystemCallError(Errno.ESPIPE)
    return file


def position_of(low: int, high: int) -> int:
    """Return a 64-bit file offset from two registers. Raises SystemCallError(EINVAL) when it is negative."""
    offset = as_signed(high) << 32 | low
    if offset < 0:
        raise SystemCallError(Errno.EINVAL)
    return offset


@call(
    "pread64",
    "EBADF EFAULT EINVAL EIO EISDIR ESPIPE",
    fd=Kind.FD,
    buffer=Kind.RECEIVED,
    count=Kind.SIZE,
    low=Kind.LOW,
    high=Kind.OTHER_HALF,
)
def pread64(kernel: Kernel, task: Task, fd: int, buffer: int, count: int, low: int, high: int) -> int | Wait:
    """pread(2)."""
    offset = position_of(low, high)
    return read_at(kernel, task, fd, one_buffer(buffer, count), offset)


@call(
    "pwrite64",
    "EBADF EFAULT EFBIG EINVAL ENOSPC ESPIPE",
    fd=Kind.FD,
    buffer=Kind.SENT,
    count=Kind.SIZE,
    low=Kind.LOW,
    high=Kind.OTHER_HALF,
)
def pwrite64(kernel: Kernel, task: Task, fd: int, buffer: int, count: int, low: int, high: int) -> int | Wait:
    """pwrite(2)."""
    offset = position_of(low, high)
    return write_at(kernel, task, fd, one_buffer(buffer, count), offset)


@call(
    "preadv",
    "EBADF EFAULT EINVAL EIO EISDIR ESPIPE",
    fd=Kind.FD,
    vector=Kind.VECTOR_RECEIVED,
    count=Kind.INT,
    low=Kind.LOW,
    high=Kind.OTHER_HALF,
)
def preadv(kernel: Kernel, task: Task, fd: int, vector: int, count: int, low: int, high: int) -> int | Wait:
    """preadv(2)."""
    offset = position_of(low, high)
    return read_at(kernel, task, fd, read_vector(task, vector, count), offset)


@call(
    "pwritev",
    "EBADF EFAULT EFBIG EINVAL ENOSPC ESPIPE",
    fd=Kind.FD,
    vector=Kind.VECTOR_SENT,
    count=Kind.INT,
    low=Kind.LOW,
    high=Kind.OTHER_HALF,
)
def pwritev(kernel: Kernel, task: Task, fd: int, vector: int, count: int, low: int, high: int) -> int | Wait:
    """pwritev(2)."""
    offset = position_of(low, high)
    return write_at(kernel, task, fd, read_vector(task, vector, count), offset)


@call(
    "sendfile64",
    "EAGAIN EBADF EFAULT EFBIG EINTR EINVAL EIO ENOSPC EPIPE ESPIPE",
    output=Kind.FD,
    input=Kind.FD,
    offset=Kind.POSITION,
    count=Kind.SIZE,
)
def sendfile64(kernel: Kernel, task: Task, output: int, input: int, offset: int, count: int) -> int | Wait:
    """sendfile(2): from a file with positions to any other."""
    source, sink = task.files.reader(input), task.files.writer(output)
    start = LONG.unpack(task.memory.read(offset, LONG.size))[0] if offset else 0
    if not isinstance(source, Positioned):
        raise SystemCallError(Errno.ESPIPE if offset else Errno.EINVAL)
    if start < 0 or sink.flags & OpenFlag.O_APPEND or sink.is_message:
        raise SystemCallError(Errno.EINVAL)
    source.inode.note_access()
    if count and isinstance(source, DirectoryFile):
        raise SystemCallError(Errno.EINVAL)
    size = within_limit(kernel, task, sink, None, min(count, TRANSFER_LIMIT))
    place = Place(source, start if offset else source.offset)

    def chunk(done: int) -> bytes:
        return place.peek(min(size - done, CHUNK))

    def moved(taken: int) -> None:
        # Positions move with the bytes, so that a call which is interrupted has said how far it came.
        place.offset += taken
        if offset:
            task.memory.write(offset, LONG.pack(place.offset))
        else:
            source.offset = place.offset

    writer = sink.sending(Who(task.pid, task.uid, task.gid)) if isinstance(sink, Endpoint) else sink
    return _drain(kernel, task, size, chunk, sink, writer, moved)
