"""Sizes on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vm.cli import completion
from vm.text import brief

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_SPELLED = {f"{unit}{byte}": size for unit, size in UNITS.items() for byte in ("", "B", "IB")}
_MOST_DIGITS = 20


def size_text(size: int) -> str:
    """A number of bytes as briefly as it can be written without a loss: 64K."""
    name = max((name for name, unit in UNITS.items() if size % unit == 0), key=UNITS.__getitem__)
    return f"{size // UNITS[name]}{name}"


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
        number = value.rstrip("KMGIBkmgib")
        unit, digits = _SPELLED.get(value[len(number) :].upper()), number.lstrip("0")
        if unit is None or not number.isdecimal() or len(digits) > _MOST_DIGITS:
            self.fail(f"{brief(value)} is not a size; write it as 65536, 64K or 256M", param, ctx)
        return int(digits or "0") * unit
