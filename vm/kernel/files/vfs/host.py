"""A folder of the host as what lies under directories: read, never written.

What is found is an inode from then on, with the type, permissions and size that it had when it was met. Files of the
user who runs the machine belong to the guest's user, all others to root; all date from the boot of the machine, so
that a run does not depend on when a folder was made.

Whoever can write to the folder meanwhile leads nobody out of it: each name is opened below the one before it, from the
top on, and no symbolic link is followed. Nothing but regular files and folders is ever opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import ClassVar

from vm.abi import Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs.content import Content
from vm.kernel.files.vfs.directories import Directory
from vm.kernel.files.vfs.inodes import ROOT, Fifo, File, FileSystem, Inode, Special, SymbolicLink, User
from vm.values import dataclass

CHUNK = 65536
"""Bytes read from a host's file at a time, and kept."""
CHUNKS_KEPT = 64

Place = tuple[bytes, ...]
"""The names that lead from the top to a file or folder."""

_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_WAY = _FOLDER | getattr(os, "O_PATH", os.O_RDONLY)
"""How the folders on the way are opened: where that can be, without a right to list them."""
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_KNOWN = frozenset({Errno.EACCES, Errno.ENOTDIR, Errno.ELOOP, Errno.ENAMETOOLONG})


def _failed(error: OSError) -> SystemCallError:
    known = {number.value: number for number in _KNOWN}
    return SystemCallError(known.get(error.errno or 0, Errno.EIO))


