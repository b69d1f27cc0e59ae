"""``forklore check``: run a program and report what its vfork children did to their parents."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vm import __version__
from vm.cli import say
from vm.cli.booting import boot, prepare, prepare_compiler
from vm.cli.compiler import Warnings
from vm.cli.completion import files
from vm.cli.groups import REPORTS, GroupedCommand, option
from vm.cli.lines import print_lines
from vm.cli.machine import machine_options
from vm.cli.terminal import given_back
from vm.settings import FORK, GUEST, LIMITS, SCHEDULING
from vm.statuses import STATUS_OWN_ERROR

if TYPE_CHECKING:
    from vm.records import Result

STATUS_FOUND = 1
INSTRUCTIONS = 1_000_000_000
"""Instructions after which a run is given up unless told otherwise: a child may never release its parent."""

EXAMPLES = """\b
Examples:
  forklore check --strict programs/hazards/bad/strtok.c
  forklore check --format sarif --report check.sarif ./prog -v
"""


def parse_allowances(_context: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> list[Any]:
    """What is accepted by options."""
    if not values:
        return []
    from vm.hazards.accepting import BadAcceptance, parse_allowance

    try:
        return [parse_allowance(value) for value in values]
    except BadAcceptance as error:
        raise click.BadParameter(str(error)) from None


@click.command(
    "check", cls=GroupedCommand, epilog=EXAMPLES,
    context_settings={"allow_interspersed_args": False, "show_default": True},
)  # fmt: skip
@option(
    "--format", "form", group=REPORTS, type=click.Choice(["text", "json", "sarif"]), default="text",
    help="Of the report.",
)  # fmt: skip
@option(
    "--report", group=REPORTS, type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the report to this file.",
)  # fmt: skip
@option("--notes", group=REPORTS, is_flag=True, help="Show notes too: what is harmless in most programs.")
@option(
    "--allow", group=REPORTS, multiple=True, metavar="RULE[:PLACE]", callback=parse_allowances,
    help="Accept a rule: everywhere, or in a function, about a variable, or at FILE:LINE.",
)  # fmt: skip
@option(
    "--baseline", group=REPORTS, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Accept the findings that this file knows.",
)  # fmt: skip
@option(
    "--write-baseline", group=REPORTS, is_flag=True, help="Write what is found to the file of --baseline; end with 0."
)  # fmt: skip
@option("--strict", group=REPORTS, is_flag=True, help="Let warnings set the exit status as well.")
@option("--trace", group=REPORTS, is_flag=True, help="Show every system call on standard error.")
@machine_options(FORK, GUEST, LIMITS, SCHEDULING, instructions=INSTRUCTIONS)
@click.argument("program", shell_complete=files)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, shell_complete=files)
def command(program: str, arguments: tuple[str, ...], **options: Any) -> None:
    """Run PROGRAM with ARGUMENTS and report what its vfork children did to their parents.

    Where a program has threads, the children of fork are followed too, until they execute a program: they may take
    locks that threads held which they do not have.

    The program runs as by `forklore run`. The report goes to standard error as text; as JSON or SARIF it goes to
    standard output, and what the program writes there to standard error.

    What is known and meant to stay is accepted by --allow, by a comment in the source such as
    `/* forklore: allow damage */`, on its line or the one before, or by a baseline; it is counted, and fails nothing.

    The exit status is 0 when there is nothing to report, 1 when there are errors (with --strict: or warnings), whatever
    the program's own is; 124 when the run was ended by a limit or for ever blocked without any, 125 to 127 when the
    program could not be run.
    """
    if options["write_baseline"] and options["baseline"] is None:
        raise click.UsageError("--write-baseline needs --baseline FILE, where to write")
    prepare_compiler(program)
    prepare(measured=False, checked=True)
    sys.exit(check(program, arguments, options))


def check(program: str, arguments: tuple[str, ...], options: dict[str, Any]) -> int:
    """Run and report; the exit status."""
    from vm.hazards.rules import Level

    form, report, notes, strict = (options.pop(name) for name in ("form", "report", "notes", "strict"))
    baseline, is_written = options.pop("baseline"), options.pop("write_baseline")
    acceptances = _acceptances(options.pop("allow"), None if is_written else baseline)
    on_output = form != "text" and report is None
    booted = boot(program, arguments, options, output=2 if on_output else 1)
    if isinstance(booted, int):
        return booted
    Warnings().observe(booted)
    observed, children = observe(booted, acceptances), borrowed(booted)
    with given_back(booted.kernel):
        result = booted.finish()
    findings = observed()
    if is_written:
        return _write_baseline(baseline, findings)
    for text in acceptances.unused() if acceptances is not None else ():
        say(text)
    if form == "text":
        if result.message:
            say(result.message)
        nothing = "" if children or findings else "no vfork was made in this run"
        show(findings, report, notes, "\n".join(filter(None, [nothing, describe_end(result)])))
    else:
        write(_encode(form, program, result, findings, notes), report)
    levels = {finding.level for finding in findings if not finding.accepted}
    if Level.ERROR in levels or (strict and Level.WARNING in levels):
        return STATUS_FOUND
    return result.status if result.message else 0


def observe(booted: Any, acceptances: Any = None) -> Callable[[], Sequence[Any]]:
    """Watch a booted run; call what this returns after the run for the findings, those marked that are accepted: by
    ``acceptances`` (:class:`vm.hazards.accepting.Acceptances`), or only by comments.
    """
    from vm.hazards.checking import Checker

    checker = Checker(booted.kernel)

    def judge() -> Sequence[Any]:
        found = checker.findings(say)
        if not found:
            return []
        from vm.hazards.accepting import Acceptances

        return (acceptances or Acceptances()).apply(found)

    return judge


def borrowed(booted: Any) -> list[int]:
    """A list that the first child gets into that has its parent's memory, as after vfork."""
    from vm import events

    found: list[int] = []

    def note(event: events.Created) -> None:
        if not found and (event.how == "share" or event.meant == "vfork"):
            found.append(event.child)

    booted.kernel.events.subscribe(events.Created, note)
    return found


