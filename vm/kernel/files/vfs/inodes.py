"""Inodes: what files are, whatever their names (inode(7)).

Permissions are checked as path_resolution(7) says: the owner's bits for the owner, the group's for its members, the
others' for everyone else; uid 0 may do everything except execute what nobody may execute.
"""

from __future__ import annotations

import stat
from enum import IntFlag
from typing import ClassVar

from vm.abi import FILE_LIMIT, LINK_LIMIT, Errno
from vm.enums import quick
from vm.kernel.clock import Clock
from vm.kernel.errors import SystemCallError
from vm.kernel.files.ring import Pipe
from vm.kernel.files.vfs.content import Content, Room
from vm.kernel.files.vfs.locks import LockList
from vm.memory.mappings import Pulse
from vm.values import dataclass

INODE_SIZE = 512
"""Bytes that an inode made by a program counts for, and as many for each of its names: so many files are bounded."""


@dataclass(frozen=True, slots=True)
class User:
    """Who asks: user and groups as far as files are concerned (credentials(7))."""

    uid: int
    gid: int
    groups: frozenset[int] = frozenset()

    @property
    def is_privileged(self) -> bool:
        """True for root."""
        return self.uid == 0

    def is_member(self, gid: int) -> bool:
        """Tell whether ``gid`` is one of the groups."""
        return gid == self.gid or gid in self.groups


ROOT = User(0, 0)
"""Who owns what nobody made."""


@quick
class Access(IntFlag):
    """What is asked for; the values of access(2)."""

    EXECUTE = 1
    WRITE = 2
    READ = 4


class FileSystem:
    """One tree of inodes: its device number, what is mounted, whose room its files take, and what time it is.

    ``clock`` tells the times of its files.
    """

    _follow: ClassVar[tuple[str, ...]] = ("room", "clock")

    def __init__(
        self, device: int, name: str, kind: str, magic: int, room: Room, clock: Clock
    ) -> None:  # fmt: skip
        self.device = device
        self.name = name
        self.kind = kind
        self.magic = magic
        self.room = room
        self.clock = clock
        self._numbers = 0

    def new_number(self) -> int:
        """Return the next inode number: they count up in the order in which inodes are met or made."""
        self._numbers += 1
        return self._numbers


class Inode:
    """A file. ``mode`` has type and permissions as in stat(2); times in nanoseconds since 1970.

    ``links`` counts its names, ``opens`` who else holds it; ``charge`` is what it took of the file system's room.
    """

    _follow: ClassVar[tuple[str, ...]] = ("filesystem", "_record_locks", "_file_locks")

    def __init__(self, filesystem: FileSystem, mode: int, owner: User) -> None:
        self.filesystem = filesystem
        self.number = filesystem.new_number()
        self.mode = mode
        self.uid = owner.uid
        self.gid = owner.gid
        self.links = 1
        self.opens = 0
        self.charge = 0
        self.device = 0
        self._record_locks: LockList | None = None
        self._file_locks: LockList | None = None
        self.created = self.accessed = self.modified = self.changed = filesystem.clock.time_of_day

    @property
    def record_locks(self) -> LockList:
        """The locks of processes (fcntl(2))."""
        if self._record_locks is None:
            self._record_locks = LockList()
        return self._record_locks

    @property
    def file_locks(self) -> LockList:
        """The locks of open files (flock(2))."""
        if self._file_locks is None:
            self._file_locks = LockList()
        return self._file_locks

    def is_locked_by(self, owner: object) -> bool:
        """Tell whether an open file has a lock (flock(2))."""
        return self._file_locks is not None and any(lock.owner is owner for lock in self._file_locks.held)

    def unlock(self, owner: object) -> bool:
        """Take the lock away that an open file has (flock(2)); False if it has none."""
        return self._file_locks is not None and self._file_locks.clear(owner)

    def parted_from(self, owner: object) -> None:
        """Give up what is kept for a table of descriptors that has closed one of the file (mq_notify(3))."""

    @property
    def owner(self) -> User:
        """Its user and group."""
        return User(self.uid, self.gid)

    @property
    def kind(self) -> int:
        """The type bits of the mode."""
        return stat.S_IFMT(self.mode)

    @property
    def size(self) -> int:
        """Bytes, as stat(2) shows them."""
        return 0

    @property
    def allocated(self) -> int:
        """Bytes that are not holes."""
        return 0

    def permits(self, who: User, access: int) -> bool:
        """May ``who`` do all of ``access``?"""
        if who.is_privileged:
            return not access & Access.EXECUTE or self.kind == stat.S_IFDIR or bool(self.mode & 0o111)
        if who.uid == self.uid:
            bits = self.mode >> 6
        else:
            bits = self.mode >> 3 if who.is_member(self.gid) else self.mode
        return not access & ~bits & 7

    def demand(self, who: User, access: int) -> None:
        """SystemCallError(EACCES) unless ``who`` may."""
        if not self.permits(who, access):
            raise SystemCallError(Errno.EACCES)

    def lost_privileges(self, who: User) -> int:
        """Set-user-ID, and set-group-ID unless it means nothing: the bits that a change of content or owner clears."""
        means_nothing = not self.mode & stat.S_IXGRP and (who.is_privileged or who.is_member(self.gid))
        return stat.S_ISUID | (0 if means_nothing else stat.S_ISGID)

    def is_owned_by(self, who: User) -> bool:
        """Return true for those who may change mode and times."""
        return who.is_privileged or who.uid == self.uid

    def touch(self, *, accessed: bool = False, modified: bool = False, changed: bool = True) -> None:
        """Set times to now."""
        now = self.filesystem.clock.time_of_day
        self.accessed = now if accessed else self.accessed
        self.modified = now if modified else self.modified
        self.changed = now if changed else self.changed

    def note_access(self) -> None:
        """Note that the content was read: the access time moves only past a change (relatime, mount(8))."""
        if self.accessed <= max(self.modified, self.changed):
            self.touch(accessed=True, changed=False)

    def hold(self) -> None:
        """Somebody uses the inode whatever becomes of its names."""
        self.opens += 1

    def let_go(self) -> None:
        """One who held it does not any more."""
        self.opens -= 1
        self._vanish()

    def unlinked(self) -> None:
        """One name is gone."""
        self.links -= 1
        self.touch()
        self._vanish()

    def _vanish(self) -> None:
        """Give back what the inode took once nobody can reach it."""
        if self.links <= 0 and self.opens == 0:
            self.filesystem.room.give(self.charge)
            self.charge = 0
            self.discard()

    def discard(self) -> None:
        """Give back the content."""


