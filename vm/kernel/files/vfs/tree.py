"""From paths to inodes: resolution in a tree of mounted file systems (path_resolution(7))."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import ClassVar

from vm.abi import FOLLOW_LIMIT, NAME_LIMIT, PATH_LIMIT, Errno
from vm.enums import quick
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs.directories import Directory
from vm.kernel.files.vfs.inodes import Access, Inode, SymbolicLink, User
from vm.values import dataclass


@quick
class Last(Enum):
    """What the last component of a path is."""

    NAME = "a name"
    DOT = "."
    DOTDOT = ".."
    ROOT = "/"


@dataclass(frozen=True, slots=True)
class Found:
    """The end of a path.

    ``inode`` is what it names, None where nothing has that ``name`` in ``directory``. ``slash``: slashes follow the
    last component, which asks for a directory. ``target``: the path of an inode that a link of /proc led to.
    """

    directory: Directory
    name: bytes
    inode: Inode | None
    last: Last
    slash: bool
    target: bytes = b""

    def looked_up(self) -> Found:
        """Return this place with its inode, after a walk that did not look. Raises SystemCallError."""
        return replace(self, inode=look_up(self.directory, self.name)) if self.last is Last.NAME else self

    @property
    def path(self) -> bytes:
        """The absolute path."""
        if self.target:
            return self.target
        if self.last is not Last.NAME:
            return self.directory.path()
        if isinstance(self.inode, Directory):
            return self.inode.path()
        return self.directory.path().rstrip(b"/") + b"/" + self.name


class Tree:
    """The mounted file systems under one root directory; ``mounts`` are their root directories, in order."""

    _follow: ClassVar[tuple[str, ...]] = ("root", "mounts")

    def __init__(self, root: Directory) -> None:
        self.root = root
        self.mounts: list[Directory] = [root]

    def mount(self, point: Directory, top: Directory) -> None:
        """Let ``top``, the root of a file system, cover the directory ``point``."""
        point.mounted = top
        top.covers = point
        self.mounts.append(top)

    def walk(
        self, path: bytes, start: Directory, who: User, *,
        follow: bool = True, slash_follows: bool = True, look: bool = True,
    ) -> Found:  # fmt: skip
        """Resolve ``path`` from ``start``; the last component need not exist. SystemCallError.

        A symbolic link there is followed with ``follow``, and with ``slash_follows`` when slashes come after it.
        Without ``look`` a name at the end is left for :meth:`Found.looked_up`.
        """
        if not path:
            raise SystemCallError(Errno.ENOENT)
        if len(path) >= PATH_LIMIT:
            raise SystemCallError(Errno.ENAMETOOLONG)
        directory = self.root if path.startswith(b"/") else start
        todo = [name for name in reversed(path.split(b"/")) if name]
        slash = path.endswith(b"/")
        followed = 0
        last = Last.ROOT
        while todo:
            name = todo.pop()
            directory.demand(who, Access.EXECUTE)
            if name in (b".", b".."):
                last = Last.DOT if name == b"." else Last.DOTDOT
                directory = directory if last is Last.DOT else covered_by(directory.up())
                continue
            last = Last.NAME
            if not todo and not look:
                return Found(directory, name, None, last, slash)
            inode, target = look_up(directory, name), b""
            if isinstance(inode, SymbolicLink) and (todo or follow or (slash and slash_follows)):
                followed += 1
                if followed > FOLLOW_LIMIT:
                    raise SystemCallError(Errno.ELOOP)
                jumped, target = inode.jump(), inode.read()
                if jumped is None:
                    directory = self.root if target.startswith(b"/") else directory
                    slash = slash or (not todo and target.endswith(b"/"))
                    todo += [name for name in reversed(target.split(b"/")) if name]
                    last = Last.ROOT if not todo else last
                    continue
                inode = jumped
            if not todo:
                return Found(directory, name, inode, last, slash, target)
            if inode is None:
                raise SystemCallError(Errno.ENOENT)
            if not isinstance(inode, Directory):
                raise SystemCallError(Errno.ENOTDIR)
            directory = inode
        return Found(directory, b"", directory, last, slash)

    def find(self, path: bytes, start: Directory, who: User, *, follow: bool = True) -> Found:
        """Resolve the path of something that exists; SystemCallError."""
        found = self.walk(path, start, who, follow=follow)
        if found.inode is None:
            raise SystemCallError(Errno.ENOENT)
        if found.slash and not isinstance(found.inode, Directory):
            raise SystemCallError(Errno.ENOTDIR)
        return found

    def inode(self, path: bytes, start: Directory, who: User, *, follow: bool = True) -> Inode:
        """Return the inode of something that exists. Raises SystemCallError."""
        inode = self.find(path, start, who, follow=follow).inode
        assert inode is not None
        return inode

    def directory(self, path: bytes, start: Directory, who: User) -> Directory:
        """Return a directory that exists. Raises SystemCallError."""
        inode = self.inode(path, start, who)
        if not isinstance(inode, Directory):
            raise SystemCallError(Errno.ENOTDIR)
        return inode


def covered_by(directory: Directory) -> Directory:
    """Return what is seen where ``directory`` is: the top of what is mounted on it, or itself."""
    while directory.mounted is not None:
        directory = directory.mounted
    return directory


def look_up(directory: Directory, name: bytes) -> Inode | None:
    """Return what ``name`` is in ``directory``, seen through mounts. Raises SystemCallError."""
    if len(name) > NAME_LIMIT:
        raise SystemCallError(Errno.ENAMETOOLONG)
    if directory.is_gone:
        return None
    inode = directory.find(name)
    return covered_by(inode) if isinstance(inode, Directory) else inode
