"""The command ``forklore``: the only place that prints or exits. Each command is a module of this package.

A command imports the machine when it runs one, and its types for the checker of types alone, so that help, errors and
the commands that run nothing come at once. The list of commands needs none of them.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import signal
import sys
from typing import Any, NoReturn

import click

from vm import __version__, collecting
from vm.cli import ending, streams
from vm.cli.groups import HelpfulGroup
from vm.statuses import STATUS_OWN_ERROR
from vm.text import message

COMMANDS = {
    "run": "Run a program: an image, or a source in assembly or C.",
    "film": "Write a page that shows the processes of a run and their memory, moment by moment.",
    "gdb": "Debug a program with gdb, forwards and backwards, in all its processes.",
    "check": "Report what a program's vfork children did to their parents.",
    "compare": "Run a program under every strategy of fork, side by side.",
    "outcomes": "Show every output that a program can have, however its processes are scheduled.",
    "grade": "Grade SUBMISSIONS, folders, files or archives, by TESTS.",
    "asm": "Assemble SOURCES and link them into one image.",
    "cc": "Compile C, and assembly in .s and .S files, into images of this machine.",
    "disasm": "List the executable sections of IMAGE: labels, addresses, words and statements.",
    "inspect": "Show the header, segments, sections and symbols of IMAGE.",
    "bench": "Measure what creating a process costs.",
    "cache": "Show what is kept of what was compiled, where, and how much: of each KIND, or those named.",
    "help": "Show a page of the manual, or without PAGE a list of them.",
}
"""What each command does, in the order of the help."""

STATUS_HELP = """\b
Exit statuses:
  of the program  what `run` returns when the program ended by itself
  128 + N         the program was killed by signal N
  1               `asm` found errors in a source, `check` in what a program
                  did, `compare` runs that differ; what `outcomes` was asked
                  for is not possible
  2               the command line was wrong
  124             `run` reached a limit, or every process was blocked for
                  ever; `outcomes` reached a limit before it knew all
  125             an error of forklore's own, or what it needs is not there:
                  memory, descriptors, room for its output, a compiler
  126             a file cannot be run or is not an image
  127             a file was not found
  130, 143, 129   SIGINT, SIGTERM or SIGHUP ended the command, or a program
                  that the interrupt key killed: it dies of that signal
  141             nobody reads the output any more
"""

STATUS_NOBODY_READS = 141

_REFUSED = {
    errno.ENOMEM: "this computer has no more memory to give; a smaller --memory or a higher limit (ulimit -v) helps",
    errno.EMFILE: "too many files are open for this process; a higher limit (ulimit -n) helps",
    errno.ENFILE: "too many files are open on this computer",
}
"""What to say when the host refuses what it usually has."""


class Commands(HelpfulGroup):
    """Imports a command when it is used, so that ``forklore asm`` does not wait for the compiler."""

    summaries = COMMANDS

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command object of the module with that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"vm.cli.{cmd_name}").command
        collecting.settle()
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever it was doing, an interrupt ends it in one way."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            with contextlib.suppress(OSError):
                click.echo("", err=True, nl=sys.stderr.isatty())  # behind what the terminal shows of the key
            say("interrupted")
            raise ending.Ended(signal.SIGINT) from None
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            raise click.UsageError(message(error.format_message()), error.ctx) from None
        except click.ClickException as error:
            raise click.ClickException(message(error.message)) from None
        except OSError as error:  # before click thinks about it
            sys.exit(explain(error))


@click.command(cls=Commands, epilog=STATUS_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="forklore")
def forklore() -> None:
    """A RISC-V machine that shows what fork, vfork and exec really do."""


def say(text: str) -> None:
    """Print a message of ours to standard error, where that can be. Texts of others in it command no terminal."""
    with contextlib.suppress(OSError):
        click.echo(message(f"forklore: {text}"), err=True)


def fail(text: str) -> NoReturn:
    """Say why nothing can be done, and end the command with the status of an error of forklore's own."""
    say(text)
    sys.exit(STATUS_OWN_ERROR)


def explain(error: Exception) -> int:
    """Say what an error means that no command expected; the exit status."""
    lost = streams.output_error()
    number = errno.ENOMEM if isinstance(error, MemoryError) else getattr(error, "errno", None)
    if isinstance(lost or error, BrokenPipeError):
        return STATUS_NOBODY_READS
    if lost is not None:
        say(f"cannot write to standard output: {lost.strerror}")
    elif number in _REFUSED:
        say(_REFUSED[number])
    elif os.environ.get("FORKLORE_TRACEBACK"):
        raise error
    elif isinstance(error, OSError):
        say(f"this computer refuses what is needed: {error}")
    else:
        say(f"internal error: {type(error).__name__}: {error}")
        say("this is a bug of forklore's; FORKLORE_TRACEBACK=1 in the environment shows where")
    return STATUS_OWN_ERROR


def main() -> Any:
    """Run the command line; errors nobody expected end in a line and status 125, not in a traceback."""
    try:
        collecting.settle()
        streams.hold()
        ending.listen()
        forklore()
    except ending.Ended as ended:
        ending.die(ended.number)
    except Exception as error:
        sys.exit(explain(error))
