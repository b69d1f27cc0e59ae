"""openat: from a path to an open file."""

from __future__ import annotations

import stat

from vm.abi import O_ACCMODE, Errno, OpenFlag
from vm.kernel.errors import SystemCallError
from vm.kernel.files.devices import CONSOLE, TTY, open_memory_device
from vm.kernel.files.opened import DirectoryFile, OpenFile, RegularFile
from vm.kernel.files.pipes import PipeEnd
from vm.kernel.files.terminal import StandardStream, TerminalFile
from vm.kernel.files.vfs import Access, Directory, Fifo, File, Found, Inode, Last, SymbolicLink, operations
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task, Wait
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.paths import PATH_ERRORS, base_of, read_path
from vm.kernel.syscalls.table import call
from vm.kernel.syscalls.terminals import has_terminal

_WITH_PATH = OpenFlag.O_PATH | OpenFlag.O_DIRECTORY | OpenFlag.O_NOFOLLOW | OpenFlag.O_CLOEXEC
_ACCESS = {int(OpenFlag.O_RDONLY): Access.READ, int(OpenFlag.O_WRONLY): Access.WRITE}


@call(
    "openat",
    f"{PATH_ERRORS} EEXIST EINTR EINVAL EISDIR EMFILE ENFILE ENOSPC ENOTSUP ENXIO EPERM ETXTBSY",
    "O_TMPFILE is EOPNOTSUPP; O_DIRECT and O_SYNC change nothing",
    directory=Kind.DIRECTORY,
    path=Kind.PATH,
    flags=Kind.OPEN_FLAGS,
    mode=Kind.CREATE_MODE,
)
def openat(kernel: Kernel, task: Task, directory: int, path: int, flags: int, mode: int) -> int | Wait:
    """openat(2)."""
    flags = checked_flags(flags)
    name = read_path(task, path)
    [number] = task.files.free(1)
    file = task.files.take_pending(task.tid) if task.has_opened else None
    if file is None:
        task.files.abandon(task.tid)  # of a call that was interrupted
        file = open_path(kernel, task, directory, name, flags, mode)
    if isinstance(file, PipeEnd) and not file.is_met and not flags & OpenFlag.O_NONBLOCK:
        task.files.hold(task.tid, file)
        task.has_opened = True
        end = "writer" if file.readable else "reader"
        return Wait((("pipe", file.pipe.number, "ends"),), f"a {end} of {file.path.decode(errors='replace')}")
    return task.files.open(file, number, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC))


def checked_flags(flags: int) -> int:
    """Return the flags that count.

    Raises SystemCallError for combinations that Linux refuses (fs/open.c, build_open_flags).
    """
    if flags & OpenFlag.O_PATH:
        return flags & _WITH_PATH
    if flags & OpenFlag.O_TMPFILE:
        if not flags & OpenFlag.O_DIRECTORY or not flags & O_ACCMODE:
            raise SystemCallError(Errno.EINVAL)
        raise SystemCallError(Errno.ENOTSUP)
    if flags & OpenFlag.O_CREAT and flags & OpenFlag.O_DIRECTORY:
        raise SystemCallError(Errno.EINVAL)
    return flags


def open_path(kernel: Kernel, task: Task, directory: int, path: bytes, flags: int, mode: int) -> OpenFile:
    """Find or make the file and open it."""
    if not path:
        raise SystemCallError(Errno.ENOENT)
    who, tree = task.user, kernel.world.tree
    start = base_of(task, directory, path)
    follow = not flags & OpenFlag.O_NOFOLLOW
    if not flags & OpenFlag.O_CREAT:
        return open_found(kernel, task, tree.find(path, start, who, follow=follow), flags)
    follow = follow and not flags & OpenFlag.O_EXCL
    found = tree.walk(path, start, who, follow=follow and not path.endswith(b"/"), slash_follows=False)
    if found.last is Last.NAME and found.slash:
        raise SystemCallError(Errno.EISDIR)
    if found.inode is None:
        operations.check_creation(found.directory, who)
        inode = operations.make_file(found, mode & 0o7777 & ~task.place.umask, who)
        return open_inode(kernel, task, inode, flags, found.path)
    if flags & OpenFlag.O_EXCL:
        raise SystemCallError(Errno.EEXIST)
    if isinstance(found.inode, Directory):
        raise SystemCallError(Errno.EISDIR)
    return open_found(kernel, task, found, flags)


