"""What is given to ``forklore outcomes``: an output to look for, as a text, a file or a pattern; and an input."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from vm.outcomes.escapes import os_bytes, unescaped
from vm.outcomes.patterns import Pattern, WrongPattern
from vm.values import dataclass

LARGEST = 16 << 20
"""Bytes of an output that is asked for, and of an input."""
POSSIBLE = "--possible"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An output that is asked for: as it was ``given``, and what it is, a text or a ``pattern``."""

    given: bytes
    pattern: Pattern | None = None

    @property
    def what(self) -> bytes | Pattern:
        """What to look for."""
        return self.given if self.pattern is None else self.pattern


def wanted(given: str, *, is_pattern: bool) -> Wanted:
    """The output that is asked for: a file's content, or a text, either with escapes or a pattern. BadParameter."""
    is_file = given.startswith("@") or (given != "" and os.path.isfile(given))
    content = content_of(Path(given.removeprefix("@")), POSSIBLE) if is_file else os_bytes(given)
    try:
        if is_pattern:
            return Wanted(content, Pattern.of(content.decode("utf-8", "surrogateescape")))
        return Wanted(content if is_file else unescaped(given))
    except (WrongPattern, ValueError) as error:
        raise click.BadParameter(str(error), param_hint=POSSIBLE) from None


def content_of(path: Path, option: str) -> bytes:
    """What a file holds, or where its name is ``-`` standard input, as the value of an option. BadParameter."""
    from vm.reading import read_bounded, read_stream

    try:
        return read_stream(sys.stdin.buffer, LARGEST) if str(path) == "-" else read_bounded(path, LARGEST)
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}", param_hint=option) from None


def check_new_file(path: Path, option: str) -> None:
    """Find out before anything runs that a file cannot be made. BadParameter."""
    if not os.access(path.parent, os.W_OK):
        raise click.BadParameter(f"no file can be made in '{path.parent}'", param_hint=option)


def check_picture(path: Path) -> None:
    """Find out before anything runs that a picture cannot be drawn into a file. UsageError."""
    from importlib.util import find_spec

    from vm.outcomes.picture import FORMATS, INSTALL

    if path.suffix.removeprefix(".") not in FORMATS:
        endings = " or ".join(f".{form}" for form in FORMATS)
        raise click.BadParameter(f"the file's name must end in {endings}", param_hint="--graph")
    if find_spec("matplotlib") is None:
        raise click.UsageError(INSTALL)
