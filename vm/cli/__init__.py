"""The command ``forklore``: the only place that prints or exits. Each command is a module of this package."""

from __future__ import annotations

import importlib
import os
import sys
from importlib import metadata
from typing import Any

import click

COMMANDS = ("run", "check", "compare", "asm", "cc", "disasm", "inspect", "bench")

STATUS_HELP = """\b
Exit statuses:
  of the program  what `run` returns when the program ended by itself
  128 + N         the program was killed by signal N
  1               `asm` found errors in a source, `check` in what a program did,
                  `compare` runs that differ
  2               the command line was wrong
  124             `run` reached a limit, or every process was blocked for ever
  125             an error of forklore's own
  126             a file cannot be run or is not an image
  127             a file was not found
  130             interrupted from the keyboard
"""


class Commands(click.Group):
    """Imports a command when it is used, so that ``forklore asm`` does not wait for the compiler."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of :data:`COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command object of the module with that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"vm.cli.{cmd_name}").command
        return command


@click.command(cls=Commands, epilog=STATUS_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(metadata.version("forklore"), prog_name="forklore")
def forklore() -> None:
    """A RISC-V machine that shows what fork, vfork and exec really do."""


def say(message: str) -> None:
    """Print a message of ours to standard error."""
    click.echo(f"forklore: {message}", err=True)


def main() -> Any:
    """Run the command line; errors nobody expected end in a line and status 125, not in a traceback."""
    if os.environ.get("FORKLORE_TRACEBACK"):
        return forklore()
    try:
        return forklore()
    except Exception as error:
        say(f"internal error: {type(error).__name__}: {error}")
        say("this is a bug of forklore's; FORKLORE_TRACEBACK=1 in the environment shows where")
        sys.exit(125)
