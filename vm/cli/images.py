"""Reading what the command line names: a file that is not there, or cannot be read, is told in one way."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from vm.cli import say
from vm.reading import IMAGE_LIMIT, read_bounded
from vm.statuses import STATUS_CANNOT_RUN, STATUS_NOT_FOUND


def read_image(path: Path) -> bytes:
    """The contents of the file at ``path``; exits with a message when there are none to be had."""
    try:
        return read_bounded(path, IMAGE_LIMIT)
    except (OSError, ValueError) as error:
        refuse_unread(str(path), error)


def refuse(path: Path, reason: str) -> NoReturn:
    """Exit because the file is not an image."""
    advice = "; assemble it first, with forklore asm" if path.suffix in (".s", ".S", ".asm") else ""
    say(f"{path}: {reason}{advice}")
    sys.exit(STATUS_CANNOT_RUN)


def refuse_unread(name: str, error: Exception) -> NoReturn:
    """Exit because the file ``name`` could not be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        refuse_missing([name])
    reason = "not a regular file" if isinstance(error, IsADirectoryError) else getattr(error, "strerror", None)
    say(f"{name}: {reason or error}")
    sys.exit(STATUS_CANNOT_RUN)


def refuse_missing(names: Iterable[str]) -> NoReturn:
    """Exit because there are no such files."""
    for name in names:
        say(f"{name}: no such file")
    sys.exit(STATUS_NOT_FOUND)
