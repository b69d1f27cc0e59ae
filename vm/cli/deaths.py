"""What `run` says about how a run went: deaths, refused calls, where everybody was, who still runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from vm.cli import say
from vm.cli.lines import print_lines

if TYPE_CHECKING:
    from vm.cli.lingering import Lingering
    from vm.records import Result
    from vm.run import Run


class Deaths:
    """What the exit status does not say, told when it happens; at the end where the time of the run is limited.

    For to put a death into words takes up to some seconds of the host's time, which are not the program's.
    """

    def observe(self, run: Run) -> None:
        """Tell what happens from now on."""
        self._report = run.deaths.report
        self._told = 0
        is_watched = sys.stderr is not None and sys.stderr.isatty()  # None where it was closed at the start
        self._lingering: Lingering | None = None
        if is_watched:
            from vm.cli.lingering import Lingering

            self._lingering = Lingering(run.kernel, run.program.pid, say)
        if run.kernel.settings.seconds is None:
            run.deaths.listener = self._tell_entry

    def _tell_entry(self, number: int) -> None:
        from vm.observe.deaths.entries import entry_lines

        sys.stdout.flush()
        print_lines(entry_lines(self._report.entry(number)))
        self._told = number + 1

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
