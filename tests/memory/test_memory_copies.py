"""A copied memory with its spaces: nothing is shared, both go on alike, and neither sees what the other does."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest

from tests.accounting import check
from tests.graphs import shared
from tests.memory.test_memory_failures import BASE, CODE, DATA, RW, furnished
from vm.abi import PAGE_SIZE, Protection
from vm.copying import Copier
from vm.cpu.sv32 import FETCH_TLB, LOAD_TLB, NO_TAG, STORE_TLB, TLB_MASK
from vm.memory import AddressSpace, BadAddress, OutOfMemory, PhysicalMemory, Segment
from vm.memory.segments import SharedMemory
from vm.memory.strategies import STRATEGIES

SHARED = 0x6000_0000


def populated(strategy: str) -> list[AddressSpace]:
    """Three spaces with something of each kind, of which two forks made two; one more came and went."""
    space, spaces = furnished(PhysicalMemory(1 << 20))
    space.memory.notes_wanted = True
    both = SharedMemory(space.memory, 4)
    space.add(Segment(SHARED, SHARED + 4 * PAGE_SIZE, RW, "mapping", paid=False, backing=both, shared=True))
    space.map(BASE, BASE + 4 * PAGE_SIZE, Protection.READ, "mapping", paid=False)
    space.read(BASE, 3)
    space.write(SHARED + PAGE_SIZE, b"seen by all")
    child, _ = STRATEGIES[strategy](space)
    gone, _ = STRATEGIES[strategy](child)
    child.write(SHARED + 2 * PAGE_SIZE, b"too")
    gone.write(DATA + PAGE_SIZE, b"a frame of its own")
    gone.destroy()
    child.write(DATA, b"late")
    return [*spaces, child]


def state(spaces: list[AddressSpace]) -> tuple[object, ...]:
    """All that a later step could depend on, down to the numbers of frames and which one is next."""
    memory = spaces[0].memory
    used = np.flatnonzero(memory.references)
    return (
        memory.references.tolist(), memory.frames.left.tolist(), memory.free_frames.tolist(), memory.used, memory.peak,
        memory.epoch, memory.zero_frame, memory.committed, memory.segments, memory.machine_frames, memory.unshared,
        memory.tables[used].tobytes(),
        [(s.root, s.charge, s.users, s.creation, s.heap_start, s.brk, s.mapping_top, s.tally.tolist()) for s in spaces],
        [[(s.start, s.end, s.protection, s.name, s.paid, s.floor, s.offset) for s in it.segments] for it in spaces],
    )  # fmt: skip


def step(spaces: list[AddressSpace], chance: random.Random, strategy: str) -> None:
    """Do something to one of the spaces, which are all of a memory."""
    space = chance.choice(spaces)
    place = chance.choice([CODE, DATA, space.heap_start, SHARED]) + chance.randrange(3 * PAGE_SIZE)
    kind = chance.choice(["read", "write", "write", "fork", "end", "brk", "protect", "discard"])
    if kind == "fork" and len(spaces) < 6:
        spaces.append(STRATEGIES[strategy](space)[0])
    elif kind == "end" and len(spaces) > 2:
        spaces.remove(space)
        space.destroy()
    elif kind == "write" and place >= DATA:
        space.write(place, bytes([chance.randrange(256)]) * chance.randrange(1, 3000))
    elif kind == "brk":
        space.set_brk(space.heap_start + chance.randrange(4, 12) * PAGE_SIZE)
    elif kind == "protect":
        space.protect(DATA, DATA + 4 * PAGE_SIZE, Protection.READ)
        space.protect(DATA, DATA + 4 * PAGE_SIZE, RW)
    elif kind == "discard":
        space.discard(DATA, DATA + 2 * PAGE_SIZE)
    else:
        space.read(place, 100)


def attempt(spaces: list[AddressSpace], chance: random.Random, strategy: str) -> str:
    """Make a step; how it failed, if it did."""
    try:
        step(spaces, chance, strategy)
    except (BadAddress, OutOfMemory) as error:
        return repr(error)
    return ""


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_copy_goes_on_as_the_original_does(strategy: str) -> None:
    chance, again = random.Random(strategy), random.Random(strategy)
    spaces = populated(strategy)
    for _ in range(6):
        copies = Copier().copy(spaces)
        assert shared(spaces, copies) == []
        assert state(copies) == state(spaces)
        check(copies[0].memory, copies)
        for _ in range(25):
            assert attempt(spaces, chance, strategy) == attempt(copies, again, strategy)
            assert state(copies) == state(spaces)
        check(spaces[0].memory, spaces)
        check(copies[0].memory, copies)
        for _ in range(25):
            attempt(copies, again, strategy)
        check(copies[0].memory, copies)
        again.setstate(chance.getstate())


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_neither_sees_what_the_other_does(strategy: str) -> None:
    spaces = populated(strategy)
    copies = Copier().copy(spaces)
    before = state(copies)
    for space in spaces:
        space.write(DATA, b"other" * 1000)
        if space.find(SHARED):
            space.write(SHARED, b"other" * 3000)
        space.destroy()
    assert spaces[0].memory.used == len(spaces[0].memory.machine_frames)
    assert state(copies) == before
    check(copies[0].memory, copies)
    copies[0].write(SHARED, b"mine")
    assert copies[2].read(SHARED, 4) == b"mine", "what is shared within the copy is shared there"


def test_what_is_made_again_is_not_copied() -> None:
    space, _ = furnished(PhysicalMemory(1 << 20))
    space.memory.is_decoded[:] = 1
    space.tlb[:TLB_MASK] = 0
    copy = Copier().copy(space)
    space.memory.is_decoded[:] = 0
    space.flush()
    assert not copy.memory.is_decoded.any()
    assert {int(copy.tlb[base]) for base in (LOAD_TLB, STORE_TLB, FETCH_TLB)} == {NO_TAG}


def test_a_full_and_a_fragmented_memory() -> None:
    space, _ = furnished(PhysicalMemory(64 * PAGE_SIZE))
    memory = space.memory
    space.map(BASE, BASE + (memory.count - memory.committed - 1) * PAGE_SIZE, RW, "mapping")
    for page in range(BASE, BASE + 20 * PAGE_SIZE, PAGE_SIZE):
        space.write(page, page.to_bytes(4, "little"))
    for page in range(BASE, BASE + 20 * PAGE_SIZE, 2 * PAGE_SIZE):
        space.discard(page, page + PAGE_SIZE)
    copy = Copier().copy(space)
    assert copy.peek(BASE, 20 * PAGE_SIZE) == space.peek(BASE, 20 * PAGE_SIZE)
    assert copy.memory.free_frames.tolist() == memory.free_frames.tolist()
    assert sorted(memory.free_frames.tolist()) == np.flatnonzero(memory.references == 0).tolist()


def test_a_forked_process_of_the_host_has_a_memory_of_its_own() -> None:
    spaces = populated("cow")
    before = state(spaces)
    child = os.fork()
    if not child:
        for space in spaces:
            space.destroy()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert state(spaces) == before
