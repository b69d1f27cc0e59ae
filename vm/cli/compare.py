"""``forklore compare``: one program under every strategy, side by side."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from vm.cli import say
from vm.cli.booting import prepare, prepare_compiler
from vm.cli.compiler import Warnings
from vm.cli.completion import files
from vm.cli.diagnostics import tell_refusal
from vm.cli.groups import REPORTS, GroupedCommand, option
from vm.cli.machine import environment_of, machine_of, machine_options
from vm.cli.progress import progress
from vm.cli.streams import shared_input
from vm.settings import GUEST, LIMITS, SCHEDULING
from vm.statuses import STATUS_LIMIT

if TYPE_CHECKING:
    from vm.kernel.ports import Input
    from vm.laboratory.comparison import Comparison
    from vm.machine import Machine
    from vm.run import Run

STATUS_DIFFERENT = 1
INSTRUCTIONS = 1_000_000_000
OUTPUT = 64 << 20
"""Instructions and bytes of output after which each run is given up unless told otherwise."""

EXAMPLES = """\b
Examples:
  forklore compare programs/c/prefork.c
  forklore compare --rounds 0 --format json ./prog -v
"""


@click.command(
    "compare", cls=GroupedCommand, epilog=EXAMPLES,
    context_settings={"allow_interspersed_args": False, "show_default": True},
)  # fmt: skip
@option("--format", "form", group=REPORTS, type=click.Choice(["table", "json"]), default="table", help="Of the report.")
@option(
    "--rounds", group=REPORTS, type=click.IntRange(0), default=3, metavar="N",
    help="Further runs of each kind, for the time.",
)  # fmt: skip
@machine_options(GUEST, LIMITS, SCHEDULING, instructions=INSTRUCTIONS, output=OUTPUT)
@click.argument("program", shell_complete=files)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, shell_complete=files)
def command(program: str, arguments: tuple[str, ...], **options: Any) -> None:
    """Run PROGRAM with ARGUMENTS under every strategy of fork, and show side by side what that cost.

    If it calls vfork, it is run with vfork made a fork as well, and what that changes is shown: lines of the output,
    and variables of the first process when it ended. The program's output is compared, not shown. All runs read the
    same standard input.

    The exit status is 0 when all runs are the same in output, exit status and final memory, 1 when they are not; 124
    when a limit ended runs that are the same so far, or all was blocked for ever; 125 to 127 when the program could not
    be run.
    """
    prepare_compiler(program)
    prepare(measured=options["rounds"] > 0, checked=False)
    sys.exit(compare(program, arguments, options))


def compare(program: str, arguments: tuple[str, ...], options: dict[str, Any]) -> int:
    """Run, compare and report; the exit status."""
    from vm.laboratory import comparison
    from vm.run import CannotRun
    from vm.settings import WrongSetting

    form, rounds = options.pop("form"), options.pop("rounds")
    machine, environment = machine_of(options), environment_of(options)
    warnings = Warnings()

    def boot(machine: Machine, source: Input) -> Run:
        booted = machine.boot(program, arguments, environment=environment, input=source, keep=False)
        warnings.observe(booted)
        return booted

    try:
        with progress("running", comparison.steps(rounds)) as done:
            found = comparison.compare(boot, shared_input(), rounds, machine, done)
    except CannotRun as error:
        tell_refusal(str(error))
        return error.status
    except WrongSetting as error:
        raise click.UsageError(str(error)) from None
    if form == "json":
        click.echo(json.dumps(comparison.as_json(program, arguments, found), indent=1))
    else:
        _show(found)
    for note in found.notes:
        say(note)
    if not found.is_same:
        return STATUS_DIFFERENT
    return STATUS_LIMIT if found.reference.message else 0


def _show(found: Comparison) -> None:
    from vm.laboratory.comparison_report import render
    from vm.observe.trimmed import print_trimmed, report_console

    console = report_console()
    for part in render(found):
        print_trimmed(console, part)
    for message in dict.fromkeys(outcome.message for outcome in found.outcomes if outcome.message):
        names = [outcome.variant.name for outcome in found.outcomes if outcome.message == message]
        say(f"{', '.join(names)}: {message}")
