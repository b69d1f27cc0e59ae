"""The folders that a cache may lie in, and whom they may belong to."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH

opened: dict[Path, Path] = {}
"""The folders that this process uses, and the cache that each lies in."""


def cache_directory(*names: str) -> Path | None:
    """The folder ``names`` of the cache, made if need be; None when there is no place for it.

    The cache lies below ``$FORKLORE_CACHE``, else the user's cache, else the temporary folder: the first that is this
    user's alone and can be written.
    """
    for root in roots():
        with suppress(OSError):
            folder = _open_folder(root, names)
            opened[folder] = root
            return folder
    return None


def closed_directories(*names: str) -> Iterator[Path]:
    """The folders ``names`` of caches preferred to the one that :func:`cache_directory` chooses, of this user's alone.

    They are there and can be read, but not written.
    """
    for root in roots():
        with suppress(OSError):
            _open_folder(root, names)
            return
        with suppress(OSError):
            directory, modes = root, [_mode_of_own(root, root.stat())]
            for name in names:
                directory = directory / name
                modes.append(_mode_of_own(directory, directory.lstat()))
            if not any(mode & OTHERS_WRITE for mode in modes):
                yield directory


def refusals(*names: str) -> Iterator[str]:
    """Why the places preferred to the one that :func:`cache_directory` chooses are not used, a line each.

    A shared one that is not used is among them.
    """
    chosen = os.environ.get("FORKLORE_SHARED_CACHE")
    if chosen and (reason := shared_refusal(chosen)):
        yield f"{chosen}: not used as a shared cache: {reason}"
    for root in roots():
        try:
            _open_folder(root, names)
        except OSError as error:
            yield f"{error.filename}: not used as a cache: {error.strerror}"
        else:
            return


def roots() -> Iterator[Path]:
    """Where a cache may lie, in the order of preference."""
    if chosen := os.environ.get("FORKLORE_CACHE"):
        yield Path(chosen)
    if home := os.environ.get("XDG_CACHE_HOME"):
        yield Path(home) / "forklore"
    else:
        with suppress(RuntimeError):  # this user has no home
            yield Path("~/.cache").expanduser() / "forklore"
    from tempfile import gettempdir  # where there is no better place

    try:
        folder = gettempdir()
    except OSError:  # none can be written, as on a disk that is full
        return
    yield Path(folder) / f"forklore-{os.getuid()}"


def _open_folder(root: Path, names: tuple[str, ...]) -> Path:
    """The folder ``names`` below ``root``. OSError if it cannot be used, or others have a say in it."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _mode_of_own(root, root.stat()) & OTHERS_WRITE:
        raise PermissionError(errno.EPERM, "others can write to it", str(root))
    directory = root
    for name in names:
        directory = directory / name
        directory.mkdir(exist_ok=True, mode=0o700)
        if _mode_of_own(directory, directory.lstat()) & OTHERS_WRITE:
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
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & OTHERS_WRITE


# --- a cache that others filled ---


def shared_directory(*names: str) -> Path | None:
    """The folder ``names`` of the cache that ``$FORKLORE_SHARED_CACHE`` names; None without one to rely on.

    It is read before the user's own and never written.
    """
    if not (chosen := os.environ.get("FORKLORE_SHARED_CACHE")) or shared_refusal(chosen):
        return None
    directory = Path(chosen)
    try:
        for name in names:
            directory = directory / name
            if not is_trusted(directory.lstat(), stat.S_IFDIR):
                return None
    except OSError:
        return None
    return directory


def shared_refusal(chosen: str) -> str:
    """Why a folder is not read as a shared cache; empty if it is."""
    try:
        found = os.stat(chosen)
    except OSError as error:
        return error.strerror or str(error)
    if not stat.S_ISDIR(found.st_mode):
        return os.strerror(errno.ENOTDIR)
    if found.st_uid not in trusted_owners():
        return "it belongs neither to root, nor to you, nor to whom forklore is installed by"
    return "others than its owner can write to it" if found.st_mode & OTHERS_WRITE else ""


def trusted_owners() -> set[int]:
    """Whose files may be run: root's, this user's, and those of whoever could have changed this program itself."""
    return {0, os.getuid(), os.stat(__file__).st_uid}


def is_trusted(found: os.stat_result, kind: int = stat.S_IFREG) -> bool:
    """True for a file, or what else of this ``kind``, of a trusted owner's to which nobody else can write."""
    is_owners = found.st_uid in trusted_owners() and not found.st_mode & OTHERS_WRITE
    return stat.S_IFMT(found.st_mode) == kind and is_owners
