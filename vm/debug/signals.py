"""Numbers of signals as gdb counts them, which are no system's own (gdb manual, "Stop Reply Packets")."""

from __future__ import annotations

from vm.abi.signals import SIGNAL_LIMIT, Signal

_NAMES = """
    HUP INT QUIT ILL TRAP ABRT EMT FPE KILL BUS SEGV SYS PIPE ALRM TERM URG STOP TSTP CONT CHLD TTIN TTOU IO XCPU XFSZ
    VTALRM PROF WINCH LOST USR1 USR2 PWR
"""
"""Those that have names, in gdb's order from 1 on. Of Linux's SIGSTKFLT is missing; it has no EMT and LOST."""
_FIRST_REAL_TIME, _32, _64 = 45, 77, 78
"""gdb counts SIG33 to SIG63 from here on, and two more elsewhere."""
UNKNOWN = 143
"""A signal that gdb has no number for: SIGSTKFLT alone."""


def _pairs() -> dict[int, int]:
    """Linux's numbers and gdb's."""
    numbers = {f"SIG{name}": number for number, name in enumerate(_NAMES.split(), 1)}
    pairs = {int(signal): numbers.get(signal.name, UNKNOWN) for signal in Signal}
    pairs |= {number: number - 33 + _FIRST_REAL_TIME for number in range(33, 64)}
    return pairs | {32: _32, SIGNAL_LIMIT: _64}


_TO_GDB = _pairs()
_FROM_GDB = {theirs: ours for ours, theirs in _TO_GDB.items()}


def to_gdb(signal: int) -> int:
    """Return gdb's number of Linux's ``signal``, 1 to 64. Raises KeyError for another."""
    return _TO_GDB[signal]


def from_gdb(number: int) -> int | None:
    """Return Linux's number of the signal that gdb calls ``number``; None for one that Linux does not have."""
    return _FROM_GDB.get(number)
