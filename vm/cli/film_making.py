"""Making a film: a program is recorded by the options of ``forklore film``, and becomes a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from vm.cli.film_comparing import Compared
from vm.cli.film_recording import Recorded, Take, record_compared, record_take
from vm.quantities import plural, size

if TYPE_CHECKING:
    from vm.film import Window

DECIDED = ("fork", "vfork_as_fork", "schedule")
"""Options that mean nothing where settings are compared: each has its own."""


def shoot(
    take: Take, title: str | None, caption: str, compared: Sequence[Compared] = ()
) -> tuple[list[Recorded], bytes]:
    """Record a program, under each of the settings that are compared, if any; what was recorded, and the page of it.

    Exits where the program cannot be run.
    """
    from vm.film import html_of
    from vm.film.heading import title_of
    from vm.text import printable

    recorded = record_compared(take, compared) if compared else [record_take(take)]
    title = printable(title) if title else title_of(take.program, take.arguments)
    head = {"compared": [each.name for each in compared]}
    return recorded, html_of(
        [each.reel for each in recorded], title=title, caption=printable(caption), head=head
    ).encode()


def notes(target: str, page: bytes, recorded: Sequence[Recorded], pids: Sequence[int]) -> Iterator[str]:
    """Say what was written, what was left out of it, and which of the processes that were asked for are not in it."""
    moments = " and ".join(plural(each.reel.moments, "moment") for each in recorded)
    left_out = dict.fromkeys(text for each in recorded for text in each.reel.head["leftOut"])
    told = f"; left out: {', '.join(left_out)}" if left_out else ""
    yield f"{target}: {moments}, {size(len(page))}{told}"
    present = {pid for each in recorded for pid in each.reel.column("lives", "pid").tolist()}
    for pid in sorted(set(pids) - present):
        yield f"there is no process {pid} in the film"


def vain_names(recorded: Sequence[Recorded], compared: Sequence[Compared]) -> Iterator[str]:
    """Say which of the settings mean nothing here: those of vfork where nothing calls it."""
    from vm.film.heading import calls_vfork

    names = [each.name for each in compared if each.is_about_vfork]
    if names and not any(calls_vfork(each.reel) for each in recorded):
        verb = "shows" if len(names) == 1 else "show"
        yield f"nothing here calls vfork, so {' and '.join(names)} {verb} plain forks"


def window_of(options: dict[str, Any]) -> Window:
    """Return the part of a run that is kept, by the options, which are taken out. Raises UsageError."""
    from vm.film import Window

    start, end, pids, every = (options.pop(name) for name in ("start", "end", "pids", "every"))
    try:
        return Window(start, end, pids, every)
    except ValueError as error:
        raise click.UsageError(f"--from {start:,} and --until {end:,}: {error}") from None


def check_compared() -> None:
    """Refuse to compare settings where one of them was given as well. Raises UsageError."""
    context = click.get_current_context()
    for param in context.command.params:
        given = context.get_parameter_source(param.name or "")
        if param.name in DECIDED and given not in (click.core.ParameterSource.DEFAULT, None):
            raise click.UsageError(f"--compare runs the program in several ways: leave out {param.opts[0]}")
