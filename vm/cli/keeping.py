"""What `forklore run` leaves behind when it is asked to: the guest's files, the tree of processes, a result as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vm.cli import fail, say

if TYPE_CHECKING:
    from vm.records import Result
    from vm.run import Run


def check_saving(folder: Path) -> None:
    """Find out before anything runs that its files could not be saved. Raises click.BadParameter."""
    from vm.saving import why_not

    if reason := why_not(folder):
        raise click.BadParameter(f"{str(folder)!r} cannot take what the guest writes: {reason}", param_hint="--save")


class FilesWritten:
    """What the guest wrote to files, saved in a folder of the host."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def observe(self, run: Run) -> None:
        """Remember where the files are."""
        self._world = run.kernel.world

    def tell(self, result: Result) -> None:
        """Save them; exit with a message where that cannot be."""
        from vm.saving import save

        try:
            for note in save(self._world, self._folder):
                say(note)
        except OSError as error:
            fail(f"cannot save what the guest wrote in {self._folder}: {error.strerror or error}")


class Tree:
    """Who made whom, on standard error."""

    def observe(self, run: Run) -> None:
        """Remember the processes that come into being."""
        from vm.observe.family import family_of

        self._family = family_of(run.kernel, run.program.pid)

    def tell(self, result: Result) -> None:
        """Print a line for each."""
        for line in self._family.lines():
            click.echo(line, err=True)


class AsJson:
    """The result in one JSON object, on standard output."""

    def __init__(self, program: str, arguments: Sequence[str]) -> None:
        self._program = program
        self._arguments = arguments

    def observe(self, run: Run) -> None:
        """Look at nothing: the result has it all."""

    def tell(self, result: Result) -> None:
        """Print it."""
        import json

        from vm.result_json import as_json

        click.echo(json.dumps(as_json(result, self._program, self._arguments), indent=1))
