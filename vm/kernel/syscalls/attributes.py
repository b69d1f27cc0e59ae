"""What files are: status, permissions, owners, times and sizes."""

from __future__ import annotations

from vm.abi import (
    AT_FDCWD,
    FALLOC_FL_KEEP_SIZE,
    NAME_LIMIT,
    NANOSECONDS,
    R_OK,
    ST_NOSUID,
    ST_VALID,
    STATX_ALL,
    STATX_MNT_ID,
    STATX_RESERVED,
    UTIME_NOW,
    UTIME_OMIT,
    W_OK,
    X_OK,
    AtFlag,
    Errno,
    Limit,
)
from vm.abi.structures import Statfs64, Statx, StatxTimestamp, Timespec
from vm.kernel.errors import SystemCallError
from vm.kernel.files.devices import device_parts
from vm.kernel.files.opened import RegularFile
from vm.kernel.files.vfs import Access, Directory, File, Inode, operations
from vm.kernel.files.vfs.content import BLOCK
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.opening import is_executing
from vm.kernel.syscalls.paths import PATH_ERRORS, find, read_path
from vm.kernel.syscalls.table import call
from vm.kernel.syscalls.transfers import position_of, room_for_growth

MOUNT_FLAGS = ST_VALID | ST_NOSUID
"""f_flags of statfs(2): valid, and set-user-ID bits count for nothing at exec."""


def split_time(nanoseconds: int) -> bytes:
    """Return a time as a struct statx_timestamp."""
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    return StatxTimestamp.pack_all(seconds, rest)


def status_of(inode: Inode) -> bytes:
    """Return what is known of a file as a struct statx."""
    major, minor = device_parts(inode.device)
    device = inode.filesystem.device
    return Statx.pack(
        stx_mask=STATX_ALL | STATX_MNT_ID, stx_blksize=BLOCK, stx_nlink=inode.links, stx_uid=inode.uid,
        stx_gid=inode.gid, stx_mode=inode.mode, stx_ino=inode.number, stx_size=inode.size,
        stx_blocks=operations.block_count(inode), stx_atime=split_time(inode.accessed),
        stx_btime=split_time(inode.created), stx_ctime=split_time(inode.changed),
        stx_mtime=split_time(inode.modified), stx_rdev_major=major, stx_rdev_minor=minor, stx_dev_minor=device,
        stx_mnt_id=device,
    )  # fmt: skip


@call(
    "statx",
    f"{PATH_ERRORS} EINVAL",
    "all fields are always filled in",
    directory=Kind.DIRECTORY,
    path=Kind.PATH,
    flags=Kind.STATX_FLAGS,
    mask=Kind.STATX_MASK,
    buffer=Kind.STATX,
)
def statx(kernel: Kernel, task: Task, directory: int, path: int, flags: int, mask: int, buffer: int) -> int:
    """statx(2)."""
    sync = AtFlag.AT_STATX_FORCE_SYNC | AtFlag.AT_STATX_DONT_SYNC
    known = AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_NO_AUTOMOUNT | AtFlag.AT_EMPTY_PATH | sync
    name = read_path(task, path)
    if mask & STATX_RESERVED or flags & ~known or flags & sync == sync:
        raise SystemCallError(Errno.EINVAL)
    inode = find(kernel, task, directory, name, flags, follow=not flags & AtFlag.AT_SYMLINK_NOFOLLOW)
    task.memory.write(buffer, status_of(inode))
    return 0


def check_access(kernel: Kernel, task: Task, directory: int, path: int, mode: int, flags: int) -> int:
    """faccessat2(2): by the real ids unless AT_EACCESS asks for the effective ones."""
    if mode & ~(R_OK | W_OK | X_OK) or flags & ~(AtFlag.AT_EACCESS | AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_EMPTY_PATH):
        raise SystemCallError(Errno.EINVAL)
    follow = not flags & AtFlag.AT_SYMLINK_NOFOLLOW
    who = task.user if flags & AtFlag.AT_EACCESS else task.real_user
    inode = find(kernel, task, directory, read_path(task, path), flags, follow=follow, who=who)
    inode.demand(who, mode)
    return 0


@call("faccessat", f"{PATH_ERRORS} EINVAL", directory=Kind.DIRECTORY, path=Kind.PATH, mode=Kind.ACCESS_MODE)
def faccessat(kernel: Kernel, task: Task, directory: int, path: int, mode: int) -> int:
    """faccessat(2), the call without flags."""
    return check_access(kernel, task, directory, path, mode, 0)


@call(
    "faccessat2",
    f"{PATH_ERRORS} EINVAL",
    directory=Kind.DIRECTORY,
    path=Kind.PATH,
    mode=Kind.ACCESS_MODE,
    flags=Kind.ACCESS_FLAGS,
)
def faccessat2(kernel: Kernel, task: Task, directory: int, path: int, mode: int, flags: int) -> int:
    """faccessat2(2)."""
    return check_access(kernel, task, directory, path, mode, flags)


