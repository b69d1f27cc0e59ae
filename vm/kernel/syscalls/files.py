"""Files, pipes and descriptors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vm.abi import AT_FDCWD, IOV_LIMIT, O_ACCMODE, PATH_LIMIT, TRANSFER_LIMIT, Errno, OpenFlag, Signal
from vm.kernel.errors import SystemCallError
from vm.kernel.files import OpenFile, Pipe, PipeReader, PipeWriter, RegularFile, WouldBlock
from vm.kernel.process import Block, Task
from vm.kernel.syscalls.table import Kind, as_signed, call
from vm.memory import BadAddress

if TYPE_CHECKING:
    from vm.kernel.kernel import Kernel

CHUNK = 65536
"""Bytes moved between guest and file at a time."""

Buffers = list[tuple[int, int]]
"""(address, size) of each buffer of a transfer."""


@call("read", "EAGAIN EBADF EFAULT EINTR EISDIR EIO", fd=Kind.FD, buffer=Kind.RECEIVED, count=Kind.SIZE)
def read(kernel: Kernel, task: Task, fd: int, buffer: int, count: int) -> int | Block:
    """read(2)."""
    return read_into(kernel, task, task.files.reader(fd), [(buffer, min(count, TRANSFER_LIMIT))])


@call("readv", "EAGAIN EBADF EFAULT EINTR EINVAL EISDIR", fd=Kind.FD, vector=Kind.ADDRESS, count=Kind.INT)
def readv(kernel: Kernel, task: Task, fd: int, vector: int, count: int) -> int | Block:
    """readv(2)."""
    return read_into(kernel, task, task.files.reader(fd), read_vector(task, vector, count))


@call("write", "EAGAIN EBADF EFAULT EINTR EPIPE EIO", fd=Kind.FD, buffer=Kind.SENT, count=Kind.SIZE)
def write(kernel: Kernel, task: Task, fd: int, buffer: int, count: int) -> int | Block:
    """write(2); SIGPIPE with EPIPE."""
    return write_from(kernel, task, task.files.writer(fd), [(buffer, min(count, TRANSFER_LIMIT))])


@call("writev", "EAGAIN EBADF EFAULT EINTR EINVAL EPIPE", fd=Kind.FD, vector=Kind.ADDRESS, count=Kind.INT)
def writev(kernel: Kernel, task: Task, fd: int, vector: int, count: int) -> int | Block:
    """writev(2)."""
    return write_from(kernel, task, task.files.writer(fd), read_vector(task, vector, count))


def read_vector(task: Task, address: int, count: int) -> Buffers:
    """The iovec array at ``address``; SystemCallError(EINVAL) for a bad count or a total that is too large."""
    if not 0 <= count <= IOV_LIMIT:
        raise SystemCallError(Errno.EINVAL)
    data = task.memory.read(address, 8 * count)
    words = [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]
    buffers = list(zip(words[::2], words[1::2], strict=True))
    if any(size > 0x7FFF_FFFF for _, size in buffers) or sum(size for _, size in buffers) > TRANSFER_LIMIT:
        raise SystemCallError(Errno.EINVAL)
    return buffers


def wait_for(task: Task, file: OpenFile, blocked: WouldBlock) -> Block:
    """Wait as ``blocked`` says; SystemCallError(EAGAIN) for a file that must not."""
    if file.flags & OpenFlag.O_NONBLOCK:
        raise SystemCallError(Errno.EAGAIN)
    return Block((blocked.channel,), blocked.why)


def read_into(kernel: Kernel, task: Task, file: OpenFile, buffers: Buffers) -> int | Block:
    """Fill ``buffers`` as far as there is data; waits only while there is none at all."""
    total = 0
    for address, size in buffers:
        done = 0
        while done < size:
            data = file.peek(min(size - done, CHUNK))
            if isinstance(data, WouldBlock):
                return total or wait_for(task, file, data)
            if not data:
                return total
            try:
                task.memory.write(address + done, data)
            except BadAddress:
                if total:
                    return total
                raise
            file.advance(len(data), kernel.scheduler.wake)
            done += len(data)
            total += len(data)
            if len(data) < min(size, CHUNK):
                return total
    return total


def write_from(kernel: Kernel, task: Task, file: OpenFile, buffers: Buffers) -> int | Block:
    """Write all of ``buffers``; ``task.progress`` is what was written before a wait."""
    size = sum(length for _, length in buffers)
    while task.progress < size:
        try:
            data = gather(task, buffers, task.progress)
            taken = file.write(data, kernel.scheduler.wake)
        except (BadAddress, SystemCallError) as error:
            if isinstance(error, SystemCallError) and error.errno == Errno.EPIPE:
                kernel.send_signal(task, Signal.SIGPIPE)
            if task.progress:
                return task.progress
            raise
        if isinstance(taken, WouldBlock):
            if task.progress and (task.interrupted or file.flags & OpenFlag.O_NONBLOCK):
                return task.progress
            return wait_for(task, file, taken)
        task.progress += taken
    return size


def gather(task: Task, buffers: Buffers, skip: int) -> bytes:
    """At most CHUNK bytes of the guest's buffers from byte ``skip`` on; BadAddress if the first cannot be read."""
    pieces: list[bytes] = []
    room = CHUNK
    for address, size in buffers:
        if skip >= size:
            skip -= size
            continue
        length = min(size - skip, room)
        try:
            pieces.append(task.memory.read(address + skip, length))
        except BadAddress as error:
            good = error.address - (address + skip)
            if not pieces and good == 0:
                raise
            pieces.append(task.memory.read(address + skip, good))
            break
        room -= length
        skip = 0
        if not room:
            break
    return b"".join(pieces)


