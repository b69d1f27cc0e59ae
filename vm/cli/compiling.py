"""What is shown while the machine is compiled: a line that says so, and where there is a terminal how far it is."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from vm.cli import say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Compiling:
    """Told what :data:`vm.native.kept.Progress` is told; a context, at whose end nothing is left of the bar."""

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
            self._begin()
        elif self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=steps, description=name)

    def _begin(self) -> None:
        from vm.cache import refusals
        from vm.native import jit, kept

        for reason in refusals("jit", kept.source_digest()):
            say(reason)
        say(f"compiling the machine, which happens {jit.often()} and takes some ten seconds")
        if sys.stderr.isatty():
            self._draw()

    def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        console = Console(stderr=True)
        bar = Progress(BarColumn(), TextColumn("{task.description}"), console=console, transient=True)
        self._bar = self._open.enter_context(bar)
        self._task = bar.add_task("")
