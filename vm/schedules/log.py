"""What stands between a machine and its host: every question to a port goes through one of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from vm.schedules.schedule import Answer


class Log(Protocol):
    """Asks the host and notes what it answers, or answers in its place.

    ``data`` is the input that is known so far. ``has_lines``: it is read line by line.
    """

    data: bytearray
    has_lines: bool

    @property
    def is_repeating(self) -> bool:
        """True where there is no host."""

    def ask(self, port: str, question: str, answer: Callable[[], Answer]) -> Answer:
        """Return what the port answers: ``answer``, called, asks the host.

        Raises OSError, MachineStopped, or Diverged for another question than the one that was recorded.
        """
