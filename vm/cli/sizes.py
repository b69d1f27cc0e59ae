"""Sizes on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vm.cli import completion
from vm.quantities import UNITS, size_of
from vm.text import brief

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Size(click.ParamType[int]):
    """A number of bytes: 65536, 64K, 256MiB."""

    name = "size"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The units that may follow a number."""
        return [completion.item(f"{incomplete}{unit}") for unit in UNITS if unit and incomplete.isdecimal()]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes."""
        if isinstance(value, int):
            return value
        size = size_of(value)
        if size is None:
            self.fail(f"{brief(value)} is not a size; write it as 65536, 64K or 256M", param, ctx)
        return size
