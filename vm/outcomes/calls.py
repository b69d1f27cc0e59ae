"""System calls in a line, for people: with their own arguments, as a trace shows them, but for what is in memory."""

from __future__ import annotations

from collections.abc import Sequence

from vm.abi import CALL_NUMBERS, Errno, Signal
from vm.kernel.syscalls import TABLE

LARGEST_DECIMAL = 0xFFFF
"""The largest number that is shown in decimal digits, where it is not signed: larger ones are mostly addresses."""
_SIGNALS = frozenset(Signal)
MOST_UNKNOWN = 3
"""Arguments that are shown of what is no system call."""


def call_text(name: str, arguments: Sequence[int], result: int | None = None) -> str:
    """Return ``read(3, 0x12008, 1) = 1``; without its result a call that has none, or not yet.

    An access to memory is a load, a store or both; what is no call is told in words.
    """
    if name == "access":
        return _access_text(arguments, result)
    if name == "death":
        return "dies of a signal"
    if name == "handler":
        return f"enters its handler of {Signal(arguments[0]).name if arguments[0] in _SIGNALS else arguments[0]}"
    if name == "clone" and arguments[0] == Signal.SIGCHLD:
        return "fork()" + ("" if result is None else f" = {_result(result)}")
    row = TABLE.get(CALL_NUMBERS.get(name, -1))
    count, signed = (len(row.arguments), row.signed) if row is not None else (MOST_UNKNOWN, ())
    shown = ", ".join(_number(value, place in signed) for place, value in enumerate(arguments[:count]))
    return f"{name}({shown})" + ("" if result is None else f" = {_result(result)}")


def _access_text(arguments: Sequence[int], result: int | None) -> str:
    """``load 0x7f6ff000 = 5``, ``store 0x7f6ff000 = 6``, or both for an atomic: what was there, and what is."""
    address, _, written = arguments
    if result is None:
        return f"store {address:#x} = {_number(written, False)}"
    loaded = f"load {address:#x} = {_number(result, False)}"
    return loaded if written < 0 else f"{loaded}, store {_number(written, False)}"


def _number(value: int, is_signed: bool) -> str:
    if is_signed:
        return str(value - (1 << 32) if value >> 31 == 1 else value)
    return str(value) if value <= LARGEST_DECIMAL else f"{value:#x}"


def _result(value: int) -> str:
    if -value in Errno._value2member_map_:
        return f"-1 {Errno(-value).name}"
    return _number(value, value < 0)
