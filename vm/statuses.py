"""How a process ended, in words and numbers, and the exit statuses that are the machine's own."""

from __future__ import annotations

STATUS_LIMIT = 124
"""The machine ended the run: by a limit, or since every process was blocked for ever."""
STATUS_OWN_ERROR = 125
"""An error of forklore's own, or what it needs is not there."""
STATUS_CANNOT_RUN = 126
"""A file cannot be run, or is no image."""
STATUS_NOT_FOUND = 127


def shell_status(exit_code: int | None, signal: int | None) -> int | None:
    """What a shell shows of how a process ended: its exit code, or 128 and the signal. None if it has not ended."""
    return exit_code if signal is None else 128 + signal


def describe_end(exit_code: int | None, signal: int | None) -> str:
    """How a process ended, in words."""
    from vm.abi import signal_name  # every command loads this file when it starts, and few need the names

    return f"exit status {exit_code}" if signal is None else f"killed by {signal_name(signal)}"
