"""What an address space shows, resident or not, to those who leave no mark in it."""

from __future__ import annotations

from vm.abi import PAGE_SIZE
from vm.memory.segments import FilePages, Segment, SharedMemory
from vm.memory.space import AddressSpace


def memory_at(space: AddressSpace, address: int, size: int) -> bytes:
    """Return what the space holds at ``address``, at most ``size`` bytes: zeros where no frame was needed so far.

    It may be less than that, and nothing, where nothing is mapped.
    """
    found = bytearray()
    while len(found) < size and address + len(found) <= 0xFFFF_FFFF:
        here = address + len(found)
        rest = min(size - len(found), PAGE_SIZE - here % PAGE_SIZE)
        data = space.peek(here, rest)
        if len(data) < rest:
            segment = space.segments.find(here)
            if segment is None:
                break
            data = _not_resident(segment, here - segment.start + segment.offset, rest)
        found += data
    return bytes(found)


def _not_resident(segment: Segment, offset: int, size: int) -> bytes:
    """What a page without an entry shows once it has one: ``size`` bytes from byte ``offset`` of its backing."""
    backing = segment.backing
    if isinstance(backing, FilePages):
        return backing.content.read(offset, size).ljust(size, b"\0")
    if isinstance(backing, SharedMemory) and (frame := backing.frames.get(offset // PAGE_SIZE)) is not None:
        start = frame * PAGE_SIZE + offset % PAGE_SIZE
        return backing.memory.ram[start : start + size].tobytes()
    return bytes(size)
