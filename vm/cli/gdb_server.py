"""``forklore run --gdb``: a debugger that comes over a socket has the program, and the guest has this terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from vm.cli import fail, say
from vm.cli.booting import boot
from vm.cli.compiler import Warnings
from vm.cli.deaths import Deaths
from vm.cli.debugged import Debugged
from vm.cli.event_files import refuse_events
from vm.cli.keeping import AsJson, FilesWritten
from vm.cli.reports import Report, reports_of
from vm.cli.schedules import Scheduling
from vm.cli.terminal import given_back, terminal_signals
from vm.cli.tracing import Trace
from vm.debug.listener import Listener
from vm.statuses import STATUS_OWN_ERROR

if TYPE_CHECKING:
    from vm.debug.address import Address

LOOK_BACK = (Deaths, AsJson, FilesWritten)
"""Reports that are made of what is there at the end."""


def run_for_debugger(program: str, arguments: tuple[str, ...], options: dict[str, Any]) -> int:
    """Let a debugger that connects have the program, before its first instruction; the exit status.

    What is reported is told at the end, of the run as it was at last.
    """
    address, memory, is_quiet = options.pop("gdb"), options.pop("checkpoints"), options["quiet"]
    if options["record"] is not None:
        raise click.UsageError(
            "a run that is debugged is not recorded: in gdb, `monitor schedule FILE` writes its schedule"
        )
    refuse_events(options)
    output = None if options["form"] == "json" else 1
    scheduling, trace, reports = Scheduling(options), Trace(options), reports_of(program, arguments, options)
    with _listening(address) as listener, terminal_signals() as signals:
        booted = boot(program, arguments, options, scheduling, output=output, waker=signals.waker)
        if isinstance(booted, int):
            return booted
        for report in reports:
            if isinstance(report, Warnings):
                report.observe(booted)
        debugged = Debugged(booted, memory, signals.wake)
        say(f"waiting for gdb: {listener.address.command}")
        client = listener.accept()
        assert client is not None, "nobody gives up"
        signals.send_to(booted.kernel, debugged.signal_from_terminal)
        with given_back(booted.kernel), scheduling:
            if not debugged.serve(client) and not is_quiet:
                say("gdb has left, and so its program was killed")
            result = debugged.finish()
            assert result is not None, "it is wanted"
            with trace:
                _look_again(debugged, trace, [each for each in reports if not isinstance(each, Warnings)])
    for report in reports:
        report.tell(result)
    signals.end_as(result.signal)
    return STATUS_OWN_ERROR if trace.has_failed else result.status


@contextmanager
def _listening(address: Address) -> Iterator[Listener]:
    """A listener at the address. After a message the command ends where there cannot be one."""
    try:
        listener = Listener(address)
    except OSError as error:
        fail(f"cannot listen at {address.remote}: {error.strerror or error}")
    with listener:
        yield listener


def _look_again(debugged: Debugged, trace: Trace, reports: Sequence[Report]) -> None:
    """Let the reports see the run: it is made again for those who want to have seen all that has happened."""
    if not trace.is_wanted and all(isinstance(report, LOOK_BACK) for report in reports):
        for report in reports:
            report.observe(debugged.run)
        return
    again = debugged.again()
    trace.observe(again.run)
    for report in reports:
        report.observe(again.run)
    again.advance()
