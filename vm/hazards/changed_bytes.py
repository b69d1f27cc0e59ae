"""Which bytes a vfork child changed, and what its parent does with them first.

They are found by comparing pages when the parent resumes. Those that could matter are owned by the child's window from
then on, until the parent reads or overwrites them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from vm.abi import PAGE_SHIFT, PAGE_SIZE
from vm.cpu import tape as tapes
from vm.cpu.changes import SETTLED, compare, settle
from vm.cpu.sv32 import PPN_SHIFT, V
from vm.cpu.tape import next_watched
from vm.engine.roll import Roll
from vm.hazards.calls import History
from vm.hazards.neighbours import Neighbours
from vm.hazards.windows import ROW_ALIGNMENT, ROWS_KEPT, Change, Fate, Moment, Window
from vm.isa import SP
from vm.memory import AddressSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ChangedBytes:
    """The changed bytes of one address space, and the windows that own them.

    ``settled`` is called with each window once nothing it owns is left.
    """

    def __init__(self, space: AddressSpace, roll: Roll, settled: Callable[[Window], None]) -> None:
        self.space = space
        self.roll = roll
        self._settled = settled
        self._owners: dict[int, Window] = {}
        self._inherits = False
        self._free: list[int] = []
        self._owned: NDArray[np.int64] = np.zeros(8, np.int64)
        self._fates: NDArray[np.uint8] = np.zeros(PAGE_SIZE, np.uint8)
        self._runs: NDArray[np.int32] = np.zeros((PAGE_SIZE, 3), np.int32)

    def __bool__(self) -> bool:
        return bool(self._owners)

    def compare(
        self, window: Window, history: History, images: Mapping[int, NDArray[np.uint8]],
        neighbours: Neighbours | None = None,
    ) -> None:  # fmt: skip
        """Find what differs from the ``images`` of pages, or else from what the tape has of them, and watch it.

        What ``neighbours`` stored is told apart, and is nothing to watch.
        """
        owner = self._new_owner(window)
        bounds = self._bounds(window)
        for page in sorted(self.roll.pages()):
            self._compare_page(window, history, page, images.get(page), owner, bounds)
        if neighbours is not None:
            self._part(window, neighbours, owner)
        if not self._owned[owner]:
            self._release(owner)

    def _new_owner(self, window: Window) -> int:
        owner = self._free.pop() if self._free else len(self._owners) + 1
        if owner >= len(self._owned):
            self._owned = np.concatenate([self._owned, np.zeros_like(self._owned)])
        self._owners[owner] = window
        return owner

    def _release(self, owner: int) -> None:
        self._free.append(owner)
        self._settled(self._owners.pop(owner))

    def _bounds(self, window: Window) -> tuple[int, int, int, int]:
        """The parts of the stack that are the child's own, and that lie below where the parent resumes."""
        resumed = window.site.registers[SP]
        stack = self.space.find(resumed)
        below = resumed if stack is None else stack.start if stack.floor is None else stack.floor
        return int(self.roll.tape.control[tapes.LOWEST]), window.site.pointer, below, resumed

    def _compare_page(
        self, window: Window, history: History, page: int, image: NDArray[np.uint8] | None, owner: int,
        bounds: tuple[int, int, int, int],
    ) -> None:  # fmt: skip
        entry = self.space.entry(page << PAGE_SHIFT)
        if not entry & V:
            return
        tape = self.roll.tape
        stores = tape.stores[tape.slots[tapes.STORES, page] - 1]
        if image is None:
            image = stores[tapes.IMAGE : tapes.PAGE].view(np.uint8)
        frame = entry >> PPN_SHIFT << PAGE_SHIFT
        now = self.space.memory.ram[frame : frame + PAGE_SIZE]
        fates, runs, owned = self._fates, self._runs, self._owned
        arguments = stores, image, now, fates, runs, owned, owner, *bounds
        count, settled = compare(tape.slots, tape.owners, tape.control, *arguments)
        while count < 0:
            self.roll.more_owners()
            tape = self.roll.tape
            count, settled = compare(tape.slots, tape.owners, tape.control, *arguments)
        if count:
            base = page << PAGE_SHIFT
            for first, end in runs[:count, :SETTLED].tolist():
                start = first & -ROW_ALIGNMENT
                place, row = slice(first, end), slice(start, start + ROWS_KEPT)
                window.changes.append(
                    Change(
                        base | first, image[place].tobytes(), now[place].tobytes(), stores[place].copy(),
                        fates[place].copy(), history.sites(int(stores[first]) >> tapes.MOMENT), base | start,
                        image[row].tobytes(), now[row].tobytes(),
                    )
                )  # fmt: skip
        if settled:
            for other in runs[:settled, SETTLED].tolist():
                self._release(other)

    def _part(self, window: Window, neighbours: Neighbours, owner: int) -> None:
        """Take out of the changes what neighbours stored."""
        tape, kept = self.roll.tape, []
        for change in window.changes:
            own, other, theirs = neighbours.parted(change)
            if other is not None:
                first = change.address & (PAGE_SIZE - 1)
                watched = tape.slots[tapes.WATCHES, change.address >> PAGE_SHIFT] - 1
                if watched >= 0:
                    row = tape.owners[watched, first : first + len(change.old)]
                    watched_theirs = theirs & (row == owner)
                    row[watched_theirs] = 0
                    self._owned[owner] -= np.count_nonzero(watched_theirs)
                if not neighbours.is_own(change.address):
                    window.neighbours.append(other)
            if (own.fates != Fate.SAME).any():
                kept.append(own)
        window.changes[:] = kept

    def is_watched(self, address: int, size: int) -> bool:
        """True when somebody owns a byte of the range."""
        tape = self.roll.tape
        end = min(address + size, 1 << 32)
        return bool(next_watched(tape.slots, tape.stores, tape.owners, tape.control, address, end) >= 0)

    def touched(self, address: int, size: int, moment: Moment, *, is_read: bool, value: int | None = None) -> None:
        """Settle the fate of the watched bytes in a range that is read, or else overwritten with ``value``."""
        end = min(address + size, 1 << 32)
        slots, stores, owners, _, control = self.roll.tape
        while (address := int(next_watched(slots, stores, owners, control, address, end))) >= 0:
            row = owners[slots[tapes.WATCHES, address >> PAGE_SHIFT] - 1]
            owner = int(row[address & (PAGE_SIZE - 1)])
            window = self._owners[owner]
            change = window.change_at(address)
            index = address - change.address
            fate = Fate.READ
            if is_read:
                change.uses[int(change.stores[index]) & 0xFFFF_FFFF] = moment
            else:
                if change.overwriter is None and address >= window.site.pointer:
                    change.overwriter = moment
                is_result = size == 4 and value == window.child and not change.new.strip(b"\0")
                fate = Fate.RESULT if is_result else Fate.OVERWRITTEN
            first = change.address & (PAGE_SIZE - 1)
            self._owned[owner] -= settle(row, change.stores, change.fates, first, index, owner, int(fate), is_read)
            if not self._owned[owner]:
                self._release(owner)
            address += 1

    def inherit(self, window: Window) -> None:
        """Another window around this one goes on: mark what its processes now find changed."""
        tape, self._inherits = self.roll.tape, True
        for change in window.changes:
            row = tape.stores[tape.slots[tapes.STORES, change.address >> PAGE_SHIFT] - 1]
            row[change.address & (PAGE_SIZE - 1) :][: len(change.old)] |= tapes.INHERITED

    def hand_over(self, outer: Window) -> None:
        """What the children of ``outer``'s child changed is from now on a matter between that one and its parent."""
        if not self._inherits:
            return
        self._inherits = False
        self.roll.tape.stores[: self.roll.tape.control[tapes.PAGES], : tapes.IMAGE] &= ~tapes.INHERITED
        for owner, window in list(self._owners.items()):
            if window.number > outer.number:
                for change in window.changes:
                    change.fates[change.fates == Fate.UNREAD] = Fate.OUTER
                    self._disown(change, owner)
                self._owned[owner] = 0
                self._release(owner)

    def _disown(self, change: Change, owner: int) -> None:
        tape, first = self.roll.tape, change.address & (PAGE_SIZE - 1)
        row = tape.owners[tape.slots[tapes.WATCHES, change.address >> PAGE_SHIFT] - 1, first : first + len(change.old)]
        row[row == owner] = 0

    def discard(self, start: int, end: int) -> None:
        """Nobody owns a byte of these addresses any more: what will be read there is something else."""
        tape = self.roll.tape
        for index, page in enumerate(tape.owners[: tape.control[tapes.WATCH_PAGES], tapes.OWNERS_PAGE].tolist()):
            if not start <= page << PAGE_SHIFT < end:
                continue
            row = tape.owners[index, :PAGE_SIZE]
            owners, counts = np.unique(row[row != 0], return_counts=True)
            row[:] = 0
            for owner, count in zip(owners.tolist(), counts.tolist(), strict=True):
                self._owned[owner] -= count
                if not self._owned[owner]:
                    self._release(owner)

    def dismiss(self) -> None:
        """The parent will read nothing any more."""
        for owner in list(self._owners):
            self._release(owner)
        self._owned[:] = 0
        self.roll.forget_watched()
