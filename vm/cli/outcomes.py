"""``forklore outcomes``: every output that a program can have, one that it can or cannot have, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from vm.cli.booting import prepare, prepare_compiler
from vm.cli.completion import files
from vm.cli.executors import executor_options
from vm.cli.groups import REPORTS, GroupedCommand, option
from vm.cli.machine import machine_options
from vm.settings import FORK, GUEST, LIMITS

SHOWN = 20
"""Outcomes that are listed unless told otherwise."""
SECONDS = 60
INSTRUCTIONS = 100_000_000
OUTPUT = 1 << 20
"""What the exploration may take, and each of its runs, unless told otherwise: a program may go on for ever."""
STEPS = 2_000

ASKING, EXPLORING = "Questions", "Exploring"
STATUS_IMPOSSIBLE = 1
EXAMPLES = """\b
Examples:
  forklore outcomes programs/fork_order.s
  forklore outcomes --possible 'parent\\nchild\\n' programs/fork_order.s
"""


@click.command(
    "outcomes", cls=GroupedCommand, epilog=EXAMPLES,
    context_settings={"allow_interspersed_args": False, "show_default": True},
)  # fmt: skip
@option(
    "--possible", group=ASKING, metavar="TEXT|FILE", shell_complete=files,
    help="Can it print this? A text with escapes such as \\n, or a file that holds it, also as @FILE.",
)  # fmt: skip
@option(
    "--partial", group=ASKING, is_flag=True,
    help="That is a pattern: what stands in braces comes in any order. {ab|c}d is abcd or cabd.",
)  # fmt: skip
@option("--count", group=ASKING, is_flag=True, help="Print how many outcomes there are, and nothing else.")
@option(
    "--sample", group=ASKING, type=click.IntRange(1), metavar="N",
    help="Show N of them, each as likely as any other; --seed makes it others.",
)  # fmt: skip
@option(
    "--show", group=ASKING, type=click.IntRange(0), default=SHOWN, metavar="N", help="List at most so many outcomes."
)  # fmt: skip
@option("--all", "everything", group=ASKING, is_flag=True, help="List all outcomes, however many there are.")
@option(
    "--outcome", "number", group=ASKING, type=click.IntRange(1), metavar="N",
    help="Show how outcome number N of the list comes about.",
)  # fmt: skip
@option(
    "--compare", group=ASKING, is_flag=True,
    help="Take all words for programs, side by side; one alone with vfork as a fork, and with a pipe.",
)  # fmt: skip
@option(
    "--stdout", group=EXPLORING, type=click.Choice(["tty", "pipe"]), default="tty",
    help="What standard output is: one terminal with standard error, or a pipe, which C programs fill block by block.",
)  # fmt: skip
@option(
    "--input", "source", group=EXPLORING, type=click.Path(path_type=Path), metavar="FILE", shell_complete=files,
    help="What every run reads from standard input; - is that of this command.  [default: nothing]",
)  # fmt: skip
@option(
    "--runs", group=EXPLORING, type=click.IntRange(1), metavar="N", help="Runs that are made at most."
)  # fmt: skip
@option(
    "--steps", group=EXPLORING, type=click.IntRange(1), default=STEPS, metavar="N",
    help="Steps of a run at most: system calls, and uses of shared memory.",
)  # fmt: skip
@executor_options("make the runs; the answer does not depend on it", jobs=1)
@machine_options(FORK, GUEST, LIMITS, seconds=SECONDS, instructions=INSTRUCTIONS, output=OUTPUT)
@option(
    "--schedule", group=REPORTS, type=click.Path(path_type=Path), metavar="FILE", shell_complete=files,
    help="Write a schedule of the outcome that is asked for, or of the first; `run --schedule` repeats it.",
)  # fmt: skip
@option(
    "--graph", group=REPORTS, type=click.Path(path_type=Path), metavar="FILE", shell_complete=files,
    help="Draw its processes, what they do and wait for, into a .svg or .png file; needs matplotlib.",
)  # fmt: skip
@option("--format", "form", group=REPORTS, type=click.Choice(["text", "json"]), default="text", help="Of the report.")
@click.argument("program", shell_complete=files)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, shell_complete=files)
def command(program: str, arguments: tuple[str, ...], **options: Any) -> None:
    """Show every output that PROGRAM can have with ARGUMENTS, however its processes are scheduled.

    An outcome is what it writes, and how it ends: by itself, by a signal, or in a deadlock. Every order of its system
    calls counts, and of its uses of shared memory; those that nobody can tell apart are tried once.

    The exit status is 0 when the answer is complete, or when what --possible asks for is possible; 1 when that is not
    possible; 124 when a limit was reached before all was known; 125 to 127 when the program could not be run.
    """
    from vm.cli.outcomes_asking import Asking

    asking = Asking(program, arguments, options)
    for each in asking.programs:
        prepare_compiler(each)
    prepare(measured=False, checked=asking.compares)
    sys.exit(asking.answer())
