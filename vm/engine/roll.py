"""A tape of :mod:`vm.cpu.tape` that grows when it is full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vm.cpu import tape as tapes
from vm.cpu.tape import Tape

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_PAGES = 2304
"""Pages whose stores are remembered at a time: 9 MiB, so that a process may overflow a stack of 8.

Each takes 36 KiB of the host's memory."""


class Roll:
    """A tape, which is replaced when it grows."""

    def __init__(self) -> None:
        self.tape: Tape = tapes.new_tape()

    def pages(self) -> list[int]:
        """The pages stored to since the tape was empty, in the order of their slots."""
        pages: list[int] = self.tape.stores[: self.tape.control[tapes.PAGES], tapes.PAGE].tolist()
        return pages

    def forget_stores(self) -> None:
        """Empty the tape; watched bytes stay watched."""
        slots, control = self.tape.slots, self.tape.control
        if control[tapes.PAGES]:
            for page in self.pages():
                slots[tapes.STORES, page] = 0
            control[tapes.PAGES] = 0
        if control[tapes.CALLS]:
            control[tapes.SEEN :] = 0
            control[tapes.CALLS] = 0

    def forget_watched(self) -> None:
        """Nobody watches anything any more."""
        tape = self.tape
        for page in tape.owners[: tape.control[tapes.WATCH_PAGES], tapes.OWNERS_PAGE].tolist():
            tape.slots[tapes.WATCHES, page] = 0
        tape.control[tapes.WATCH_PAGES] = 0

    def more_calls(self) -> None:
        """Make room for twice as many calls."""
        self.tape = self.tape._replace(calls=_twice(self.tape.calls))

    def more_stores(self) -> bool:
        """Make room for twice as many pages that are stored to; False when there are MOST_PAGES already."""
        if len(self.tape.stores) >= MOST_PAGES:
            return False
        self.tape = self.tape._replace(stores=_twice(self.tape.stores, MOST_PAGES))
        return True

    def more_owners(self) -> None:
        """Make room for twice as many pages with watched bytes."""
        self.tape = self.tape._replace(owners=_twice(self.tape.owners))


def _twice(array: NDArray[Any], most: int = 1 << 30) -> NDArray[Any]:
    """``array`` with as many rows again, up to ``most``."""
    return np.concatenate([array, np.zeros_like(array[: most - len(array)])])
