"""Making a film: a program is recorded by the options of ``forklore film``, and becomes a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vm.cli.film_recording import Recorded, Take, record_take
from vm.quantities import plural, size

if TYPE_CHECKING:
    from vm.film import Window


def shoot(take: Take, title: str | None, caption: str) -> tuple[Recorded, bytes]:
    """Record a program; what was recorded, and the page of it. Exits where the program cannot be run."""
    from vm.film import html_of
    from vm.film.heading import title_of
    from vm.text import printable

    recorded = record_take(take)
    title = printable(title) if title else title_of(take.program, take.arguments)
    return recorded, html_of([recorded.reel], title=title, caption=printable(caption)).encode()


def written_words(target: str, page: bytes, recorded: Recorded) -> str:
    """Say in a line what was written, and what was left out of it."""
    left_out = recorded.reel.head["leftOut"]
    told = f"; left out: {', '.join(left_out)}" if left_out else ""
    return f"{target}: {plural(recorded.reel.moments, 'moment')}, {size(len(page))}{told}"


def window_of(options: dict[str, Any]) -> Window:
    """Return the part of a run that is kept, by the options, which are taken out. Raises UsageError."""
    from vm.film import Window

    start, end, pids = (options.pop(name) for name in ("start", "end", "pids"))
    try:
        return Window(start, end, pids)
    except ValueError as error:
        raise click.UsageError(f"--from {start:,} and --until {end:,}: {error}") from None