def open_found(kernel: Kernel, task: Task, found: Found, flags: int) -> OpenFile:
    """Open a file that exists, if its permissions allow it, and truncate it if asked to."""
    inode, who = found.inode, task.user
    assert inode is not None
    if flags & OpenFlag.O_DIRECTORY and not isinstance(inode, Directory):
        raise SystemCallError(Errno.ENOTDIR)
    if flags & OpenFlag.O_PATH:
        return OpenFile(inode, flags, found.path)
    if isinstance(inode, SymbolicLink):
        raise SystemCallError(Errno.ELOOP)
    wanted = _ACCESS.get(flags & O_ACCMODE, Access.READ | Access.WRITE)
    if flags & OpenFlag.O_TRUNC:
        wanted |= Access.WRITE
    if isinstance(inode, Directory) and wanted & Access.WRITE:
        raise SystemCallError(Errno.EISDIR)
    inode.demand(who, wanted)
    if flags & OpenFlag.O_NOATIME and not inode.is_owned_by(who):
        raise SystemCallError(Errno.EPERM)
    if isinstance(inode, File):
        if wanted & Access.WRITE and is_executing(kernel, inode):
            raise SystemCallError(Errno.ETXTBSY)
        inode.content.check_readable()
        if flags & OpenFlag.O_TRUNC:
            inode.truncate(0, who, kernel.check_time)
    return open_inode(kernel, task, inode, flags, found.path)


def open_fifo(kernel: Kernel, inode: Fifo, flags: int, path: bytes) -> PipeEnd:
    """Return an end of a fifo.

    Raises SystemCallError(ENXIO) for a writer that must not wait when there is no reader (fifo(7)).

    A pipe without a name, which /proc/PID/fd leads to, waits for nobody and is refused to nobody (Linux's fifo_open).
    """
    pipe = inode.pipe
    is_nameless = inode.filesystem is kernel.world.pipes
    if flags & O_ACCMODE == O_ACCMODE:
        raise SystemCallError(Errno.EINVAL)
    is_eager = flags & O_ACCMODE == OpenFlag.O_WRONLY and flags & OpenFlag.O_NONBLOCK
    if is_eager and not is_nameless and not (pipe and pipe.readers):
        raise SystemCallError(Errno.ENXIO)
    end = PipeEnd(inode, pipe or kernel.system.pipes.make(), flags, path)
    if is_nameless:
        end.seen = -1
    end.announce(kernel.scheduler.wake)
    return end


def is_executing(kernel: Kernel, inode: Inode) -> bool:
    """Return true while a process runs the image in ``inode``, which cannot be written then."""
    return any(process.executable is inode for process in kernel.processes if process.space is not None)


def open_inode(kernel: Kernel, task: Task, inode: Inode, flags: int, path: bytes) -> OpenFile:
    """Return the open file of an inode, whatever it is; permissions have been checked.

    Raises SystemCallError(ENXIO).
    """
    file: OpenFile | None = None
    if isinstance(inode, File):
        file = RegularFile(inode, flags, path)
    elif isinstance(inode, Directory):
        file = DirectoryFile(inode, flags, path)
    elif isinstance(inode, StandardStream):
        file = inode.open()
    elif isinstance(inode, Fifo):
        file = open_fifo(kernel, inode, flags, path)
    elif inode.kind == stat.S_IFCHR:
        if kernel.system.terminal is not None and (
            inode.device == CONSOLE or (inode.device == TTY and has_terminal(kernel, task))
        ):
            file = TerminalFile(inode, kernel.system.terminal, flags, path)
        else:
            file = open_memory_device(inode, flags, path, kernel.system)
    if file is None:
        raise SystemCallError(Errno.ENXIO)
    return file
