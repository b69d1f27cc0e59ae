"""The host of a running machine: how much of its time is left, and the keys that somebody pressed at its terminal."""

from __future__ import annotations

import time
from typing import Protocol

from vm.abi import NANOSECONDS
from vm.kernel.errors import MachineStopped
from vm.kernel.files.terminal import Console
from vm.kernel.ports import left_until, limit_waiting, pass_time
from vm.kernel.process.timers import NEVER

SLICE = 0.05
"""Seconds slept at a time: so long may a signal of the host's take to be heard."""


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
    ``is_timed``: the host's time is limited. ``steps`` is what the loop has done since a process last retired an
    instruction: with the clock it names a moment of a run, wherever the loop was left and entered again. ``moment`` is
    the guest time at which the loop is to listen at the latest.
    """

    def __init__(self, seconds: float | None, console: Console) -> None:
        self.signals: list[int] = []
        self.keys: Keys | None = None
        self.is_looking = False
        self.is_timed = False
        self.steps = 0
        self.moment: int = NEVER
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
            self.is_timed = True
        self._tell_ends()

    def stop_clock(self) -> None:
        """Time that passes from now on is not the machine's."""
        if self._deadline is not None:
            self._left, self._deadline = left_until(self._deadline), None
            self.is_timed = False
            self._tell_ends()

    def _tell_ends(self) -> None:
        for end in (self._console.input, self._console.output, self._console.errors):
            limit_waiting(end, self._deadline)

    @property
    def left(self) -> float | None:
        """Seconds that the run may still take; None for any number."""
        return self._left if self._deadline is None else left_until(self._deadline)

    def check_time(self) -> None:
        """Raise MachineStopped when the time is up."""
        if self.left == 0:
            raise MachineStopped("time limit" if self._seconds is None else f"time limit of {self._seconds:g} s")

    def arrive(self, signal: int) -> None:
        """Take a signal that a key has sent. May be called at any time."""
        self.signals.append(signal)

    @property
    def has_arrived(self) -> bool:
        """Whether a signal waits that a key has sent."""
        return bool(self.signals)

    @property
    def is_interrupted(self) -> bool:
        """Whether somebody wants the machine to pause."""
        return False

    def take_signal(self) -> int:
        """Return the signal that came first, which is sent on now."""
        return self.signals.pop(0)

    def begin_step(self) -> None:
        """Note where the loop is: what follows may have to be taken back."""

    def take_back(self) -> None:
        """The present step did not happen, and is made again."""

    # --- waiting, which is for the host alone to do -----------------------------------------------------------------

    def wait_for_input(self, seconds: float | None, idle: int | None) -> int:
        """Wait until something is typed or a signal arrives, at most so long; return the nanoseconds that it took.

        After ``idle`` nanoseconds of the guest's somebody goes on in any case; None where only input makes that so.
        """
        passed = pass_time(self._console.input, idle)
        if passed is not None:
            return passed
        begin = time.monotonic_ns()
        self._console.input.wait(seconds)
        return time.monotonic_ns() - begin

    def sleep(self, nanoseconds: int) -> int:
        """Sleep until a signal arrives or the time is up, at most so long; return the nanoseconds that it took."""
        begin, passed = time.monotonic_ns(), 0
        while passed < nanoseconds and not self.has_arrived and not self.is_interrupted and self.left != 0:
            time.sleep(min((nanoseconds - passed) / NANOSECONDS, SLICE if self.left is None else self.left, SLICE))
            passed = time.monotonic_ns() - begin
        return passed

    @property
    def has_keys(self) -> bool:
        """Whether the machine runs at a terminal whose keys send signals."""
        return self.keys is not None

    def wait_for_key(self) -> None:
        """Wait for a key, as long as the run may last."""
        assert self.keys is not None, "nobody has keys"
        self.keys.wait(self.left)

    def stop_machine(self) -> None:
        """Stop the machine as the stop key stops a program; return when it goes on."""
        assert self.keys is not None, "nobody has keys"
        self.keys.stop_machine()
