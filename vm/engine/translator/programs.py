"""Which program runs in an address space, as far as its translations are concerned."""

from __future__ import annotations

from vm.cpu.sv32 import EXEC, PPN_SHIFT, permitted
from vm.engine.translator.recipes import Page, page_digest
from vm.memory import AddressSpace


def code_frame(space: AddressSpace, page: int) -> int:
    """The frame of a page (an address) that may be executed; -1 for others. Marks nothing."""
    words = space.memory.words
    index = int(permitted(words, space.root, page, EXEC))
    return int(words[index]) >> PPN_SHIFT if index >= 0 else -1


def program_of(space: AddressSpace, looks: int) -> Page | None:
    """The first page of code in the space, which names its program; None where there is none, or not yet.

    Its translations that look at accesses, of the kinds ``looks``, have another name.
    """
    for segment in space.segments:
        if int(segment.protection) & EXEC:
            frame = code_frame(space, segment.start)
            if frame < 0:
                return None
            name = page_digest(space.memory.tables[frame].tobytes())
            return segment.start, page_digest(name + bytes([looks])) if looks else name
    return None
