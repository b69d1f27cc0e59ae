"""Which bytes a vfork child changed, and what its parent does with them first.

They are found by comparing pages when the parent resumes. Those that could matter are owned by the child's window from
then on, until the parent reads or overwrites them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vm.abi import PAGE_SHIFT, PAGE_SIZE
from vm.cpu import tape as tapes
from vm.cpu.sv32 import PPN_SHIFT, V
from vm.memory import AddressSpace
from vm.observe.calls import History
from vm.observe.roll import Roll
from vm.observe.windows import ROW_ALIGNMENT, ROWS_KEPT, Change, Fate, Moment, Window

WORD = 4
"""Changed bytes no farther apart than this are told together."""
_NOTHING: NDArray[np.uint8] = np.zeros(0, np.uint8)


def _runs(places: NDArray[np.intp], moments: NDArray[np.uint32]) -> list[tuple[int, int]]:
    """Changed places of a page as ranges: close to one another, and changed by one activation of a function."""
    first, last = int(places[0]), int(places[-1])
    if last - first < WORD and moments[first] == moments[last]:
        return [(first, last + 1)]
    apart = np.flatnonzero((places[1:] - places[:-1] > WORD) | (moments[places[1:]] != moments[places[:-1]]))
    edges = [0, *(apart + 1).tolist(), len(places)]
    return [(int(places[low]), int(places[high - 1]) + 1) for low, high in pairwise(edges)]


class Watch:
    """The changed bytes of one space. ``windows`` are all windows, the owners of bytes by their number."""

    def __init__(self, space: AddressSpace, roll: Roll, windows: list[Window]) -> None:
        self.space = space
        self.roll = roll
        self.windows = windows
        self.count = 0
        """Bytes that are watched."""

    def compare(self, window: Window, history: History) -> None:
        """Find the bytes that differ, sort them into changes, and watch those that could matter."""
        tape = self.roll.tape
        for page in sorted(self.roll.pages()):
            slot = int(tape.slots[page]) - 1
            kept = window.images.get(page)
            image = tape.images[slot] if kept is None else np.frombuffer(kept, np.uint8)
            now = self._page(page)
            if not len(now):
                continue
            places = (now != image).nonzero()[0]
            if not len(places):
                continue
            writers, moments = tape.writers[slot], tape.moments[slot]
            for start, stop in _runs(places, moments):
                address = (page << PAGE_SHIFT) + start
                row = slice(start & -ROW_ALIGNMENT, (start & -ROW_ALIGNMENT) + ROWS_KEPT)
                old, new = image[start:stop], now[start:stop]
                fates = self._first_fates(window, address, stop - start)
                if stop - start > 1:
                    fates[old == new] = Fate.SAME
                change = Change(
                    address, old.tobytes(), new.tobytes(), writers[start:stop].copy(),
                    history.sites(int(moments[start])), address - start + row.start,
                    image[row].tobytes(), now[row].tobytes(), fates,
                )  # fmt: skip
                window.changes.append(change)
                self._own(window, change)

    def _page(self, page: int) -> NDArray[np.uint8]:
        """The bytes of a page as they are; none when it is no longer there."""
        entry = self.space.entry(page << PAGE_SHIFT)
        frame = entry >> PPN_SHIFT << PAGE_SHIFT
        return self.space.memory.ram[frame : frame + PAGE_SIZE] if entry & V else _NOTHING

    def _first_fates(self, window: Window, address: int, size: int) -> NDArray[np.uint8]:
        """What is known of changed bytes before the parent has gone on."""
        fates = np.zeros(size, np.uint8)
        if address >= window.pointer and address >= window.registers[2]:
            return fates
        lowest, pointer, resumed = int(self.roll.tape.control[tapes.LOWEST]), window.pointer, window.registers[2]
        if address < resumed and (stack := self.space.find(resumed)) is not None:
            floor = stack.start if stack.floor is None else stack.floor
            fates[max(floor - address, 0) : max(resumed - address, 0)] = Fate.BELOW
        if address < pointer and address + size > lowest:
            fates[max(lowest - address, 0) : pointer - address] = Fate.OWN
        return fates

    def _own(self, window: Window, change: Change) -> None:
        """Let ``window`` own the bytes whose fate is open, whoever did before."""
        if len(change.old) <= WORD:
            for address, fate in enumerate(change.fates.tolist(), change.address):
                if fate == Fate.UNREAD:
                    self._own_byte(address, window.number + 1)
        elif not change.fates.all():
            self._own_range(window, change)

    def _own_byte(self, address: int, owner: int) -> None:
        owners, offset = self.roll.owners(address >> PAGE_SHIFT), address & (PAGE_SIZE - 1)
        self.count += not owners[offset]
        owners[offset] = owner

    def _own_range(self, window: Window, change: Change) -> None:
        for address, owners in self.roll.watched_rows(change.address, len(change.old), make=True):
            first = address - change.address
            is_open = change.fates[first : first + len(owners)] == Fate.UNREAD
            self.count += int(np.count_nonzero(is_open) - np.count_nonzero(owners[is_open]))
            owners[is_open] = window.number + 1

    def touched(
        self, address: int, size: int, now: Callable[[], Moment], *, reads: bool, value: int | None = None
    ) -> None:
        """Settle the fate of the watched bytes in a range that the parent reads, or overwrites with ``value``."""
        where: Moment | None = None
        for start, owners in self.roll.watched_rows(address, size):
            for offset in np.flatnonzero(owners).tolist():
                owner = int(owners[offset])
                if not owner:
                    continue  # settled together with one before it
                window = self.windows[owner - 1]
                change = window.change_at(start + offset)
                index = start + offset - change.address
                if reads:
                    where = where or now()
                    change.uses[int(change.writers[index])] = where
                    self._settle(change, owner, *change.run_at(index), Fate.READ)
                else:
                    is_result = size == 4 and value == window.child and not change.new.strip(b"\0")
                    fate = Fate.RESULT if is_result else Fate.OVERWRITTEN
                    self._settle(change, owner, index, index + 1, fate)

    def _settle(self, change: Change, owner: int, first: int, end: int, fate: Fate) -> None:
        """Bytes ``first`` to ``end`` of a change meet their fate, as far as they are watched for it."""
        for address, owners in self.roll.watched_rows(change.address + first, end - first):
            mine = owners == owner
            place = address - change.address
            change.fates[place : place + len(owners)][mine] = fate
            owners[mine] = 0
            self.count -= int(np.count_nonzero(mine))