@call("fchmod", "EBADF EPERM", fd=Kind.FD, mode=Kind.PERMISSIONS)
def fchmod(kernel: Kernel, task: Task, fd: int, mode: int) -> int:
    """fchmod(2)."""
    operations.set_mode(task.files.get(fd).inode, mode, task.user)
    return 0


@call("fchmodat", f"{PATH_ERRORS} EPERM", directory=Kind.DIRECTORY, path=Kind.PATH, mode=Kind.PERMISSIONS)
def fchmodat(kernel: Kernel, task: Task, directory: int, path: int, mode: int) -> int:
    """fchmodat(2), the call without flags."""
    operations.set_mode(find(kernel, task, directory, read_path(task, path)), mode, task.user)
    return 0


@call("fchown", "EBADF EPERM", fd=Kind.FD, uid=Kind.ID, gid=Kind.ID)
def fchown(kernel: Kernel, task: Task, fd: int, uid: int, gid: int) -> int:
    """fchown(2)."""
    operations.set_owner(task.files.get(fd).inode, uid, gid, task.user)
    return 0


@call(
    "fchownat",
    f"{PATH_ERRORS} EINVAL EPERM",
    directory=Kind.DIRECTORY,
    path=Kind.PATH,
    uid=Kind.ID,
    gid=Kind.ID,
    flags=Kind.PATH_FLAGS,
)
def fchownat(kernel: Kernel, task: Task, directory: int, path: int, uid: int, gid: int, flags: int) -> int:
    """fchownat(2)."""
    if flags & ~(AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_EMPTY_PATH):
        raise SystemCallError(Errno.EINVAL)
    follow = not flags & AtFlag.AT_SYMLINK_NOFOLLOW
    inode = find(kernel, task, directory, read_path(task, path), flags, follow=follow)
    operations.set_owner(inode, uid, gid, task.user)
    return 0


@call(
    "utimensat_time64",
    f"{PATH_ERRORS} EINVAL EPERM",
    directory=Kind.DIRECTORY,
    path=Kind.PATH,
    times=Kind.TIMES_OF_FILE,
    flags=Kind.PATH_FLAGS,
)
def utimensat(kernel: Kernel, task: Task, directory: int, path: int, times: int, flags: int) -> int:
    """utimensat(2): two 64-bit timespecs; without a path, of the file that the descriptor refers to."""
    now = kernel.system.clock.time_of_day
    wanted: list[int | None] = [now, now]
    is_now = True
    if times:
        both = Timespec.unpack_all(task.memory.read(times, 2 * Timespec.SIZE))
        pairs = [(time.tv_sec, time.tv_nsec & 0xFFFF_FFFF) for time in both]
        if all(part == UTIME_OMIT for _, part in pairs):
            return 0
        if any(part >= NANOSECONDS and part not in (UTIME_NOW, UTIME_OMIT) for _, part in pairs):
            raise SystemCallError(Errno.EINVAL)
        is_now = all(part == UTIME_NOW for _, part in pairs)
        special: dict[int, int | None] = {UTIME_NOW: now, UTIME_OMIT: None}
        wanted = [special.get(part, seconds * NANOSECONDS + part) for seconds, part in pairs]
    if flags & ~(AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_EMPTY_PATH):
        raise SystemCallError(Errno.EINVAL)
    if path == 0 and directory != AT_FDCWD:
        if flags:
            raise SystemCallError(Errno.EINVAL)
        inode = task.files.get(directory).inode
    else:
        follow = not flags & AtFlag.AT_SYMLINK_NOFOLLOW
        inode = find(kernel, task, directory, read_path(task, path), flags, follow=follow)
    set_times(inode, task, wanted, is_now=is_now)
    return 0


def set_times(inode: Inode, task: Task, times: list[int | None], *, is_now: bool) -> None:
    """Set access and modification time; whoever may write may set both to now (utimensat(2), "Permissions")."""
    who = task.user
    if not inode.is_owned_by(who):
        if not is_now:
            raise SystemCallError(Errno.EPERM)
        inode.demand(who, Access.WRITE)
    accessed, modified = times
    inode.touch()
    inode.accessed = inode.accessed if accessed is None else accessed
    inode.modified = inode.modified if modified is None else modified


def truncate(kernel: Kernel, task: Task, inode: Inode, size: int) -> int:
    """truncate(2), when the caller may write."""
    if isinstance(inode, Directory):
        raise SystemCallError(Errno.EISDIR)
    if not isinstance(inode, File):
        raise SystemCallError(Errno.EINVAL)
    if size > inode.size and Limit.RLIMIT_FSIZE in task.process.limits:
        room_for_growth(kernel, task, size)
    inode.truncate(size, task.user, kernel.check_time)
    return 0


