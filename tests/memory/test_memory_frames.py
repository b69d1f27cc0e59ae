from __future__ import annotations

import pytest

from tests.accounting import check, snapshot
from vm.abi import PAGE_SIZE, Protection
from vm.memory import AddressSpace, OutOfMemory, PhysicalMemory
from vm.memory.strategies import copy, share

RW, R, RX = Protection.READ | Protection.WRITE, Protection.READ, Protection.READ | Protection.EXEC
BASE = 0x0040_0000


def space_of(frames: int, **options: bool) -> AddressSpace:
    return AddressSpace(PhysicalMemory(frames * PAGE_SIZE, **options))


@pytest.mark.parametrize("size", [0, -4096, 1, 4095, 4097, (3 << 30) + 4096])
def test_a_size_that_cannot_be_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="memory size"):
        PhysicalMemory(size)


def test_memory_begins_empty_and_a_space_costs_its_root() -> None:
    memory = PhysicalMemory(8 * PAGE_SIZE)
    assert (memory.count, memory.used, memory.committed, memory.peak) == (8, 0, 0, 0)
    space = AddressSpace(memory)
    assert (memory.used, memory.committed, memory.peak) == (1, 1, 1)
    space.destroy()
    assert (memory.used, memory.committed, memory.peak) == (0, 0, 1)


def test_the_last_frame_can_be_used_and_no_more() -> None:
    space = space_of(6)
    segment = space.map(BASE, BASE + 4 * PAGE_SIZE, RW, "mapping")
    space.write(BASE, b"x" * 4 * PAGE_SIZE)
    assert space.memory.used == space.memory.committed == 6
    for attempt in (
        lambda: space.map(BASE + 0x8000, BASE + 0x9000, RW, "mapping"),
        lambda: space.extend(segment, segment.end + PAGE_SIZE),
        lambda: AddressSpace(space.memory),
        lambda: copy(space),
    ):
        before = snapshot(space)
        with pytest.raises(OutOfMemory):
            attempt()
        assert snapshot(space) == before
        check(space.memory, [space])
    assert share(space)[0] is space, "sharing costs nothing"
    assert space.release() is None


def test_a_promise_is_kept_though_others_ask() -> None:
    space = space_of(64)
    space.map(BASE, BASE + 40 * PAGE_SIZE, RW, "mapping")
    other = AddressSpace(space.memory)
    with pytest.raises(OutOfMemory):
        other.map(BASE, BASE + 40 * PAGE_SIZE, RW, "mapping")
    other.map(BASE, BASE + 20 * PAGE_SIZE, RW, "mapping")
    other.write(BASE, b"o" * 20 * PAGE_SIZE)
    space.write(BASE, b"s" * 40 * PAGE_SIZE)
    assert space.read(BASE, 40 * PAGE_SIZE) == b"s" * 40 * PAGE_SIZE
    assert space.memory.used == 64


def test_promises_pay_for_page_tables_too() -> None:
    space = space_of(5)
    space.map(BASE, BASE + PAGE_SIZE, RW, "mapping")
    assert space.charge == 3
    with pytest.raises(OutOfMemory):
        space.map(2 * BASE - PAGE_SIZE, 2 * BASE + PAGE_SIZE, RW, "mapping")  # two pages and one more table
    space.map(2 * BASE, 2 * BASE + PAGE_SIZE, RW, "mapping")
    assert space.charge == 5


def test_overcommit_promises_anything_and_a_write_may_fail() -> None:
    space = space_of(4, overcommit=True)
    space.map(BASE, BASE + 100 * PAGE_SIZE, RW, "mapping")
    assert space.memory.committed == 102
    space.write(BASE, b"x" * 2 * PAGE_SIZE)
    before = snapshot(space)
    with pytest.raises(OutOfMemory):
        space.write(BASE + 2 * PAGE_SIZE, b"x")
    assert snapshot(space) == before
    assert space.memory.used == 4


def test_frames_that_are_used_again_hold_nothing_of_their_last_owner() -> None:
    space = space_of(8)
    segment = space.map(BASE, BASE + 4 * PAGE_SIZE, RW, "mapping")
    space.write(BASE, b"secret!!" * 2048)
    space.unmap(segment.start, segment.end)
    space.map(BASE, BASE + 4 * PAGE_SIZE, RW, "mapping")
    assert space.read(BASE, 4 * PAGE_SIZE) == bytes(4 * PAGE_SIZE)


def test_copy_under_overcommit_that_runs_out_of_frames_leaves_no_trace() -> None:
    for frames in range(10, 22):
        space = space_of(frames, overcommit=True)
        space.map(BASE, BASE + 8 * PAGE_SIZE, RW, "mapping")
        space.write(BASE, b"x" * 8 * PAGE_SIZE)
        before = snapshot(space)
        try:
            child, costs = copy(space)
        except OutOfMemory:
            assert frames < 20
        else:
            assert frames >= 20
            assert (costs.copied, costs.frames, costs.tables) == (8, 10, 2)
            check(space.memory, [space, child])
            child.destroy()
        assert snapshot(space) == before
        check(space.memory, [space])
