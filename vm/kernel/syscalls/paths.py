"""Names: working directories, making, linking, renaming and removing files, listing directories."""

from __future__ import annotations

import stat

from vm.abi import AT_FDCWD, PATH_LIMIT, AtFlag, Errno, RenameFlag
from vm.abi.structures import Dirent64
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import DirectoryFile
from vm.kernel.files.vfs import Access, Directory, Found, Inode, SymbolicLink, User, operations
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call

LISTED_AT_ONCE = 1 << 16
"""Bytes that one getdents64 gives at most, however large the buffer is."""


def read_path(task: Task, address: int) -> bytes:
    """Return the path at ``address``. Raises SystemCallError(ENAMETOOLONG)."""
    path = task.memory.read_string(address, PATH_LIMIT)
    if path is None:
        raise SystemCallError(Errno.ENAMETOOLONG)
    return path


def base_of(task: Task, directory: int, path: bytes) -> Directory:
    """Return where ``path`` begins: the directory that descriptor ``directory`` refers to, or the working directory."""
    if directory == AT_FDCWD or path.startswith(b"/"):
        return task.place.directory
    inode = task.files.place(directory).inode
    if not isinstance(inode, Directory):
        raise SystemCallError(Errno.ENOTDIR)
    return inode


def find(
    kernel: Kernel,
    task: Task,
    directory: int,
    path: bytes,
    flags: int = 0,
    *,
    follow: bool = True,
    who: User | None = None,
) -> Inode:
    """Return the inode that a call of the "at" family means. With AT_EMPTY_PATH an empty path is the descriptor itself.

    ``who``: whose permissions count, the caller's effective ones by default.
    """
    if not path and flags & AtFlag.AT_EMPTY_PATH:
        return task.place.directory if directory == AT_FDCWD else task.files.place(directory).inode
    if not path:
        raise SystemCallError(Errno.ENOENT)
    start = base_of(task, directory, path)
    return kernel.world.tree.inode(path, start, who or task.user, follow=follow)


def walk_to(kernel: Kernel, task: Task, directory: int, path: bytes, *, look: bool = True) -> Found:
    """Return where a name is to be made or taken away; a symbolic link there is not followed, or not even looked at."""
    if not path:
        raise SystemCallError(Errno.ENOENT)
    start = base_of(task, directory, path)
    return kernel.world.tree.walk(path, start, task.user, follow=False, slash_follows=False, look=look)


PATH_ERRORS = "EACCES EBADF EFAULT ELOOP ENAMETOOLONG ENOENT ENOTDIR"


@call("getcwd", "EFAULT ENAMETOOLONG ENOENT ERANGE", buffer=Kind.PATH_RESULT, size=Kind.SIZE)
def getcwd(kernel: Kernel, task: Task, buffer: int, size: int) -> int:
    """getcwd(2), "C library/kernel differences": the length with its NUL."""
    if task.place.directory.is_gone:
        raise SystemCallError(Errno.ENOENT)
    path = task.place.directory.path() + b"\0"
    if len(path) > PATH_LIMIT:
        raise SystemCallError(Errno.ENAMETOOLONG)
    if size < len(path):
        raise SystemCallError(Errno.ERANGE)
    task.memory.write(buffer, path)
    return len(path)


@call("chdir", PATH_ERRORS, path=Kind.PATH)
def chdir(kernel: Kernel, task: Task, path: int) -> int:
    """chdir(2)."""
    directory = kernel.world.tree.directory(read_path(task, path), task.place.directory, task.user)
    directory.demand(task.user, Access.EXECUTE)
    task.place.directory = directory
    return 0


@call("fchdir", "EACCES EBADF ENOTDIR", fd=Kind.FD)
def fchdir(kernel: Kernel, task: Task, fd: int) -> int:
    """fchdir(2)."""
    inode = task.files.place(fd).inode
    if not isinstance(inode, Directory):
        raise SystemCallError(Errno.ENOTDIR)
    inode.demand(task.user, Access.EXECUTE)
    task.place.directory = inode
    return 0


@call("umask", returns=Kind.PERMISSIONS, mask=Kind.PERMISSIONS)
def umask(kernel: Kernel, task: Task, mask: int) -> int:
    """umask(2): the mask until now."""
    before, task.place.umask = task.place.umask, mask & 0o777
    return before


@call("mkdirat", f"{PATH_ERRORS} EEXIST EMLINK ENOSPC", directory=Kind.DIRECTORY, path=Kind.PATH, mode=Kind.PERMISSIONS)
def mkdirat(kernel: Kernel, task: Task, directory: int, path: int, mode: int) -> int:
    """mkdirat(2)."""
    found = walk_to(kernel, task, directory, read_path(task, path))
    operations.make_directory(found, mode & ~task.place.umask, task.user)
    return 0


