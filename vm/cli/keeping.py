"""What `forklore run` leaves behind when it is asked to: the guest's files, the tree of processes, a result as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vm.cli import STATUS_OWN_ERROR, say

if TYPE_CHECKING:
    from vm.kernel.world import World
    from vm.observe.family import Family
    from vm.records import Result


def check_saving(folder: Path) -> None:
    """Find out before anything runs that its files could not be saved. Raises click.BadParameter."""
    from vm.saving import why_not

    if reason := why_not(folder):
        raise click.BadParameter(f"{str(folder)!r} cannot take what the guest writes: {reason}", param_hint="--save")


def save(world: World, folder: Path) -> None:
    """Save what the guest wrote; exit with a message where that cannot be."""
    from vm.saving import save

    try:
        for note in save(world, folder):
            say(note)
    except OSError as error:
        say(f"cannot save what the guest wrote in {folder}: {error.strerror or error}")
        sys.exit(STATUS_OWN_ERROR)


def print_tree(family: Family) -> None:
    """Show who made whom on standard error."""
    for line in family.lines():
        click.echo(line, err=True)


def as_json(result: Result, program: str, arguments: Sequence[str]) -> str:
    """A result in one JSON object."""
    from vm.result_json import as_json

    return json.dumps(as_json(result, program, arguments), indent=1)
