"""The world outside the machine, as the run loop meets it: its clock, its input, the keys at its terminal.

And what it means that nobody in the machine can run: time passes, as the host's or for nothing, or the run is over.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from vm.abi import NANOSECONDS, SI_KERNEL, Signal
from vm.kernel.errors import MachineStopped
from vm.kernel.ports import HostInput, Waiting, has_input, left_until
from vm.kernel.process.timers import NEVER
from vm.kernel.signals import delivery
from vm.kernel.signals.state import SignalInfo, bit

if TYPE_CHECKING:
    from vm.kernel.kernel import Kernel
    from vm.kernel.process.task import Task

KEY_SIGNALS = (Signal.SIGINT, Signal.SIGTSTP)
"""What keys at a terminal send."""


SLICE = 0.05
"""Seconds slept at a time: so long may a signal of the host's take to be heard."""


class Keys(Protocol):
    """The host's side of a terminal's keys; what they send arrives by :meth:`Outside.signal`."""

    def wait(self, seconds: float | None) -> None:
        """Wait for a key, at most so long."""

    def stop_machine(self) -> None:
        """Stop the machine as the stop key stops a program; return when it goes on."""


class Outside:
    """What one machine knows of the world outside."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._deadline: float | None = None
        self._signals: list[int] = []
        self._is_looking = False

    def start_clock(self) -> None:
        """The time that a run may take by the host's clock begins now."""
        seconds = self._kernel.settings.seconds
        if seconds is not None:
            self._deadline = time.monotonic() + float(seconds)  # a Decimal, say, is not added to
        console = self._kernel.console
        for end in (console.input, console.output, console.errors):
            if isinstance(end, Waiting):
                end.deadline = self._deadline
        if isinstance(console.input, HostInput):
            console.input.is_hurried = self._is_hurried

    @property
    def left(self) -> float | None:
        """Seconds that the run may still take; None for any number."""
        return left_until(self._deadline)

    def signal(self, signal: int) -> None:
        """A key at the terminal sends a signal to the foreground process group; the next :meth:`check` hands it on.

        Raises KeyboardInterrupt for a SIGINT while an earlier one is still to be taken.
        """
        waiting = any(task.signals.pending & bit(signal) for task in self._foreground())
        if signal == Signal.SIGINT and (waiting or signal in self._signals):
            raise KeyboardInterrupt
        self._signals.append(signal)

    def _foreground(self) -> list[Task]:
        return [task for task in self._kernel.processes if task.group == self._kernel.foreground]

    def check_time(self) -> None:
        """MachineStopped when the time is up."""
        if self.left == 0:
            raise MachineStopped(f"time limit of {self._kernel.settings.seconds:g} s")

    def check(self) -> None:
        """Hear what the host has to say: the time is up (MachineStopped), somebody at the terminal sent a signal."""
        if self._deadline is not None:
            self.check_time()
        while self._signals:
            signal = self._signals.pop(0)
            for task in self._foreground():
                delivery.send(self._kernel, task, SignalInfo.of(signal, SI_KERNEL))

    def look_for_input(self) -> None:
        """Somebody waits for input, or has to because a signal came first: wake them when there is some.

        Unless it is typed, the machine stands still until there is, or until those have run whom a signal woke.
        """
        self.check()
        scheduler = self._kernel.scheduler
        self._is_looking = True
        if scheduler.is_awaited("console") and has_input(self._kernel.console.input):
            scheduler.wake("console")
        self._is_looking = False

    def _is_hurried(self) -> bool:
        """True when input is not to be waited for: somebody can run, or who reads has a signal to take before."""
        kernel = self._kernel
        if self._signals:
            return True
        if self._is_looking:
            return kernel.scheduler.is_anyone_ready
        return kernel.running is not None and kernel.running.signals.is_due

    def let_time_pass(self) -> bool:
        """Nobody can run: skip to the next moment at which somebody can. False when there is none.

        Where somebody waits at a terminal, and in real time, it passes as the host's; otherwise it costs nothing.
        """
        kernel = self._kernel
        self.check()
        moment = kernel.timers.next
        if kernel.scheduler.is_anyone_ready:
            return True
        if kernel.scheduler.is_awaited("console"):
            if kernel.console.input.is_live:
                self._wait_for_the_terminal(moment)
        elif moment < NEVER:
            if kernel.settings.real_time:
                self._sleep(moment)
            else:
                kernel.skip_to(moment)
        elif not self._give_way():
            return False
        kernel.expire()
        return True

    def _wait_for_the_terminal(self, moment: int) -> None:
        kernel = self._kernel
        begin = time.monotonic_ns()
        waits = [self.left] if moment == NEVER else [self.left, (moment - kernel.clock) / NANOSECONDS]
        kernel.console.input.wait(min((seconds for seconds in waits if seconds is not None), default=None))
        kernel.skip_to(min(moment, kernel.clock + time.monotonic_ns() - begin))

    def _sleep(self, moment: int) -> None:
        """Let the host's time pass until ``moment``, or until somebody sends a signal."""
        kernel = self._kernel
        begin, clock = time.monotonic_ns(), kernel.clock
        while kernel.clock < moment and not self._signals:
            self.check_time()
            seconds = (moment - kernel.clock) / NANOSECONDS
            time.sleep(min(seconds, SLICE if self.left is None else self.left, SLICE))
            kernel.skip_to(min(moment, clock + time.monotonic_ns() - begin))
        self.check()

    def _give_way(self) -> bool:
        """Only a key can make somebody run: wait for one, or stop where the stop key has stopped everybody.

        False without keys, and where nobody has a handler for what they send.
        """
        keys, members = self._kernel.keys, self._foreground()
        stopped = [task for task in members if task.stopped]
        if keys is None:
            return False
        if stopped:
            keys.stop_machine()
            for task in stopped:
                delivery.send(self._kernel, task, SignalInfo.of(Signal.SIGCONT, SI_KERNEL))
        elif any(task.signals.action(signal) is None for task in members for signal in KEY_SIGNALS):
            keys.wait(self.left)
        else:
            return False
        return True
