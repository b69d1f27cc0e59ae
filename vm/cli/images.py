"""Reading an image that the command line names."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from vm.cli import say
from vm.reading import IMAGE_LIMIT, read_bounded
from vm.statuses import STATUS_CANNOT_RUN, STATUS_NOT_FOUND


def read_image(path: Path) -> bytes:
    """The contents of the file at ``path``; exits with a message when there are none to be had."""
    try:
        return read_bounded(path, IMAGE_LIMIT)
    except FileNotFoundError:
        say(f"{path}: no such file")
        sys.exit(STATUS_NOT_FOUND)
    except IsADirectoryError:
        refuse(path, "not a regular file")
    except (OSError, ValueError) as error:
        refuse(path, getattr(error, "strerror", None) or str(error))


def refuse(path: Path, reason: str) -> NoReturn:
    """Exit because the file is not an image that can be read."""
    advice = "; assemble it first, with forklore asm" if path.suffix in (".s", ".S", ".asm") else ""
    say(f"{path}: {reason}{advice}")
    sys.exit(STATUS_CANNOT_RUN)
