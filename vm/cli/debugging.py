"""How to debug what a command has run: the same machine and program, as a command line for a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import click

from vm import settings
from vm.cli.groups import GIVEN
from vm.cli.machine import FOLDERS

LONGEST = 400
"""Letters of the longest command that is told."""


def gdb_command(program: str, arguments: Sequence[str], has_read: bool) -> str:
    """The `forklore gdb` that goes the way of the present command; empty where it cannot be said in a line.

    ``has_read``: the program has read standard input, which has to be in a file then. A run that is recorded, or
    repeats a schedule, has the input in its schedule, and all of its settings where they were not given.
    """
    words = ["forklore", "gdb"]
    options = dict(_given_options())
    schedule = options.get("record") or options.get("schedule")
    if schedule is not None:
        words += ["--schedule", schedule[1]]
    elif has_read:
        words += ["--input", "FILE"]
    told = {*FOLDERS, "env", *settings.descriptions()}
    for name, given in options.items():
        words += given if name in told else []
    text = shlex.join([*words, program, *arguments])
    return text if text.isprintable() and len(text) <= LONGEST else ""


def _given_options() -> Iterator[tuple[str, list[str]]]:
    """The options of the present command, by name: each as words that give it again."""
    context = click.get_current_context()
    parser = context.command.make_parser(context)
    values, _, order = parser.parse_args(list(context.meta[GIVEN]))
    for param in dict.fromkeys(order):
        if isinstance(param, click.Option) and param.name is not None:
            yield param.name, list(_words(max(param.opts, key=len), values[param.name], param))


def _words(name: str, value: Any, param: click.Option) -> Iterator[str]:
    for each in value if param.multiple else [value]:
        yield name
        if not param.is_flag:
            yield str(each)
