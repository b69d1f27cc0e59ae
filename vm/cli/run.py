"""``forklore run``: run a program and exit as it did."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from vm.cli.booting import boot, prepare, prepare_compiler
from vm.cli.completion import files, folders
from vm.cli.event_files import EventFiles, event_options
from vm.cli.gdb_options import server_options
from vm.cli.groups import FILES, REPORTS, GroupedCommand, option
from vm.cli.machine import machine_options
from vm.cli.reports import reports_of
from vm.cli.schedules import Scheduling, schedule_options
from vm.cli.terminal import given_back, terminal_signals
from vm.cli.tracing import Trace, trace_options
from vm.settings import FORK, GUEST, LIMITS, SCHEDULING
from vm.statuses import STATUS_OWN_ERROR

EXAMPLES = """\b
Examples:
  forklore run --stats --fork cow programs/fork_isolation.s
  forklore run --root ~/guest --bind .:/work --seconds 10 /bin/prog -v
"""


@click.command(
    "run", cls=GroupedCommand, epilog=EXAMPLES,
    context_settings={"allow_interspersed_args": False, "show_default": True},
)  # fmt: skip
@machine_options(FORK, GUEST, LIMITS, SCHEDULING)
@option(
    "--save", group=FILES, type=click.Path(path_type=Path), metavar="DIR", shell_complete=folders,
    help="Keep what the guest wrote to files in this folder, which is new or empty.",
)  # fmt: skip
@schedule_options
@server_options
@trace_options
@event_options
@option(
    "--core", group=REPORTS, metavar="FILE", shell_complete=files,
    help="Write a core for gdb of each process that dies of a signal that asks for one; %p is its pid, %e its program.",
)  # fmt: skip
@option("--stats", group=REPORTS, is_flag=True, help="Show what each fork, vfork and exec cost, on standard error.")
@option("--tree", group=REPORTS, is_flag=True, help="Show which process made which, how long it lived, how it ended.")
@option(
    "--format", "form", group=REPORTS, type=click.Choice(["text", "json"]), default="text",
    help="With json: what the guest wrote, and all that became of it, in one object on standard output.",
)  # fmt: skip
@option(
    "--check-vfork", group=REPORTS, is_flag=True,
    help="Report what vfork children did to their parents, on standard error.",
)  # fmt: skip
@option(
    "--quiet", group=REPORTS, is_flag=True, help="Say nothing of deaths, refused calls, limits and warnings of sources."
)
@click.argument("program", shell_complete=files)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, shell_complete=files)
def command(program: str, arguments: tuple[str, ...], **options: Any) -> None:
    """Run PROGRAM, an image or a source in assembly or C, with ARGUMENTS.

    Everything behind PROGRAM belongs to it. Its exit status is that of this command: 128 + N when signal N killed it,
    124 when a limit ended the run, 126 when it cannot be run, 127 when it was not found.
    """
    if options["save"] is not None:
        from vm.cli.keeping import check_saving

        check_saving(options["save"])
    if options["core"] is not None:
        from vm.cli.cores import check_cores

        check_cores(options["core"])
    prepare_compiler(program)
    prepare(measured=options["stats"], checked=options["check_vfork"])
    if options["gdb"] is not None:
        from vm.cli.gdb_server import run_for_debugger

        sys.exit(run_for_debugger(program, arguments, options))
    del options["gdb"], options["checkpoints"]
    sys.exit(run(program, arguments, options))


def run(program: str, arguments: tuple[str, ...], options: dict[str, Any]) -> int:
    """Run the program on this terminal; the exit status."""
    output = None if options["form"] == "json" else 1
    scheduling, trace, reports = Scheduling(options), Trace(options), reports_of(program, arguments, options)
    with terminal_signals() as signals, EventFiles(program, arguments, options) as event_files:
        booted = boot(
            program, arguments, options, scheduling, output=output, waker=signals.waker, observe=event_files.observe
        )
        if isinstance(booted, int):
            return booted
        scheduling.observe(booted)
        trace.observe(booted)
        for report in reports:
            report.observe(booted)
        if scheduling.schedule is None:
            signals.send_to(booted.kernel)
        with given_back(booted.kernel), scheduling, trace:
            result = booted.finish()
    for report in reports:
        report.tell(result)
    signals.end_as(result.signal)
    return STATUS_OWN_ERROR if trace.has_failed or scheduling.has_failed or event_files.has_failed else result.status
