"""The engine that stops before instructions at given addresses."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from vm.cpu.state import PC, STOP_RETIRED, Context
from vm.cpu.stepping import NOWHERE, REACHED, run_until
from vm.engine.protocol import Engine
from vm.memory import AddressSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Breaking:
    """Stops before the instruction at any of ``addresses``: ``execute`` returns REACHED, and the pc is the address.

    Only the process with ``context`` is stopped; any process if that is None. ``others`` runs those that are not.
    Called again, it goes on with the instruction that it stopped before, and stops there when it is reached anew. An
    address space whose own engine records is not recorded while this one runs it.
    """

    def __init__(self, others: Engine, addresses: Collection[int], context: Context | None = None) -> None:
        self._others = others
        self._addresses = np.array(sorted(addresses), np.int64)
        self._context = context
        self._passed: dict[int, tuple[Context, int]] = {}

    def pass_over(self, context: Context) -> None:
        """Do not stop the process before the instruction that it is about to execute: it has stopped there already."""
        self._passed[id(context)] = context, int(context[PC])

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says; or stop before an instruction: REACHED."""
        if self._context is not None and context is not self._context:
            return self._others.execute(context, space, budget, stop)
        _, passed = self._passed.get(id(context), (context, NOWHERE))
        reason = int(run_until(context, *space.engine_arguments, budget, stop, self._addresses, passed))
        # What faulted is tried again, and has not been passed before it is done.
        if stop[STOP_RETIRED] or int(context[PC]) != passed:
            self._passed.pop(id(context), None)
        if reason == REACHED:
            self.pass_over(context)
        return reason
