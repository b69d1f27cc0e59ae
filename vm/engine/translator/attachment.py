"""What ties translated code to one address space: its state block, its tables, the pages that it depends on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from vm.cpu.guards import GUARDS_SIZE
from vm.cpu.sv32 import LARGE_TLB, TLB_SIZE, new_tlb
from vm.engine.translator import driver, layout
from vm.engine.translator.driver import forget_all
from vm.memory import AddressSpace
from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Translation:
    """The code of one region.

    ``function`` is its address; ``dependencies`` are the pages it was made from, (address, frame), the entry's first.
    ``spans`` and ``stops`` are its recipe's. It ``looks`` at these kinds of accesses for guards.
    """

    entry: int
    function: int
    dependencies: tuple[tuple[int, int], ...]
    spans: tuple[tuple[int, int], ...]
    stops: tuple[int, ...]
    looks: int

    def goes_across(self, addresses: Sequence[int]) -> bool:
        """Tell whether one of its instructions is at one of these, in ascending order."""
        for first, last in self.spans if addresses else ():
            place = bisect_left(addresses, first)
            if place < len(addresses) and addresses[place] <= last:
                return True
        return False


class Attachment:
    """A state block and its tables: one address space's, or, for those that nothing has been linked into, nobody's.

    ``breaks`` are the addresses that what is linked does not go across. ``tlb`` is the one in the state block.
    """

    def __init__(self, stubs: Mapping[int, int], links: int) -> None:
        self.tables: NDArray[np.int64] = np.empty(driver.TABLES_SIZE, np.int64)
        self.block = self.tables[: layout.SIZE]
        self.targets = self.tables[driver.TARGETS_AT : driver.DEPENDENCIES_AT]
        self.dependencies = self.tables[driver.DEPENDENCIES_AT :]
        self.tlb = self.block[layout.TLB : layout.TLB + TLB_SIZE]
        self.breaks: frozenset[int] = frozenset()
        self._guards: NDArray[np.int64] | None = None
        self.block[: layout.TLB] = 0
        for index, address in stubs.items():
            self.block[index] = address
        self.block[layout.SELF] = self.block.ctypes.data
        forget_all(self.block, self.targets, links)

    def attach(self, space: AddressSpace) -> None:
        """Let translated code use the space's page table and a TLB in the state block, which becomes the space's."""
        self.block[layout.RAM] = space.memory.ram.ctypes.data
        self.block[layout.FRAMES] = space.memory.count
        self.block[layout.ROOT] = space.root
        self.tlb[:] = new_tlb(LARGE_TLB)
        space.use_tlb(self.tlb)

    def guard(self, guards: NDArray[np.int64]) -> None:
        """Let translated code look for these guards."""
        if guards is not self._guards:
            self.block[layout.GUARDS : layout.GUARDS + GUARDS_SIZE] = guards
            self._guards = guards

    def depend_on(self, pages: Iterable[tuple[int, int]]) -> bool:
        """Note more pages that the space's translations depend on; False, without an effect, if that is too many."""
        known = int(self.block[layout.DEPENDENCIES])
        noted = {(page, frame) for page, frame in self.dependencies[: 2 * known].reshape(-1, 2).tolist()}
        new = [pair for pair in dict.fromkeys(pages) if pair not in noted]
        if known + len(new) > driver.MOST_DEPENDENCIES:
            return False
        if new:
            self.dependencies[2 * known : 2 * (known + len(new))] = np.array(new, np.int64).ravel()
            self.block[layout.DEPENDENCIES] = known + len(new)
        return True


class Side:
    """The attachments of spaces that run without guards, or of those that run with a look at some kinds of accesses.

    ``detached`` is that of all spaces that nothing has been linked into.
    """

    def __init__(self) -> None:
        self.attachments: WeakKeyDictionary[AddressSpace, Attachment] = WeakKeyDictionary()
        self.detached = Attachment({}, 0)

    def attached(self) -> list[tuple[AddressSpace, Attachment]]:
        """The spaces with tables of their own, and these."""
        return [(space, each) for space, each in self.attachments.items() if each is not self.detached]
