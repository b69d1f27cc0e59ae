"""A word to whoever waits at a terminal: the program has ended, and the run goes on because other processes do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from vm.events import Exited
    from vm.kernel.kernel import Kernel

PATIENCE = 1.0
"""Seconds of the host's time after the program's end until something is said."""
MOST_NAMED = 4


class Timer(Protocol):
    """Calls a function once, later, unless it is cancelled before."""

    def start(self) -> None:
        """Begin to wait."""

    def cancel(self) -> None:
        """End the wait: nothing is called any more."""


def new_timer(seconds: float, call: Callable[[], None]) -> Timer:
    """A timer of the host's clock."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    return timer


class Lingering:
    """Says to ``say``, once, who is left of a run whose program has ended :data:`PATIENCE` ago."""

    def __init__(
        self, kernel: Kernel, program: int, say: Callable[[str], None],
        timer: Callable[[float, Callable[[], None]], Timer] = new_timer,
    ) -> None:  # fmt: skip
        from vm.events import Exited

        self._kernel = kernel
        self._program = program
        self._say = say
        self._new_timer = timer
        self._timer: Timer | None = None
        kernel.events.subscribe(Exited, self._exited)

    def _exited(self, event: Exited) -> None:
        if event.pid == self._program:
            self._timer = self._new_timer(PATIENCE, self._tell)
            self._timer.start()

    def finish(self) -> None:
        """The run is over."""
        if self._timer is not None:
            self._timer.cancel()

    def _tell(self) -> None:
        from vm.kernel.process.task import REAPER
        from vm.text import printable, shortened

        left = [process for process in self._kernel.processes if process.pid != REAPER and not process.is_zombie]
        if not left:
            return
        lines = [f"the program has ended, and the run goes on while {_others(len(left))}:"]
        for process in left[:MOST_NAMED]:
            wait = process.threads[0].wait
            doing = f"waits for {printable(wait.why)}" if wait is not None else "runs"
            doing = "is stopped" if process.stopped else doing
            lines.append(f"  pid {process.pid} ({shortened(printable(process.name))}) {doing}")
        if len(left) > MOST_NAMED:
            lines.append(f"  and {len(left) - MOST_NAMED:,} more")
        self._say("\n".join(lines))


def _others(count: int) -> str:
    return "another process does" if count == 1 else f"{count:,} other processes do"
