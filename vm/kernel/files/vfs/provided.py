"""What the machine puts into a directory beside what the host has there: executables that are made when looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from vm.kernel.files.vfs.content import Content, Prepared
from vm.kernel.files.vfs.directories import Below, Directory
from vm.kernel.files.vfs.inodes import ROOT, File, Inode


class Provided:
    """Executables of root's, by name, under a directory that has ``below`` already, or nothing.

    What is below comes first. ``makers`` make the bytes of each.
    """

    _follow: ClassVar[tuple[str, ...]] = ("_below",)

    def __init__(self, makers: Mapping[bytes, Callable[[], bytes]], below: Below | None) -> None:
        self._sources = {name: Prepared(make) for name, make in makers.items()}
        self._below = below

    def find(self, name: bytes, directory: Directory) -> Inode | None:
        """Return the inode of that name. Raises SystemCallError."""
        found = self._below.find(name, directory) if self._below is not None else None
        if found is not None or name not in self._sources:
            return found
        return File(directory.filesystem, 0o755, ROOT, Content(directory.filesystem.room, self._sources[name]))

    def has(self, name: bytes) -> bool:
        """Tell whether there is such a name."""
        return name in self._sources or (self._below is not None and self._below.has(name))

    def names(self) -> list[bytes]:
        """Return all names. Raises SystemCallError."""
        below = self._below.names() if self._below is not None else []
        return [*below, *(name for name in self._sources if name not in below)]
