"""Cores of processes that die, for ``forklore run --core``: which are written, and how gdb opens them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vm.cli import say
from vm.quantities import plural
from vm.statuses import STATUS_OWN_ERROR

if TYPE_CHECKING:
    from vm.observe.cores.observer import Core, CoreObserver
    from vm.records import Result
    from vm.run import Run


def check_cores(pattern: str) -> None:
    """Find out before anything runs that cores could not be written. Raises click.BadParameter."""
    from vm.observe.cores.names import WrongPattern, check_pattern

    try:
        check_pattern(pattern)
    except WrongPattern as error:
        raise click.BadParameter(f"{pattern!r} cannot take a core: {error}", param_hint="--core") from None


class Cores:
    """Writes cores to files that ``pattern`` names, and says so unless it ``is_quiet``; says always what went wrong."""

    def __init__(self, pattern: str, program: str, is_quiet: bool) -> None:
        self._pattern = pattern
        self._program = program
        self._is_quiet = is_quiet
        self._observer: CoreObserver

    def observe(self, run: Run) -> None:
        """Write the cores of what dies from now on."""
        from vm.observe.cores.observer import CoreObserver

        self._observer = CoreObserver(run.kernel, self._pattern, Path(self._program), self._tell_core)

    def _tell_core(self, core: Core) -> None:
        sys.stdout.flush()
        whose = f"pid {core.pid} ({core.name})"
        if core.problem:
            say(f"no core of {whose} was written to {core.path}: {core.problem}")
        elif not self._is_quiet:
            say(f"the core of {whose} is in {core.path}{', where an older one was' if core.is_again else ''}")
            say_how(core)

    def tell(self, result: Result) -> None:
        """Say how many there would have been; end the command where one could not be written."""
        more = self._observer.more
        if more:
            say(
                f"{plural(more, 'more core was', 'more cores were')} not written: a run has {len(self._observer.cores)}"
            )
        if any(core.problem for core in self._observer.cores):
            sys.exit(STATUS_OWN_ERROR)


def say_how(core: Core) -> None:
    """Say how a core is opened."""
    import shlex

    from vm.text import message

    if core.image is None:
        advice = f"its image was not written: {core.image_problem}"
    else:
        advice = f"gdb-multiarch {shlex.quote(str(core.image))} {shlex.quote(str(core.path))}"
    click.echo(message(f"      = {advice}"), err=True)
