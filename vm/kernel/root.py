"""The guest's root file system: a folder of the host, read-only, with no way out of it.

Paths are resolved here, a component at a time (path_resolution(7)): ``..`` stops at the root, and a symbolic link is
read and followed inside it, never by the host.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from vm.abi import NAME_LIMIT, PATH_LIMIT, Errno
from vm.kernel.errors import SystemCallError

LINK_LIMIT = 40
"""Symbolic links followed in one resolution (path_resolution(7))."""


@dataclass(frozen=True, slots=True)
class Node:
    """An existing file: its components below the root, and what the host says of it. ``mode`` as in stat(2)."""

    parts: tuple[str, ...]
    mode: int
    size: int

    @property
    def path(self) -> str:
        """The guest's absolute path."""
        return "/" + "/".join(self.parts)

    @property
    def is_directory(self) -> bool:
        """True for a directory."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_regular(self) -> bool:
        """True for a regular file."""
        return stat.S_ISREG(self.mode)


def _host_error(error: OSError) -> SystemCallError:
    known = {number.value: number for number in (Errno.ENOENT, Errno.EACCES, Errno.ENOTDIR, Errno.ELOOP)}
    return SystemCallError(known.get(error.errno or 0, Errno.EIO))


class Root:
    """The folder ``directory`` of the host as the guest's ``/``. ValueError when it is not a folder."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        if not self.directory.is_dir():
            raise ValueError(f"{directory} is not a directory")

    def host_path(self, parts: tuple[str, ...]) -> str:
        """Where the host keeps the file with these components."""
        return os.path.join(self.directory, *parts)

    def lookup(self, path: bytes, directory: tuple[str, ...] = (), *, follow: bool = True) -> Node:
        """The file that ``path`` names from ``directory``; SystemCallError as path_resolution(7) has it."""
        if not path:
            raise SystemCallError(Errno.ENOENT)
        if len(path) >= PATH_LIMIT:
            raise SystemCallError(Errno.ENAMETOOLONG)
        parts = list(() if path.startswith(b"/") else directory)
        todo = os.fsdecode(path).split("/")[::-1]
        links = 0
        status = self._status(parts)
        while todo:
            name = todo.pop()
            if not stat.S_ISDIR(status.st_mode):
                raise SystemCallError(Errno.ENOTDIR)
            if name in ("", "."):
                continue
            if name == "..":
                del parts[-1:]
                status = self._status(parts)
                continue
            if len(os.fsencode(name)) > NAME_LIMIT:
                raise SystemCallError(Errno.ENAMETOOLONG)
            status = self._status([*parts, name])
            if stat.S_ISLNK(status.st_mode) and (todo or follow):
                links += 1
                if links > LINK_LIMIT:
                    raise SystemCallError(Errno.ELOOP)
                target = self._link([*parts, name])
                parts = [] if target.startswith("/") else parts
                status = self._status(parts)
                todo += target.split("/")[::-1]
            else:
                parts.append(name)
        return Node(tuple(parts), status.st_mode, status.st_size)

    def _status(self, parts: list[str]) -> os.stat_result:
        try:
            return os.lstat(self.host_path(tuple(parts)))
        except OSError as error:
            raise _host_error(error) from None
        except ValueError:  # a NUL in a symbolic link cannot be, but a name the host cannot encode can
            raise SystemCallError(Errno.ENOENT) from None

    def _link(self, parts: list[str]) -> str:
        try:
            return os.readlink(self.host_path(tuple(parts)))
        except OSError as error:
            raise _host_error(error) from None

    def read(self, node: Node, offset: int = 0, size: int = -1) -> bytes:
        """Up to ``size`` bytes of a regular file from ``offset``, all of it by default; SystemCallError."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            with open(os.open(self.host_path(node.parts), flags), "rb") as file:
                file.seek(offset)
                return file.read(size)
        except OSError as error:
            raise _host_error(error) from None

    def size(self, node: Node) -> int:
        """The present size of a file in bytes."""
        return self._status(list(node.parts)).st_size
