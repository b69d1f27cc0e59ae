"""The engine of an address space in which something records: the interpreter, with a tape."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.recorded import execute_recorded
from vm.cpu.state import STOP_RETIRED, Context, StopReason
from vm.cpu.tape import NO_ROOM, WATCHED
from vm.engine.roll import Roll
from vm.memory import AddressSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SYSCALL, _BUDGET = int(StopReason.SYSCALL), int(StopReason.BUDGET)


class Going(NamedTuple):
    """How a process goes on: at most ``budget`` instructions, with its shadow stack (see :mod:`vm.cpu.tape`)."""

    budget: int
    shadow: NDArray[np.int64]


class Observer(Protocol):
    """Who is told what the processes of a recorded address space do; what it raises ends the run."""

    def goes_on(self, context: Context, budget: int) -> Going:
        """A process goes on, for ``budget`` instructions or as many fewer as the observer can do with."""

    def touches(self, context: Context, retired: int) -> bool:
        """The next instruction touches watched bytes, which the tape's control names; ``retired`` were run before it.

        Returns False to leave the rest to the machine's own engine.
        """

    def calls(self, context: Context) -> None:
        """The process is about to make a system call."""

    def needs_room(self) -> None:
        """The next instruction stores to a page for which the tape has no room: make some."""


class Recording:
    """Shows the tape of ``roll`` every instruction, and tells ``observer`` what comes of it."""

    def __init__(self, roll: Roll, observer: Observer) -> None:
        self._roll = roll
        self._observer = observer

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says."""
        observer, arrays = self._observer, space.engine_arguments
        left, shadow = observer.goes_on(context, budget)
        retired = 0
        while True:
            tape = self._roll.tape
            reason = int(execute_recorded(context, *arrays, left - retired, stop, WITHOUT_ENTRIES, tape, shadow))
            retired += int(stop[STOP_RETIRED])
            if reason != WATCHED:
                break
            if not observer.touches(context, retired):
                reason = _BUDGET
                break
        stop[STOP_RETIRED] = retired
        if reason == _SYSCALL:
            observer.calls(context)
        elif reason == NO_ROOM:
            observer.needs_room()
            return _BUDGET
        return reason