@call(
    "truncate64",
    f"{PATH_ERRORS} EFBIG EINVAL EISDIR ENOSPC ETXTBSY",
    path=Kind.PATH,
    low=Kind.LOW,
    high=Kind.OTHER_HALF,
)
def truncate64(kernel: Kernel, task: Task, path: int, low: int, high: int) -> int:
    """truncate(2)."""
    size = position_of(low, high)
    inode = find(kernel, task, AT_FDCWD, read_path(task, path))
    if isinstance(inode, File):
        inode.demand(task.user, Access.WRITE)
        if is_executing(kernel, inode):
            raise SystemCallError(Errno.ETXTBSY)
    return truncate(kernel, task, inode, size)


@call("ftruncate64", "EBADF EFBIG EINVAL", fd=Kind.FD, low=Kind.LOW, high=Kind.OTHER_HALF)
def ftruncate64(kernel: Kernel, task: Task, fd: int, low: int, high: int) -> int:
    """ftruncate(2)."""
    size = position_of(low, high)
    file = task.files.get(fd)
    if not isinstance(file, RegularFile) or not file.writable:
        raise SystemCallError(Errno.EINVAL)
    return truncate(kernel, task, file.inode, size)


@call(
    "fallocate",
    "EBADF EFBIG EINVAL ENODEV ENOSPC ENOTSUP ESPIPE",
    "of the flags FALLOC_FL_KEEP_SIZE alone: others are EOPNOTSUPP",
    fd=Kind.FD,
    mode=Kind.ALLOCATE_FLAGS,
    offset_low=Kind.LOW,
    offset_high=Kind.OTHER_HALF,
    low=Kind.LOW,
    high=Kind.OTHER_HALF,
)
def fallocate(
    kernel: Kernel, task: Task, fd: int, mode: int, offset_low: int, offset_high: int, low: int, high: int
) -> int:
    """fallocate(2): memory for the range, and a file that reaches to its end unless its size is to be kept."""
    file = task.files.get(fd)
    offset, size = position_of(offset_low, offset_high), position_of(low, high)
    if not size:
        raise SystemCallError(Errno.EINVAL)
    if mode & ~FALLOC_FL_KEEP_SIZE:
        raise SystemCallError(Errno.ENOTSUP)
    if not file.writable:
        raise SystemCallError(Errno.EBADF)
    if not isinstance(file, RegularFile):
        raise SystemCallError(Errno.ESPIPE if file.inode.kind == 0o010000 else Errno.ENODEV)
    if offset + size > file.file.size and not mode and Limit.RLIMIT_FSIZE in task.process.limits:
        room_for_growth(kernel, task, offset + size)
    file.file.allocate(offset, size, task.user, keep_size=bool(mode))
    return 0


@call("fsync", "EBADF EINVAL", fd=Kind.FD)
def fsync(kernel: Kernel, task: Task, fd: int) -> int:
    """fsync(2): nothing is ever written to a disk."""
    return _sync(task, fd)


@call("fdatasync", "EBADF EINVAL", fd=Kind.FD)
def fdatasync(kernel: Kernel, task: Task, fd: int) -> int:
    """fdatasync(2)."""
    return _sync(task, fd)


def _sync(task: Task, fd: int) -> int:
    if not isinstance(task.files.get(fd).inode, File | Directory):
        raise SystemCallError(Errno.EINVAL)
    return 0


@call("sync")
def sync(kernel: Kernel, task: Task) -> int:
    """sync(2)."""
    return 0


def statistics(inode: Inode) -> bytes:
    """Return what is known of a file's file system as a struct statfs64."""
    filesystem = inode.filesystem
    blocks, free = operations.file_system_blocks(filesystem)
    return Statfs64.pack(
        f_type=filesystem.magic, f_bsize=BLOCK, f_blocks=blocks, f_bfree=free, f_bavail=free, f_files=blocks,
        f_ffree=free, f_fsid_high=filesystem.device, f_namelen=NAME_LIMIT, f_frsize=BLOCK, f_flags=MOUNT_FLAGS,
    )  # fmt: skip


@call("statfs64", f"{PATH_ERRORS} EINVAL", path=Kind.PATH, size=Kind.SIZE, buffer=Kind.STATFS)
def statfs64(kernel: Kernel, task: Task, path: int, size: int, buffer: int) -> int:
    """statfs(2): the room is what programs may write to all file systems together."""
    if size != Statfs64.SIZE:
        raise SystemCallError(Errno.EINVAL)
    task.memory.write(buffer, statistics(find(kernel, task, AT_FDCWD, read_path(task, path))))
    return 0


@call("fstatfs64", "EBADF EFAULT EINVAL", fd=Kind.FD, size=Kind.SIZE, buffer=Kind.STATFS)
def fstatfs64(kernel: Kernel, task: Task, fd: int, size: int, buffer: int) -> int:
    """fstatfs(2)."""
    if size != Statfs64.SIZE:
        raise SystemCallError(Errno.EINVAL)
    task.memory.write(buffer, statistics(task.files.place(fd).inode))
    return 0
