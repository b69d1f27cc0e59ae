"""Files that are what this program wrote, or count as none.

The seal is no secret: who can write as this user needs no cache to run code as this user. What only writing needs is
imported then: most starts read.
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vm.cache.places import is_private, is_trusted

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

MOST_BYTES = 256 << 20
"""Bytes of a file that are read at most; longer ones are not ours."""
_SEAL = 32
_FRESH = 3600
"""Seconds within which it is not noted again that a file was used."""


def _seal(path: Path, data: bytes | memoryview) -> bytes:
    """What stands before ``data`` in the file ``path``; the folder's name and the file's are part of it."""
    state = hashlib.sha256(repr((path.parent.name, path.name)).encode() + b"\0")
    state.update(data)
    return state.digest()


def _read(path: Path, shared: bool) -> bytes | None:
    """The bytes of a private file, or a shared one; None for another, and for one without an end. OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb", buffering=0) as file:
        found = os.fstat(handle)
        if not (is_trusted(found) if shared else is_private(found)) or found.st_size > MOST_BYTES:
            return None
        if not shared and time.time() - found.st_mtime > _FRESH:
            with suppress(OSError):
                os.utime(handle)  # what is not used for longest goes first
        return file.read(found.st_size)


def read_sealed(path: Path, *, shared: bool = False) -> bytes | None:
    """What :func:`write_sealed` wrote to ``path``. None if nothing or anything else is there.

    That is removed, unless it is in a ``shared`` folder, which may be another's.
    """
    try:
        whole = _read(path, shared)
    except FileNotFoundError:
        return None
    except OSError:
        whole = None
    if whole is not None:
        data = memoryview(whole)[_SEAL:]
        if whole[:_SEAL] == _seal(path, data):
            return bytes(data)
    if not shared:
        _remove(path)
    return None


def _remove(path: Path) -> None:
    """Remove what is not what it should be, so that something can be written there; a folder only if it is empty."""
    with suppress(OSError):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def write_sealed(path: Path, data: bytes) -> None:
    """Keep ``data`` for :func:`read_sealed`, whole or not at all. OSError."""
    from tempfile import mkstemp

    from vm.cache.bound import UNFINISHED, note_written

    handle, name = mkstemp(dir=path.parent, prefix=UNFINISHED)
    try:
        with open(handle, "wb") as file:
            file.write(_seal(path, data))
            file.write(data)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    note_written(path.parent, _SEAL + len(data))


def unfinished(folder: Path | None) -> TemporaryDirectory[str]:
    """A folder, for as long as it takes, for what is being made; None: in the one for temporary files. OSError."""
    from tempfile import TemporaryDirectory

    from vm.cache.bound import UNFINISHED

    return TemporaryDirectory(dir=folder, prefix=UNFINISHED, ignore_cleanup_errors=True)


def keep_file(made: Path, path: Path) -> None:
    """Move ``made`` to ``path``, for other programs to read or run as it is; its seal goes beside it. OSError."""
    from vm.cache.bound import note_written

    made.chmod(0o700)
    write_sealed(_beside(path), _seal(path, made.read_bytes()))
    made.replace(path)
    note_written(path.parent, path.stat().st_size)


def is_kept(path: Path, *, shared: bool = False) -> bool:
    """True if ``path`` is what :func:`keep_file` put there, in a ``shared`` folder or our own."""
    known = read_sealed(_beside(path), shared=shared)
    try:
        data = _read(path, shared)
    except OSError:
        return False
    return known is not None and data is not None and known == _seal(path, data)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.seal")
