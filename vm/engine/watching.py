"""The engine that stops before accesses to watched words, and logs accesses in areas of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.cpu.decode import ILLEGAL
from vm.cpu.state import ACCESSED, PC, READS, STOP_RETIRED, TOUCHES, WRITES, Context, StopReason
from vm.cpu.watching import (
    ENTRIES,
    LOGGED,
    PC_SHIFT,
    SEEN,
    WORD_SHIFT,
    address_of,
    new_log,
    next_instruction,
    next_touching,
    note_access,
    run_watched,
)
from vm.engine.accesses import Access, look_ahead
from vm.engine.protocol import Engine
from vm.memory import AddressSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING: NDArray[np.int64] = np.zeros(0, np.int64)
"""No words, no areas."""
_BUDGET = int(StopReason.BUDGET)


class Watching:
    """Stops before an access to one of ``words`` (addresses in ascending order): ``execute`` returns TOUCHES.

    With ``passes`` it makes such an access if that comes next, and returns ACCESSED behind it; ``done`` tells of it.
    Accesses in ``areas`` (starts and ends in ascending order) are logged. ``beneath`` runs the instructions, one at a
    time, where that is somebody who looks at them, too; else they are interpreted.
    """

    def __init__(self, log: NDArray[np.int64] | None = None) -> None:
        self.words = self.areas = NOTHING
        self.beneath: Engine | None = None
        self.passes = False
        self.done: Access | None = None
        self._log = new_log() if log is None else log

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says; or stop at an access: TOUCHES, ACCESSED."""
        if self.passes and budget and self._touching(context, space) != ILLEGAL:
            return self._make_access(context, space, stop)
        if self.beneath is None:
            return self._run(context, space, budget, stop, self.words)
        retired, reason = 0, _BUDGET
        while retired < budget and reason == _BUDGET:
            reason = self._step(self.beneath, context, space, stop)
            retired += int(stop[STOP_RETIRED])
            if not stop[STOP_RETIRED]:
                break
        stop[STOP_RETIRED] = retired
        return reason

    def take_log(self) -> list[tuple[int, int, int]]:
        """Return what was logged since the last time, and forget it: (word's address, pc, READS | WRITES), once each.

        What comes first is what was accessed first.
        """
        log = self._log
        count = int(log[LOGGED])
        if not count:
            return []
        found: list[int] = list(dict.fromkeys(log[ENTRIES : ENTRIES + count].tolist()))
        log[LOGGED] = 0
        return [
            (entry >> WORD_SHIFT << 2, entry >> PC_SHIFT << 2 & 0xFFFF_FFFF, entry & (READS | WRITES))
            for entry in found
        ]

    def log_all(self) -> None:
        """Log anew what was logged lately, too: it is somebody else's access, or a later one."""
        self._log[SEEN:ENTRIES] = 0

    def _run(
        self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64], words: NDArray[np.int64]
    ) -> int:
        return int(run_watched(context, *space.engine_arguments, budget, stop, words, self.areas, self._log))

    def _touching(self, context: Context, space: AddressSpace) -> int:
        """Return the next instruction if it accesses a watched word; else ILLEGAL."""
        tlb, ram, decoded, _, root = space.engine_arguments
        return int(next_touching(context, tlb, ram, decoded, root, self.words))

    def _step(self, beneath: Engine, context: Context, space: AddressSpace, stop: NDArray[np.int64]) -> int:
        """Let ``beneath`` execute one instruction that accesses no watched word."""
        if self._touching(context, space) != ILLEGAL:
            stop[:] = 0
            return TOUCHES
        return self._execute_noted(beneath, context, space, stop)

    def _execute_noted(self, beneath: Engine, context: Context, space: AddressSpace, stop: NDArray[np.int64]) -> int:
        tlb, ram, decoded, _, root = space.engine_arguments
        micro, pc = int(next_instruction(context, tlb, ram, decoded, root)), int(context[PC])
        address = int(address_of(context, micro))
        reason = beneath.execute(context, space, 1, stop)
        if address >= 0 and stop[STOP_RETIRED] and len(self.areas):
            note_access(context, self._log, self.areas, micro, address, pc)
        return reason

    def _make_access(self, context: Context, space: AddressSpace, stop: NDArray[np.int64]) -> int:
        """Execute the next instruction, and tell in ``done`` what it has accessed."""
        found = look_ahead(context, space)
        if self.beneath is None:
            reason = self._run(context, space, 1, stop, NOTHING)
        else:
            reason = self._execute_noted(self.beneath, context, space, stop)
        if reason != _BUDGET or not stop[STOP_RETIRED]:
            return reason
        assert found is not None, "an instruction that accesses a word was executed"
        self.done = found.access
        return ACCESSED