def describe_end(result: Result) -> str:
    """How the program itself ended, in a line; empty for one that ended well."""
    from vm.abi import signal_name

    if result.signal is not None:
        return f"the program was killed by {signal_name(result.signal)}"
    if result.exit_code is None:
        return "the program had not ended"
    return f"the program's own exit status was {result.exit_code}" if result.exit_code else ""


def show(findings: Sequence[Any], report: Path | None, notes: bool, told: str) -> None:
    """The report for people, with what is ``told`` of the program: on standard error, in colour when they read it
    there, or in a file.
    """
    if not findings and report is None:  # most runs: nothing has to be loaded to say so
        click.secho("0 errors, 0 warnings", bold=True, err=True)
        if told:
            click.echo(told, err=True)
        return
    from rich.text import Text

    from vm.hazards.report import plain, render

    lines = list(render(findings, notes=notes))
    if told:
        lines.append(Text(told))
    if report is not None:
        write(plain(lines), report)
        return
    print_lines(lines)


def _acceptances(allowances: Sequence[Any], baseline: Path | None) -> Any:
    """What is accepted, with the baseline read; None for nothing but what comments say."""
    if not allowances and baseline is None:
        return None
    from vm.hazards.accepting import Acceptances, BadAcceptance, read_baseline

    try:
        return Acceptances(allowances, read_baseline(baseline) if baseline is not None else ())
    except BadAcceptance as error:
        say(f"{baseline} {error}")
    except OSError as error:
        say(f"cannot read {baseline}: {error.strerror or error}")
    sys.exit(STATUS_OWN_ERROR)


def _write_baseline(path: Path, findings: Sequence[Any]) -> int:
    """Write what was found; the exit status."""
    from vm.hazards.accepting import write_baseline

    try:
        count = write_baseline(path, findings)
    except OSError as error:
        say(f"cannot write {path}: {error.strerror or error}")
        return STATUS_OWN_ERROR
    say(f"{path}: {count} known from now on")
    return 0


def _encode(form: str, program: str, result: Result, findings: Sequence[Any], notes: bool) -> str:
    from vm.hazards.formats import as_json, as_sarif
    from vm.statuses import shell_status

    if form == "json":
        ended = shell_status(result.exit_code, result.signal)
        return json.dumps(as_json(program, ended, result.message, findings), indent=2)
    log = as_sarif(__version__, findings, notes=notes, message=result.message)
    return json.dumps(log, indent=2)


def write(text: str, report: Path | None) -> None:
    """A report to its file, or to standard output."""
    if report is None:
        click.echo(text)
        return
    try:
        report.write_text(text + "\n", "utf-8")
    except OSError as error:
        say(f"cannot write {report}: {error.strerror or error}")
        sys.exit(STATUS_OWN_ERROR)
