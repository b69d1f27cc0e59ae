"""How far an exploration has come, for who looks on at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vm.outcomes.exploring import Explorer


@contextmanager
def exploring() -> Iterator[Callable[[Explorer], Any] | None]:
    """What is told there is on standard error, where that is a terminal; gives what is to be called now and then."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True),
        transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task("exploring", total=None)
        yield lambda explorer: bar.update(
            task, description=f"exploring: {explorer.runs:,} runs, {len(explorer.classes):,} classes"
        )
