"""The engine that stops before instructions at given addresses, and runs everything else as others do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.cpu.state import PC, STOP_ADDRESS, STOP_RETIRED, TOUCHES, Context, StopReason
from vm.cpu.stepping import REACHED, plant, uproot
from vm.engine.protocol import Engine, MachineEngine
from vm.memory import AddressSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_ADDRESSES: frozenset[int] = frozenset()
MOST_SETS = 256
"""Sets of addresses for which an engine is kept ready."""
_BUDGET = int(StopReason.BUDGET)
_BEFORE = frozenset((_BUDGET, int(StopReason.FETCH_FAULT), TOUCHES))
"""Why an engine may return before it has fetched an instruction, or made an access that it will be asked for again."""


class Breaking:
    """Makes engines that stop; ``machine`` is that of the whole machine, which what is translated belongs to."""

    def __init__(self, machine: MachineEngine) -> None:
        self._machine = machine
        self._made: dict[frozenset[int], Interrupting] = {}

    def around(self, addresses: frozenset[int], others: Engine | None = None) -> Interrupting:
        """Return what runs processes as ``others`` do, the machine's engine if None, and stops at ``addresses``.

        It is good until the next one is asked for.
        """
        made = self._made.get(addresses)
        if made is None:
            if len(self._made) >= MOST_SETS:
                self._made.clear()
            made = self._made[addresses] = Interrupting(self._machine, addresses)
        made.others = self._machine if others is None else others
        return made


class Interrupting:
    """Stops before the instruction at any of ``addresses``: ``execute`` returns REACHED, and the pc is the address.

    Nothing of that instruction has happened then, not even the fetch. The first instruction of an execution is none to
    stop before. ``others`` run all that is run; they may be anybody who takes the decoded code for what it is, and
    returns BUDGET at a mark in it (:mod:`vm.cpu.stepping`).
    """

    def __init__(self, machine: MachineEngine, addresses: frozenset[int]) -> None:
        self.others: Engine = machine
        self._machine = machine
        # Elsewhere there is no instruction.
        self._addresses = frozenset(address for address in addresses if 0 <= address < 1 << 32 and not address & 3)
        self._sorted = np.array(sorted(self._addresses), np.int64)
        self._replaced = np.zeros((len(self._addresses), 2), np.int64)

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says; or stop before an instruction: REACHED."""
        retired, reason = 0, _BUDGET
        self._machine.break_at(self._addresses)
        try:
            if int(context[PC]) in self._addresses:
                reason = self.others.execute(context, space, min(budget, 1), stop)
                retired = int(stop[STOP_RETIRED])
            if reason == _BUDGET and retired < budget and not (retired and int(context[PC]) in self._addresses):
                reason = self._run(context, space, budget - retired, stop)
                retired += int(stop[STOP_RETIRED])
        finally:
            self._machine.break_at(NO_ADDRESSES)
        if 0 < retired < budget and reason in _BEFORE and int(context[PC]) in self._addresses:
            reason, stop[STOP_ADDRESS] = REACHED, 0
        stop[STOP_RETIRED] = retired
        return reason

    def _run(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run up to the next mark, or step over one that is another page's with the same frame."""
        _, _, decoded, is_decoded, root = space.engine_arguments
        count = plant(space.memory.words, decoded, is_decoded, root, self._sorted, self._replaced)
        try:
            reason = self.others.execute(context, space, budget, stop)
        finally:
            uproot(decoded, self._replaced, count)
        if reason == _BUDGET and not stop[STOP_RETIRED]:
            reason = self.others.execute(context, space, min(budget, 1), stop)
        return reason
