"""Layout of a processor context and of a stop record: what the engines and the kernel agree on."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from vm.enums import quick

if TYPE_CHECKING:
    from numpy.typing import NDArray

SINK = 32
"""Index that receives writes to x0, so that x0 itself stays 0 without a test."""
PC = 33
RESERVED_ADDRESS = 34
"""Address of LR's reservation; :data:`NO_RESERVATION` when there is none."""
RESERVED_WORD = 35
"""The word LR loaded: SC succeeds while memory still holds it."""
CONTEXT_SIZE = 40

NO_RESERVATION = 1
"""No word-aligned address equals it."""

Context: TypeAlias = "NDArray[np.uint32]"
"""uint32[CONTEXT_SIZE]: x0 to x31, the sink, pc and the reservation of one process."""


@quick
class StopReason(IntEnum):
    """Why an engine returned to its caller."""

    BUDGET = 1
    SYSCALL = 2
    FETCH_FAULT = 3
    LOAD_FAULT = 4
    STORE_FAULT = 5
    MISALIGNED_JUMP = 6
    MISALIGNED_ATOMIC = 7
    ILLEGAL = 8
    BREAKPOINT = 9


TOUCHES, ACCESSED = 103, 104
"""What an engine that watches memory returns, besides a StopReason, before an access to it, and behind it."""

READS, WRITES, CHANGES = 1, 2, 4
"""Kinds of accesses as bits: those that read, those that write, and those that leave other bytes than before."""


STOP_ADDRESS = 0
STOP_RETIRED = 1
STOP_SIZE = 2


class Stop(NamedTuple):
    """A stop record.

    ``pc`` is the instruction that stopped (it has changed nothing and is not counted) or, after BUDGET, the next one.
    ``address`` is the byte that could not be accessed, or the misaligned target or operand; 0 where none is concerned.
    ``retired`` counts the instructions that were executed.
    """

    reason: StopReason
    pc: int
    address: int
    retired: int


def new_context() -> Context:
    """A context with every register 0 and no reservation."""
    context = np.zeros(CONTEXT_SIZE, np.uint32)
    context[RESERVED_ADDRESS] = NO_RESERVATION
    return context
