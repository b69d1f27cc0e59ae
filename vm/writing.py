"""Files that are written whole, or not at all: an older one is replaced when the new one is complete."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

_UNFINISHED = re.compile(r"\..+\.[0-9a-f]{8}", re.DOTALL)
"""The name of a file that is being written, which lies beside the one that it will be."""


def write_whole(path: Path, data: bytes, executable: bool = False, lasting: bool = False) -> None:
    """Put ``data`` into the file ``path``, which may be one to be executed: whole, or not at all. Raises OSError.

    What is not a plain file, such as ``/dev/null``, is written to directly. ``lasting``: it is on the disk, its name
    too, when this returns (fsync(2)).
    """
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    target = Path(os.path.realpath(path))  # Path.resolve raises over links in a circle, one of which is replaced
    handle, name = _new_file(target)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, (0o777 if executable else 0o666) & ~mask)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    if lasting:
        sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk (fsync(2)). Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_unfinished(folder: Path, names: str = "*") -> None:
    """Remove what :func:`write_whole` has left in a folder, and below it, where its process was killed in the middle.

    ``names`` is a pattern of the files that were to be written. Nobody may be writing them. Raises OSError.
    """
    for path in folder.rglob(f".{names}.*"):
        if _UNFINISHED.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            path.unlink()


def _new_file(target: Path) -> tuple[int, str]:
    """A file beside ``target`` that nobody has yet, open, and its name. What tempfile brings along takes long."""
    while True:
        name = f"{target.parent}/.{target.name}.{os.urandom(4).hex()}"
        with contextlib.suppress(FileExistsError):
            return os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), name
