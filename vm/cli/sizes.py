"""Sizes on the command line."""

from __future__ import annotations

import re
from typing import Any

import click
from click.shell_completion import CompletionItem

from vm.text import brief

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def size_text(size: int) -> str:
    """A number of bytes as briefly as it can be written without a loss: 64K."""
    name = max((name for name, unit in UNITS.items() if size % unit == 0), key=UNITS.__getitem__)
    return f"{size // UNITS[name]}{name}"


class Size(click.ParamType[int]):
    """A number of bytes: 65536, 64K, 256MiB."""

    name = "size"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The units that may follow a number."""
        return [CompletionItem(f"{incomplete}{unit}") for unit in UNITS if unit and incomplete.isdecimal()]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"0*(\d{1,20})([KMG]?)(i?B)?", value, re.IGNORECASE)
        if not match:
            self.fail(f"{brief(value)} is not a size; write it as 65536, 64K or 256M", param, ctx)
        return int(match[1]) * UNITS[match[2].upper()]
