"""Whether a process that a limit has stopped would ever have done anything else."""

from __future__ import annotations

import numpy as np

from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.interpreter import execute
from vm.cpu.state import PC, STOP_SIZE, Context, StopReason
from vm.isa import OPCODE_MASK, OPCODES
from vm.memory import AddressSpace

STEPS = 8192
"""Instructions in which a loop has to show itself."""

_EFFECTS = frozenset(OPCODES[name] for name in ("STORE", "AMO", "SYSTEM"))


def is_spinning(space: AddressSpace, context: Context) -> bool:
    """True when a process is proven to go round for ever: without a store or a system call it is where it was before,
    with the same registers. The machine is not changed.
    """
    context, stop = context.copy(), np.zeros(STOP_SIZE, np.int64)
    seen, next_seen = context.copy(), 1
    for step in range(1, STEPS):
        opcode = int.from_bytes(space.peek(int(context[PC]), 4), "little") & OPCODE_MASK
        if opcode in _EFFECTS:
            return False
        if execute(context, *space.engine_arguments, 1, stop, WITHOUT_ENTRIES) != StopReason.BUDGET:
            return False
        if np.array_equal(context, seen):
            return True
        if step == next_seen:  # Brent's way to find a cycle
            seen, next_seen = context.copy(), 2 * step
    return False
