"""What programs wrote, saved in a folder of the host; nothing of it ever comes to lie, or leads, outside.

Names are the guest's, below the folder. A symbolic link leads where it led in the guest, whose root the folder stands
for: one that names a path from the root, or climbs above it, is rewritten to say the same without leaving.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import Directory, File, SymbolicLink
from vm.kernel.files.world import World

PERMISSIONS = 0o777
"""The bits of a mode that are kept: nothing that is saved runs as somebody else."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def why_not(folder: Path) -> str:
    """Why nothing can be saved in ``folder``, which need not exist; empty if it can."""
    try:
        if os.path.lexists(folder):
            if any(folder.iterdir()):
                return "it is not empty"
            return "" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} cannot be written"
        if not folder.absolute().parent.is_dir():
            return f"there is no folder {folder.absolute().parent}"
        folder.mkdir()  # nothing else tells what a file system takes
        folder.rmdir()
        return ""
    except OSError as error:
        return error.strerror or str(error)


def save(world: World, folder: Path) -> list[str]:
    """Write into the empty ``folder``, which is made if need be, what programs wrote; notes on what was left out.

    Raises OSError when the host refuses: what has been written until then stays.
    """
    folder.mkdir(exist_ok=True)
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return _Saver(top).save(world)
    finally:
        os.close(top)


class _Saver:
    """Writes below the folder ``top``. Every directory on the way to a name is one that it made itself."""

    def __init__(self, top: int) -> None:
        self._top = top
        self._made: set[bytes] = {b""}
        self._names: dict[int, bytes] = {}
        self._modes: list[tuple[bytes, int]] = []
        self._left_out = 0
        self._unreadable: list[str] = []

    def save(self, world: World) -> list[str]:
        """Directories and files; then the links, that nothing is written through one; then who may enter what."""
        links: list[tuple[bytes, bytes]] = []
        for each in world.written():
            path, inode = each.path.lstrip(b"/"), each.inode
            self._make_way(os.path.dirname(path))
            if isinstance(inode, Directory):
                self._make_way(path)
                self._modes.append((path, inode.mode & PERMISSIONS))
            elif isinstance(inode, File):
                self._save_file(path, inode)
            elif isinstance(inode, SymbolicLink):
                links.append((path, inode.read()))
            else:
                self._left_out += 1
        for path, target in links:
            os.symlink(inside(target, path), path, dir_fd=self._top)
        for path, mode in reversed(self._modes):
            self._permit(path, mode)
        return self._notes()

    def _notes(self) -> list[str]:
        notes = [f"{path} cannot be read any more: not saved whole" for path in self._unreadable[:1]]
        if self._left_out:
            notes.append(f"{self._left_out:,} that are no files, folders or links (FIFOs, sockets) were not saved")
        return notes

    def _make_way(self, path: bytes) -> None:
        """Make a directory and those that lead to it."""
        missing = []
        while path not in self._made:
            missing.append(path)
            path = os.path.dirname(path)
        for each in reversed(missing):
            os.mkdir(each, 0o755, dir_fd=self._top)
            self._made.add(each)

    def _save_file(self, path: bytes, file: File) -> None:
        """A file with its holes; a further name of one that is there already."""
        if id(file) in self._names:
            os.link(self._names[id(file)], path, src_dir_fd=self._top, dst_dir_fd=self._top, follow_symlinks=False)
            return
        descriptor = os.open(path, _NEW, 0o600, dir_fd=self._top)
        try:
            for offset, data in file.content.pieces():
                if any(data):
                    _write(descriptor, offset, data)
            os.ftruncate(descriptor, file.size)
            os.fchmod(descriptor, file.mode & PERMISSIONS)
        except SystemCallError:
            self._unreadable.append(os.fsdecode(path))
        finally:
            os.close(descriptor)
        self._names[id(file)] = path

    def _permit(self, path: bytes, mode: int) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._top)
        try:
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)


def _write(descriptor: int, offset: int, data: bytes) -> None:
    while data:
        done = os.pwrite(descriptor, data, offset)
        offset, data = offset + done, data[done:]


def inside(target: bytes, path: bytes) -> bytes:
    """The target of a link at ``path``, a path from the root without a leading slash, so that it stays below the root.

    It is kept as it is if it only climbs as far as the root, and before it names anything. Else a ``..`` takes back the
    name before it: where that is a link itself, the copy leads elsewhere than the guest's, but still below the root.
    """
    depth = path.count(b"/")
    names = [name for name in target.split(b"/") if name not in (b"", b".")]
    climbs = next((index for index, name in enumerate(names) if name != b".."), len(names))
    if not target.startswith(b"/") and climbs <= depth and b".." not in names[climbs:]:
        return target
    start = b"/" if target.startswith(b"/") else b"/" + os.path.dirname(path)
    led = posixpath.normpath(posixpath.join(start, target)).lstrip(b"/")
    return posixpath.join(*[b".."] * depth, led) or b"."
