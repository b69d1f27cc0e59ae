"""``forklore bench``: what creating a process costs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from vm.cli import completion, fail, say
from vm.cli.booting import prepare
from vm.cli.executors import AskedWorkers, executor_options, helpers, take_workers
from vm.cli.groups import REPORTS, GroupedCommand, option
from vm.cli.limits import check_address_space
from vm.cli.progress import progress
from vm.cli.sizes import Size
from vm.laboratory import ACTIONS, METHODS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from vm.laboratory.summary import Line

DEFAULT_SIZES = "64K,256K,1M,4M,16M,64M"
EXPERIMENT, ROUNDS = "Experiment", "Rounds"
EXAMPLES = """\b
Examples:
  forklore bench --sizes 64K,16M --methods copy,cow,vfork --child write
  forklore bench --host --plot creation.svg
"""


class Several(click.ParamType[tuple[Any, ...]]):
    """Values of one type, separated by commas."""

    def __init__(self, inner: click.ParamType[Any]) -> None:
        self.inner = inner
        self.name = f"{inner.name},…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        """Each of them, converted."""
        if isinstance(value, tuple):
            return value
        return tuple(self.inner.convert(part.strip(), param, ctx) for part in value.split(","))

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """What may be the last of them, behind those that are there."""
        before, comma, last = incomplete.rpartition(",")
        return [
            completion.item(f"{before}{comma}{each.value}", each.type)
            for each in self.inner.shell_complete(ctx, param, last)
        ]


@click.command(
    "bench", cls=GroupedCommand, epilog=EXAMPLES, context_settings={"show_default": True},
)  # fmt: skip
@option(
    "--sizes", group=EXPERIMENT, type=Several(Size()), default=DEFAULT_SIZES,
    help="Resident bytes of the parent's heap.",
)  # fmt: skip
@option(
    "--methods", group=EXPERIMENT, type=Several(click.Choice(METHODS)), metavar="NAME,…",
    help=f"Ways to create, of {', '.join(METHODS)}.  [default: all]",
)  # fmt: skip
@option(
    "--child", group=EXPERIMENT, type=click.Choice(ACTIONS), default=ACTIONS[0],
    help="What a child does.",
)  # fmt: skip
@option(
    "--write", group=EXPERIMENT, type=Several(click.IntRange(0, 100)), default="100", metavar="N,…",
    help="Per cent of the heap that it writes.",
)  # fmt: skip
@option(
    "--children", group=EXPERIMENT, type=click.IntRange(1, 500), default=1, metavar="N",
    help="Children alive at once.",
)  # fmt: skip
@option(
    "--depth", group=EXPERIMENT, type=click.IntRange(1, 100), default=1, metavar="N",
    help="Generations below the parent.",
)  # fmt: skip
@option("--host", group=EXPERIMENT, is_flag=True, help="Run the same on this computer's own kernel too.")
@option("--summary", group=EXPERIMENT, is_flag=True, help="Small costs in a table like lat_proc's, instead of a sweep.")
@option(
    "--rounds", group=ROUNDS, type=click.IntRange(1), default=7, metavar="N",
    help="Rounds in a run; a first one is not counted.",
)  # fmt: skip
@option(
    "--repeats", group=ROUNDS, type=click.IntRange(1), default=3, metavar="N",
    help="Runs of each experiment, interleaved.",
)  # fmt: skip
@executor_options("make the runs; the counts do not depend on it, but times of runs at once disturb each other", jobs=1)
@option(
    "--format", "form", group=REPORTS, type=click.Choice(["table", "csv", "json"]), default="table",
    help="Of the results.",
)  # fmt: skip
@option(
    "--plot", group=REPORTS, type=click.Path(dir_okay=False, writable=True),
    help="Draw the curves into a .png or .svg file; needs matplotlib: pip install '.[plot]'.",
)  # fmt: skip
def command(summary: bool, rounds: int, repeats: int, host: bool, **options: Any) -> None:
    """Measure what creating a process costs: by fork with each strategy, by vfork, by spawn.

    A program with a heap of each size creates children; the counts are exact, the times medians of all rounds.
    Results go to standard output.
    """
    check_address_space()
    asked = take_workers(options)
    if summary and not asked.is_nobody:
        raise click.UsageError("--summary is of times alone, which are measured one after the other: here")
    from vm.laboratory.experiment import ExperimentFailed

    if host:
        _need("ziglang", "the host's program needs a compiler: pip install ziglang")
    if options["plot"]:
        _need("matplotlib", "plots need matplotlib: pip install '.[plot]' or pip install matplotlib")
        _check_plot(options)
    options["methods"] = options["methods"] or METHODS
    prepare(measured=True, checked=False)
    try:
        if summary:
            _summary(rounds, repeats, host, options["form"])
        else:
            _sweep(rounds, repeats, host, options, asked)
    except ExperimentFailed as error:
        fail(str(error))


def _check_plot(options: dict[str, Any]) -> None:
    """Find out before anything is measured that it could not be drawn."""
    name = options["plot"]
    if not name.endswith((".png", ".svg")):
        raise click.BadParameter("the file's name must end in .png or .svg", param_hint="--plot")
    folder = os.path.dirname(name) or "."
    if not os.access(folder, os.W_OK):
        raise click.BadParameter(f"no file can be made in {folder!r}", param_hint="--plot")
    if options["child"] == "write" and len(set(options["sizes"])) > 1 and len(set(options["write"])) > 1:
        raise click.UsageError("curves over several sizes are of one thing that children do: give one value to --write")


def _need(module: str, message: str) -> None:
    from importlib import util

    if util.find_spec(module) is None:
        fail(message)


def _sweep(rounds: int, repeats: int, on_host: bool, options: dict[str, Any], asked: AskedWorkers) -> None:
    from vm.laboratory import report
    from vm.laboratory.sweep import Plan, sweep
    from vm.observe.trimmed import print_trimmed, report_console

    plan = Plan(
        options["methods"], options["sizes"], options["write"], options["child"], options["children"], options["depth"],
        rounds, repeats, on_host,
    )  # fmt: skip
    with helpers(asked) as pool, progress("measuring", plan.steps) as done:
        found = sweep(plan, done, pool)
    if not found:
        raise click.UsageError("no experiment of this plan fits into a machine's memory")
    if options["form"] == "table":
        console = report_console()
        for table in report.as_tables(found):
            print_trimmed(console, table)
        console.print(report.legend(found), style="dim")
        console.print(", ".join(report.machine_facts().values()), style="dim")
    else:
        click.echo(report.as_csv(found) if options["form"] == "csv" else report.as_json(found), nl=False)
    if note := report.emulated_faults(found):
        say(note)
    if options["plot"]:
        from vm.laboratory.plot import CannotPlot, plot

        try:
            plot(found, options["plot"])
        except CannotPlot as error:
            fail(str(error))


def _summary(rounds: int, repeats: int, on_host: bool, form: str) -> None:
    import dataclasses
    import json

    from vm.laboratory.report import machine_facts
    from vm.laboratory.summary import ROWS, summary

    with progress("measuring", len(ROWS) + 2) as done:
        lines = summary(rounds, repeats, on_host=on_host, done=done)
    if form == "table":
        _print_summary(lines)
    elif form == "json":
        records = [dataclasses.asdict(line) for line in lines]
        click.echo(json.dumps({"machine": machine_facts(), "summary": records}, indent=1))
    else:
        click.echo("name,machine_ns,host_ns")
        for line in lines:
            cells = ["" if spread is None else f"{spread.median:.1f}" for spread in (line.machine, line.host)]
            click.echo(",".join([line.name, *cells]))


def _print_summary(lines: list[Line]) -> None:
    from rich.table import Table

    from vm.laboratory.report import machine_facts, spread_text
    from vm.observe.trimmed import print_trimmed, report_console

    table = Table(title="Small costs, until the child is collected", title_justify="left", box=None, pad_edge=False,
                  title_style="bold", padding=(0, 3, 0, 0))  # fmt: skip
    for name in ("", "machine", "host", "machine : host"):
        table.add_column(name, justify="left" if not name else "right")
    for line in lines:
        ratio = f"{line.machine.median / line.host.median:.1f}" if line.machine and line.host else ""
        table.add_row(line.name, spread_text(line.machine), spread_text(line.host), ratio)
    console = report_console()
    print_trimmed(console, table)
    console.print(", ".join(machine_facts().values()), style="dim")