def read_path(task: Task, address: int) -> bytes:
    """The path at ``address``; SystemCallError(ENAMETOOLONG)."""
    path = task.memory.read_string(address, PATH_LIMIT)
    if path is None:
        raise SystemCallError(Errno.ENAMETOOLONG)
    return path


@call(
    "openat",
    "EACCES EBADF EFAULT ELOOP EMFILE ENAMETOOLONG ENOENT ENOTDIR EROFS",
    "read-only: opening for writing or creating is EROFS",
    directory=Kind.FD,
    path=Kind.PATH,
    flags=Kind.FLAGS,
    mode=Kind.FLAGS,
)
def openat(kernel: Kernel, task: Task, directory: int, path: int, flags: int, mode: int) -> int:
    """openat(2)."""
    name = read_path(task, path)
    [number] = task.files.free(1)
    start = task.directory
    if directory != AT_FDCWD and not name.startswith(b"/"):
        base = task.files.get(directory)
        if not isinstance(base, RegularFile) or not base.node.is_directory:
            raise SystemCallError(Errno.ENOTDIR)
        start = base.node.parts
    try:
        node = kernel.root.lookup(name, start, follow=not flags & OpenFlag.O_NOFOLLOW)
    except SystemCallError as error:
        if error.errno == Errno.ENOENT and flags & OpenFlag.O_CREAT:
            raise SystemCallError(Errno.EROFS) from None
        raise
    if flags & OpenFlag.O_CREAT and flags & OpenFlag.O_EXCL:
        raise SystemCallError(Errno.EEXIST)
    if node.is_directory and flags & (O_ACCMODE | OpenFlag.O_CREAT):
        raise SystemCallError(Errno.EISDIR)
    if flags & (O_ACCMODE | OpenFlag.O_TRUNC):
        raise SystemCallError(Errno.EROFS)
    if flags & OpenFlag.O_DIRECTORY and not node.is_directory:
        raise SystemCallError(Errno.ENOTDIR)
    if not node.is_directory:
        if not node.is_regular:
            raise SystemCallError(Errno.ELOOP if flags & OpenFlag.O_NOFOLLOW else Errno.ENXIO)
        kernel.root.read(node, 0, 1)  # may the host's user read it at all?
    return task.files.open(
        RegularFile(kernel.root, node, flags), number, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC)
    )


@call("close", "EBADF", fd=Kind.FD)
def close(kernel: Kernel, task: Task, fd: int) -> int:
    """close(2)."""
    task.files.close(fd)
    return 0


@call(
    "_llseek",
    "EBADF EFAULT EINVAL ESPIPE",
    fd=Kind.FD,
    high=Kind.SIZE,
    low=Kind.SIZE,
    result=Kind.ADDRESS,
    whence=Kind.INT,
)
def llseek(kernel: Kernel, task: Task, fd: int, high: int, low: int, result: int, whence: int) -> int:
    """_llseek(2): the new 64-bit position goes to ``result``."""
    position = task.files.get(fd).seek(as_signed(high) << 32 | low, whence)
    task.memory.write(result, position.to_bytes(8, "little"))
    return 0


@call("dup", "EBADF EMFILE", fd=Kind.FD)
def dup(kernel: Kernel, task: Task, fd: int) -> int:
    """dup(2)."""
    file = task.files.get(fd)
    return task.files.open(file, task.files.free(1)[0])


@call("dup3", "EBADF EINVAL", old=Kind.FD, new=Kind.FD, flags=Kind.FLAGS)
def dup3(kernel: Kernel, task: Task, old: int, new: int, flags: int) -> int:
    """dup3(2)."""
    if old == new or flags & ~int(OpenFlag.O_CLOEXEC):
        raise SystemCallError(Errno.EINVAL)
    file = task.files.get(old)
    if not 0 <= new < task.files.limit:
        raise SystemCallError(Errno.EBADF)
    return task.files.open(file, new, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC))


@call("pipe2", "EFAULT EINVAL EMFILE", ends=Kind.ADDRESS, flags=Kind.FLAGS)
def pipe2(kernel: Kernel, task: Task, ends: int, flags: int) -> int:
    """pipe2(2): the descriptors to read from and to write to are stored at ``ends``."""
    if flags & ~int(OpenFlag.O_CLOEXEC | OpenFlag.O_NONBLOCK):
        raise SystemCallError(Errno.EINVAL)
    reader, writer = task.files.free(2)
    task.memory.write(ends, reader.to_bytes(4, "little") + writer.to_bytes(4, "little"))
    pipe = Pipe(kernel.new_pipe_number())
    close_on_exec = bool(flags & OpenFlag.O_CLOEXEC)
    task.files.open(PipeReader(pipe, flags), reader, close_on_exec=close_on_exec)
    task.files.open(PipeWriter(pipe, flags), writer, close_on_exec=close_on_exec)
    return 0
