"""``forklore film``: record a run, and write a page that shows it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from vm.cli.booting import boot, prepare, prepare_compiler
from vm.cli.completion import files
from vm.cli.groups import GroupedCommand, option
from vm.cli.machine import machine_options
from vm.settings import FORK, GUEST, LIMITS, SCHEDULING

FILM = "Film"


@click.command("film", cls=GroupedCommand, context_settings={"show_default": True})
@option(
    "-o", "--output-file", "target", group=FILM, type=click.Path(path_type=Path), metavar="FILE", required=True,
    shell_complete=files, help="The page to write.",
)  # fmt: skip
@machine_options(FORK, GUEST, LIMITS, SCHEDULING)
@click.argument("program", shell_complete=files)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, shell_complete=files)
def command(target: Path, program: str, arguments: tuple[str, ...], **options: Any) -> None:
    """Run PROGRAM with ARGUMENTS, and write a page that shows its processes and the memory that they have.

    Options may stand behind PROGRAM, too; an argument of its own that looks like one comes behind --.
    """
    prepare_compiler(program)
    prepare(measured=False, checked=False)
    booted = boot(program, arguments, options)
    if isinstance(booted, int):
        sys.exit(booted)
    from vm.film import html_of, record

    reel = record(booted.kernel, booted.advance, head={"program": program, "arguments": list(arguments)})
    target.write_text(html_of([reel], title=program), "utf-8")
    sys.exit(booted.finish().status)
