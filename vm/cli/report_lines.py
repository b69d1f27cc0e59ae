"""Lines of a report, on standard output, with styles where a terminal shows them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from vm.lines import Line

NARROWEST = 40
_STYLES: dict[str, Any] = {"": {"reset": False}, "faint": {"dim": True}, "strong": {"bold": True}}


def columns() -> int:
    """How many letters a line may have: as many as the terminal, or eighty."""
    return max(NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else 80


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines; texts of a guest's in them command no terminal."""
    from vm.lines import trimmed

    color = False if os.environ.get("NO_COLOR") else None
    for line in lines:
        styled = [click.style(part.text, **_STYLES[part.style]) for part in trimmed(line)]
        click.echo("".join(styled), color=color)
