"""``forklore grade init``: a lab to start from."""

from __future__ import annotations

from pathlib import Path

import click

from vm.cli import fail
from vm.cli.completion import folders
from vm.cli.groups import GroupedCommand
from vm.text import printable


@click.command("init", cls=GroupedCommand)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR", shell_complete=folders)
def command(folder: Path) -> None:
    """Write a lab to start from into DIR: three tests, a handout, a reference solution.

    The tests say what can be changed, and pass `forklore grade check` as they are. Nothing that is there is written
    over: then the exit status is 125.
    """
    from vm.grade.starting.skeleton import AlreadyThere, write_skeleton

    try:
        names = write_skeleton(folder)
    except AlreadyThere as error:
        fail(str(error))
    except OSError as error:
        fail(f"cannot write into {folder}: {error.strerror or error}")
    for name in names:
        click.echo(printable(str(folder / name)))
