"""What stands between a machine and its host: every question to a port goes through one of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from vm.schedules.schedule import Answer


class Log(Protocol):
    """Asks the host and notes what it answers, or answers in its place."""

    def ask(self, port: str, question: str, answer: Callable[[], Answer]) -> Answer:
        """Return what the port answers: ``answer``, called, asks the host.

        Raises OSError, MachineStopped, or Diverged for another question than the one that was recorded.
        """

    def is_to_be_shown(self, port: str) -> bool:
        """Tell whether what was just answered for an output is still to be written there: nobody has, for an answer."""


class InputLog(Log, Protocol):
    """A log that knows the input, too: ``data`` so far. ``has_lines``: it is read line by line."""

    data: bytearray
    has_lines: bool
