"""How a new process gets its memory: copied from its parent at once, later, or in part; or shared with it.

Whatever a strategy defers is promised at the fork, so that a program sees no difference.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vm.abi import PAGE_SHIFT
from vm.cpu.sv32 import NO_TAG, STORE_TLB, TLB_ENTRIES
from vm.events import Costs, SegmentCost
from vm.memory import sharing, tables
from vm.memory.frames import OutOfMemory
from vm.memory.segments import Segment
from vm.memory.space import AddressSpace

Strategy = Callable[[AddressSpace], tuple[AddressSpace, Costs]]
"""Makes the child's space; OutOfMemory changes nothing that a program or a later fork could see."""


def segment_cost(segment: Segment, *, shared: int = 0, copied: int = 0) -> SegmentCost:
    """The cost record of one segment; counts in pages."""
    return SegmentCost(segment.name, segment.start, segment.end, str(segment.protection), shared, copied)


def copy(parent: AddressSpace) -> tuple[AddressSpace, Costs]:
    """fork's textbook way: read-only segments shared by reference, resident writable pages copied into new frames."""
    return _page_by_page(parent, sharing.copy_pages)


def copy_on_write(parent: AddressSpace) -> tuple[AddressSpace, Costs]:
    """Every page shared; the first write to one that is private copies it, by whichever side it is."""
    child, costs = _page_by_page(parent, sharing.share_pages)
    parent.flush()
    return child, costs


def _page_by_page(parent: AddressSpace, kernel: Callable[..., Any]) -> tuple[AddressSpace, Costs]:
    """Fork by a kernel that goes through every entry of the parent's page tables."""
    begin = perf_counter_ns()
    child = parent.new_child()
    ranges = np.array(
        [(s.start >> PAGE_SHIFT, s.end >> PAGE_SHIFT, s.is_writable) for s in child.segments], np.int64
    ).reshape(-1, 3)
    counts: NDArray[np.int64] = np.zeros((len(ranges), tables.TALLY), np.int64)
    if not kernel(parent.memory.frames, parent.root, child.root, ranges, counts):
        child.destroy()
        raise OutOfMemory("no frame for a page or a page table of the child")
    rows = counts.tolist()
    segments = tuple(
        segment_cost(segment, shared=row[tables.SHARED], copied=row[tables.DUPLICATED])
        for segment, row in zip(child.segments, rows, strict=True)
    )
    new_tables = sum(row[tables.TABLES] for row in rows)
    copied = sum(row[tables.DUPLICATED] for row in rows)
    entries = sum(row[tables.SHARED] for row in rows) + copied + new_tables
    protected = sum(row[tables.ENTRIES] for row in rows)
    return child, Costs(
        segments, copied + new_tables + 1, new_tables + 1, entries, protected=protected,
        host_ns=perf_counter_ns() - begin,
    )  # fmt: skip


def on_demand(parent: AddressSpace) -> tuple[AddressSpace, Costs]:
    """The page tables are shared as a whole; the first write into the 4 MiB of one copies it, and then the page.

    After On-demand-fork (EuroSys 2021). No entry for a page is looked at, so that every page counts as shared.
    """
    begin = perf_counter_ns()
    child = parent.new_child()
    counts: NDArray[np.int64] = np.zeros(tables.TALLY, np.int64)
    sharing.share_tables(parent.memory.frames, parent.root, child.root, counts)
    parent.tlb[STORE_TLB : STORE_TLB + 2 * TLB_ENTRIES] = NO_TAG
    shared, protected = int(counts[tables.SHARED_TABLES]), int(counts[tables.ENTRIES])
    return child, Costs(
        _whole_segments(child), 1, 1, shared, tables_shared=shared, protected=protected,
        host_ns=perf_counter_ns() - begin,
    )  # fmt: skip


def share(parent: AddressSpace) -> tuple[AddressSpace, Costs]:
    """vfork's way: the child uses the very same address space. The cost does not depend on its size."""
    begin = perf_counter_ns()
    parent.users += 1
    return parent, Costs(_whole_segments(parent), host_ns=perf_counter_ns() - begin)


def _whole_segments(space: AddressSpace) -> tuple[SegmentCost, ...]:
    return tuple(segment_cost(segment, shared=segment.pages) for segment in space.segments)


STRATEGIES: dict[str, Strategy] = {"copy": copy, "cow": copy_on_write, "on-demand": on_demand}
"""The ways fork can make a child's memory, by the name of the setting."""
