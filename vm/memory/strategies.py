"""How a new process gets its memory: copied from its parent, or shared with it."""

from __future__ import annotations

from time import perf_counter_ns

import numpy as np

from vm.abi import PAGE_SHIFT
from vm.events import Costs, SegmentCost
from vm.memory import sharing, tables
from vm.memory.frames import OutOfMemory
from vm.memory.segments import Segment
from vm.memory.space import AddressSpace


def segment_cost(segment: Segment, *, shared: int = 0, copied: int = 0) -> SegmentCost:
    """The cost record of one segment; counts in pages."""
    return SegmentCost(segment.name, segment.start, segment.end, str(segment.protection), shared, copied)


def copy(parent: AddressSpace) -> tuple[AddressSpace, Costs]:
    """fork's textbook way: read-only segments shared by reference, resident writable pages copied into new frames.

    Raises OutOfMemory with nothing changed: every page the child may ever need is promised before one is copied.
    """
    begin = perf_counter_ns()
    memory = parent.memory
    child = parent.new_child()
    counts = np.zeros((len(child.segments), tables.TALLY), np.int64)
    for segment, row in zip(child.segments, counts, strict=True):
        first, end = segment.start >> PAGE_SHIFT, segment.end >> PAGE_SHIFT
        if not sharing.clone(memory.frames, parent.root, child.root, first, end, not segment.is_writable, row):
            child.destroy()
            raise OutOfMemory("no frame to copy a page into")
    totals = counts.sum(axis=0).tolist()
    costs = [
        segment_cost(segment, shared=row[tables.SHARED], copied=row[tables.DUPLICATED])
        for segment, row in zip(child.segments, counts.tolist(), strict=True)
    ]
    new_tables = totals[tables.TABLES] + 1
    pages = totals[tables.SHARED] + totals[tables.DUPLICATED]
    frames = totals[tables.DUPLICATED] + new_tables
    return child, Costs(tuple(costs), frames, new_tables, pages + new_tables - 1, perf_counter_ns() - begin)


def share(parent: AddressSpace) -> tuple[AddressSpace, Costs]:
    """vfork's way: the child uses the very same address space. The cost does not depend on its size."""
    begin = perf_counter_ns()
    parent.users += 1
    costs = tuple(segment_cost(segment, shared=segment.pages) for segment in parent.segments)
    return parent, Costs(costs, host_ns=perf_counter_ns() - begin)


STRATEGIES = {"copy": copy}
"""The ways fork can make a child's memory, by the name of the setting."""
