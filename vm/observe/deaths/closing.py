"""What can only be said at the end of a run: how many more died alike, and where everybody was."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from vm.abi import signal_name
from vm.observe.deaths.entries import Whereabouts, headline, indented, place_words
from vm.observe.deaths.report import Report
from vm.quantities import plural


def closing_lines(report: Report) -> Iterator[Text]:
    """The rest of a report, below its entries."""
    for death in report.deaths:
        if death.count > 1:
            others = plural(death.count - 1, "more process", "more processes")
            yield from headline(f"{others} died as pid {death.pid} did, of {signal_name(death.signal)}")
    if report.more_deaths:
        yield from headline(f"{plural(report.more_deaths, 'more process', 'more processes')} died of signals")
    if report.more_refused:
        yield from headline(f"{plural(report.more_refused, 'more call')} that this machine does not make")
    for whereabouts in report.whereabouts:
        yield from _whereabouts(whereabouts)
    if report.more_left:
        yield Text(f"  and {report.more_left:,} more")


def _whereabouts(whereabouts: Whereabouts) -> Iterator[Text]:
    verb = f"waits for {whereabouts.waits_for}" if whereabouts.waits_for else "was"
    at = place_words(whereabouts.place, with_pc=True)
    which = f", thread {whereabouts.thread}" if whereabouts.thread != whereabouts.pid else ""
    yield from indented(f"pid {whereabouts.pid}{which} ({whereabouts.name}) {verb} {at}", "  ", "      ")
