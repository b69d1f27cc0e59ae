"""Lines of ours on standard error."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text


def print_lines(lines: Iterable[Text]) -> None:
    """Print lines as they are, however long, in colour where a person reads them: at a terminal, without NO_COLOR."""
    from rich.console import Console

    from vm.observe.trimmed import print_trimmed

    console = Console(
        stderr=True, soft_wrap=True, highlight=False, emoji=False, markup=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )  # fmt: skip
    for line in lines:
        print_trimmed(console, line)
