"""An independent recount of physical memory, from the raw words of the page tables.

The walk is written from the RISC-V privileged specification, section "Sv32: Page-Based 32-bit Virtual-Memory Systems",
in plain Python: it shares nothing with the machine's own walker. What the machine keeps (reference counts, the free
list, promises, cached translations) must be what this recount finds.
"""

from __future__ import annotations

import hashlib
import weakref
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tests.recounting import check_network
from vm.abi import Protection
from vm.cpu.decode import ENTRY, ROW, decode_frame
from vm.cpu.sv32 import FETCH_TLB, LOAD_TLB, STORE_TLB, TLB_MASK
from vm.kernel.ipc.memory import SharedObjects
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import State
from vm.memory import AddressSpace, PhysicalMemory, Segment
from vm.memory.segments import Backing, SharedMemory
from vm.memory.tables import PEAK, RESIDENT

USER_TABLES = 0x8000_0000 >> 22
"""Entries of a root table for the user's addresses; the one behind them is the machine's, the same in every space."""
VALID, READ, WRITE, EXECUTE, USER, GLOBAL, ACCESSED, DIRTY = (1 << bit for bit in range(8))
PROTECTED = 1 << 8
"""The first software bit, in a pointer entry: nothing can be written through it."""
COMMON = 1 << 9
"""The second software bit, in a leaf entry: the page belongs to a shared mapping."""


def table_words(memory: PhysicalMemory, frame: int) -> list[int]:
    """The 1024 entries of the page table in ``frame``."""
    return np.frombuffer(memory.ram[frame * 4096 : frame * 4096 + 4096].tobytes(), "<u4").tolist()


def table_word(memory: PhysicalMemory, frame: int, index: int) -> int:
    """One entry of the page table in ``frame``."""
    place = frame * 4096 + 4 * index
    return int.from_bytes(memory.ram[place : place + 4].tobytes(), "little")


def walk(memory: PhysicalMemory, root: int, address: int) -> tuple[int, int] | None:
    """(leaf entry, physical address) of a virtual address; None when nothing is mapped there."""
    pointer = table_word(memory, root, address >> 22)
    if not pointer & VALID:
        return None
    entry = table_word(memory, pointer >> 10, address >> 12 & 0x3FF)
    return (entry, (entry >> 10) * 4096 + address % 4096) if entry & VALID else None


def may(memory: PhysicalMemory, root: int, address: int, access: int) -> bool:
    """True when a user's access (1 reads, 2 writes, 4 executes) passes both levels of the tables."""
    pointer = table_word(memory, root, address >> 22)
    if not pointer & VALID or (access == 2 and pointer & PROTECTED):
        return False
    entry = table_word(memory, pointer >> 10, address >> 12 & 0x3FF)
    return entry & (VALID | USER | access << 1) == VALID | USER | access << 1


def leaves(memory: PhysicalMemory, root: int) -> dict[int, int]:
    """Every mapped page of a space: page address to leaf entry. Checks the form of the tables on the way.

    Where the pointer entry forbids writing, the leaf entry is given without W, since that is what it means.
    """
    found = {}
    *user, upper = table_words(memory, root)[: USER_TABLES + 1]
    assert upper == memory.upper_entry, "the root does not hold the machine's own entry"
    for high, pointer in enumerate(user):
        if not pointer & VALID:
            assert pointer == 0, f"an invalid pointer {pointer:#x} that is not zero"
            continue
        assert pointer & 0x3FF & ~PROTECTED == VALID, f"pointer {pointer:#x} has a bit that means nothing"
        assert pointer & PROTECTED or memory.references[pointer >> 10] == 1, f"shared table {pointer:#x} unprotected"
        table = np.frombuffer(memory.ram[pointer >> 10 << 12 : (pointer >> 10) + 1 << 12].tobytes(), "<u4")
        for low in np.flatnonzero(table).tolist():
            entry = int(table[low])
            assert entry & VALID, f"an invalid entry {entry:#x} that is not zero"
            found[high << 22 | low << 12] = entry & ~WRITE if pointer & PROTECTED else entry
    return found


