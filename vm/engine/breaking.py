"""The engine that stops before instructions at given addresses."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from vm.cpu.state import PC, Context
from vm.cpu.stepping import run_until
from vm.engine.protocol import Engine
from vm.memory import AddressSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Breaking:
    """Stops before the instruction at any of some addresses: ``execute`` returns REACHED, and the pc is the address.

    It never stops before the first instruction that it is to execute. ``others`` is who would run a process otherwise.
    An address space whose own engine records is not recorded while this one runs it.
    """

    def __init__(self, others: Engine) -> None:
        self._others = others
        self._addresses: NDArray[np.int64] = np.zeros(0, np.int64)

    def around(self, addresses: Collection[int]) -> Engine:
        """Return what runs a process that is to stop at ``addresses``."""
        self._addresses = np.array(sorted(addresses), np.int64)
        return self

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says; or stop before an instruction: REACHED."""
        return int(run_until(context, *space.engine_arguments, budget, stop, self._addresses, int(context[PC])))
