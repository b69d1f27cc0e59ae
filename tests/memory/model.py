"""What memory should do, in plain Python: a dictionary of pages a process, and the rules of the manual pages.

It knows nothing of frames, page tables or strategies. A page's content stands for itself by one value, and a shared
page's by a cell that all its users have in common. What must be promised is counted from scratch.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LOW, TOP = 0x1000, 0x8000_0000
PAGE = 4096
READ, WRITE, EXEC = 1, 2, 4


@dataclass(eq=False)
class Source:
    """A private mapping of a file, a file mapped shared, or a piece of shared memory: what somebody else than a process
    pays ``pages`` for. ``is_private``: what is written to it is no longer its own. ``writable``: it may be written to.
    ``origin``: the file of a private mapping, which begins with its page number ``first``.
    """

    pages: int
    cells: list[list[int]]
    is_private: bool
    writable: bool = True
    origin: Source | None = None
    first: int = 0

    def now(self, index: int) -> list[int] | None:
        """What a private mapping's page would show if it were mapped now."""
        assert self.origin is not None
        cells = self.origin.cells
        return list(cells[self.first + index]) if self.first + index < len(cells) else None


@dataclass
class Page:
    """One mapped page. ``cell`` holds its content; None where it lies beyond the end of what it maps."""

    protection: int
    cell: list[int] | None
    paid: bool
    source: Source | None = None
    index: int = 0

    @property
    def shared(self) -> bool:
        """True for shared memory, a file's or anonymous."""
        return self.source is not None and not self.source.is_private


@dataclass(eq=False)
class Process:
    """One address space: page number to page."""

    pages: dict[int, Page] = field(default_factory=dict)
    heap: int = 0
    brk: int = 0

    @property
    def charge(self) -> int:
        """Frames it pays for: the root, the page tables, its own pages."""
        regions = {number >> 10 for number in self.pages}
        return 1 + len(regions) + sum(page.paid for page in self.pages.values())

    def fork(self) -> Process:
        """The same pages; private ones with a content of their own."""
        pages = {}
        for number, page in self.pages.items():
            cell = page.cell if page.shared or page.cell is None else list(page.cell)
            pages[number] = Page(page.protection, cell, page.paid, page.source, page.index)
        return Process(pages, self.heap, self.brk)


def promised(processes: list[Process], kept: Process | None = None) -> int:
    """Frames that all of them together have been promised, and what backs the pages of ``kept``."""
    everyone = [*processes, kept] if kept else processes
    relied_on = {
        id(page.source): page.source.pages
        for process in everyone
        for page in process.pages.values()
        if page.source is not None and not page.paid
    }
    return sum(process.charge for process in processes) + sum(relied_on.values())
