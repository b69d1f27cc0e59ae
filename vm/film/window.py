"""Which part of a run is filmed."""

from __future__ import annotations

from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """The moments that a film has: from guest time ``start`` on, up to and with ``end``; None without a bound.

    ``pids``: only what these processes do, and what is done to them, makes a moment; () for all. ``every``: so many ns
    behind a moment there is another one, whatever happens; 1 makes one of each instruction.
    """

    start: int | None = None
    end: int | None = None
    pids: tuple[int, ...] = ()
    every: int | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.start < 0:
            raise ValueError("a film begins at a clock of 0 or later")
        if self.end is not None and self.end < (self.start or 0):
            raise ValueError("a film ends no earlier than it begins")
        if any(pid < 1 for pid in self.pids):
            raise ValueError("processes have numbers from 1 on")
        if self.every is not None and self.every < 1:
            raise ValueError("a film has a moment every 1 ns at most")

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing of the run is left out."""
        return (self.start, self.end, self.pids) == (None, None, ())