class File(Inode):
    """A regular file. ``writers`` counts the open files that can write to it.

    ``is_mappable``: its bytes can be mapped (mmap(2)).
    """

    _follow: ClassVar[tuple[str, ...]] = ("content",)

    is_mappable = True

    def __init__(self, filesystem: FileSystem, mode: int, owner: User, content: Content | None = None) -> None:
        super().__init__(filesystem, stat.S_IFREG | mode & 0o7777, owner)
        self.content = content or Content(filesystem.room)
        self.writers = 0

    @property
    def size(self) -> int:
        """Bytes of its content."""
        return self.content.size

    @property
    def allocated(self) -> int:
        """Bytes that are not holes."""
        return self.content.allocated

    def write(self, offset: int, data: bytes) -> int:
        """Write content; how many bytes were taken. :meth:`drop_privileges` is the caller's. SystemCallError."""
        taken = self.content.write(offset, data)
        self.touch(modified=True)
        return taken

    def truncate(self, size: int, who: User, pulse: Pulse) -> None:
        """truncate(2): ``pulse`` is called between those who have the file mapped, and what it raises ends that."""
        self.content.truncate(size, pulse)
        self.touch(modified=True)
        self.drop_privileges(who)

    def allocate(self, offset: int, size: int, who: User, *, keep_size: bool) -> None:
        """fallocate(2): take memory for a range, and reach to its end at least unless the size is kept."""
        if offset + size > FILE_LIMIT:
            raise SystemCallError(Errno.EFBIG)
        self.content.allocate(offset, size)
        if offset + size > self.size and not keep_size:
            self.content.truncate(offset + size)
        self.touch(modified=True)
        self.drop_privileges(who)

    def drop_privileges(self, who: User) -> None:
        """Clear set-user-ID, and set-group-ID of what its group executes, when someone else than root writes."""
        if not who.is_privileged:
            self.mode &= ~self.lost_privileges(who)

    def discard(self) -> None:
        """Give back the content."""
        self.content.free()


class SymbolicLink(Inode):
    """A symbolic link."""

    def __init__(self, filesystem: FileSystem, target: bytes, owner: User) -> None:
        super().__init__(filesystem, stat.S_IFLNK | 0o777, owner)
        self._target = target

    @property
    def size(self) -> int:
        """The length of its target."""
        return len(self._target)

    def read(self) -> bytes:
        """Return the target's path."""
        return self._target

    def jump(self) -> Inode | None:
        """Return where it leads without a path, for the links of /proc; None for all others. Raises SystemCallError."""
        return None


class Special(Inode):
    """A device, by its number, or a socket, which has a name here and nothing behind it."""

    def __init__(self, filesystem: FileSystem, mode: int, owner: User, device: int = 0) -> None:
        super().__init__(filesystem, mode, owner)
        self.device = device


class Fifo(Inode):
    """A named pipe, or the unnamed one behind pipe(2). ``pipe`` exists while it is open."""

    _follow: ClassVar[tuple[str, ...]] = ("pipe",)

    def __init__(self, filesystem: FileSystem, mode: int, owner: User) -> None:
        super().__init__(filesystem, stat.S_IFIFO | mode & 0o7777, owner)
        self.pipe: Pipe | None = None


def check_links(inode: Inode) -> None:
    """SystemCallError(EMLINK) when an inode cannot have another name."""
    if inode.links >= LINK_LIMIT:
        raise SystemCallError(Errno.EMLINK)
