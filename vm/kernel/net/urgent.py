"""Urgent data of TCP: one byte at a time that is read out of turn, and a mark where it was (tcp(7), MSG_OOB)."""

from __future__ import annotations

from typing import ClassVar

from vm.values import dataclass

NONE = -1
"""There is no such thing."""


@dataclass(slots=True, eq=False)
class Mark:
    """Where the urgent byte is among those that wait: behind ``ahead`` others. ``byte`` is there until it is read."""

    _follow: ClassVar[tuple[str, ...]] = ()

    ahead: int = NONE
    byte: int = NONE

    @property
    def is_next(self) -> bool:
        """True when what is read next is the urgent byte."""
        return self.ahead == 0

    def put(self, ahead: int, byte: int) -> None:
        """Mark the byte behind ``ahead`` others as urgent; one that was is so no more."""
        self.ahead, self.byte = ahead, byte

    def move(self, count: int) -> None:
        """``count`` bytes were taken out; behind the mark there is none any more."""
        if self.ahead >= count:
            self.ahead -= count
        else:
            self.ahead = self.byte = NONE
