"""Files that commands write: an older one is replaced when the new one is complete."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path
from typing import NoReturn

from vm.cli import fail

STANDARD_OUTPUT = "-"
"""The target that is our standard output."""


def check_target(target: str) -> None:
    """Exit with a message where nothing could be written to ``target``, before anything runs."""
    path = Path(target)
    if target == STANDARD_OUTPUT:
        return
    if path.is_dir():
        _refuse(target, os.strerror(errno.EISDIR))
    if not path.parent.is_dir():
        _refuse(target, os.strerror(errno.ENOTDIR if path.parent.exists() else errno.ENOENT))
    if not os.access(path.parent, os.W_OK | os.X_OK) and not (path.exists() and not path.is_file()):
        _refuse(target, os.strerror(errno.EACCES))


def write_target(target: str, page: bytes) -> None:
    """Write a file, or standard output, whole or not at all; exits with a message where that is not possible."""
    if target == STANDARD_OUTPUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(page)
        return
    try:
        write_whole(Path(target), page)
    except OSError as error:
        _refuse(target, error.strerror or str(error))


def _refuse(target: str, reason: str) -> NoReturn:
    fail(f"cannot write {target}: {reason}")


def write_whole(path: Path, data: bytes, executable: bool = False) -> None:
    """Put ``data`` into the file ``path``, which may be one to be executed: whole, or not at all. Raises OSError.

    What is not a plain file, such as ``/dev/null``, is written to directly.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    target = Path(os.path.realpath(path))  # Path.resolve raises over links in a circle, one of which is replaced
    handle, name = _new_file(target)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, (0o777 if executable else 0o666) & ~mask)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _new_file(target: Path) -> tuple[int, str]:
    """A file beside ``target`` that nobody has yet, open, and its name. What tempfile brings along takes long."""
    while True:
        name = f"{target.parent}/.{target.name}.{os.urandom(4).hex()}"
        with contextlib.suppress(FileExistsError):
            return os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), name
