"""``forklore run``: run a program and exit as it did."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from vm.cli import STATUS_OWN_ERROR, say
from vm.cli.booting import boot, prepare, prepare_compiler
from vm.cli.compiler import Warnings
from vm.cli.completion import files, folders
from vm.cli.groups import FILES, REPORTS, GroupedCommand, option
from vm.cli.keeping import as_json, check_saving, print_tree, save
from vm.cli.machine import machine_options
from vm.cli.reports import Teller
from vm.cli.terminal import given_back, terminal_signals
from vm.cli.tracing import Trace, trace_options

EXAMPLES = """\b
Examples:
  forklore run --stats --fork cow programs/fork_isolation.s
  forklore run --root ~/guest --bind .:/work --seconds 10 /bin/prog -v
"""


@click.command(
    "run", cls=GroupedCommand, short_help="Run a program: an image, or a source in assembly or C.", epilog=EXAMPLES,
    context_settings={"allow_interspersed_args": False, "show_default": True},
)  # fmt: skip
@machine_options()
@option(
    "--save", group=FILES, type=click.Path(path_type=Path), metavar="DIR", shell_complete=folders,
    help="Keep what the guest wrote to files in this folder, which is new or empty.",
)  # fmt: skip
@trace_options
@option("--stats", group=REPORTS, is_flag=True, help="Show what each fork, vfork and exec cost, on standard error.")
@option("--tree", group=REPORTS, is_flag=True, help="Show which process made which, and how each ended.")
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
        check_saving(options["save"])
    prepare_compiler(program)
    prepare(measured=options["stats"], checked=options["check_vfork"])
    sys.exit(run(program, arguments, options))


def run(program: str, arguments: tuple[str, ...], options: dict[str, Any]) -> int:
    """Run the program on this terminal; the exit status."""
    from vm.records import Result

    stats, checked, quiet = options.pop("stats"), options.pop("check_vfork"), options.pop("quiet")
    trace = Trace(options)
    findings = None
    with terminal_signals() as signals:
        form = options["form"]
        booted = boot(program, arguments, options, output=1 if form == "text" else None, waker=signals.waker)
        if isinstance(booted, int):
            return booted
        if not quiet:
            Warnings().watch(booted)
        trace.observe(booted.kernel)
        if trace.has_failed:
            return STATUS_OWN_ERROR
        if stats:
            from vm.observe.totals import TotalsWatch

            totals = TotalsWatch(booted.kernel)
        if options["tree"]:
            from vm.observe.family import Family

            family = Family(booted.kernel, booted.program.pid)
        if checked:
            from vm.cli.check import observe, show

            findings = observe(booted)
        teller = None if quiet else Teller(booted)
        signals.send_to(booted.kernel)
        with given_back(booted.kernel), trace:
            result: Result = booted.finish()
    if teller is not None:
        if result.message:
            say(result.message)
        teller.finish()
    if form == "json":
        click.echo(as_json(result, program, arguments))
    if options["tree"]:
        print_tree(family)
    if stats:
        print_stats(result, totals)
        print_translations(booted.kernel.engine.statistics)
    if findings is not None:
        show(findings(), None, False, "")
    if options["save"] is not None:
        save(booted.kernel.world, options["save"])
    signals.end_as(result.signal)
    return STATUS_OWN_ERROR if trace.has_failed else result.status


def print_translations(statistics: Any) -> None:
    """What was translated, how long that took, and how much ran in it."""
    if statistics is None:
        return
    from vm.observe.costs import plural, size

    refused = f", left {statistics.refused:,} to the interpreter" if statistics.refused else ""
    click.echo(
        f"translated {plural(statistics.regions, 'region')} of {plural(statistics.instructions, 'instruction')} "
        f"in {1000 * statistics.seconds:.0f} ms, took {statistics.recalled:,} from the cache{refused}; "
        f"{size(statistics.code_bytes)} of machine code; "
        f"{plural(statistics.executed, 'instruction')} ran translated",
        err=True,
    )


def print_stats(result: Any, watch: Any) -> None:
    """The costs of every creation and exec, and the totals."""
    from vm.observe.costs import describe_totals, plural, print_costs, size
    from vm.observe.trimmed import report_console

    console = report_console(stderr=True)
    print_costs(console, result.events)
    memory = result.memory
    retired = plural(result.retired, "instruction")
    processes = plural(len(result.processes), "process", "processes")
    frames = f"at most {memory.peak:,} of {memory.frames:,} frames in use ({size(memory.peak * 4096)})"
    console.print(f"{retired} by {processes}; {frames}")
    if watch.totals.creations:
        console.print(describe_totals(watch.totals, watch.most_shared), soft_wrap=True)
