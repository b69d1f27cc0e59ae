"""The page table of one address space, with what is cached and counted about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from vm.abi import PAGE_SHIFT, PAGE_SIZE
from vm.copying import Copier
from vm.cpu.sv32 import PPN_SHIFT, V, empty, frame_of, leaf_index, new_tlb
from vm.memory import tables, transfer
from vm.memory.frames import OutOfMemory, PhysicalMemory
from vm.memory.segments import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PagedMemory:
    """A page table over ``memory``: the one at ``root``, or an empty one, whose root is a new frame; OutOfMemory.

    ``root`` is that frame; ``charge`` what is committed for all this, in frames. ``tally`` int64[TALLY] counts what was
    done to the page table. ``tlb`` int64[TLB_SIZE] is its TLB.
    """

    _follow: tuple[str, ...] = ("memory", "tally")

    def __init__(self, memory: PhysicalMemory, root: int = -1) -> None:
        if root < 0:
            memory.commit(1)
            root = int(tables.new_root(memory.frames, memory.upper_entry))
            if root < 0:
                memory.uncommit(1)
                raise OutOfMemory("no frame for a root page table")
        self.memory = memory
        self.root = root
        self.charge = 1
        self.tlb: NDArray[np.int64] = new_tlb()
        self.tally: NDArray[np.int64] = np.zeros(tables.TALLY, np.int64)
        self._epoch = memory.epoch

    def copied_by(self, copier: Copier) -> Self:
        """Copy the space over the copy of its memory; its TLB is empty."""
        twin = copier.taken_over(self)
        twin.tlb = new_tlb()
        return twin

    @property
    def engine_arguments(self) -> tuple[Any, ...]:
        """(tlb, ram, decoded, is_decoded, root), see :func:`vm.cpu.interpreter.execute`."""
        memory = self.memory
        if self._epoch != memory.epoch:
            self._epoch = memory.epoch
            self.flush()
        return self.tlb, memory.ram, memory.decoded, memory.is_decoded, self.root

    def settle(self) -> list[int]:
        """Close the account of the last fork. Return FAULTS to KEPT_TABLES since then; empty if all are 0."""
        account = self.tally[tables.FAULTS : tables.KEPT_TABLES + 1]
        done: list[int] = account.tolist()
        if not any(done):
            return []
        account[:] = 0
        return done

    def use_tlb(self, tlb: NDArray[np.int64]) -> None:
        """Use ``tlb``, as :func:`vm.cpu.sv32.new_tlb` makes them, from now on: an engine may keep it where it likes."""
        self.tlb = tlb

    def flush(self) -> None:
        """Forget every cached translation."""
        empty(self.tlb)

    def entry(self, address: int) -> int:
        """The page-table entry of ``address``; 0 when there is no table, or it names no frame."""
        words = self.memory.words
        index = int(leaf_index(words, self.root, address))
        entry = int(words[index]) if index >= 0 else 0
        return entry if frame_of(entry, self.memory.count) >= 0 else 0

    def peek(self, address: int, size: int) -> bytes:
        """Return the resident bytes at ``address``, up to ``size``.

        For observers: permissions do not matter, nothing is marked as accessed, no page gets a frame.
        """
        data = bytearray()
        while len(data) < size:
            here = (address + len(data)) & 0xFFFF_FFFF
            entry = self.entry(here)
            if not entry & V:
                break
            place = (entry >> PPN_SHIFT << PAGE_SHIFT) + (here & (PAGE_SIZE - 1))
            end = min(place + size - len(data), (place | (PAGE_SIZE - 1)) + 1)
            data += self.memory.ram[place:end].tobytes()
        return bytes(data)

    def load(self, address: int, data: bytes) -> None:
        """Write to mapped, resident pages whatever their permissions: for the loader, which builds what it loads."""
        if data:
            memory = self.memory
            done = transfer.fill(memory.words, memory.ram, self.root, address, np.frombuffer(data, np.uint8))
            assert done == len(data), f"no frame at {address + done:#x}, where something is loaded"

    def resident(self, segment: Segment) -> int:
        """How many pages of ``segment`` have a frame."""
        first, end = segment.start >> PAGE_SHIFT, segment.end >> PAGE_SHIFT
        return int(tables.resident(self.memory.frames, self.root, first, end))
