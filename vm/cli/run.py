"""``forklore run``: run a program and exit as it did."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from vm.cli import say
from vm.cli.groups import FILES, GUEST, LIMITS, REPORTS, SCHEDULING, GroupedCommand, option
from vm.cli.limits import check_address_space
from vm.cli.sizes import Size
from vm.cli.streams import guest_input, guest_output
from vm.cli.terminal import given_back, terminal_signals

EXAMPLES = """\b
Examples:
  forklore run --stats --fork cow programs/fork_isolation.s
  forklore run --root ~/guest --bind .:/work --seconds 10 /bin/prog -v
"""


class Variable(click.ParamType[tuple[str, str]]):
    """NAME=VALUE."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """(name, value)."""
        name, sign, content = value.partition("=")
        if not sign or not name:
            self.fail(f"{value!r} is not of the form NAME=VALUE", param, ctx)
        return name, content


class Binding(click.ParamType[tuple[str, str]]):
    """HOST:GUEST."""

    name = "HOST:GUEST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """(host folder, guest path)."""
        host, _, guest = value.rpartition(":")
        if not host or not guest.startswith("/"):
            self.fail(f"{value!r} is not of the form HOST:GUEST, where GUEST begins with /", param, ctx)
        return host, guest


@click.command(
    "run", cls=GroupedCommand, short_help="Run a program: an image, or a source in assembly or C.", epilog=EXAMPLES,
    context_settings={"allow_interspersed_args": False, "show_default": True},
)  # fmt: skip
@option(
    "--fork", "strategy", group=GUEST, type=click.Choice(["copy", "cow", "on-demand"]), default="copy",
    help="How fork makes the child's memory: pages copied at once, at the first write, or page tables shared as well.",
)  # fmt: skip
@option(
    "--vfork-as-fork", group=GUEST, is_flag=True,
    help="Let vfork be a fork, as some tools do; it hides what goes wrong.",
)  # fmt: skip
@option("--env", group=GUEST, type=Variable(), multiple=True, help="A variable of the program's environment.")
@option("--seed", group=GUEST, type=int, default=0, metavar="N", help="What the guest's random bytes come from.")
@option(
    "--engine", group=GUEST, type=click.Choice(["interpreter", "translator", "auto"]), default="auto",
    help="What executes instructions; the results are the same.",
)  # fmt: skip
@option(
    "--root", group=FILES, type=click.Path(path_type=Path), metavar="DIR",
    help="Folder that is the guest's /; never written to.  [default: the program's]",
)  # fmt: skip
@option("--bind", group=FILES, type=Binding(), multiple=True, help="A further folder, and where the guest sees it.")
@option(
    "--include-root", "include_roots", group=FILES, multiple=True, metavar="DIR",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Compile C from what lies below this folder only.",
)  # fmt: skip
@option("--memory", group=LIMITS, type=Size(), default="256M", help="Physical memory.")
@option("--stack", group=LIMITS, type=Size(), default="8M", help="How far a stack may grow.")
@option(
    "--disk", group=LIMITS, type=Size(), default="64M",
    help="What programs may write to files, which stays in memory.",
)  # fmt: skip
@option(
    "--overcommit", group=LIMITS, is_flag=True, help="Promise memory that is not there; a write may then be killed."
)
@option(
    "--processes", group=LIMITS, type=click.IntRange(2, 32768), default=64, metavar="N",
    help="Slots of the process table.",
)  # fmt: skip
@option(
    "--open-files", group=LIMITS, type=click.IntRange(3, 65536), default=256, metavar="N",
    help="Open descriptors of a process.",
)  # fmt: skip
@option(
    "--instructions", group=LIMITS, type=click.IntRange(1), metavar="N", help="Instructions of all processes together."
)
@option("--output", group=LIMITS, type=Size(), help="Bytes written to standard output and error together.")
@option(
    "--seconds", group=LIMITS, type=click.FloatRange(0, min_open=True), metavar="N",
    help="Time on this computer's clock.",
)  # fmt: skip
@option(
    "--quantum", group=SCHEDULING, type=click.IntRange(1, 10**9), default=10_000, metavar="N",
    help="Instructions before the next process runs.",
)  # fmt: skip
@option(
    "--first", group=SCHEDULING, type=click.Choice(["parent", "child"]), default="parent",
    help="Who goes on after fork.",
)  # fmt: skip
@option("--trace", group=REPORTS, is_flag=True, help="Show every system call on standard error.")
@option("--stats", group=REPORTS, is_flag=True, help="Show what each fork, vfork and exec cost, on standard error.")
@option(
    "--check-vfork", group=REPORTS, is_flag=True,
    help="Report what vfork children did to their parents, on standard error.",
)  # fmt: skip
@click.argument("program")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(program: str, arguments: tuple[str, ...], **options: Any) -> None:
    """Run PROGRAM, an image or a source in assembly or C, with ARGUMENTS.

    Everything behind PROGRAM belongs to it. Its exit status is that of this command: 128 + N when signal N killed it,
    124 when a limit ended the run, 126 when it cannot be run, 127 when it was not found.
    """
    prepare_compiler(program)
    prepare(measured=options["stats"], checked=options["check_vfork"])
    sys.exit(run(program, arguments, options))


def prepare_compiler(program: str) -> None:
    """For a program in C: say what is missing, and what will take long."""
    from vm import toolchain

    if not program.endswith(".c"):
        return
    if not toolchain.is_installed():
        say(f"{program}: {toolchain.INSTALL}")
        sys.exit(125)
    if not toolchain.is_library_built():
        say(toolchain.BUILDING)


def prepare(measured: bool, checked: bool) -> None:
    """Compile the machine if that has never been done, and the checker for a run that is checked.

    For a run whose times are shown, the machine is loaded at once.
    """
    check_address_space()
    from vm.cache import refusals
    from vm.cli.hostfault import tell_host_faults
    from vm.cpu import jit
    from vm.machine import warm_up, warm_up_checker

    tell_host_faults()
    often = "once" if jit.CACHE else "in every run"
    if not jit.is_cached("machine"):
        for reason in refusals("jit"):
            say(reason)
        say(f"compiling the machine, which happens {often} and takes some seconds")
        warm_up()
    elif measured:
        warm_up()
    if checked and not jit.is_cached("checker"):
        say(f"compiling the checker, which happens {often} and takes some seconds")
        warm_up_checker()


def boot(
    program: str, arguments: tuple[str, ...], options: dict[str, Any], output: int = 1, waker: int | None = None
) -> Any:
    """Boot the machine for this terminal, the guest's standard output being descriptor ``output``: a
    :class:`vm.machine.Run`, or after a message the status to exit with.
    """
    from vm.kernel.errors import WrongSetting
    from vm.machine import ENVIRONMENT, CannotRun, Machine

    trace, root = options.pop("trace"), options.pop("root")
    environment = {**ENVIRONMENT, **dict(options.pop("env"))}
    options["child_first"] = options.pop("first") == "child"
    try:
        booted = Machine(root=root, binds=options.pop("bind"), **options).boot(
            program, arguments, environment=environment, input=guest_input(waker), output=guest_output(output),
            errors=guest_output(2),
        )  # fmt: skip
    except CannotRun as error:
        say(str(error))
        return error.status
    except WrongSetting as error:
        raise click.UsageError(str(error)) from None
    if trace:
        from vm.observe.strace import Tracer

        Tracer(booted.kernel, lambda line: click.echo(line, err=True))
    return booted


def run(program: str, arguments: tuple[str, ...], options: dict[str, Any]) -> int:
    """Run the program on this terminal; the exit status."""
    from vm.machine import Result

    stats, checked = options.pop("stats"), options.pop("check_vfork")
    findings = None
    with terminal_signals() as signals:
        booted = boot(program, arguments, options, waker=signals.waker)
        if isinstance(booted, int):
            return booted
        if stats:
            from vm.observe.totals import TotalsWatch

            totals = TotalsWatch(booted.kernel)
        if checked:
            from vm.cli.check import observe, show

            findings = observe(booted)
        signals.send_to(booted.kernel)
        with given_back(booted.kernel):
            result: Result = booted.finish()
    if result.message:
        say(result.message)
    if stats:
        print_stats(result, totals)
        print_translations(booted.kernel.engine.statistics)
    if findings is not None:
        show(findings(), None, False, "")
    return result.status


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
    from rich.console import Console

    from vm.observe.costs import describe_totals, plural, print_costs, size

    console = Console(stderr=True, highlight=False, emoji=False, markup=False)
    print_costs(console, result.events)
    memory = result.memory
    retired = plural(result.retired, "instruction")
    processes = plural(len(result.processes), "process", "processes")
    frames = f"at most {memory.peak:,} of {memory.frames:,} frames in use ({size(memory.peak * 4096)})"
    console.print(f"{retired} by {processes}; {frames}")
    if watch.totals.creations:
        console.print(describe_totals(watch.totals, watch.most_shared), soft_wrap=True)
