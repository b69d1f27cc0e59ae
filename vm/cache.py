"""Where what can be made again is kept: compiled machine code, translations, compiled C.

What is read from there is run, so it must be what this program wrote. Folders and files are used only if they are this
user's and nobody else can write to them; and every file is sealed with a digest of its name and its content, so that a
damaged, cut or misplaced one counts as none, and is made again. The seal is no secret: who can write as this user needs
no cache to run code as this user.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 256 << 20
"""Bytes of a file that are read at most; longer ones are not ours."""
_SEAL = 32
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def cache_directory(*names: str) -> Path | None:
    """The folder ``names`` of the cache, made if need be; None when there is no place for it.

    The cache lies below ``$FORKLORE_CACHE``, else the user's cache, else the temporary folder: the first that is this
    user's alone and can be written.
    """
    for root in _roots():
        with suppress(OSError):
            return _open_folder(root, names)
    return None


def refusals(*names: str) -> Iterator[str]:
    """Why the places preferred to the one that :func:`cache_directory` chooses are not used, a line each."""
    for root in _roots():
        try:
            _open_folder(root, names)
        except OSError as error:
            yield f"{error.filename}: not used as a cache: {error.strerror}"
        else:
            return


def _roots() -> Iterator[Path]:
    """Where a cache may lie, in the order of preference."""
    if chosen := os.environ.get("FORKLORE_CACHE"):
        yield Path(chosen)
    if home := os.environ.get("XDG_CACHE_HOME"):
        yield Path(home) / "forklore"
    else:
        with suppress(RuntimeError):  # this user has no home
            yield Path("~/.cache").expanduser() / "forklore"
    yield Path(tempfile.gettempdir()) / f"forklore-{os.getuid()}"


def _open_folder(root: Path, names: tuple[str, ...]) -> Path:
    """The folder ``names`` below ``root``. OSError if it cannot be used, or others have a say in it."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _mode_of_own(root, root.stat()) & _OTHERS_WRITE:
        raise PermissionError(errno.EPERM, "others can write to it", str(root))
    directory = root
    for name in names:
        directory = directory / name
        directory.mkdir(exist_ok=True, mode=0o700)
        if _mode_of_own(directory, directory.lstat()) & _OTHERS_WRITE:
            directory.chmod(0o700)
    if not os.access(directory, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(directory))
    return directory


def _mode_of_own(directory: Path, found: os.stat_result) -> int:
    if found.st_uid != os.getuid():
        raise PermissionError(errno.EPERM, "it is another user's", str(directory))
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(directory))
    return found.st_mode


def is_private(found: os.stat_result) -> bool:
    """True for a regular file of this user's that nobody else can write to."""
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & _OTHERS_WRITE


def _seal(path: Path, data: bytes | memoryview) -> bytes:
    """What stands before ``data`` in the file ``path``; the folder's name and the file's are part of it."""
    state = hashlib.sha256(repr((path.parent.name, path.name)).encode() + b"\0")
    state.update(data)
    return state.digest()


def _read(path: Path) -> bytes | None:
    """The bytes of a private file; None for another, and for one without an end. OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb", buffering=0) as file:
        found = os.fstat(handle)
        if not is_private(found) or found.st_size > MOST_BYTES:
            return None
        return file.read(found.st_size)


def read_sealed(path: Path) -> bytes | None:
    """What :func:`write_sealed` wrote to ``path``. None if nothing or anything else is there, which is removed."""
    try:
        whole = _read(path)
    except FileNotFoundError:
        return None
    except OSError:
        whole = None
    if whole is not None:
        data = memoryview(whole)[_SEAL:]
        if whole[:_SEAL] == _seal(path, data):
            return bytes(data)
    with suppress(OSError):
        path.unlink()
    return None


def write_sealed(path: Path, data: bytes) -> None:
    """Keep ``data`` for :func:`read_sealed`, whole or not at all. OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(_seal(path, data))
            file.write(data)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def keep_file(made: Path, path: Path) -> None:
    """Move ``made`` to ``path``, for other programs to read or run as it is; its seal goes beside it. OSError."""
    made.chmod(0o700)
    write_sealed(_beside(path), _seal(path, made.read_bytes()))
    made.replace(path)


def is_kept(path: Path) -> bool:
    """True if ``path`` is what :func:`keep_file` put there."""
    known = read_sealed(_beside(path))
    try:
        data = _read(path)
    except OSError:
        return False
    return known is not None and data is not None and known == _seal(path, data)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.seal")
