"""The guest's file system as it is at boot: a host's folder under /, /dev, /proc, /tmp, /bin, /usr/bin, /etc/hosts."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from vm.abi import ANON_INODE_MAGIC, NAME_LIMIT, OVERLAY_MAGIC, PIPEFS_MAGIC, TMPFS_MAGIC
from vm.kernel.clock import Clock
from vm.kernel.errors import SystemCallError
from vm.kernel.files.devices import CONSOLE, NAMES
from vm.kernel.files.vfs import (
    Content,
    Directory,
    File,
    FileSystem,
    Given,
    Inode,
    Room,
    Special,
    SymbolicLink,
    Tree,
    User,
)
from vm.kernel.files.vfs.host import HostTree
from vm.kernel.files.vfs.inodes import ROOT
from vm.kernel.files.vfs.provided import Provided
from vm.kernel.files.vfs.tree import covered_by
from vm.kernel.files.vfs.written import Identity, Written, everything_met, written
from vm.settings import WrongSetting
from vm.values import dataclass

BOOT_ROOM = 1 << 30
"""Bytes for what the machine itself puts into the tree, before the limit for programs holds."""

HOSTS = b"127.0.0.1\tlocalhost\n"
"""What /etc/hosts says."""

_DEVICE_LINKS = {b"fd": b"/proc/self/fd", b"stdin": b"/proc/self/fd/0", b"stdout": b"/proc/self/fd/1",
                 b"stderr": b"/proc/self/fd/2"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the host and the guest's path where it appears."""

    host: Path
    guest: str


@dataclass(frozen=True, slots=True)
class Files:
    """What a machine's file system is made of.

    ``root``: the folder that is ``/``; None for a root without anything. ``binds``: further folders. ``given``: guest
    path -> bytes of files that are the user's, where the root has others or none. ``provided``: guest path -> maker of
    the bytes of an executable that exists where the root has none.
    """

    root: Path | None
    binds: Sequence[Folder] = ()
    provided: Mapping[str, Callable[[], bytes]] | None = None
    given: Mapping[str, bytes] | None = None


