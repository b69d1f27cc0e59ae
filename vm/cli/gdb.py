"""``forklore gdb``: a program in gdb, before its first instruction, forwards and backwards from there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from vm.cli.booting import boot, prepare, prepare_compiler
from vm.cli.completion import files
from vm.cli.gdb_finding import VARIABLE
from vm.cli.gdb_options import checkpoints_option
from vm.cli.groups import FILES, GroupedCommand, option
from vm.cli.machine import machine_options
from vm.cli.schedules import Scheduling, repeating_option
from vm.cli.terminal import terminal_signals
from vm.settings import FORK, GUEST, LIMITS, SCHEDULING

DEBUGGER = "Debugger"
EXAMPLES = """\b
Examples:
  forklore gdb programs/c/vfork_balance.c
  forklore gdb --batch -ex 'break main' -ex continue -ex backtrace prog.c -v
"""


@click.command(
    "gdb", cls=GroupedCommand, epilog=EXAMPLES,
    context_settings={"allow_interspersed_args": False, "show_default": True},
)  # fmt: skip
@option(
    "--gdb", "named", group=DEBUGGER, metavar="PATH", envvar=VARIABLE, shell_complete=files,
    help=f"The gdb to start, also by {VARIABLE} in the environment.  [default: the first that is found]",
)  # fmt: skip
@option(
    "-x", "scripts", group=DEBUGGER, multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    shell_complete=files, help="Let gdb do the commands in FILE first.",
)  # fmt: skip
@option("-ex", "commands", group=DEBUGGER, multiple=True, metavar="COMMAND", help="Let gdb do COMMAND then.")
@option("--tui", group=DEBUGGER, is_flag=True, help="Let gdb show the source in a window of its own.")
@option("--batch", group=DEBUGGER, is_flag=True, help="Let gdb end behind these commands, and ask nothing.")
@checkpoints_option
@option(
    "--input", "source", group=FILES, type=click.Path(path_type=Path), metavar="FILE", shell_complete=files,
    help="What the guest reads from standard input.  [default: nothing]",
)  # fmt: skip
@option(
    "--tty", group=FILES, type=click.Path(path_type=Path), metavar="FILE", shell_complete=files,
    help="Another terminal for the guest; its name is what `tty` says there.",
)  # fmt: skip
@machine_options(FORK, GUEST, LIMITS, SCHEDULING)
@repeating_option
@click.argument("program", shell_complete=files)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, shell_complete=files)
def command(program: str, arguments: tuple[str, ...], **options: Any) -> None:
    """Debug a program with gdb, forwards and backwards, in all its processes.

    PROGRAM, an image or a source in assembly or C, stands before its first instruction. Every process that it makes is
    an inferior of gdb's. `forklore help gdb` has sessions to try.

    The exit status is gdb's; 125 where there is no gdb, and 126 or 127 when the program cannot be run.
    """
    from vm.cli.gdb_finding import find

    if options["source"] is not None and options["tty"] is not None:
        raise click.UsageError("the guest reads from a file or from a terminal: give one of --input and --tty")
    path = find(options.pop("named"))
    prepare_compiler(program)
    prepare(measured=False, checked=False)
    sys.exit(debug(path, program, arguments, options))


def debug(path: str, program: str, arguments: tuple[str, ...], options: dict[str, Any]) -> int:
    """Let the gdb at ``path`` debug the program on this terminal; the exit status."""
    from vm.cli.debugged import Debugged
    from vm.cli.gdb_child import Folder, Gdb
    from vm.cli.gdb_settings import script
    from vm.debug.address import Address
    from vm.debug.listener import Listener

    flags, memory, scheduling = _flags(options), options.pop("checkpoints"), Scheduling(options)
    with terminal_signals() as signals, _ends_of_guest(options, signals.waker) as ends, scheduling:
        booted = boot(program, arguments, options, scheduling, **ends)
        if isinstance(booted, int):
            return booted
        debugged = Debugged(booted, memory, signals.wake, may_write=True)
        with Folder() as folder, Listener(Address(path=folder.named("gdb"))) as listener:
            images = folder.named("images")
            settings = folder.write("settings", script(listener.address.path, images))
            debugged.show_images(images)
            with Gdb(path, ["-q", "-x", settings, *flags]) as gdb:
                client = listener.accept(gdb.gone)
                if client is None:
                    return gdb.wait()
                debugged.serve(client)
                result = debugged.finish(lambda: not gdb.has_ended)
                status = gdb.wait()
        if result is None:  # what gdb has let go runs on without it
            debugged.finish()
        return status


def _flags(options: dict[str, Any]) -> list[str]:
    """What stands on gdb's command line behind our own settings; the options are taken out."""
    flags = [f"-{name}" for name in ("tui", "batch") if options.pop(name)]
    for path in options.pop("scripts"):
        flags += ["-x", str(path)]
    for each in options.pop("commands"):
        flags += ["-ex", each]
    return flags


@contextmanager
def _ends_of_guest(options: dict[str, Any], waker: int) -> Iterator[dict[str, Any]]:
    """Open what the guest reads and writes, as arguments of :func:`boot`; the options are taken out. UsageError."""
    source, terminal = options.pop("source"), options.pop("tty")
    given = source or terminal
    if given is None:
        yield {"given_input": b""}
        return
    from vm.kernel.ports import HostInput

    try:
        descriptor = os.open(given, (os.O_RDONLY if terminal is None else os.O_RDWR) | os.O_NOCTTY)
    except OSError as error:
        raise click.UsageError(f"{given}: {error.strerror}") from None
    try:
        if terminal is not None and not os.isatty(descriptor):
            raise click.UsageError(f"{given} is no terminal")
        ends = {"given_input": HostInput(descriptor, waker)}
        yield ends if terminal is None else ends | {"output": descriptor, "errors": descriptor}
    finally:
        os.close(descriptor)
