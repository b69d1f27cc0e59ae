"""The status word of wait(2): how a process ended, or what stopped it (bits/waitstatus.h of the C library)."""

from __future__ import annotations

_LOW = 0x7F
_DUMPED = 0x80


def exited(code: int) -> int:
    """Return the word of a process that ended by itself; of its exit code the low 8 bits count."""
    return (code & 0xFF) << 8


def killed(signal: int, *, dumped: bool = False) -> int:
    """Return the word of a process that a signal ended; ``dumped``: with a core file."""
    return signal | (_DUMPED if dumped else 0)


def stopped(signal: int) -> int:
    """Return the word of a process that a signal stopped."""
    return signal << 8 | _LOW


def exit_code(status: int) -> int | None:
    """Return the exit code (WEXITSTATUS), None for a process that did not end by itself."""
    return None if status & _LOW else status >> 8 & 0xFF


def term_signal(status: int) -> int | None:
    """Return the signal that ended a process (WTERMSIG), None where none did."""
    return status & _LOW if 0 < status & _LOW < _LOW else None


def stop_signal(status: int) -> int | None:
    """Return the signal that stopped a process (WSTOPSIG), None for one that is not stopped."""
    return status >> 8 & 0xFF if status & 0xFF == _LOW else None


def is_dumped(status: int) -> bool:
    """Tell whether a signal that ended a process left a core file (WCOREDUMP)."""
    return bool(status & _DUMPED)
