"""An address space: segments over an Sv32 page table, and what the kernel does with both.

Who pays: the space pays for its root table, for every last-level table its segments could need, and for every page of
its private segments, touched or not. Read-only image pages, which all their users share, pay for themselves. The sum
is committed with :class:`~vm.memory.frames.PhysicalMemory` when a segment is mapped, grown or made writable, so that
no later page fault can fail.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vm.abi import MINIMUM_ADDRESS, PAGE_SHIFT, PAGE_SIZE, STACK_GUARD, STACK_TOP, Protection
from vm.cpu.sv32 import (
    FETCH_TLB,
    LOAD_TLB,
    NO_TAG,
    PPN_SHIFT,
    STORE_TLB,
    TLB_INDEX,
    TLB_SIZE,
    R,
    U,
    V,
    W,
    X,
    leaf_index,
)
from vm.memory import tables
from vm.memory.frames import OutOfMemory, PhysicalMemory, take_clear


class BadAddress(Exception):
    """A user access that the address space does not permit: EFAULT for a call, ``address`` is the first such byte."""

    def __init__(self, address: int) -> None:
        super().__init__(f"address {address:#010x}")
        self.address = address


class Fault(Enum):
    """What became of a page fault."""

    RESOLVED = "the access can be tried again"
    UNMAPPED = "no segment holds the address (SEGV_MAPERR)"
    FORBIDDEN = "its segment does not allow the access (SEGV_ACCERR)"


@dataclass(slots=True)
class Segment:
    """A contiguous virtual range of one purpose; addresses are page-aligned, ``end`` is one past the last byte.

    ``paid``: the space pays for each of its pages. ``floor``: the lowest address to which it may grow down, as the
    stack does; None for a segment that does not.
    """

    start: int
    end: int
    protection: Protection
    name: str
    paid: bool = True
    floor: int | None = None

    @property
    def pages(self) -> int:
        """Size in pages."""
        return (self.end - self.start) >> PAGE_SHIFT

    @property
    def is_writable(self) -> bool:
        """True when the program may write to it."""
        return bool(int(self.protection) & 2)

    def __contains__(self, address: int) -> bool:
        return self.start <= address < self.end


def access_bits(protection: Protection) -> int:
    """The permission bits of a page-table entry. W implies R (Sv32 reserves W alone); PROT_NONE keeps R without U."""
    if protection == Protection.NONE:
        return R
    bits = U | (R if protection & (Protection.READ | Protection.WRITE) else 0)
    return bits | (W if protection & Protection.WRITE else 0) | (X if protection & Protection.EXEC else 0)


def page_round(address: int) -> int:
    """``address`` rounded up to a page."""
    return (address + PAGE_SIZE - 1) & -PAGE_SIZE


class AddressSpace:
    """An empty address space over ``memory``; raises OutOfMemory when there is no frame for its root table.

    ``users`` counts the processes in it: more than one after vfork or clone(CLONE_VM), which share the object itself.
    ``charge`` is what it has committed, in frames. The heap runs from ``heap_start`` to the program break ``brk``.
    """

    def __init__(self, memory: PhysicalMemory) -> None:
        memory.commit(1)
        root = int(take_clear(memory.frames))
        if root < 0:
            memory.uncommit(1)
            raise OutOfMemory("no frame for a root page table")
        memory.tables[root, STACK_TOP >> 22] = memory.upper_entry
        self.memory = memory
        self.root = root
        self.segments: list[Segment] = []
        self.users = 1
        self.charge = 1
        self.heap_start = 0
        self.brk = 0
        self.tlb: NDArray[np.int64] = np.full(TLB_SIZE, NO_TAG, np.int64)

    @property
    def engine_arguments(self) -> tuple[Any, ...]:
        """(tlb, ram, decoded, is_decoded, root), see :func:`vm.cpu.interpreter.execute`."""
        memory = self.memory
        return self.tlb, memory.ram, memory.decoded, memory.is_decoded, self.root

    # --- segments ---

    def find(self, address: int) -> Segment | None:
        """The segment that holds ``address``."""
        index = bisect_right(self.segments, address, key=lambda segment: segment.start) - 1
        if index >= 0 and address in self.segments[index]:
            return self.segments[index]
        return None

    def named(self, name: str) -> Segment | None:
        """The first segment of that name, None without one."""
        return next((segment for segment in self.segments if segment.name == name), None)

    def is_free(self, start: int, end: int) -> bool:
        """True when no segment, nor the room a stack may grow into with its guard, touches the range."""
        for segment in self.segments:
            low = segment.start if segment.floor is None else segment.floor - STACK_GUARD
            if start < segment.end and low < end:
                return False
        return MINIMUM_ADDRESS <= start < end <= STACK_TOP

    def map(
        self, start: int, end: int, protection: Protection, name: str, *, floor: int | None = None, paid: bool = True
    ) -> Segment:
        """Add a segment of demand-zero pages.

        The range must be page-aligned and free, the protection not both writable and executable (ValueError). Raises
        OutOfMemory, with nothing changed, when its pages cannot be promised.
        """
        if start % PAGE_SIZE or end % PAGE_SIZE or not self.is_free(start, end):
            raise ValueError(f"cannot map {start:#x}-{end:#x}")
        check_protection(protection)
        segment = Segment(start, end, protection, name, paid, floor)
        self._recharge([*self.segments, segment])
        self.segments.append(segment)
        self.segments.sort(key=lambda segment: segment.start)
        return segment

    def map_image(self, start: int, end: int, protection: Protection, name: str, file_end: int | None = None) -> None:
        """Add a segment of an image, whose pages below ``file_end`` (default: all) are resident for :meth:`load`.

        Pages that cannot be written pay for themselves, since every process that shares them uses the same frames;
        all of them are resident. Errors as in :meth:`map`.
        """
        writable = bool(protection & Protection.WRITE)
        last = (page_round(file_end) if writable and file_end is not None else end) >> PAGE_SHIFT
        pages = 0 if writable else (end - start) >> PAGE_SHIFT
        self.memory.commit(pages)
        try:
            self.map(start, end, protection, name, paid=writable)
        except (OutOfMemory, ValueError):
            self.memory.uncommit(pages)
            raise
        first, counts = start >> PAGE_SHIFT, np.zeros(tables.COUNTS, np.int64)
        complete = tables.map_clear(self.memory.frames, self.root, first, last, access_bits(protection), counts)
        if not writable:
            built = int(tables.resident(self.memory.frames, self.root, first, last))
            self.memory.uncommit(pages - built)
            tables.pay_for_themselves(self.memory.frames, self.root, first, first + built)
        if not complete:
            raise OutOfMemory("no frame for an image's page")

    def resize(self, segment: Segment, start: int, end: int) -> None:
        """Move a segment's ends; pages that leave it are given up. Raises OutOfMemory with nothing changed.

        The caller has made sure that what it grows into is free.
        """
        old = (segment.start, segment.end)
        segment.start, segment.end = start, end
        try:
            self._recharge(self.segments)
        except OutOfMemory:
            segment.start, segment.end = old
            raise
        for low, high in ((old[0], min(start, old[1])), (max(end, old[0]), old[1])):
            if low < high:
                self._give_up(low, high)

    def set_brk(self, address: int) -> None:
        """Move the program break (brk(2)): the heap grows by demand-zero pages or gives its last ones up.

        Raises ValueError below the heap's start or where something else is mapped, OutOfMemory; both change nothing.
        """
        if address < self.heap_start:
            raise ValueError("below the start of the heap")
        end, heap = page_round(address), self.named("heap")
        old_end = heap.end if heap else self.heap_start
        if end > old_end and not self.is_free(old_end, end):
            raise ValueError("no room for the heap")
        if heap is None and end > self.heap_start:
            self.map(self.heap_start, end, Protection.READ | Protection.WRITE, "heap")
        elif heap is not None and end == self.heap_start:
            self.unmap(heap)
        elif heap is not None and end != heap.end:
            self.resize(heap, heap.start, end)
        self.brk = address

    def unmap(self, segment: Segment) -> None:
        """Remove a whole segment and give up its pages."""
        self.segments.remove(segment)
        self._give_up(segment.start, segment.end)
        self._recharge(self.segments)

    def protect(self, segment: Segment, protection: Protection) -> None:
        """Change what a whole segment allows.

        ValueError for writable and executable at once; OutOfMemory, with nothing changed, when a read-only segment
        becomes the space's own and cannot be paid for.
        """
        check_protection(protection)
        becomes_paid = bool(protection & Protection.WRITE) and not segment.paid
        if becomes_paid:
            segment.paid = True
            try:
                self._recharge(self.segments)
            except OutOfMemory:
                segment.paid = False
                raise
        first, last = segment.start >> PAGE_SHIFT, segment.end >> PAGE_SHIFT
        if not tables.protect(self.memory.frames, self.root, first, last, access_bits(protection)):
            raise OutOfMemory("no frame to unshare a page")
        segment.protection = protection
        self.flush()

    def _recharge(self, segments: list[Segment]) -> None:
        """Commit what ``segments`` cost instead of what the space has paid so far; OutOfMemory changes nothing."""
        regions: set[int] = set()
        pages = 0
        for segment in segments:
            regions.update(range(segment.start >> 22, ((segment.end - 1) >> 22) + 1))
            pages += segment.pages if segment.paid else 0
        charge = 1 + len(regions) + pages
        if charge > self.charge:
            self.memory.commit(charge - self.charge)
        else:
            self.memory.uncommit(self.charge - charge)
        self.charge = charge

    def _give_up(self, start: int, end: int) -> None:
        """Drop the frames of a range, and the page tables that no segment needs any more."""
        frames = self.memory.frames
        tables.unmap(frames, self.root, start >> PAGE_SHIFT, end >> PAGE_SHIFT, np.zeros(tables.COUNTS, np.int64))
        for slot in range(start >> 22, ((end - 1) >> 22) + 1):
            low, high = slot << 22, (slot + 1) << 22
            if not any(segment.start < high and low < segment.end for segment in self.segments):
                tables.drop_table(frames, self.root, slot)
        self.flush()

    def destroy(self) -> int:
        """Give back every frame and promise. Returns how many pages a fork had copied for it that it never accessed."""
        counts = np.zeros(tables.COUNTS, np.int64)
        tables.destroy(self.memory.frames, self.root, counts)
        self.memory.uncommit(self.charge)
        self.charge = 0
        self.segments = []
        return int(counts[tables.IN_VAIN])

    def release(self) -> int | None:
        """One process leaves; the last one destroys the space. Pages copied in vain, None while others use it."""
        self.users -= 1
        return self.destroy() if self.users == 0 else None

    def flush(self) -> None:
        """Forget every cached translation."""
        self.tlb.fill(NO_TAG)

    def flush_page(self, address: int) -> None:
        """Forget the translations of one page."""
        entry = address >> 11 & TLB_INDEX
        self.tlb[[LOAD_TLB + entry, STORE_TLB + entry, FETCH_TLB + entry]] = NO_TAG

    # --- page faults and user memory ---

    def handle_fault(self, address: int, access: Protection) -> Fault:
        """Resolve a page fault at ``address``.

        Gives a segment's page its first frame, and grows a stack down to the page. OutOfMemory only with overcommit.
        """
        segment = self.find(address) or self._grow_stack(address)
        if segment is None:
            return Fault.FORBIDDEN if self.entry(address) & V else Fault.UNMAPPED
        if not access_bits(segment.protection) & access << 1:
            return Fault.FORBIDDEN
        page = address >> PAGE_SHIFT
        if tables.resident(self.memory.frames, self.root, page, page + 1):
            # Permitted and present: the hardware could only have faulted on a stale translation.
            entry = self.entry(address)
            return Fault.RESOLVED if entry & U and entry & access << 1 else Fault.FORBIDDEN
        counts = np.zeros(tables.COUNTS, np.int64)
        bits = access_bits(segment.protection)
        if not tables.map_clear(self.memory.frames, self.root, page, page + 1, bits, counts):
            raise OutOfMemory("no frame for a page")
        return Fault.RESOLVED

    def entry(self, address: int) -> int:
        """The page-table entry of ``address``, 0 when there is no table."""
        index = int(leaf_index(self.memory.words, self.root, address))
        return int(self.memory.words[index]) if index >= 0 else 0

    def _grow_stack(self, address: int) -> Segment | None:
        for segment in self.segments:
            if segment.floor is not None and segment.floor <= address < segment.start:
                try:
                    self.resize(segment, address & -PAGE_SIZE, segment.end)
                except OutOfMemory:
                    return None
                return segment
        return None

    def read(self, address: int, size: int) -> bytes:
        """``size`` bytes of user memory, as a user may read them; BadAddress otherwise."""
        data = np.empty(size, np.uint8)
        self._transfer(address, data, Protection.READ)
        return data.tobytes()

    def write(self, address: int, data: bytes) -> None:
        """Write user memory as a user may. BadAddress names the first byte that could not be; those before it are."""
        self._transfer(address, np.frombuffer(data, np.uint8), Protection.WRITE)

    def _transfer(self, address: int, data: NDArray[np.uint8], access: Protection) -> None:
        move = tables.read_user if access == Protection.READ else tables.write_user
        memory = self.memory
        done = 0
        while done < len(data):
            done = int(move(memory.words, memory.ram, self.root, address, data, done))
            if done == len(data):
                break
            if self.handle_fault((address + done) & 0xFFFF_FFFF, access) is not Fault.RESOLVED:
                raise BadAddress(address + done)

    def peek(self, address: int, size: int) -> bytes:
        """The resident bytes at ``address``, up to ``size``, for an observer: no permissions, no marks, no faults."""
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

    def read_string(self, address: int, limit: int) -> bytes | None:
        """The bytes before the first NUL at ``address``; None when there is none in ``limit`` bytes. BadAddress."""
        while True:
            length = int(tables.find_zero(self.memory.words, self.memory.ram, self.root, address, limit))
            if length == limit:
                return None
            if length >= 0:
                return self.read(address, length)
            fault = (address - 1 - length) & 0xFFFF_FFFF
            if self.handle_fault(fault, Protection.READ) is not Fault.RESOLVED:
                raise BadAddress(fault)

    def read_word(self, address: int) -> int:
        """The 32-bit word at ``address``; BadAddress."""
        return int.from_bytes(self.read(address, 4), "little")

    def load(self, address: int, data: bytes) -> None:
        """Write to mapped, resident pages whatever their permissions: for the loader, which builds what it loads."""
        if data:
            memory = self.memory
            tables.fill(memory.words, memory.ram, self.root, address, np.frombuffer(data, np.uint8))

    def resident(self, segment: Segment) -> int:
        """How many pages of ``segment`` have a frame."""
        first, end = segment.start >> PAGE_SHIFT, segment.end >> PAGE_SHIFT
        return int(tables.resident(self.memory.frames, self.root, first, end))


def check_protection(protection: Protection) -> None:
    """Raise ValueError for memory that would be writable and executable at once."""
    if protection & Protection.WRITE and protection & Protection.EXEC:
        raise ValueError("no page is writable and executable at once")
