"""How a new process gets its memory: copied from its parent at once, later, or in part; or shared with it.

Whatever a strategy defers is promised at the fork, so that a program sees no difference.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from vm.abi import Protection
from vm.cpu.sv32 import STORE_TLB, empty_kind
from vm.events import Costs, SegmentCost
from vm.memory import sharing, tables
from vm.memory.segments import Segment
from vm.memory.space import AddressSpace
from vm.native.jit import working_ns

if TYPE_CHECKING:
    from numpy.typing import NDArray

Strategy = Callable[[AddressSpace], tuple[AddressSpace, Costs]]
"""Makes the child's space; OutOfMemory changes nothing that a program or a later fork could see."""


def segment_cost(segment: Segment, *, shared: int = 0, copied: int = 0) -> SegmentCost:
    """The cost record of one segment; counts in pages. Equal ones are one object: a program's forks are alike."""
    return _segment_cost(segment.name, segment.start, segment.end, int(segment.protection), shared, copied)


@lru_cache(1 << 12)
def _segment_cost(name: str, start: int, end: int, protection: int, shared: int, copied: int) -> SegmentCost:
    return SegmentCost(name, start, end, str(Protection(protection)), shared, copied)


def copy(parent: AddressSpace) -> tuple[AddressSpace, Costs]:
    """fork's textbook way: read-only segments shared by reference, resident writable pages copied into new frames."""
    return _page_by_page(parent, sharing.copy)


def copy_on_write(parent: AddressSpace) -> tuple[AddressSpace, Costs]:
    """Every page shared; the first write to one that is private copies it, by whichever side it is."""
    child, costs = _page_by_page(parent, sharing.copy_on_write)
    parent.flush()
    return child, costs


def _page_by_page(parent: AddressSpace, fork: Callable[..., Any]) -> tuple[AddressSpace, Costs]:
    """Fork by one of :mod:`vm.memory.sharing` that goes through every entry of the parent's page tables."""
    begin = working_ns()
    ranges: list[int] = []
    for segment in parent.segments:
        ranges += (segment.start, segment.end, int(segment.protection))
    tallies: NDArray[np.int64] = np.zeros((len(parent.segments) + 1, tables.FORKED), np.int64)
    child = parent.new_child(fork, np.array(ranges, np.int64).reshape(-1, 3), tallies)
    *rows, (shared, copied, new_tables, _, protected) = tallies.tolist()
    segments = tuple(
        segment_cost(segment, shared=row[tables.SHARED], copied=row[tables.DUPLICATED])
        for segment, row in zip(child.segments, rows, strict=True)
    )
    return child, Costs(
        segments, copied + new_tables + 1, new_tables + 1, shared + copied + new_tables, protected=protected,
        host_ns=working_ns() - begin,
    )  # fmt: skip


def on_demand(parent: AddressSpace) -> tuple[AddressSpace, Costs]:
    """The page tables are shared as a whole; the first write into the 4 MiB of one copies it, and then the page.

    After On-demand-fork (EuroSys 2021). No entry for a page is looked at, so that every page counts as shared.
    """
    begin = working_ns()
    tally: NDArray[np.int64] = np.zeros(tables.FORKED, np.int64)
    child = parent.new_child(sharing.on_demand, tally)
    empty_kind(parent.tlb, STORE_TLB)
    shared, protected = int(tally[tables.SHARED_TABLES]), int(tally[tables.ENTRIES])
    return child, Costs(
        _whole_segments(child), 1, 1, shared, tables_shared=shared, protected=protected,
        host_ns=working_ns() - begin,
    )  # fmt: skip


def share(parent: AddressSpace) -> tuple[AddressSpace, Costs]:
    """vfork's way: the child uses the very same address space. The cost does not depend on its size."""
    begin = working_ns()
    parent.users += 1
    return parent, Costs(_whole_segments(parent), host_ns=working_ns() - begin)


def _whole_segments(space: AddressSpace) -> tuple[SegmentCost, ...]:
    return tuple(segment_cost(segment, shared=segment.pages) for segment in space.segments)


STRATEGIES: dict[str, Strategy] = {"copy": copy, "cow": copy_on_write, "on-demand": on_demand}
"""The ways fork can make a child's memory, by the name of the setting."""