@dataclass(slots=True)
class HostTree:
    """A folder of the host as a file system's lower layer.

    ``folder`` is the one that :meth:`top` was made of. ``user`` owns what belongs to the host's user ``host_uid`` or
    group ``host_gids``. Files with several names on the host are one inode here; the last chunks that were read are
    kept.
    """

    _follow: ClassVar[tuple[str, ...]] = ("filesystem", "_linked", "_chunks")

    filesystem: FileSystem
    user: User
    host_uid: int
    host_gids: frozenset[int]
    folder: bytes = b""
    _identity: tuple[int, int] = (0, 0)
    _boot: int = field(init=False)
    _linked: dict[tuple[int, int], Inode] = field(default_factory=dict)
    _chunks: dict[tuple[Place, int], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._boot = self.filesystem.clock.time_of_day

    @staticmethod
    def of_user(filesystem: FileSystem, user: User) -> HostTree:
        """Return a tree whose owner on the host is whoever runs the machine."""
        groups = frozenset(os.getgroups()) | {os.getegid()}
        return HostTree(filesystem, user, os.geteuid(), groups)

    def owner(self, status: os.stat_result) -> User:
        """Return the guest's owner of a host's file."""
        return User(
            self.user.uid if status.st_uid == self.host_uid else ROOT.uid,
            self.user.gid if status.st_gid in self.host_gids else ROOT.gid,
        )

    def top(self, path: bytes) -> Directory:
        """Return the folder ``path`` as the root directory of the file system. Raises OSError."""
        status = os.stat(path)
        self.folder, self._identity = path, (status.st_dev, status.st_ino)
        top = Directory(self.filesystem, status.st_mode, self.owner(status), None, b"", HostFolder(self, ()))
        self._date(top, status)
        return top

    @contextmanager
    def _open_folder(self, place: Place) -> Iterator[int]:
        """Return a descriptor of a folder, to find names in. Raises OSError."""
        here = os.open(self.folder, _WAY)
        try:
            status = os.fstat(here)
            if (status.st_dev, status.st_ino) != self._identity:
                raise OSError(Errno.EIO, "the root is another folder now")
            for name in place:
                there = os.open(name, _WAY, dir_fd=here)
                os.close(here)
                here = there
            yield here
        finally:
            os.close(here)

    @contextmanager
    def _open_file(self, place: Place) -> Iterator[int]:
        """Return a descriptor of a regular file. Raises OSError, also for what has become something else."""
        with self._open_folder(place[:-1]) as folder:
            _demand_file(os.stat(place[-1], dir_fd=folder, follow_symlinks=False))
            descriptor = os.open(place[-1], _FILE, dir_fd=folder)
        try:
            _demand_file(os.fstat(descriptor))
            yield descriptor
        finally:
            os.close(descriptor)

    def status(self, place: Place) -> os.stat_result:
        """Return what lstat(2) says. Raises OSError, and ValueError for a name that the host cannot have."""
        with self._open_folder(place[:-1]) as folder:
            return os.stat(place[-1], dir_fd=folder, follow_symlinks=False)

    def names(self, place: Place) -> list[bytes]:
        """Return the names in a folder. Raises OSError."""
        with self._open_folder(place) as folder:
            descriptor = os.open(b".", _FOLDER | os.O_RDONLY, dir_fd=folder)
        try:
            return [os.fsencode(name) for name in os.listdir(descriptor)]
        finally:
            os.close(descriptor)

    def inode(self, place: Place, directory: Directory) -> Inode | None:
        """Return the inode of what is at ``place``, in ``directory``; None of nothing. Raises SystemCallError."""
        try:
            status = self.status(place)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed(error) from None
        except ValueError:
            return None
        identity = (status.st_dev, status.st_ino)
        if identity in self._linked:
            return self._linked[identity]
        inode = self._make(place, status, directory)
        self._date(inode, status)
        if status.st_nlink > 1 and not isinstance(inode, Directory):
            self._linked[identity] = inode
        return inode

    def _date(self, inode: Inode, status: os.stat_result) -> None:
        """Give an inode the machine's age and the number of names that the host counts."""
        inode.links = status.st_nlink
        inode.created = inode.accessed = inode.modified = inode.changed = self._boot

    def _make(self, place: Place, status: os.stat_result, directory: Directory) -> Inode:
        owner, kind = self.owner(status), stat.S_IFMT(status.st_mode)
        filesystem = self.filesystem
        if kind == stat.S_IFREG:
            source = HostFile(self, place, status.st_size)
            return File(filesystem, status.st_mode, owner, Content(filesystem.room, source))
        if kind == stat.S_IFDIR:
            return Directory(filesystem, status.st_mode, owner, directory, place[-1], HostFolder(self, place))
        if kind == stat.S_IFLNK:
            return SymbolicLink(filesystem, self._target(place), owner)
        if kind == stat.S_IFIFO:
            return Fifo(filesystem, status.st_mode, owner)
        return Special(filesystem, status.st_mode, owner)  # the host's devices and sockets stay out of reach

    def _target(self, place: Place) -> bytes:
        try:
            with self._open_folder(place[:-1]) as folder:
                return os.readlink(place[-1], dir_fd=folder)
        except OSError as error:
            raise _failed(error) from None

    def read(self, place: Place, offset: int, size: int) -> bytes:
        """Return bytes of a host's file, small pieces through the chunks that are kept. Raises SystemCallError."""
        if size >= CHUNK:
            return self._read(place, offset, size)
        start = offset - offset % CHUNK
        pieces = [self._chunk(place, at) for at in range(start, offset + size, CHUNK)]
        return b"".join(pieces)[offset - start : offset - start + size]

    def _chunk(self, place: Place, offset: int) -> bytes:
        key = (place, offset)
        data = self._chunks.pop(key, None)
        if data is None:
            data = self._read(place, offset, CHUNK)
            while len(self._chunks) >= CHUNKS_KEPT:
                del self._chunks[next(iter(self._chunks))]
        self._chunks[key] = data
        return data

    def _read(self, place: Place, offset: int, size: int) -> bytes:
        try:
            with self._open_file(place) as descriptor, open(descriptor, "rb", closefd=False) as file:
                file.seek(offset)
                return file.read(size)
        except OSError as error:
            raise _failed(error) from None


def _demand_file(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(Errno.EIO, "it is no regular file any more")


@dataclass(frozen=True, slots=True)
class HostFile:
    """A host's file as what lies under a regular file: the ``size`` bytes it had when it was met."""

    _follow: ClassVar[tuple[str, ...]] = ("tree",)

    tree: HostTree
    place: Place
    size: int

    @property
    def path(self) -> bytes:
        """Where it was when it was met, on the host."""
        return os.path.join(self.tree.folder, *self.place)

    @property
    def beginning(self) -> bytes:
        """Its first bytes, fewer than CHUNK; none where they cannot be read."""
        try:
            return self.tree.read(self.place, 0, min(self.size, CHUNK - 1))
        except SystemCallError:
            return b""

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes. Raises SystemCallError."""
        return self.tree.read(self.place, offset, size)


@dataclass(slots=True)
class HostFolder:
    """A host's folder as what lies under a directory, with the names that it had when it was listed first."""

    _follow: ClassVar[tuple[str, ...]] = ("tree", "_names")

    tree: HostTree
    place: Place
    _names: list[bytes] | None = None

    def find(self, name: bytes, directory: Directory) -> Inode | None:
        """Return the inode of that name. Raises SystemCallError."""
        assert name not in (b"", b".", b".."), "the tree itself knows these"
        return self.tree.inode((*self.place, name), directory)

    @property
    def listed(self) -> list[bytes]:
        """The names that it had when it was listed first; none before."""
        return self._names or []

    def has(self, name: bytes) -> bool:
        """Tell whether the folder has that name."""
        try:
            self.tree.status((*self.place, name))
        except (OSError, ValueError):
            return False
        return True

    def names(self) -> list[bytes]:
        """Return all names. Raises SystemCallError."""
        if self._names is None:
            try:
                self._names = self.tree.names(self.place)
            except OSError as error:
                raise _failed(error) from None
        return self._names
