"""What a system call does to what a vfork child shares with its parent, other than writing to memory."""

from __future__ import annotations

from collections.abc import Iterable

from vm.abi import CALL_NAMES, MREMAP_FIXED, PAGE_SIZE, Advice, MapFlag
from vm.hazards.windows import Layout
from vm.kernel.process.task import Task
from vm.memory import AddressSpace

_NUMBERS = {name: number for number, name in CALL_NAMES.items()}
MAPPING_CALLS = frozenset(_NUMBERS[name] for name in ("brk", "munmap", "mremap", "mmap2", "mprotect", "madvise"))
"""Calls that change mappings."""
SHARED_STATE = {
    _NUMBERS[name]: argument
    for name, argument in (
        ("_llseek", 0), ("read", 0), ("readv", 0), ("getdents64", 0), ("sendfile64", 1), ("fcntl64", 0), ("ioctl", 0),
    )
}  # fmt: skip
"""Calls that move the offset of an open file, or set its flags, by the argument that is its descriptor. Writing is not
among them: a child that prints is expected to go on where its parent was.
"""


def shared_file(task: Task, parent: Task, number: int, arguments: tuple[int, ...]) -> tuple[int, int] | None:
    """Offset and flags of the open file that a call of ``task`` concerns, if ``parent`` has it open too."""
    file = task.files.find(arguments[SHARED_STATE[number]])
    if file is None or all(parent.files.find(descriptor) is not file for descriptor in range(parent.files.limit)):
        return None
    return getattr(file, "offset", 0), file.flags


def discarded(space: AddressSpace, number: int, arguments: tuple[int, ...]) -> list[tuple[int, int]]:
    """The ranges of addresses whose content a call puts an end to, if it succeeds."""
    address, size, third, fourth, fifth, _ = arguments
    name = CALL_NAMES.get(number, "")
    replaces = fourth & MapFlag.MAP_FIXED and not fourth & MapFlag.MAP_FIXED_NOREPLACE
    found = []
    if name == "brk" and address < space.brk:
        found = [(address, space.brk - address)]
    elif name == "munmap" or (name == "madvise" and third == Advice.MADV_DONTNEED) or (name == "mmap2" and replaces):
        found = [(address, size)]
    elif name == "mremap" and fourth & MREMAP_FIXED:
        found = [(address, size), (fifth, third)]
    return [(start, start + (length + PAGE_SIZE - 1 & -PAGE_SIZE)) for start, length in found]


def overlap(ranges: Iterable[tuple[int, int]], segments: Layout) -> Layout:
    """The parts of ``segments`` that lie in one of ``ranges``."""
    return tuple(
        (name, max(start, low), min(end, high), access)
        for low, high in ranges
        for name, start, end, access in segments
        if start < high and low < end
    )
