"""Reading an image that the command line names."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from vm.cli import say

STATUS_NOT_AN_IMAGE = 126
STATUS_NOT_FOUND = 127


def read_image(path: Path) -> bytes:
    """The contents of the file at ``path``; exits with a message when there are none to be had."""
    try:
        if path.exists() and not path.is_file():
            refuse(path, "not a regular file")
        return path.read_bytes()
    except FileNotFoundError:
        say(f"{path}: no such file")
        sys.exit(STATUS_NOT_FOUND)
    except (OSError, ValueError) as error:
        refuse(path, getattr(error, "strerror", None) or str(error))


def refuse(path: Path, reason: str) -> NoReturn:
    """Exit because the file is not an image that can be read."""
    advice = "; assemble it first, with forklore asm" if path.suffix in (".s", ".S") else ""
    say(f"{path}: {reason}{advice}")
    sys.exit(STATUS_NOT_AN_IMAGE)
