"""An address space: what processes run in, fault in, share and fork."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from vm.abi import PAGE_SHIFT, PAGE_SIZE, STACK_GUARD, Protection
from vm.copying import Copier
from vm.cpu.sv32 import COMMON, PPN_SHIFT, U, V
from vm.enums import quick
from vm.memory import faults, tables, transfer
from vm.memory.frames import OutOfMemory, PhysicalMemory
from vm.memory.mappings import Mappings
from vm.memory.segments import SEGMENTS_IN_ALL, Segment, SegmentList, SharedMemory, access_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAULT_WORK = 4
"""What a page fault takes, in :attr:`vm.memory.frames.PhysicalMemory.work`."""


class BadAddress(Exception):
    """A user access that the address space does not permit: EFAULT for a call, ``address`` is the first such byte."""

    def __init__(self, address: int) -> None:
        super().__init__(address)
        self.address = address

    def __str__(self) -> str:
        return f"address {self.address:#010x}"


@quick
class Fault(Enum):
    """What became of a page fault."""

    RESOLVED = "the access can be tried again"
    UNMAPPED = "no segment holds the address (SEGV_MAPERR)"
    FORBIDDEN = "its segment does not allow the access (SEGV_ACCERR)"
    BEYOND = "its segment reaches beyond the end of what it maps (SIGBUS, BUS_ADRERR)"


TransferObserver = Callable[[int, int, Protection], None]
"""Told (address, size, kind of access) before the kernel reads or writes user memory for the running process."""


class AddressSpace(Mappings):
    """An address space without segments over ``memory``: with the page table at ``root``, or a new one; OutOfMemory.

    ``users`` counts the processes in it: more than one after vfork or clone(CLONE_VM), which share the object itself.
    ``transfer_observer`` is who wants to know of the kernel's own accesses, if anybody does. ``creation`` is the pid of
    the child of the last fork that it took part in, on either side, to whose account what is done later goes; 0 before
    any. ``is_dumpable``: a core may be written of it (prctl(2), PR_SET_DUMPABLE).
    """

    def __init__(self, memory: PhysicalMemory, root: int = -1) -> None:
        super().__init__(memory, root)
        self.users = 1
        self.transfer_observer: TransferObserver | None = None
        self.creation = 0
        self.is_dumpable = True

    def copied_by(self, copier: Copier) -> Self:
        """Copy the space, which nobody observes; as :meth:`PagedMemory.copied_by`."""
        twin = super().copied_by(copier)
        twin.transfer_observer = None
        return twin

    def new_child(self, fork: Callable[..., Any], *arguments: NDArray[np.int64]) -> AddressSpace:
        """A space with the same segments, promised in full; OutOfMemory changes nothing.

        Its page tables are made by ``fork``, one of :mod:`vm.memory.sharing`, whose last ``arguments`` these are.
        """
        memory = self.memory
        if memory.segments + len(self.segments) > SEGMENTS_IN_ALL:
            raise OutOfMemory(f"more than {SEGMENTS_IN_ALL} segments in all")
        memory.commit(self.charge)
        root = int(fork(memory.frames, self.root, memory.upper_entry, *arguments))
        if root < 0:
            memory.uncommit(self.charge)
            raise OutOfMemory("no frame for a page or a page table of the child")
        child = AddressSpace(memory, root)
        child.charge, child.is_dumpable, child.bounds = self.charge, self.is_dumpable, self.bounds
        child.heap_start, child.brk, child.mapping_top = self.heap_start, self.brk, self.mapping_top
        child.tally[tables.RESIDENT] = child.tally[tables.PEAK] = self.tally[tables.RESIDENT]
        memory.segments += len(self.segments)
        for segment in self.segments:
            child.segments.append(segment.part(segment.start, segment.end))
            if segment.backing is not None:
                segment.backing.enter(relies=not segment.paid)
        return child

    def destroy(self) -> int:
        """Give back every frame and promise. Returns how many pages were copied in vain, for it or because of it."""
        in_vain = int(tables.destroy(self.memory.frames, self.root, self.tally))
        self.memory.uncommit(self.charge)
        self.charge = 0
        for segment in self.segments:
            if segment.backing is not None:
                segment.backing.leave(relies=not segment.paid)
        self.memory.segments -= len(self.segments)
        self.segments = SegmentList()
        return in_vain

    def release(self) -> int | None:
        """Let one process leave; the last one destroys the space.

        Returns how many pages were copied in vain, None while others use it.
        """
        self.users -= 1
        return self.destroy() if self.users == 0 else None

    # --- page faults and user memory ---

    def handle_fault(self, address: int, access: Protection) -> Fault:
        """Resolve a page fault at ``address``: RESOLVED to try again, or why the access is not permitted.

        Gives a page its first frame, copies a page or a page table that a fork left shared, and grows a stack down to
        the page. OutOfMemory only with overcommit.
        """
        if access == Protection.EXEC and self.memory.bound_decoded():
            return Fault.RESOLVED  # it is no work of the program's: engines differ in what they decode
        self.memory.work += FAULT_WORK
        segment = self.segments.find(address) or self._grow_stack(address)
        if segment is None:
            return Fault.FORBIDDEN if self.entry(address) & V else Fault.UNMAPPED
        bits, wanted = access_bits(segment.protection), int(access)
        if ~bits & (U | wanted << 1):
            return Fault.FORBIDDEN
        source: int | None = -1
        if (segment.backing is not None or not segment.paid) and not self.entry(address) & V:
            if isinstance(segment.backing, SharedMemory):
                source = segment.backing.frame(segment.offset + address - segment.start)
                bits |= COMMON
            elif segment.backing is None:
                source = self.memory.zero_frame
            elif not segment.backing.content.is_image:
                return Fault.BEYOND
            if source is None:
                return Fault.BEYOND
        page = address >> PAGE_SHIFT
        is_new = self.memory.faults_wanted and not self.entry(address) & V
        done = int(faults.resolve(self.memory.frames, self.tlb, self.root, page, bits, wanted, source, self.tally))
        if not done:
            raise OutOfMemory("no frame for a page")
        if done == faults.REFUSED:
            return Fault.FORBIDDEN
        if done != faults.RESOLVED and self.memory.notes_wanted:
            self.memory.unshared.append((self.creation, address, done))
        if self.memory.faults_wanted:
            self.memory.faulted.append((address, wanted, done, is_new, self.entry(address) >> PPN_SHIFT))
        return Fault.RESOLVED

    def _grow_stack(self, address: int) -> Segment | None:
        """Let the stack above ``address`` grow down to its page, and return it.

        None where no stack may grow so far, or its pages cannot be paid for.
        """
        index = self.segments.above(address)
        if index == len(self.segments):
            return None
        stack, start = self.segments[index], address & -PAGE_SIZE
        if stack.floor is None or (self.bounds is None and address < stack.floor):
            return None
        below = self.segments[index - 1] if index else None
        if below is not None and below.floor is None and below.protection and start - below.end < STACK_GUARD:
            return None
        more = stack.part(start, stack.start)
        try:
            if self.bounds is not None:
                self.bounds.check_stack(stack.end - start)
                self.bounds.check(self.segments, more.pages, is_data=False)
            self._pay_for(more)
        except OutOfMemory:
            return None
        stack.start = start
        return stack

    def read(self, address: int, size: int) -> bytes:
        """``size`` bytes of user memory, as a user may read them; BadAddress otherwise."""
        data = np.empty(size, np.uint8)
        self._transfer(address, data, Protection.READ)
        return data.tobytes()

    def write(self, address: int, data: bytes) -> None:
        """Write user memory as a user may. BadAddress names the first byte that could not be; those before it are."""
        self._transfer(address, np.frombuffer(data, np.uint8), Protection.WRITE)

    def _transfer(self, address: int, data: NDArray[np.uint8], access: Protection) -> None:
        move = transfer.read_user if access == Protection.READ else transfer.write_user
        memory = self.memory
        if self.transfer_observer is not None:
            self.transfer_observer(address, len(data), access)
        memory.work += 1 + (len(data) >> PAGE_SHIFT)
        done = 0
        while done < len(data):
            done = int(move(memory.words, memory.ram, self.root, address, data, done))
            if done < len(data):
                fault = self.handle_fault((address + done) & 0xFFFF_FFFF, access)
                if fault is not Fault.RESOLVED:
                    raise BadAddress(address + done)

    def read_string(self, address: int, limit: int) -> bytes | None:
        """The bytes before the first NUL at ``address``; None when there is none in ``limit`` bytes. BadAddress."""
        while True:
            length = int(transfer.find_zero(self.memory.words, self.memory.ram, self.root, address, limit))
            if length == limit:
                return None
            if length >= 0:
                return self.read(address, length + 1)[:-1]
            fault = (address - 1 - length) & 0xFFFF_FFFF
            if self.handle_fault(fault, Protection.READ) is not Fault.RESOLVED:
                raise BadAddress(fault)

    def read_word(self, address: int) -> int:
        """The 32-bit word at ``address``; BadAddress."""
        return int.from_bytes(self.read(address, 4), "little")
