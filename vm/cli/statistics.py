"""What ``--stats`` shows: the cost of every creation and exec, the totals, and what was translated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from vm.engine import protocol
    from vm.observe.totals import TotalsObserver
    from vm.records import Result
    from vm.run import Run


class Statistics:
    """The costs of a run, on standard error."""

    def observe(self, run: Run) -> None:
        """Count from now on."""
        from vm.observe.totals import TotalsObserver

        self._observer = TotalsObserver(run.kernel)
        self._engine = run.kernel.engine

    def tell(self, result: Result) -> None:
        """Print them."""
        print_costs_of(result, self._observer)
        print_translations(self._engine.statistics)


def print_costs_of(result: Result, observer: TotalsObserver) -> None:
    """The costs of every creation and exec, and the totals."""
    from vm.observe.costs import describe_run, describe_totals, print_costs
    from vm.observe.trimmed import report_console

    console = report_console(stderr=True)
    print_costs(console, result.events)
    memory, count = result.memory, len(result.processes)
    console.print(describe_run(result.retired, count, count + observer.threads, memory.peak, memory.frames))
    if observer.totals.creations:
        console.print(describe_totals(observer.totals, observer.most_shared), soft_wrap=True)


def print_translations(statistics: protocol.Statistics | None) -> None:
    """What was translated, how long that took, and how much ran in it; nothing where nothing is (None)."""
    if statistics is None:
        return
    from vm.quantities import plural, size

    refused = f", left {statistics.refused:,} to the interpreter" if statistics.refused else ""
    click.echo(
        f"translated {plural(statistics.regions, 'region')} of {plural(statistics.instructions, 'instruction')} "
        f"in {1000 * statistics.seconds:.0f} ms, took {statistics.recalled:,} from the cache{refused}; "
        f"{size(statistics.code_bytes)} of machine code; "
        f"{plural(statistics.executed, 'instruction')} ran translated",
        err=True,
    )