class World:
    """The tree of a booting machine, until it is opened to programs; ``user`` owns host files.

    Raises WrongSetting for a folder that is none or a place where none can be.
    """

    _follow: ClassVar[tuple[str, ...]] = ("room", "tree", "pipes", "console", "_clock", "_anonymous")

    def __init__(self, files: Files, user: User, clock: Clock) -> None:
        self.room = Room(BOOT_ROOM)
        self.user = user
        self._clock = clock
        self._devices = 0
        self._before: frozenset[Identity] = frozenset()
        self._anonymous: Inode | None = None
        self.tree = Tree(self._root(files.root))
        self.pipes = self.new_filesystem("pipefs", PIPEFS_MAGIC)
        self.console = Special(self.pipes, stat.S_IFCHR | 0o620, ROOT, CONSOLE)
        for make in (self._make_devices, self._make_tmp):
            make()
        self._provide(files.provided or {})
        self._make_usr()
        self._make_hosts()
        for bind in files.binds:
            point = self.directory(os.fsencode(bind.guest))
            if point is None:
                raise WrongSetting(f"{bind.guest} is no place for a folder: it names something else")
            self.tree.mount(point, self._host_folder(bind.host, bind.guest))
        for path, data in (files.given or {}).items():
            self._give(path, data)

    def open_to_programs(self, limit: int) -> None:
        """From now on programs write, at most ``limit`` bytes."""
        self.room.open_to_programs(limit)
        self._before = everything_met(self.tree)

    def written(self) -> Iterator[Written]:
        """Return what programs have written since."""
        return written(self.tree, self._before)

    def new_filesystem(self, kind: str, magic: int, name: str = "") -> FileSystem:
        """Make a file system without a tree yet; ``name`` of what is mounted, its kind by default."""
        self._devices += 1
        return FileSystem(self._devices, name or kind, kind, magic, self.room, self._clock)

    @property
    def anonymous(self) -> Inode:
        """What is behind every file that has no place in a tree and no inode of its own, as Linux has it."""
        if self._anonymous is None:
            self._anonymous = Inode(self.new_filesystem("anon_inodefs", ANON_INODE_MAGIC), 0o600, ROOT)
        return self._anonymous

    def _root(self, folder: Path | None) -> Directory:
        if folder is not None:
            return self._host_folder(folder, "root")
        return Directory(self.new_filesystem("tmpfs", TMPFS_MAGIC, "root"), 0o755, self.user, None, b"")

    def _give(self, path: str, data: bytes) -> None:
        """A file of the user's, executable. WrongSetting for a path that no file can have."""
        folder, _, name = os.fsencode(path).rpartition(b"/")
        directory = self.directory(folder) if path.startswith("/") else None
        if directory is None or name in (b"", b".", b"..") or b"\0" in name or len(name) > NAME_LIMIT:
            raise WrongSetting(f"{path!r} is no absolute path of a file")
        if isinstance(directory.find(name), Directory):
            raise WrongSetting(f"{path} is a directory")
        content = Content(self.room, Given(bytes(data)))
        directory.enter(name, File(directory.filesystem, 0o755, self.user, content))

    def _host_folder(self, folder: Path, name: str) -> Directory:
        tree = HostTree.of_user(self.new_filesystem("overlay", OVERLAY_MAGIC, name), self.user)
        try:
            path = folder.resolve()
            if not path.is_dir():
                raise WrongSetting(f"{folder} is not a directory")
            return tree.top(os.fsencode(path))
        except (OSError, RuntimeError) as error:  # the latter for a circle of symbolic links
            raise WrongSetting(f"{folder}: {getattr(error, 'strerror', None) or error}") from None

    def directory(self, path: bytes) -> Directory | None:
        """Return the directory at an absolute path, made with its parents where it is missing.

        None if that cannot be.
        """
        here = self.tree.root
        for name in path.split(b"/"):
            if name in (b"", b"."):
                continue
            if name == b"..":
                return None
            try:
                found = here.find(name)
                if isinstance(found, SymbolicLink):
                    found = self.tree.inode(found.read(), here, ROOT)
            except SystemCallError:
                return None
            if found is None:
                found = Directory(here.filesystem, 0o755, ROOT, here, name)
                here.enter(name, found)
            if not isinstance(found, Directory):
                return None
            here = covered_by(found)
        return here

    def mount(self, path: bytes, top: Directory) -> None:
        """Mount ``top`` at an absolute path, unless the root has something there that is no directory."""
        point = self.directory(path)
        if point is not None:
            self.tree.mount(point, top)

    def _make_devices(self) -> None:
        """/dev and what is in it."""
        filesystem = self.new_filesystem("devtmpfs", TMPFS_MAGIC)
        top = Directory(filesystem, 0o755, ROOT, None, b"")
        self.mount(b"/dev", top)
        for name, number in NAMES.items():
            device = self.console if number == CONSOLE else Special(filesystem, stat.S_IFCHR | 0o666, ROOT, number)
            top.enter(name, device)
        top.enter(b"shm", Directory(filesystem, 0o1777, ROOT, top, b"shm"))
        for name, target in _DEVICE_LINKS.items():
            top.enter(name, SymbolicLink(filesystem, target, ROOT))

    def _make_tmp(self) -> None:
        """/tmp, where everybody may write and nobody remove what is another's."""
        tmp = self.directory(b"/tmp")
        if tmp is not None and not tmp.mode & stat.S_IWOTH:
            tmp.mode = stat.S_IFDIR | 0o1777

    def _make_usr(self) -> None:
        """/usr/bin, which is /bin where the root has none."""
        usr = self.directory(b"/usr")
        if usr is not None and usr.find(b"bin") is None:
            usr.enter(b"bin", SymbolicLink(usr.filesystem, b"/bin", ROOT))

    def _make_hosts(self) -> None:
        """/etc/hosts, which the C library asks for names of hosts (hosts(5)), where the root has none."""
        etc = self.directory(b"/etc")
        if etc is not None and etc.find(b"hosts") is None:
            etc.enter(b"hosts", File(etc.filesystem, 0o644, ROOT, Content(self.room, Given(HOSTS))))

    def _provide(self, makers: Mapping[str, Callable[[], bytes]]) -> None:
        """Executables that only exist where the root brings none."""
        folders: dict[bytes, dict[bytes, Callable[[], bytes]]] = {}
        for path, make in makers.items():
            folder, name = os.fsencode(path).rsplit(b"/", 1)
            folders.setdefault(folder, {})[name] = make
        for folder, inside in folders.items():
            directory = self.directory(folder)
            if directory is not None:
                directory.below = Provided(inside, directory.below)
