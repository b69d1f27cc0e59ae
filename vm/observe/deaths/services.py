"""Numbers that a system call has elsewhere: programs for a simulator make calls that Linux does not have."""

from __future__ import annotations

from vm.abi import CALL_NAMES, Errno
from vm.services import RARS_SERVICES, VENUS_SERVICES


def refusal(number: int, arguments: tuple[int, ...]) -> str:
    """Why the machine does not make call ``number``, and whose it may be."""
    name = CALL_NAMES.get(number, "")
    if name == "clone":
        return "clone with CLONE_PIDFD is refused: this machine has no file descriptors of processes"
    if name:
        text = f"call {number} is Linux's {name}, which this machine does not have"
    else:
        text = f"call {number} is not one of Linux's"
    if number in RARS_SERVICES:
        return f"{text}; RARS's {RARS_SERVICES[number]} has that number: --dialect rars"
    if number == 0 and arguments[0] in VENUS_SERVICES:
        return (
            f"{text}; Venus has its number in a0, and {arguments[0]} is {VENUS_SERVICES[arguments[0]]}: --dialect venus"
        )
    return text


def error_text(error: int) -> str:
    """``ENOENT`` for 2; the number where no name is known."""
    try:
        return Errno(error).name
    except ValueError:
        return f"error {error}"
