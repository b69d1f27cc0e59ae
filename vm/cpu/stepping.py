"""Running up to given addresses: the interpreter, one instruction at a time.

A run without such addresses never comes here, so that they cost nothing where there are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.interpreter import BUDGET, execute
from vm.cpu.state import PC, STOP_ADDRESS, STOP_RETIRED
from vm.native.jit import jit, python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACHED = 102
"""What :func:`run_until` returns, besides a StopReason, before the instruction at one of the addresses."""
NOWHERE = -1
"""No address at all."""


@jit
def is_among(addresses: NDArray[np.int64], address: int) -> bool:
    """Tell whether ``address`` is one of ``addresses``, int64[n] in ascending order."""
    for place in range(len(addresses)):
        if addresses[place] >= address:
            return addresses[place] == address
    return False


@python_entry("i8(u4[::1], i8[::1], u1[::1], i8[::1], u1[::1], i8, i8, i8[::1], i8[::1], i8)")
def run_until(context, tlb, ram, decoded, is_decoded, root, budget, stop, addresses, passed):
    """Run as :func:`vm.cpu.interpreter.execute` does, but stop before an instruction at one of ``addresses``: REACHED.

    Nothing of that instruction has happened then, not even the fetch. ``addresses`` are int64[n] in ascending order.
    The first instruction is executed without a look at them if it is at ``passed``, where a run has stopped already.
    """
    retired = np.int64(0)
    reason = np.int64(BUDGET)
    while retired < budget:
        pc = np.int64(context[PC])
        if (retired != 0 or pc != passed) and is_among(addresses, pc):
            reason = np.int64(REACHED)
            break
        reason = np.int64(
            execute(context, tlb, ram, decoded, is_decoded, root, np.int64(1), stop, np.int64(WITHOUT_ENTRIES))
        )
        retired += stop[STOP_RETIRED]
        if reason != BUDGET:
            break
    if reason in (BUDGET, REACHED):
        stop[STOP_ADDRESS] = 0
    stop[STOP_RETIRED] = retired
    return reason
