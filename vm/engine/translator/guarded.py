"""The loop around translated code with guards: its own functions, so that runs without any need no code for them."""

from __future__ import annotations

import numpy as np

from vm.cpu.guards import GUARDS_SIZE, touches_guard
from vm.cpu.state import CHANGES, READS, WRITES
from vm.engine.translator import layout
from vm.engine.translator.driver import drive, refill
from vm.native.jit import c_entry, python_entry


@c_entry("i8(i8[::1], u4[::1], i8, i8)")
def refill_guarded(state, words, address, kind):
    """As :func:`vm.engine.translator.driver.refill`, and NO_ADDEND for a misaligned access that may meet a guard.

    With LOOK it only tells whether the access, which can be made, may meet one: NO_ADDEND then, else 0.
    """
    size = kind & 15
    if kind & layout.LOOK or address & size - 1:
        guards = state[layout.GUARDS : layout.GUARDS + GUARDS_SIZE]
        if touches_guard(guards, address, size, WRITES | CHANGES if kind & layout.STORE else READS):
            return np.int64(layout.NO_ADDEND)
        if kind & layout.LOOK:
            return np.int64(0)
    return refill(state, words, address, kind)


@python_entry("i8(u4[::1], i8[::1], u1[::1], i8[::1], u1[::1], i8, i8[::1], i8[::1], i8, i8[::1], i8[::1])")
def drive_guarded(context, tlb, ram, decoded, is_decoded, root, tables, control, budget, stop, guards):
    """Run as :func:`vm.engine.translator.driver.drive` does, but stop before an access that meets a guard: TOUCHES."""
    return drive(context, tlb, ram, decoded, is_decoded, root, tables, control, budget, stop, guards)
