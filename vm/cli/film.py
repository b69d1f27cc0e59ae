"""``forklore film``: record a run, and write a page that shows it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from vm.cli import say
from vm.cli.booting import prepare, prepare_compiler
from vm.cli.completion import files, folders
from vm.cli.film_comparing import NAMES, Comparing
from vm.cli.film_making import check_compared, notes, shoot, vain_names, window_of
from vm.cli.film_recording import Take
from vm.cli.groups import GroupedCommand, option
from vm.cli.machine import machine_options
from vm.cli.schedules import repeating_option
from vm.cli.writing import STANDARD_OUTPUT, check_target, write_target
from vm.settings import FORK, GUEST, LIMITS, SCHEDULING

FILM = "Film"
USUAL_TARGET = "film.html"
EXAMPLES = """\b
Examples:
  forklore film programs/c/vfork_balance.c -o film.html
  forklore film --compare copy,cow --memory 256K programs/fork_isolation.s
  forklore film --from 20000 --until 90000 --pid 3 ./prog -- -v
  forklore film --lecture films
"""


class FilmCommand(GroupedCommand):
    """A command whose options may stand behind the program."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line; an option that there is not may be one of the program's."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(
                f"{error.format_message()} What is the program's own stands behind --.", ctx
            ) from None


@click.command("film", cls=FilmCommand, epilog=EXAMPLES, context_settings={"show_default": True})
@option(
    "-o", "--output-file", "target", group=FILM, metavar="FILE", shell_complete=files,
    help="The page to write, - for standard output.  [default: film.html]",
)  # fmt: skip
@option("--title", group=FILM, metavar="TEXT", help="What the page is called.  [default: the program]")
@option("--caption", group=FILM, metavar="TEXT", default="", show_default=False, help="What there is to see in it.")
@option(
    "--from", "start", group=FILM, type=click.IntRange(0), metavar="CLOCK",
    help="Begin at this guest time, in ns.",
)  # fmt: skip
@option("--until", "end", group=FILM, type=click.IntRange(0), metavar="CLOCK", help="End there; the run goes on.")
@option(
    "--every", group=FILM, type=click.IntRange(1), metavar="NS",
    help="Show how things stand so many ns behind each moment, too; 1 shows each instruction.",
)  # fmt: skip
@option(
    "--pid", "pids", group=FILM, type=click.IntRange(1), metavar="PID", multiple=True,
    help="Show only what concerns this process; may be given more than once.",
)  # fmt: skip
@option(
    "--compare", "compared", group=FILM, type=Comparing(),
    help=f"Show the program under two or more of these, side by side: {', '.join(NAMES)}.",
)  # fmt: skip
@option(
    "--lecture", group=FILM, type=click.Path(path_type=Path), metavar="DIR", shell_complete=folders,
    help="Write the ten films of a lecture into this folder, and a page that leads to them.",
)  # fmt: skip
@option("--quiet", group=FILM, is_flag=True, help="Say nothing of deaths, warnings, and what was written.")
@machine_options(FORK, GUEST, LIMITS, SCHEDULING)
@repeating_option
@click.argument("program", required=False, shell_complete=files)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, shell_complete=files)
def command(program: str | None, arguments: tuple[str, ...], lecture: Path | None, **options: Any) -> None:
    """Write a page that shows the processes of a run and their memory, moment by moment.

    PROGRAM is run with ARGUMENTS. The page is one file, and needs no network. `forklore help film` tells what there is
    to see in it. Options may stand behind PROGRAM, too; an argument of its own that looks like one comes behind --.

    The run is that of `forklore run`: the program reads standard input and writes to standard output. When the page
    goes there, and with --compare, what it writes is in the film alone. Runs that are compared read the same.

    The exit status is that of `forklore run`, with --compare for the first of its names; 125 when the page could not
    be written.
    """
    if lecture is not None:
        if program is not None:
            raise click.UsageError("--lecture has programs of its own: leave out PROGRAM")
        from vm.cli.film_lecture import make_lecture

        sys.exit(make_lecture(lecture, options["quiet"]))
    if program is None:
        raise click.MissingParameter(param_hint="'PROGRAM'", param_type="argument")
    target = options.pop("target") or USUAL_TARGET
    check_target(target)
    is_quiet, title, caption = (options.pop(name) for name in ("quiet", "title", "caption"))
    compared = options.pop("compared") or ()
    if compared:
        check_compared()
    prepare_compiler(program)
    prepare(measured=False, checked=False)
    take = Take(
        program, arguments, options, window_of(options),
        has_output=target != STANDARD_OUTPUT, is_told=not is_quiet,
    )  # fmt: skip
    recorded, page = shoot(take, title, caption, compared)
    write_target(target, page)
    if not is_quiet:
        for note in (*notes(target, page, recorded, take.window.pids), *vain_names(recorded, compared)):
            say(note)
    status, *_ = [each.end() for each in recorded]
    sys.exit(status)
