"""Files: flags, limits and commands (asm-generic/fcntl.h, uapi/linux/fcntl.h, poll.h)."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from vm.abi.memory import PAGE_SIZE
from vm.enums import quick

PATH_LIMIT = 4096
"""Bytes of a path with its NUL (PATH_MAX)."""

NAME_LIMIT = 255
"""Bytes of one component of a path (NAME_MAX)."""

FOLLOW_LIMIT = 40
"""Symbolic links followed in one resolution (path_resolution(7))."""

LINK_LIMIT = 65000
"""Names that one file may have."""

FILE_LIMIT = (1 << 44) - PAGE_SIZE
"""Bytes of the largest file on a 32-bit machine (MAX_LFS_FILESIZE)."""

LOCK_LIMIT = 4096
"""Record locks that one file may have, and all files on which one process has some."""

PIPE_CAPACITY = 65536
"""Bytes a pipe holds (pipe(7))."""

PIPE_LIMIT = 1 << 20
"""Largest capacity that a program may give a pipe (fcntl(2), F_SETPIPE_SZ)."""

PIPE_USER_LIMIT = 16384
"""Pages that all pipes may hold together before new ones get two pages (pipe(7), pipe-user-pages-soft)."""

PIPE_ATOMIC = 4096
"""Writes up to this many bytes to a pipe are not interleaved with others (PIPE_BUF)."""


@quick
class OpenFlag(IntEnum):
    """Flags of openat(2), as plain numbers; asm-generic/fcntl.h."""

    O_RDONLY = 0
    O_WRONLY = 0o1
    O_RDWR = 0o2
    O_CREAT = 0o100
    O_EXCL = 0o200
    O_NOCTTY = 0o400
    O_TRUNC = 0o1000
    O_APPEND = 0o2000
    O_NONBLOCK = 0o4000
    O_DSYNC = 0o10000
    O_ASYNC = 0o20000
    O_DIRECT = 0o40000
    O_LARGEFILE = 0o100000
    O_DIRECTORY = 0o200000
    O_NOFOLLOW = 0o400000
    O_NOATIME = 0o1000000
    O_CLOEXEC = 0o2000000
    O_PATH = 0o10000000
    O_TMPFILE = 0o20000000


@quick
class Poll(IntFlag):
    """Events of poll(2) (asm-generic/poll.h)."""

    POLLIN = 0x01
    POLLPRI = 0x02
    POLLOUT = 0x04
    POLLERR = 0x08
    POLLHUP = 0x10
    POLLNVAL = 0x20
    POLLRDNORM = 0x40
    POLLRDBAND = 0x80
    POLLWRNORM = 0x100
    POLLWRBAND = 0x200
    POLLMSG = 0x400
    POLLRDHUP = 0x2000


O_ACCMODE = 0o3
AT_FDCWD = -100
SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE = 0, 1, 2, 3, 4


@quick
class AtFlag(IntEnum):
    """Flags of the calls that end in "at", as plain numbers (uapi/linux/fcntl.h)."""

    AT_SYMLINK_NOFOLLOW = 0x100
    AT_REMOVEDIR = 0x200
    AT_EACCESS = 0x200
    AT_SYMLINK_FOLLOW = 0x400
    AT_NO_AUTOMOUNT = 0x800
    AT_EMPTY_PATH = 0x1000
    AT_STATX_FORCE_SYNC = 0x2000
    AT_STATX_DONT_SYNC = 0x4000


@quick
class RenameFlag(IntEnum):
    """Flags of renameat2(2), as plain numbers (uapi/linux/fs.h)."""

    RENAME_NOREPLACE = 1
    RENAME_EXCHANGE = 2


@quick
class Fcntl(IntEnum):
    """Commands of fcntl64(2) (asm-generic/fcntl.h, uapi/linux/fcntl.h)."""

    F_DUPFD = 0
    F_GETFD = 1
    F_SETFD = 2
    F_GETFL = 3
    F_SETFL = 4
    F_GETLK = 5
    F_SETLK = 6
    F_SETLKW = 7
    F_GETLK64 = 12
    F_SETLK64 = 13
    F_SETLKW64 = 14
    F_DUPFD_CLOEXEC = 1030
    F_SETPIPE_SZ = 1031
    F_GETPIPE_SZ = 1032


UTIME_NOW, UTIME_OMIT = 0x3FFF_FFFF, 0x3FFF_FFFE
"""Nanoseconds that stand for "now" and "as it is" in utimensat(2)."""

IOV_LIMIT = 1024
"""Most buffers of one readv or writev (IOV_MAX)."""

TRANSFER_LIMIT = 0x7FFF_F000
"""Most bytes one read or write moves (MAX_RW_COUNT)."""

R_OK, W_OK, X_OK = 4, 2, 1
"""Access asked about in faccessat(2)."""

STATX_ALL, STATX_MNT_ID, STATX_RESERVED = 0xFFF, 0x1000, 0x8000_0000
"""Bits of stx_mask (linux/stat.h): the fields of the first kernels, the number of the mount, a bit that is refused."""

ST_VALID, ST_NOSUID = 0x0020, 0x0002
"""f_flags of statfs(2): they are valid, and set-user-ID bits count for nothing at exec."""

FALLOC_FL_KEEP_SIZE = 1
"""Flag of fallocate(2) (linux/falloc.h)."""

LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = 1, 2, 4, 8
"""Operations of flock(2)."""

F_RDLCK, F_WRLCK, F_UNLCK = 0, 1, 2
"""Kinds of record locks (fcntl(2))."""

OVERLAY_MAGIC, TMPFS_MAGIC, PIPEFS_MAGIC, PROC_MAGIC = 0x794C_7630, 0x0102_1994, 0x5049_5045, 0x9FA0
ANON_INODE_MAGIC = 0x0904_1934
"""f_type in statfs(2) (linux/magic.h)."""
