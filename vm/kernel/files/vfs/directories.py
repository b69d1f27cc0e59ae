"""Directories: names in memory over those of a folder that is never changed."""

from __future__ import annotations

import stat
from typing import ClassVar, Protocol

from vm.abi import PATH_LIMIT
from vm.kernel.files.vfs.inodes import INODE_SIZE, FileSystem, Inode, User


class Below(Protocol):
    """What lies under a directory and is never changed."""

    def find(self, name: bytes, directory: Directory) -> Inode | None:
        """Return the inode of that name there. Raises SystemCallError."""

    def has(self, name: bytes) -> bool:
        """Tell whether there is such a name."""

    def names(self) -> list[bytes]:
        """Return all names there. Raises SystemCallError."""


class Directory(Inode):
    """A directory: names in memory over those of ``below``, if there is anything below.

    A name that is None in memory hides one below. ``parent`` and ``name`` say where the directory is; the top of a
    file system is its own parent. ``mounted`` is the top of what is mounted here;
    the top of what is mounted ``covers`` the directory it is mounted on. ``is_gone`` once it was removed;
    ``is_fixed``: nobody can change it, whatever the permissions.
    """

    _follow: ClassVar[tuple[str, ...]] = ("parent", "mounted", "covers", "below", "_entries", "_charged")

    is_fixed = False

    def __init__(
        self, filesystem: FileSystem, mode: int, owner: User, parent: Directory | None, name: bytes,
        below: Below | None = None,
    ) -> None:  # fmt: skip
        super().__init__(filesystem, stat.S_IFDIR | mode & 0o7777, owner)
        self.parent = parent or self
        self.name = name
        self.links = 2
        self.mounted: Directory | None = None
        self.covers: Directory | None = None
        self.is_gone = False
        self.below = below
        self._entries: dict[bytes, Inode | None] = {}
        self._charged: set[bytes] = set()

    @property
    def size(self) -> int:
        """A block, as most file systems say."""
        return 4096

    @property
    def is_top(self) -> bool:
        """True for the root of a file system."""
        return self.parent is self

    def find(self, name: bytes) -> Inode | None:
        """Return the inode of that name, None without one. Raises SystemCallError when the host does not say."""
        if name in self._entries:
            return self._entries[name]
        found = self.below.find(name, self) if self.below else None
        if found is not None:
            self._entries[name] = found
        return found

    def names(self) -> list[bytes]:
        """Return all names, sorted. Raises SystemCallError."""
        below = [name for name in self.below.names() if name not in self._entries] if self.below else []
        return sorted([*below, *(name for name, inode in self._entries.items() if inode is not None)])

    @property
    def met(self) -> list[Inode]:
        """The inodes in it that somebody has met or made, and what is mounted on it."""
        found = [inode for inode in self._entries.values() if inode is not None]
        return found if self.mounted is None else [*found, self.mounted]

    def known(self) -> list[tuple[bytes, Inode, bool]]:
        """Return the names that somebody has met or made, in order, with their inodes.

        The third of each is true for one that was made here.
        """
        entries = sorted((name, inode) for name, inode in self._entries.items() if inode is not None)
        return [(name, inode, name in self._charged) for name, inode in entries]

    @property
    def is_empty(self) -> bool:
        """True for a directory without names."""
        return not self.names()

    def reserve(self, name: bytes) -> None:
        """Pay for a name to come; SystemCallError(ENOSPC)."""
        if name not in self._charged:
            self.filesystem.room.take(INODE_SIZE)
            self._charged.add(name)

    def enter(self, name: bytes, inode: Inode) -> None:
        """Let ``name`` refer to ``inode`` from now on. SystemCallError(ENOSPC) changes nothing.

        The links of the inode, and of the one that had the name, are the caller's.
        """
        self.reserve(name)
        if isinstance(self._entries.get(name), Directory):
            self._count(-1)
        self._entries[name] = inode
        if isinstance(inode, Directory):
            inode.parent, inode.name = self, name
            self._count(1)
        self.touch(modified=True)

    def remove(self, name: bytes) -> Inode:
        """Take a name away; its inode, whose links are the caller's."""
        inode = self.find(name)
        assert inode is not None, "a name that is not there"
        if self.below and self.below.has(name):
            self._entries[name] = None
        else:
            del self._entries[name]
        if name in self._charged:
            self._charged.remove(name)
            self.filesystem.room.give(INODE_SIZE)
        if isinstance(inode, Directory):
            self._count(-1)
        self.touch(modified=True)
        return inode

    def _count(self, change: int) -> None:
        """Each directory in it has a name for it, "..", where the host counts links of directories at all."""
        if self.links >= 2:
            self.links += change

    def up(self) -> Directory:
        """Return its parent, across the border of its file system; the root's is the root."""
        here = self
        while here.is_top and here.covers is not None:
            here = here.covers
        return here.parent

    def path(self) -> bytes:
        """Return the absolute path, as it is now.

        Of one that no call takes any more, PATH_LIMIT bytes, behind three dots.
        """
        names: list[bytes] = []
        here, length = self, 0
        while True:
            while here.is_top and here.covers is not None:
                here = here.covers
            if here.is_top:
                return b"/" + b"/".join(reversed(names))
            names.append(here.name)
            length += len(here.name) + 1
            if length >= PATH_LIMIT:
                return b"/.../" + b"/".join(reversed(names))
            here = here.parent

    def contains(self, other: Directory) -> bool:
        """Tell whether ``other`` is this directory or lies below it, in the same file system."""
        while other is not self and not other.is_top:
            other = other.parent
        return other is self
