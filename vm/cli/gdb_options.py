"""The options of debugging, for the commands that a debugger can have a program of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vm.cli.groups import DEBUGGING, F, option
from vm.cli.sizes import Size
from vm.quantities import size_text

if TYPE_CHECKING:
    from vm.debug.address import Address

CHECKPOINTS = 512 << 20
"""Bytes that copies of the machine take at most unless told otherwise."""


class Where(click.ParamType["Address"]):
    """PORT, HOST:PORT or the path of a Unix socket."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """The address."""
        from vm.debug.address import Address, address_of

        if isinstance(value, Address):
            return value
        try:
            return address_of(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def checkpoints_option(command: F) -> F:
    """Attach to a command the option that says what going back may cost."""
    return option(
        "--checkpoints", group=DEBUGGING, type=Size(), default=size_text(CHECKPOINTS), metavar="SIZE",
        help="Memory of this computer's for copies of the machine: more makes going back faster.",
    )(command)  # fmt: skip


def server_options(command: F) -> F:
    """Attach the options by which a debugger gets a program over a socket."""
    return option(
        "--gdb", group=DEBUGGING, type=Where(), metavar="ADDRESS",
        help="Wait for gdb at PORT, HOST:PORT or the path of a socket, 0 for a free port.",
    )(checkpoints_option(command))  # fmt: skip
