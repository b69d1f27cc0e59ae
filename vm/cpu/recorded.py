"""The interpreter with a tape: a function of its own, so that runs which record nothing need no code for it."""

from __future__ import annotations

from vm.cpu.interpreter import execute
from vm.cpu.tape import TAPE, Tape
from vm.native.jit import python_entry

__all__ = ["Tape", "execute_recorded"]  # the type is named by the signature


@python_entry(f"i8(u4[::1], i8[::1], u1[::1], i8[::1], u1[::1], i8, i8, i8[::1], i8, {TAPE}, i8[::1])")
def execute_recorded(context, tlb, ram, decoded, is_decoded, root, budget, stop, mask, tape, shadow):
    """Run as :func:`vm.cpu.interpreter.execute` does with a tape and the shadow stack of the process."""
    return execute(context, tlb, ram, decoded, is_decoded, root, budget, stop, mask, tape, shadow)