def machine_leaves(memory: PhysicalMemory) -> dict[int, int]:
    """The pages above the user's addresses, as :func:`leaves`."""
    if not memory.upper_entry:
        return {}
    words = table_words(memory, memory.upper_entry >> 10)
    return {USER_TABLES << 22 | low << 12: entry for low, entry in enumerate(words) if entry & VALID}


def table_frames(memory: PhysicalMemory, root: int) -> list[int]:
    """The frames of a space's page tables, the root's first."""
    return [root, *(pointer >> 10 for pointer in table_words(memory, root)[:USER_TABLES] if pointer & VALID)]


def regions(space: AddressSpace) -> set[int]:
    """The entries of the root table that the segments need."""
    return {
        region for segment in space.segments for region in range(segment.start >> 22, ((segment.end - 1) >> 22) + 1)
    }


def expected_charge(space: AddressSpace) -> int:
    """Frames a space has to pay for: its tables and the pages of the segments it pays for."""
    return (
        1
        + len(regions(space))
        + sum((segment.end - segment.start) // 4096 for segment in space.segments if segment.paid)
    )


def check_entry(memory: PhysicalMemory, page: int, entry: int, segment: Segment) -> None:
    """One leaf entry allows no more than its segment does, and nothing that Sv32 or W^X forbid.

    It may lack W where the page is, or was, shared by a fork.
    """
    protection = segment.protection
    where = f"entry {entry:#x} of page {page:#x}"
    assert entry >> 10 < memory.count, f"{where} points outside memory"
    assert not entry & GLOBAL, where
    assert not (entry & WRITE and entry & EXECUTE), f"{where} is writable and executable"
    assert entry & READ or not entry & WRITE, f"{where} is writable and not readable, which Sv32 reserves"
    assert entry & (READ | EXECUTE), f"{where} is a pointer where a leaf belongs"
    assert bool(entry & USER) == bool(protection), where
    assert not entry & WRITE or protection & Protection.WRITE, where
    assert bool(entry & COMMON) == isinstance(segment.backing, SharedMemory), where
    assert bool(entry & EXECUTE) == bool(protection & Protection.EXEC), where
    if protection & Protection.READ:
        assert entry & READ, where
    assert entry & ACCESSED or not entry & DIRTY, f"{where} is dirty and was never accessed"


def check_space(space: AddressSpace) -> dict[int, int]:
    """One space agrees with its segments; returns its leaves."""
    memory = space.memory
    last = 0x1000
    for segment in space.segments:
        assert last <= segment.start < segment.end <= 0x8000_0000, f"segment {segment} is out of order or range"
        assert segment.start % 4096 == segment.end % 4096 == 0
        assert not (segment.protection & Protection.WRITE and segment.protection & Protection.EXEC)
        last = segment.end
    found = leaves(memory, space.root)
    for page, entry in found.items():
        owners = [segment for segment in space.segments if segment.start <= page < segment.end]
        assert len(owners) == 1, f"page {page:#x} is mapped and belongs to {len(owners)} segments"
        check_entry(memory, page, entry, owners[0])
    assert space.charge == expected_charge(space)
    assert space.tally[RESIDENT] == len(found) <= space.tally[PEAK]
    built = {index for index, pointer in enumerate(table_words(memory, space.root)[:USER_TABLES]) if pointer & VALID}
    assert built <= regions(space), f"tables for regions {built - regions(space)} that no segment needs"
    check_tlb(space, found | machine_leaves(memory))
    return found


def check_tlb(space: AddressSpace, found: dict[int, int]) -> None:
    """Every cached translation is what a fresh walk gives, for the kind of access it is cached for."""
    memory, tlb = space.memory, space.engine_arguments[0].tolist()
    for base, needs in ((LOAD_TLB, READ | ACCESSED), (STORE_TLB, WRITE | ACCESSED | DIRTY), (FETCH_TLB, EXECUTE)):
        for entry in range(base, base + tlb[TLB_MASK] + 2, 2):
            tag, addend = tlb[entry : entry + 2]
            if tag == -1:
                continue
            assert tag in found, f"page {tag:#x} is cached and not mapped"
            assert found[tag] & (needs | USER | VALID) == needs | USER | VALID
            frame = found[tag] >> 10
            if base == FETCH_TLB:
                assert addend == frame * ROW
                assert memory.is_decoded[frame]
            else:
                assert (tag + addend) & 0xFFFF_FFFF == frame * 4096


def check_decoded(memory: PhysicalMemory, writable: set[int]) -> None:
    """Decoded frames are nowhere writable, and their decoded form is that of the words they hold, but for marks."""
    for frame in np.flatnonzero(memory.is_decoded).tolist():
        assert memory.references[frame] > 0, f"frame {frame} is free and decoded"
        assert frame not in writable, f"frame {frame} is decoded and writable"
        kept = memory.decoded[frame * ROW : (frame + 1) * ROW] & ~ENTRY
        decode_frame(memory.words, memory.decoded, frame)
        assert np.array_equal(kept, memory.decoded[frame * ROW : (frame + 1) * ROW]), f"stale code in frame {frame}"


def check_backings(spaces: Iterable[AddressSpace], held: Sequence[Backing] = ()) -> list[Backing]:
    """What segments that their spaces do not pay for rely on; each knows how many those are, and all that have it.

    Those that are ``held`` have a user more, who is no segment.
    """
    segments = [segment for space in spaces for segment in space.segments if segment.backing]
    having = Counter([id(segment.backing) for segment in segments] + [id(backing) for backing in held])
    relying = [*held, *(segment.backing for segment in segments if segment.backing and not segment.paid)]
    users = Counter(id(backing) for backing in relying)
    for backing in [*held, *(segment.backing for segment in segments)]:
        assert backing is not None
        assert backing.segments == having[id(backing)]
        assert backing.users == users[id(backing)]
    return list({id(backing): backing for backing in relying}.values())


def check(memory: PhysicalMemory, spaces: Iterable[AddressSpace], held: Sequence[Backing] = ()) -> None:
    """Everything that ``memory`` keeps is what ``spaces``, all the live ones, imply, and what is ``held`` beside."""
    spaces = list({id(space): space for space in spaces}.values())
    users: Counter[int] = Counter(memory.machine_frames)
    writable: Counter[int] = Counter()
    common: set[int] = set()
    for space in spaces:
        found = check_space(space)
        for frame in table_frames(memory, space.root):
            users[frame] += 1
            if users[frame] == 1:
                words = table_words(memory, frame) if frame != space.root else []
                users.update(entry >> 10 for entry in words if entry & VALID)
        writable.update(entry >> 10 for entry in found.values() if entry & WRITE and not entry & COMMON)
        common.update(entry >> 10 for entry in found.values() if entry & COMMON)
    assert memory.segments == sum(len(space.segments) for space in spaces)
    backings = check_backings(spaces, held)
    shared = [frame for backing in backings for frame in getattr(backing, "frames", {}).values()]
    assert common <= set(shared)
    users.update(shared)
    for frame in writable:
        assert users[frame] == 1, f"frame {frame} is writable and shared"
    expected = np.zeros(memory.count, np.int64)
    for frame, count in users.items():
        expected[frame] = count
    wrong = np.flatnonzero(expected != memory.references).tolist()
    assert not wrong, [(frame, int(memory.references[frame]), int(expected[frame])) for frame in wrong[:10]]
    free = np.sort(memory.free_frames)
    assert np.array_equal(free, np.flatnonzero(expected == 0)), "the free list is not the frames without users"
    assert memory.used == len(users)
    promised = sum(backing.promise for backing in backings)
    assert memory.committed == sum(space.charge for space in spaces) + promised + len(memory.machine_frames)
    if not memory.overcommit:
        assert memory.used <= memory.committed <= memory.count
    assert memory.used <= memory.peak
    check_decoded(memory, set(writable) | common)


def check_kernel(kernel: Kernel) -> None:
    """The spaces of the live processes are all there is; each knows how many processes it has."""
    if not vars(kernel.memory):  # a debugger has let go of a machine that nobody uses any more
        return
    tasks = [task for task in kernel.processes if task.space is not None]
    users = Counter(id(task.space) for task in tasks)
    for task in tasks:
        assert task.state is not State.ZOMBIE, f"zombie {task.pid} has an address space"
        assert task.space is not None
        assert task.space.users == users[id(task.space)]
    check_network(kernel)
    check(kernel.memory, [task.space for task in tasks if task.space is not None], held_memory(kernel))


def held_memory(kernel: Kernel) -> list[Backing]:
    """The shared memory of System V that there is, be it that nobody has it attached."""
    part = kernel.system.parts.get("SharedObjects")
    return [each.memory for each in part.objects] if isinstance(part, SharedObjects) else []


def snapshot(space: AddressSpace) -> str:
    """A digest of everything of a space that a program, or its page tables, could show: for "unchanged to the byte".

    Accessed and dirty bits are left out, and pages of zeros: a call that reads its arguments may touch a page.
    """
    memory = space.memory
    pages = {
        page: (entry >> 10, entry & 0x1F, memory.ram[(entry >> 10) * 4096 : (entry >> 10) * 4096 + 4096].tobytes())
        for page, entry in leaves(memory, space.root).items()
    }
    pages = {page: state for page, state in pages.items() if any(state[2])}
    segments = [(s.start, s.end, s.protection, s.name, s.paid, s.floor) for s in space.segments]
    state = (pages, segments, space.charge, space.users, space.heap_start, space.brk, space.root)
    return hashlib.sha256(repr(state).encode()).hexdigest()


class Ledger:
    """Follows every memory, space and kernel that is made, so that a test can be audited when it is over.

    Many machines are not all kept: an old one is audited when the next is made, and again at the end if anybody still
    has it.
    """

    KEPT = 8
    """Machines that are kept for the end of the test."""

    def __init__(self) -> None:
        self.kept: deque[Kernel] = deque()
        self.kernels: list[weakref.ref[Kernel]] = []
        self.loose: dict[int, tuple[PhysicalMemory, list[AddressSpace]]] = {}
        """Memories that no kernel has, by identity, with the spaces that were made in each."""

    def follow(self, set_attribute: Callable[[type, str, object], None]) -> None:
        """Note every object made from now on, which ``set_attribute`` sees to."""
        for kind, note in (
            (PhysicalMemory, self._made_memory), (AddressSpace, self._made_space), (Kernel, self._made_kernel),
        ):  # fmt: skip
            set_attribute(kind, "__init__", _noting(kind.__init__, note))

    def _made_memory(self, memory: PhysicalMemory) -> None:
        self.loose[id(memory)] = memory, []

    def _made_space(self, space: AddressSpace) -> None:
        if found := self.loose.get(id(space.memory)):
            found[1].append(space)

    def _made_kernel(self, kernel: Kernel) -> None:
        self.loose.pop(id(kernel.memory), None)
        self.kernels.append(weakref.ref(kernel))
        self.kept.append(kernel)
        if len(self.kept) > self.KEPT:
            check_kernel(self.kept.popleft())

    def audit(self) -> None:
        """Check every kernel; a space outside a kernel is live until it is released."""
        for kernel in filter(None, [reference() for reference in self.kernels]):
            check_kernel(kernel)
        for memory, spaces in self.loose.values():
            check(memory, [space for space in spaces if space.charge])


def _noting(original: Callable[..., None], note: Callable[[Any], None]) -> Callable[..., None]:
    def __init__(self: object, *arguments: object, **options: object) -> None:
        original(self, *arguments, **options)
        note(self)

    return __init__
