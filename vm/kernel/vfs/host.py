"""A folder of the host as what lies under directories: read, never written.

What is found is an inode from then on, with the type, permissions and size that it had when it was met. Files of the
user who runs the machine belong to the guest's user, all others to root; all date from the boot of the machine, so
that a run does not depend on when a folder was made.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

from vm.abi import Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.vfs.content import Content
from vm.kernel.vfs.directories import Directory
from vm.kernel.vfs.inodes import ROOT, Fifo, File, FileSystem, Inode, Special, SymbolicLink, User

CHUNK = 65536
"""Bytes read from a host's file at a time, and kept."""
CHUNKS_KEPT = 64

_KNOWN = frozenset({Errno.EACCES, Errno.ENOTDIR, Errno.ELOOP, Errno.ENAMETOOLONG})


def _failed(error: OSError) -> SystemCallError:
    known = {number.value: number for number in _KNOWN}
    return SystemCallError(known.get(error.errno or 0, Errno.EIO))


@dataclass(slots=True)
class HostTree:
    """A folder of the host as a file system's lower layer.

    ``user`` owns what belongs to the host's user ``host_uid`` or group ``host_gids``. Files with several names on the
    host are one inode here; the last chunks that were read are kept.
    """

    filesystem: FileSystem
    user: User
    host_uid: int
    host_gids: frozenset[int]
    _boot: int = field(init=False)
    _linked: dict[tuple[int, int], Inode] = field(default_factory=dict)
    _chunks: dict[tuple[bytes, int], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._boot = self.filesystem.now()

    @staticmethod
    def of_user(filesystem: FileSystem, user: User) -> HostTree:
        """A tree whose owner on the host is whoever runs the machine."""
        groups = frozenset(os.getgroups()) | {os.getegid()}
        return HostTree(filesystem, user, os.geteuid(), groups)

    def owner(self, status: os.stat_result) -> User:
        """The guest's owner of a host's file."""
        return User(
            self.user.uid if status.st_uid == self.host_uid else ROOT.uid,
            self.user.gid if status.st_gid in self.host_gids else ROOT.gid,
        )

    def top(self, path: bytes) -> Directory:
        """The folder ``path`` as the root directory of the file system; OSError."""
        status = os.stat(path)
        top = Directory(self.filesystem, status.st_mode, self.owner(status), None, b"", HostFolder(self, path))
        self._date(top, status)
        return top

    def inode(self, path: bytes, name: bytes, directory: Directory) -> Inode | None:
        """The inode of a host's file, whose name in ``directory`` is ``name``; SystemCallError."""
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed(error) from None
        except ValueError:  # a name that the host cannot have
            return None
        identity = (status.st_dev, status.st_ino)
        if identity in self._linked:
            return self._linked[identity]
        inode = self._make(path, status, name, directory)
        self._date(inode, status)
        if status.st_nlink > 1 and not isinstance(inode, Directory):
            self._linked[identity] = inode
        return inode

    def _date(self, inode: Inode, status: os.stat_result) -> None:
        """An inode is as old as the machine, and has the names that the host counts."""
        inode.links = status.st_nlink
        inode.created = inode.accessed = inode.modified = inode.changed = self._boot

    def _make(self, path: bytes, status: os.stat_result, name: bytes, directory: Directory) -> Inode:
        owner, kind = self.owner(status), stat.S_IFMT(status.st_mode)
        filesystem = self.filesystem
        if kind == stat.S_IFREG:
            source = HostFile(self, path, status.st_size)
            return File(filesystem, status.st_mode, owner, Content(filesystem.space, source))
        if kind == stat.S_IFDIR:
            return Directory(filesystem, status.st_mode, owner, directory, name, HostFolder(self, path))
        if kind == stat.S_IFLNK:
            try:
                return SymbolicLink(filesystem, os.readlink(path), owner)
            except OSError as error:
                raise _failed(error) from None
        if kind == stat.S_IFIFO:
            return Fifo(filesystem, status.st_mode, owner)
        return Special(filesystem, status.st_mode, owner)  # the host's devices and sockets stay out of reach

    def read(self, path: bytes, offset: int, size: int) -> bytes:
        """Bytes of a host's file, small pieces through the chunks that are kept; SystemCallError."""
        if size >= CHUNK:
            return read_host(path, offset, size)
        start = offset - offset % CHUNK
        pieces = [self._chunk(path, at) for at in range(start, offset + size, CHUNK)]
        return b"".join(pieces)[offset - start : offset - start + size]

    def _chunk(self, path: bytes, offset: int) -> bytes:
        key = (path, offset)
        data = self._chunks.pop(key, None)
        if data is None:
            data = read_host(path, offset, CHUNK)
            while len(self._chunks) >= CHUNKS_KEPT:
                del self._chunks[next(iter(self._chunks))]
        self._chunks[key] = data
        return data


def read_host(path: bytes, offset: int, size: int) -> bytes:
    """Up to ``size`` bytes of the host's file ``path``, which is not followed if it is a link; SystemCallError."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            file.seek(offset)
            return file.read(size)
    except OSError as error:
        raise _failed(error) from None


@dataclass(frozen=True, slots=True)
class HostFile:
    """A host's file as what lies under a regular file: the ``size`` bytes it had when it was met."""

    tree: HostTree
    path: bytes
    size: int

    def read(self, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes; SystemCallError."""
        return self.tree.read(self.path, offset, size)


@dataclass(slots=True)
class HostFolder:
    """A host's folder as what lies under a directory, with the names that it had when it was listed first."""

    tree: HostTree
    path: bytes
    _names: list[bytes] | None = None

    def find(self, name: bytes, directory: Directory) -> Inode | None:
        """The inode of that name; SystemCallError."""
        return self.tree.inode(os.path.join(self.path, name), name, directory)

    def has(self, name: bytes) -> bool:
        """True when the folder has that name."""
        return os.path.lexists(os.path.join(self.path, name))

    def names(self) -> list[bytes]:
        """All names; SystemCallError."""
        if self._names is None:
            try:
                self._names = os.listdir(self.path)
            except OSError as error:
                raise _failed(error) from None
        return self._names
