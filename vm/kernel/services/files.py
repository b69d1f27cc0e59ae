"""Services for files: small copies of open, close, lseek, read and write that answer -1 where these fail."""

from __future__ import annotations

from vm.abi import AT_FDCWD, SEEK_CUR, SEEK_END, SEEK_SET, Errno, OpenFlag
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task, Wait
from vm.kernel.services.console import string_at
from vm.kernel.services.table import service
from vm.kernel.syscalls import Kind, buffers, opening, paths, transfers

_NEW = int(OpenFlag.O_CREAT | OpenFlag.O_TRUNC)
_RARS_FLAGS = {0: 0, 1: int(OpenFlag.O_WRONLY) | _NEW, 9: int(OpenFlag.O_WRONLY | OpenFlag.O_CREAT | OpenFlag.O_APPEND)}
"""RARS's flags of open as open(2) has them."""
_VENUS_MODES = (
    0, int(OpenFlag.O_WRONLY) | _NEW, int(OpenFlag.O_WRONLY | OpenFlag.O_CREAT | OpenFlag.O_APPEND),
    int(OpenFlag.O_RDWR), int(OpenFlag.O_RDWR) | _NEW, int(OpenFlag.O_RDWR | OpenFlag.O_CREAT | OpenFlag.O_APPEND),
)  # fmt: skip
"""Venus's modes, which are fopen's r, w, a, r+, w+ and a+."""
_MODE = 0o666


def _open(kernel: Kernel, task: Task, path: int, flags: int) -> int:
    name = string_at(task, path)
    [number] = task.files.free(1)
    file = opening.open_path(kernel, task, AT_FDCWD, name, flags, _MODE)
    return task.files.open(file, number)


@service(
    "rars:open", "opens a file: flags 0 to read, 1 to write a new one, 9 to write at its end",
    "its descriptor, or -1", path=Kind.PATH, flags=Kind.SIZE,
)  # fmt: skip
def rars_open(kernel: Kernel, task: Task, path: int, flags: int) -> int:
    """RARS's Open."""
    if flags not in _RARS_FLAGS:
        raise SystemCallError(Errno.EINVAL)
    return _open(kernel, task, path, _RARS_FLAGS[flags])


@service(
    "venus:fopen", "opens a file: mode 0 to read, 1 to write a new one, 2 to write at its end, 3 to 5 the same but to "
    "read and write", "its descriptor, or -1", path=Kind.PATH, mode=Kind.SIZE,
)  # fmt: skip
def venus_open(kernel: Kernel, task: Task, path: int, mode: int) -> int:
    """Venus's openFile."""
    if mode >= len(_VENUS_MODES):
        raise SystemCallError(Errno.EINVAL)
    return _open(kernel, task, path, _VENUS_MODES[mode])


@service("rars:close", "closes a descriptor", fd=Kind.FD)
def rars_close(kernel: Kernel, task: Task, fd: int) -> None:
    """RARS's Close, which says nothing of errors."""
    try:
        task.files.close(fd)
    except SystemCallError:
        return


@service("venus:fclose", "closes a descriptor", "0, or -1", fd=Kind.FD)
def venus_close(kernel: Kernel, task: Task, fd: int) -> int:
    """Venus's closeFile."""
    task.files.close(fd)
    return 0


@service(
    "rars:lseek", "moves a file's position: whence 0 from its beginning, 1 from where it is, 2 from its end",
    "the position, or -1", fd=Kind.FD, offset=Kind.INT, whence=Kind.INT,
)  # fmt: skip
def lseek(kernel: Kernel, task: Task, fd: int, offset: int, whence: int) -> int:
    """RARS's LSeek."""
    if whence not in (SEEK_SET, SEEK_CUR, SEEK_END):
        raise SystemCallError(Errno.EINVAL)
    return task.files.get(fd).seek(offset, whence) & 0xFFFF_FFFF


@service(
    "rars:read venus:fread", "reads up to count bytes into the buffer", "how many, 0 at the end, or -1",
    fd=Kind.FD, buffer=Kind.RECEIVED, count=Kind.SIZE,
)  # fmt: skip
def read(kernel: Kernel, task: Task, fd: int, buffer: int, count: int) -> int | Wait:
    """RARS's Read, Venus's readFile."""
    return transfers.read_into(kernel, task, task.files.reader(fd), buffers.one_buffer(buffer, count))


def _write(kernel: Kernel, task: Task, fd: int, buffer: int, count: int) -> int | Wait:
    return transfers.write_from(kernel, task, task.files.writer(fd), buffers.one_buffer(buffer, count))


@service(
    "rars:write", "writes count bytes of the buffer", "how many, or -1",
    fd=Kind.FD, buffer=Kind.SENT, count=Kind.SIZE,
)  # fmt: skip
def write(kernel: Kernel, task: Task, fd: int, buffer: int, count: int) -> int | Wait:
    """RARS's Write."""
    return _write(kernel, task, fd, buffer, count)


@service(
    "venus:fwrite", "writes count items of size bytes from the buffer", "how many items, or -1",
    fd=Kind.FD, buffer=Kind.SENT, count=Kind.SIZE, size=Kind.SIZE,
)  # fmt: skip
def venus_write(kernel: Kernel, task: Task, fd: int, buffer: int, count: int, size: int) -> int | Wait:
    """Venus's writeFile."""
    done = _write(kernel, task, fd, buffer, count * size & 0xFFFF_FFFF)
    return done // size if isinstance(done, int) and size else done


@service(
    "venus:fflush venus:ferror", "says that nothing is buffered, or that there was no error", "0, or -1", fd=Kind.FD
)
def flush(kernel: Kernel, task: Task, fd: int) -> int:
    """Venus's fflush and ferror."""
    task.files.get(fd)
    return 0


@service("venus:feof", "says whether a file has been read to its end", "1 or 0, or -1", fd=Kind.FD)
def at_end(kernel: Kernel, task: Task, fd: int) -> int:
    """Venus's feof."""
    file = task.files.reader(fd)
    return int(file.has_positions and not file.peek(1))


@service(
    "rars:getcwd", "writes the path of the working directory to the buffer", "-1 where it does not fit",
    buffer=Kind.RECEIVED, size=Kind.SIZE,
)  # fmt: skip
def getcwd(kernel: Kernel, task: Task, buffer: int, size: int) -> None:
    """RARS's GetCWD."""
    paths.getcwd(kernel, task, buffer, size)
