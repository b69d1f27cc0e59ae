"""The host of a running machine: how much of its time is left, and the keys that somebody pressed at its terminal."""

from __future__ import annotations

import time
from typing import Protocol

from vm.kernel.errors import MachineStopped
from vm.kernel.files.terminal import Console
from vm.kernel.ports import Waiting, left_until


class Keys(Protocol):
    """The host's side of a terminal's keys; what they send arrives by ``Kernel.signal_from_terminal``."""

    def wait(self, seconds: float | None) -> None:
        """Wait for a key, at most so long."""

    def stop_machine(self) -> None:
        """Stop the machine as the stop key stops a program; return when it goes on."""


class Host:
    """What one machine knows of its host.

    ``seconds`` of the host's clock may pass while it runs; None is any number. ``signals`` came from keys at the
    terminal and are still to be sent on. ``keys`` are there where the machine runs at a terminal.
    ``is_looking``: the machine looks whether there is input, for those who wait for it.
    """

    def __init__(self, seconds: float | None, console: Console) -> None:
        self.signals: list[int] = []
        self.keys: Keys | None = None
        self.is_looking = False
        self._seconds = seconds
        self._console = console
        self._left = None if seconds is None else float(seconds)  # a Decimal, say, is not added to
        self._deadline: float | None = None

    def allow(self, seconds: float | None) -> None:
        """Let that many seconds of the host's clock be left; None is any number."""
        self._left = seconds

    def start_clock(self) -> None:
        """Time that the machine takes is counted from now on."""
        if self._left is not None:
            self._deadline = time.monotonic() + self._left
        self._tell_ends()

    def stop_clock(self) -> None:
        """Time that passes from now on is not the machine's."""
        if self._deadline is not None:
            self._left, self._deadline = left_until(self._deadline), None
            self._tell_ends()

    def _tell_ends(self) -> None:
        for end in (self._console.input, self._console.output, self._console.errors):
            if isinstance(end, Waiting):
                end.deadline = self._deadline

    @property
    def left(self) -> float | None:
        """Seconds that the run may still take; None for any number."""
        return self._left if self._deadline is None else left_until(self._deadline)

    @property
    def is_timed(self) -> bool:
        """True where the host's time is limited."""
        return self._deadline is not None

    def check_time(self) -> None:
        """Raise MachineStopped when the time is up."""
        if self.left == 0:
            raise MachineStopped(f"time limit of {self._seconds:g} s")
