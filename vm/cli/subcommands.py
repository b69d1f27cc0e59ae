"""Commands that have further commands: a first word that names one is that, any other is an argument."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from vm.cli.groups import GroupedCommand


class Dispatching(GroupedCommand):
    """A command with ``subcommands``: a sentence for each, which is the module ``vm.cli.NAME_SUBCOMMAND``.

    A file that is called as one of them is named with a folder: ``./init``.
    """

    subcommands: Mapping[str, str] = {}

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Make the context of the command that the first word names, or of this one."""
        if args and args[0] in self.subcommands:
            command: click.Command = importlib.import_module(f"vm.cli.{self.name}_{args[0]}").command
            return command.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and what else there is to be done."""
        super().format_options(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl([(f"{self.name} {name}", text) for name, text in self.subcommands.items()])
