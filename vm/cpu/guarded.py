"""The interpreter with guards: functions of their own, so that runs without any need no code for them."""

from __future__ import annotations

import numpy as np

from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.guards import KINDS
from vm.cpu.interpreter import execute, meets
from vm.cpu.watching import next_instruction
from vm.native.jit import python_entry


@python_entry("i8(u4[::1], i8[::1], u1[::1], i8[::1], u1[::1], i8, i8, i8[::1], i8, i8[::1])")
def execute_guarded(context, tlb, ram, decoded, is_decoded, root, budget, stop, mask, guards):
    """Run as :func:`vm.cpu.interpreter.execute` does, but stop before an access that meets one of ``guards``: TOUCHES.

    Nothing of that instruction has happened then.
    """
    return execute(context, tlb, ram, decoded, is_decoded, root, budget, stop, mask, None, None, guards)


@python_entry("b1(u4[::1], i8[::1], u1[::1], i8[::1], i8, i8[::1])")
def is_next_guarded(context, tlb, ram, decoded, root, guards):
    """Tell whether the instruction that comes next meets one of ``guards``."""
    micro = next_instruction(context, tlb, ram, decoded, root)
    return KINDS[micro & WITHOUT_ENTRIES] != 0 and meets(guards, context, ram.view(np.uint32), root, micro)
