"""The one page that every address space shares with the machine: code that returns from a signal handler.

RISC-V programs bring no code of their own for that (there is no ``sa_restorer``); Linux maps its vdso. Here one frame
is mapped, readable and executable, above the end of the user's addresses, by one page table that every root table
points to, as the kernel's own half is shared by every space of a real machine. Both frames are the machine's: charged
once, when it boots, and never freed.
"""

from __future__ import annotations

import numpy as np

from vm.abi import PAGE_SHIFT, SIGNAL_PAGE
from vm.cpu.sv32 import PPN_SHIFT, A, R, U, V, X
from vm.memory.frames import PhysicalMemory, take_clear

FRAMES = 2
"""What it costs the machine: the page and the page table above it."""


def install(memory: PhysicalMemory, code: bytes) -> None:
    """Map a page that holds ``code`` at SIGNAL_PAGE into every space made from now on; ValueError without room."""
    if memory.count - memory.used < FRAMES:
        raise ValueError(f"{memory.count} frames of memory are too few for the machine's own {FRAMES}")
    memory.commit(FRAMES)
    table, page = int(take_clear(memory.frames)), int(take_clear(memory.frames))
    memory.tables[table, SIGNAL_PAGE >> PAGE_SHIFT & 0x3FF] = page << PPN_SHIFT | A | U | X | R | V
    memory.upper_entry = table << PPN_SHIFT | V
    memory.machine_frames = (table, page)
    memory.ram[page << PAGE_SHIFT : (page << PAGE_SHIFT) + len(code)] = np.frombuffer(code, np.uint8)
