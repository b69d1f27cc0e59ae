"""Guest time."""

from __future__ import annotations

from typing import ClassVar

from vm.abi import NANOSECONDS
from vm.values import dataclass


@dataclass(slots=True)
class Clock:
    """The clock of a machine that was switched on ``epoch`` seconds after 1970.

    ``now`` are the nanoseconds since then: one for every instruction that any process retired, and ``idle``, those that
    were skipped because everybody waited for a moment.
    """

    _follow: ClassVar[tuple[str, ...]] = ()

    epoch: int
    now: int = 0
    idle: int = 0

    @property
    def retired(self) -> int:
        """Instructions retired by all processes."""
        return self.now - self.idle

    @property
    def time_of_day(self) -> int:
        """Nanoseconds since 1970 in the guest's world."""
        return self.epoch * NANOSECONDS + self.now

    def skip_to(self, moment: int) -> None:
        """Let time pass until ``moment`` while nobody runs."""
        self.idle += moment - self.now
        self.now = moment
