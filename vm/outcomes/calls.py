"""System calls in a line, for people: with their own arguments, as a trace shows them, but for what is in memory."""

from __future__ import annotations

from collections.abc import Sequence

from vm.abi import CALL_NUMBERS, Errno
from vm.kernel.syscalls import TABLE

LARGEST_DECIMAL = 0xFFFF
"""The largest number that is shown in decimal digits, where it is not signed: larger ones are mostly addresses."""
MOST_UNKNOWN = 3
"""Arguments that are shown of what is no system call."""


def call_text(name: str, arguments: Sequence[int], result: int | None = None) -> str:
    """Return ``read(3, 0x12008, 1) = 1``; without its result a call that has none, or not yet."""
    row = TABLE.get(CALL_NUMBERS.get(name, -1))
    count, signed = (len(row.arguments), row.signed) if row is not None else (MOST_UNKNOWN, ())
    shown = ", ".join(_number(value, place in signed) for place, value in enumerate(arguments[:count]))
    return f"{name}({shown})" + ("" if result is None else f" = {_result(result)}")


def _number(value: int, is_signed: bool) -> str:
    if is_signed:
        return str(value - (1 << 32) if value >> 31 == 1 else value)
    return str(value) if value <= LARGEST_DECIMAL else f"{value:#x}"


def _result(value: int) -> str:
    if -value in Errno._value2member_map_:
        return f"-1 {Errno(-value).name}"
    return _number(value, value < 0)
