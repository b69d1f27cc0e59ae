"""Files that commands write: an older one is replaced when the new one is complete."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import NoReturn

from vm.cli import fail
from vm.writing import write_whole

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
