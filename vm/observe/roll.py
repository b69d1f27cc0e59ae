"""A tape of :mod:`vm.cpu.tape` that grows when it is full."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vm.abi import PAGE_SHIFT, PAGE_SIZE
from vm.cpu import tape as tapes


class Roll:
    """A tape and who watches which bytes on it. ``tape`` is replaced when it grows, so nobody else keeps it."""

    def __init__(self) -> None:
        self.tape = tapes.new_tape()
        self._watch_pages: list[int] = []

    def pages(self) -> list[int]:
        """The pages stored to since the tape was empty, in the order of their slots."""
        pages: list[int] = self.tape.pages[: self.tape.control[tapes.PAGES]].tolist()
        return pages

    def forget_stores(self) -> None:
        """Empty the tape; watched bytes stay watched."""
        tape = self.tape
        for page in self.pages():
            tape.slots[page] = 0
        if tape.control[tapes.CALLS]:
            tape.seen[:] = 0
        tape.control[tapes.PAGES] = tape.control[tapes.CALLS] = 0

    def forget_watched(self) -> None:
        """Nobody watches anything any more."""
        for page in self._watch_pages:
            self.tape.watch_slots[page] = 0
        self._watch_pages.clear()

    def more_calls(self) -> None:
        """Room for twice as many calls."""
        calls = self.tape.calls
        self.tape = self.tape._replace(calls=np.concatenate([calls, np.zeros_like(calls)]))

    def more_pages(self) -> None:
        """Room for twice as many pages that are stored to."""
        grown = {
            name: np.concatenate([array, np.zeros_like(array)])
            for name in ("pages", "images", "writers", "moments")
            for array in [getattr(self.tape, name)]
        }
        self.tape = self.tape._replace(**grown)

    def owners(self, page: int) -> NDArray[np.uint32]:
        """Who watches each byte of a page that somebody is going to watch."""
        tape = self.tape
        slot = int(tape.watch_slots[page])
        if not slot:
            self._watch_pages.append(page)
            slot = len(self._watch_pages)
            if slot > len(tape.owners):
                self.tape = tape = tape._replace(owners=np.concatenate([tape.owners, np.zeros_like(tape.owners)]))
            tape.watch_slots[page] = slot
            tape.owners[slot - 1] = 0
        row: NDArray[np.uint32] = tape.owners[slot - 1]
        return row

    def watched_rows(self, address: int, size: int, *, make: bool = False) -> Iterator[tuple[int, NDArray[np.uint32]]]:
        """Who watches the bytes of a range, page by page: (address, owners). Pages nobody watches are left out."""
        end = min(address + size, 1 << 32)
        while address < end:
            page = address >> PAGE_SHIFT
            last = min(end, (page + 1) << PAGE_SHIFT)
            if make or self.tape.watch_slots[page]:
                start = address & (PAGE_SIZE - 1)
                yield address, self.owners(page)[start : start + last - address]
            address = last
