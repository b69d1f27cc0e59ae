"""What ``forklore run`` reports beside what the program does itself: one object for each thing that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from vm.cli.compiler import Warnings
from vm.cli.deaths import Deaths

if TYPE_CHECKING:
    from vm.records import Result
    from vm.run import Run


class Report(Protocol):
    """Something to be told of a run."""

    def observe(self, run: Run) -> None:
        """Look at a machine that has booted, and at what it does from now on."""

    def tell(self, result: Result) -> None:
        """Say it: the run is over."""


class Findings:
    """What vfork children did to their parents, as ``forklore check`` finds it."""

    def observe(self, run: Run) -> None:
        """Watch the children."""
        from vm.cli.check import observe

        self._found = observe(run)

    def tell(self, result: Result) -> None:
        """Show what was found."""
        from vm.cli.check import show

        show(self._found(), None, False, "")


def reports_of(program: str, arguments: Sequence[str], options: dict[str, Any]) -> list[Report]:
    """The reports that the options ask for, in the order in which they are told; their options are taken out."""
    is_quiet, core, is_json = options.pop("quiet"), options.pop("core"), options.pop("form") == "json"

    def debugging(has_read: bool) -> str:
        from vm.cli.debugging import gdb_command

        return "" if is_json else gdb_command(program, arguments, has_read)

    reports: list[Report] = [] if is_quiet else [Warnings(), Deaths(debugging)]
    if is_json:
        from vm.cli.keeping import AsJson

        reports.append(AsJson(program, arguments))
    if options.pop("tree"):
        from vm.cli.keeping import Tree

        reports.append(Tree())
    if options.pop("stats"):
        from vm.cli.statistics import Statistics

        reports.append(Statistics())
    if options.pop("check_vfork"):
        reports.append(Findings())
    folder = options.pop("save")
    if folder is not None:
        from vm.cli.keeping import FilesWritten

        reports.append(FilesWritten(folder))
    if core is not None:
        from vm.cli.cores import Cores

        reports.append(Cores(core, program, is_quiet))
    return reports
