"""What is shown while the machine is compiled: a line that says so, and where there is a terminal how far it is."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from vm.cli import say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


BAR = 20
"""Columns of the bar, whatever is written beside it."""


class Compiling:
    """Told what :data:`vm.native.parts.Progress` is told; a context, at whose end nothing is left of the bar."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Compiling:
        """Show nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self._open.close()

    def __call__(self, done: int, steps: int, name: str) -> None:
        """Say that compiling begins, or show how far it is and what comes now."""
        if not steps:
            self._begin(name)
        elif self._bar is not None and self._task is not None:
            label = name.removeprefix("vm.").rpartition(".")[2] or name
            self._bar.update(self._task, completed=done, total=steps, description=label)

    def _begin(self, what: str) -> None:
        from vm.cache import refusals
        from vm.native import jit, kept

        for reason in refusals("jit", kept.source_digest()):
            say(reason)
        say(f"compiling {what}, which happens {jit.often()} and takes some ten seconds")
        if sys.stderr.isatty():
            self._draw()

    def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        console = Console(stderr=True)
        if console.is_dumb_terminal:
            return
        columns = BarColumn(BAR, finished_style="bar.complete"), TaskProgressColumn(), TextColumn("{task.description}")
        self._bar = self._open.enter_context(Progress(*columns, console=console, transient=True))
        self._task = self._bar.add_task("", total=1)
