"""What it cost to make an address space: the figures that a creation and an exec report."""

from __future__ import annotations

from dataclasses import field

from vm.text import Brief
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class SegmentCost:
    """What happened to one segment when an address space was made.

    ``end`` is one past the last byte. Of its pages ``shared`` were mapped to frames that others use too, ``copied``
    got a new frame with a copy of their content (from the parent, or for exec from the file), and the others had no
    frame to begin with. For vfork and on-demand fork, which look at no page, every page counts as shared.
    """

    name: str
    start: int
    end: int
    protection: str
    shared: int
    copied: int

    @property
    def pages(self) -> int:
        """Size in pages."""
        return (self.end - self.start) >> 12

    @property
    def untouched(self) -> int:
        """Pages without a frame."""
        return self.pages - self.shared - self.copied


@dataclass(frozen=True, slots=True, repr=False)
class Costs(Brief):
    """The exact cost of making an address space, at the call.

    ``frames`` counts every frame allocated, ``tables`` those among them that are page tables (the root included),
    ``entries`` the page-table entries written for the child; ``tables_shared`` the page tables that parent and child
    share as a whole, ``protected`` the entries of the parent's that were made read-only. In ``host_ns`` nothing
    that was compiled meanwhile counts.
    """

    segments: tuple[SegmentCost, ...] = ()
    frames: int = 0
    tables: int = 0
    entries: int = 0
    host_ns: int = field(default=0, compare=False)
    tables_shared: int = 0
    protected: int = 0

    @property
    def shared(self) -> int:
        """Pages shared."""
        return sum(segment.shared for segment in self.segments)

    @property
    def copied(self) -> int:
        """Pages copied."""
        return sum(segment.copied for segment in self.segments)