@call(
    "mknodat",
    f"{PATH_ERRORS} EEXIST EINVAL ENOSPC EPERM",
    "a device node opens only the devices that /dev has; others are ENXIO",
    directory=Kind.DIRECTORY,
    path=Kind.PATH,
    mode=Kind.FILE_MODE,
    device=Kind.DEVICE,
)
def mknodat(kernel: Kernel, task: Task, directory: int, path: int, mode: int, device: int) -> int:
    """mknodat(2)."""
    kind = stat.S_IFMT(mode)
    if kind not in (0, stat.S_IFREG, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
        raise SystemCallError(Errno.EPERM if kind == stat.S_IFDIR else Errno.EINVAL)
    found = walk_to(kernel, task, directory, read_path(task, path))
    operations.make_node(found, mode & ~task.place.umask & 0xFFFF, device, task.user)
    return 0


@call("symlinkat", f"{PATH_ERRORS} EEXIST ENOSPC", target=Kind.PATH, directory=Kind.DIRECTORY, path=Kind.PATH)
def symlinkat(kernel: Kernel, task: Task, target: int, directory: int, path: int) -> int:
    """symlinkat(2)."""
    content = read_path(task, target)
    if not content:
        raise SystemCallError(Errno.ENOENT)
    operations.make_link(walk_to(kernel, task, directory, read_path(task, path)), content, task.user)
    return 0


@call(
    "linkat",
    f"{PATH_ERRORS} EEXIST EINVAL EMLINK ENOSPC EPERM EXDEV",
    "AT_EMPTY_PATH is for root alone, as before Linux 6.10",
    old_directory=Kind.DIRECTORY,
    old_path=Kind.PATH,
    directory=Kind.DIRECTORY,
    path=Kind.PATH,
    flags=Kind.PATH_FLAGS,
)
def linkat(kernel: Kernel, task: Task, old_directory: int, old_path: int, directory: int, path: int, flags: int) -> int:
    """linkat(2)."""
    if flags & ~(AtFlag.AT_SYMLINK_FOLLOW | AtFlag.AT_EMPTY_PATH):
        raise SystemCallError(Errno.EINVAL)
    old = read_path(task, old_path)
    if not old and flags & AtFlag.AT_EMPTY_PATH and not task.user.is_privileged:
        raise SystemCallError(Errno.ENOENT)
    follow = bool(flags & AtFlag.AT_SYMLINK_FOLLOW)
    inode = find(kernel, task, old_directory, old, flags, follow=follow)
    operations.link(inode, walk_to(kernel, task, directory, read_path(task, path)), task.user)
    return 0


@call(
    "unlinkat",
    f"{PATH_ERRORS} EBUSY EINVAL EISDIR ENOTEMPTY EPERM",
    directory=Kind.DIRECTORY,
    path=Kind.PATH,
    flags=Kind.UNLINK_FLAGS,
)
def unlinkat(kernel: Kernel, task: Task, directory: int, path: int, flags: int) -> int:
    """unlinkat(2): rmdir(2) with AT_REMOVEDIR."""
    if flags & ~AtFlag.AT_REMOVEDIR:
        raise SystemCallError(Errno.EINVAL)
    found = walk_to(kernel, task, directory, read_path(task, path))
    if flags & AtFlag.AT_REMOVEDIR:
        operations.remove_directory(found, task.user)
    else:
        operations.unlink(found, task.user)
    return 0


@call(
    "renameat2",
    f"{PATH_ERRORS} EBUSY EEXIST EINVAL EISDIR ENOSPC ENOTEMPTY EPERM EXDEV",
    "RENAME_WHITEOUT is EINVAL",
    old_directory=Kind.DIRECTORY,
    old_path=Kind.PATH,
    directory=Kind.DIRECTORY,
    path=Kind.PATH,
    flags=Kind.RENAME_FLAGS,
)
def renameat2(
    kernel: Kernel, task: Task, old_directory: int, old_path: int, directory: int, path: int, flags: int
) -> int:
    """renameat2(2)."""
    both = RenameFlag.RENAME_NOREPLACE | RenameFlag.RENAME_EXCHANGE
    if flags & ~both or flags == both:
        raise SystemCallError(Errno.EINVAL)
    old = walk_to(kernel, task, old_directory, read_path(task, old_path), look=False)
    new = walk_to(kernel, task, directory, read_path(task, path), look=False)
    operations.rename(old, new, flags, task.user)
    return 0


@call(
    "readlinkat",
    f"{PATH_ERRORS} EINVAL",
    directory=Kind.DIRECTORY,
    path=Kind.PATH,
    buffer=Kind.RECEIVED,
    size=Kind.INT,
)
def readlinkat(kernel: Kernel, task: Task, directory: int, path: int, buffer: int, size: int) -> int:
    """readlinkat(2): without a NUL, cut at ``size``. An empty path is the link that the descriptor refers to."""
    if size <= 0:
        raise SystemCallError(Errno.EINVAL)
    name = read_path(task, path)
    inode = find(kernel, task, directory, name, AtFlag.AT_EMPTY_PATH, follow=False)
    if not isinstance(inode, SymbolicLink):
        raise SystemCallError(Errno.EINVAL if name else Errno.ENOENT)
    target = inode.read()[:size]
    task.memory.write(buffer, target)
    return len(target)


@call(
    "getdents64",
    "EACCES EBADF EFAULT EINVAL EIO ENOENT ENOMEM ENOTDIR",
    "in order of the names' bytes; ENOMEM for lists that are too large",
    fd=Kind.FD,
    buffer=Kind.ENTRIES_RESULT,
    size=Kind.SIZE,
)
def getdents64(kernel: Kernel, task: Task, fd: int, buffer: int, size: int) -> int:
    """getdents64(2): names in order of their bytes."""
    file = task.files.get(fd)
    if not isinstance(file, DirectoryFile):
        raise SystemCallError(Errno.ENOTDIR)
    data = bytearray()
    count, size = 0, min(size, LISTED_AT_ONCE)
    for name in file.entries():
        length = (Dirent64.SIZE + len(name) + 1 + 7) & -8
        if len(data) + length > size:
            if not data:
                raise SystemCallError(Errno.EINVAL)
            break
        count += 1
        inode = file.find(name)
        if inode is not None:
            data += Dirent64.pack(
                d_ino=inode.number, d_off=file.offset + count, d_reclen=length, d_type=inode.kind >> 12
            )
            data += name.ljust(length - Dirent64.SIZE, b"\0")
    task.memory.write(buffer, bytes(data))
    file.offset += count
    return len(data)
