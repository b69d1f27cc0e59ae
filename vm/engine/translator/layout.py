"""The state block: what translated code keeps of one address space, reached through one pointer.

An int64 array. It begins with the registers of the process that runs, then scalars and pointers; then the TLB, which is
the address space's own (:attr:`AddressSpace.tlb` is a view of it); then the jump cache, a direct-mapped table of pairs
(pc, function) for targets that are known only at run time; then links, one pointer for each target known at
compile time. A link or a jump without a translation leads to a stub that returns to the driver. At the end lie guards,
where there are some.
"""

from __future__ import annotations

from vm.cpu.guards import GUARDS_SIZE
from vm.cpu.state import CONTEXT_SIZE
from vm.cpu.sv32 import TLB_SIZE

REGISTERS = 0
"""First of CONTEXT_SIZE / 2 entries: the process's context, two registers an entry."""
BUDGET = CONTEXT_SIZE // 2
"""Instructions left."""
WHY = BUDGET + 1
"""Why translated code returned: one of the LEFT_ constants."""
RAM = WHY + 1
"""Address of physical memory on the host."""
ROOT = RAM + 1
"""Root page table of the address space."""
RESOLVE = ROOT + 1
"""Function that translates a virtual address (preserve_mostcc i64 (state, address, size | STORE))."""
REFILL = RESOLVE + 1
"""C function behind it: the page-table walker."""
UNKNOWN_TARGET = REFILL + 1
"""Stub for a jump to code without a translation."""
SHORT_BUDGET = UNKNOWN_TARGET + 1
"""Stub for a budget too small for the next blocks."""
ONE_STEP = SHORT_BUDGET + 1
"""Stub for an instruction that the interpreter has to execute."""
ENTER = ONE_STEP + 1
"""C function that enters translated code: void (state, function, budget, pc)."""
SELF = ENTER + 1
"""Address of the block."""
FRAMES = SELF + 1
"""Frames of physical memory."""
DEPENDENCIES = FRAMES + 1
"""How many pages this space's translations depend on."""

TLB = 64
JUMPS = (TLB + TLB_SIZE + 7) & -8
JUMP_ENTRIES = 4096
LINKS = JUMPS + 2 * JUMP_ENTRIES
MOST_LINKS = 16384
GUARDS = LINKS + MOST_LINKS
"""First of GUARDS_SIZE entries: the guards that guarded translations look at."""
SIZE = GUARDS + GUARDS_SIZE
"""Entries of a block."""

NO_PC = 1
"""Jump cache key that no target equals."""
NO_ADDEND = -(1 << 63)
"""What RESOLVE returns for an access that translated code does not do: a fault, or two pages."""
STORE = 16
"""Added to the size handed to RESOLVE for a store."""
LOOK = 32
"""Added to it to ask only whether the access may meet a guard: NO_ADDEND then, else 0."""

LEFT_UNKNOWN_TARGET, LEFT_SHORT_BUDGET, LEFT_ONE_STEP = 1, 2, 3

assert DEPENDENCIES < TLB
