"""What `run` says about how a run went: deaths, refused calls, where everybody was, who still runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from vm.cli import say
from vm.cli.lines import print_lines

if TYPE_CHECKING:
    from vm.cli.lingering import Lingering
    from vm.records import Result
    from vm.run import Run


def _no_command(has_read: bool) -> str:
    return ""


class Deaths:
    """What the exit status does not say, told when it happens; at the end where the time of the run is limited.

    For to put a death into words takes up to some seconds of the host's time, which are not the program's. ``command``
    gives the command that debugs what has died, by whether it has read standard input; empty where there is none. It is
    told once, with the first death that nobody wanted.
    """

    def __init__(self, command: Callable[[bool], str] = _no_command) -> None:
        self._command = command

    def observe(self, run: Run) -> None:
        """Tell what happens from now on."""
        self._report = run.deaths.report
        self._told = 0
        self._input = run.kernel.console.input
        is_watched = sys.stderr is not None and sys.stderr.isatty()  # None where it was closed at the start
        self._lingering: Lingering | None = None
        if is_watched:
            from vm.cli.lingering import Lingering

            self._lingering = Lingering(run.kernel, run.program.pid, say)
        if run.kernel.settings.seconds is None:
            run.deaths.listener = self._tell_entry

    def _tell_entry(self, number: int) -> None:
        from vm.observe.deaths.entries import Death, entry_lines

        sys.stdout.flush()
        entry = self._report.entry(number)
        print_lines(entry_lines(entry))
        if isinstance(entry, Death) and not entry.is_sent:
            self._tell_command()
        self._told = number + 1

    def _tell_command(self) -> None:
        command = self._command(getattr(self._input, "consumed", 0) > 0)
        if command:
            from rich.text import Text

            print_lines([Text(f"      = to go back from there: {command}", "cyan")])  # in one piece, to be copied
        self._command = _no_command

    def tell(self, result: Result) -> None:
        """Tell why the run ended if it did not by itself, and what has not been told."""
        if self._lingering is not None:
            self._lingering.finish()
        if result.message:
            reason, _, waits = result.message.partition("\n")
            say(reason if self._report.left else f"{reason}\n{waits}".rstrip())  # who waits is told below, and where
        for number in range(self._told, len(self._report)):
            self._tell_entry(number)
        if not self._report.is_empty:
            from vm.observe.deaths.closing import closing_lines

            print_lines(closing_lines(self._report))
