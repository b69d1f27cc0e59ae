from __future__ import annotations

import pytest

from tests.accounting import check, leaves, snapshot, walk
from tests.memory.images import image_of
from vm.abi import PAGE_SIZE, STACK_TOP, Protection
from vm.memory import AddressSpace, BadAddress, Fault, OutOfMemory, PhysicalMemory
from vm.memory.segments import Segment
from vm.memory.strategies import copy, share

NONE, R, W, X = Protection.NONE, Protection.READ, Protection.WRITE, Protection.EXEC
RW, RX = R | W, R | X
BASE = 0x0040_0000
GUARD = 1 << 20
"""Linux's stack_guard_gap: 256 pages."""


@pytest.fixture
def space() -> AddressSpace:
    return AddressSpace(PhysicalMemory(1 << 20))


def stack_of(space: AddressSpace, pages: int = 1, limit: int = 64 * PAGE_SIZE) -> None:
    space.map(STACK_TOP - pages * PAGE_SIZE, STACK_TOP, RW, "stack", floor=STACK_TOP - limit)


# --- mapping ---


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, PAGE_SIZE),
        (0, 2 * PAGE_SIZE),
        (BASE, BASE),
        (BASE + PAGE_SIZE, BASE),
        (BASE + 1, BASE + PAGE_SIZE),
        (BASE, BASE + 1),
        (STACK_TOP - PAGE_SIZE, STACK_TOP + PAGE_SIZE),
        (STACK_TOP, STACK_TOP + PAGE_SIZE),
        (0xFFFF_F000, 0x1_0000_0000),
        (-PAGE_SIZE, PAGE_SIZE),
    ],
)
def test_ranges_that_cannot_be_mapped(space: AddressSpace, start: int, end: int) -> None:
    with pytest.raises(ValueError, match="cannot map"):
        space.map(start, end, RW, "mapping")
    assert not space.segments


def test_ranges_at_the_edges_can_be_mapped(space: AddressSpace) -> None:
    space.map(PAGE_SIZE, 2 * PAGE_SIZE, RW, "mapping")
    space.map(STACK_TOP - PAGE_SIZE, STACK_TOP, RW, "mapping")
    space.write(PAGE_SIZE, b"low")
    space.write(STACK_TOP - 4, b"high")
    for address in (0, PAGE_SIZE - 1, 2 * PAGE_SIZE, STACK_TOP, STACK_TOP - PAGE_SIZE - 1, 0xFFFF_FFFF):
        with pytest.raises(BadAddress):
            space.read(address, 1)


@pytest.mark.parametrize(
    ("start", "end", "free"),
    [(-2, -1, True), (-1, 0, True), (4, 5, True), (-1, 1, False), (3, 5, False), (1, 2, False), (-1, 5, False)],
)
def test_segments_never_overlap(space: AddressSpace, start: int, end: int, free: bool) -> None:
    space.map(BASE, BASE + 4 * PAGE_SIZE, RW, "mapping")
    low, high = BASE + start * PAGE_SIZE, BASE + end * PAGE_SIZE
    assert space.is_free(low, high) is free
    if not free:
        with pytest.raises(ValueError, match="cannot map"):
            space.map(low, high, RW, "mapping")


@pytest.mark.parametrize("protection", [W | X, RW | X])
def test_nothing_is_writable_and_executable(space: AddressSpace, protection: Protection) -> None:
    with pytest.raises(ValueError, match="writable and executable"):
        space.map(BASE, BASE + PAGE_SIZE, protection, "mapping")
    segment = space.map(BASE, BASE + PAGE_SIZE, RW, "mapping")
    before = snapshot(space)
    with pytest.raises(ValueError, match="writable and executable"):
        space.protect(segment.start, segment.end, protection)
    assert snapshot(space) == before
    assert space.charge == 3


def test_pages_are_zero_and_take_a_frame_when_first_touched(space: AddressSpace) -> None:
    segment = space.map(BASE, BASE + 8 * PAGE_SIZE, RW, "mapping")
    assert space.memory.used == 1
    assert space.read(BASE + 3 * PAGE_SIZE - 2, 4) == bytes(4)
    assert space.resident(segment) == 2
    assert space.memory.used == 4, "root, table, two pages"
    space.write(BASE + 7 * PAGE_SIZE, b"x")
    assert space.resident(segment) == 3
    assert space.memory.committed == 10


def test_data_crosses_pages_and_tables(space: AddressSpace) -> None:
    edge = 2 * BASE
    space.map(edge - 2 * PAGE_SIZE, edge + 2 * PAGE_SIZE, RW, "mapping")
    data = bytes(range(256)) * 40
    space.write(edge - 5000, data)
    assert space.read(edge - 5000, len(data)) == data
    for offset in (0, 4999, 5000, 10239):
        found = walk(space.memory, space.root, edge - 5000 + offset)
        assert found is not None
        assert space.memory.ram[found[1]] == data[offset]


def test_unmapping_gives_back_pages_tables_and_promises(space: AddressSpace) -> None:
    segments = [space.map(n * BASE, n * BASE + 3 * PAGE_SIZE, RW, "mapping") for n in (1, 2, 3)]
    for segment in segments:
        space.write(segment.start, b"x" * 3 * PAGE_SIZE)
    assert space.memory.used == 1 + 3 * 4
    space.unmap(segments[1].start, segments[1].end)
    assert space.memory.used == space.memory.committed == 1 + 2 * 4
    with pytest.raises(BadAddress):
        space.read(2 * BASE, 1)
    assert space.read(BASE, 1) == space.read(3 * BASE, 1) == b"x"


def test_shrinking_and_growing(space: AddressSpace) -> None:
    space.map(BASE, BASE + 6 * PAGE_SIZE, RW, "mapping")
    space.write(BASE, b"".join(bytes([65 + n]) * PAGE_SIZE for n in range(6)))
    space.unmap(BASE, BASE + PAGE_SIZE)
    space.unmap(BASE + 3 * PAGE_SIZE, BASE + 9 * PAGE_SIZE)
    assert space.memory.used == space.memory.committed == 4
    assert space.read(BASE + PAGE_SIZE, 2 * PAGE_SIZE) == b"B" * PAGE_SIZE + b"C" * PAGE_SIZE
    for address in (BASE, BASE + 3 * PAGE_SIZE):
        with pytest.raises(BadAddress):
            space.read(address, 1)
    segment = space.find(BASE + PAGE_SIZE)
    assert segment is not None
    space.extend(segment, BASE + 4 * PAGE_SIZE)
    assert space.segments == [segment]
    assert space.read(BASE + 3 * PAGE_SIZE, PAGE_SIZE) == bytes(PAGE_SIZE)
    space.move(BASE + PAGE_SIZE, 3 * PAGE_SIZE, 2 * BASE - PAGE_SIZE, 4 * PAGE_SIZE)
    assert space.read(2 * BASE - PAGE_SIZE, 4) == b"BBBB"
    assert space.read(2 * BASE, 4) == b"CCCC"
    assert space.charge == 3 + 4, "a root, two tables, four pages"


def test_find_and_named(space: AddressSpace) -> None:
    segment = space.map(BASE, BASE + 2 * PAGE_SIZE, RW, "first")
    assert space.find(BASE - 1) is None
    assert space.find(BASE) is space.find(BASE + 2 * PAGE_SIZE - 1) is segment is space.named("first")
    assert space.find(BASE + 2 * PAGE_SIZE) is None
    assert space.named("other") is None
    assert segment.pages == 2


# --- permissions: the kernel's copies honour them as instructions do (mmap(2); "W implies R" on RISC-V) ---

READABLE, WRITABLE, EXECUTABLE = {R, RW, W, RX}, {RW, W}, {X, RX}


@pytest.mark.parametrize("protection", [NONE, R, W, X, RW, RX])
@pytest.mark.parametrize("touched", [False, True])
def test_the_kernel_may_what_a_user_may(space: AddressSpace, protection: Protection, touched: bool) -> None:
    segment = space.map(BASE, BASE + PAGE_SIZE, RW if touched else protection, "mapping")
    if touched:
        space.write(BASE, b"content")
        space.protect(segment.start, segment.end, protection)
    if protection in READABLE:
        assert space.read(BASE, 7) == (b"content" if touched else bytes(7))
        assert space.read_string(BASE, 100) == (b"content" if touched else b"")
    else:
        with pytest.raises(BadAddress):
            space.read(BASE, 1)
        with pytest.raises(BadAddress):
            space.read_string(BASE, 100)
    if protection in WRITABLE:
        space.write(BASE + 1, b"new")
    else:
        with pytest.raises(BadAddress):
            space.write(BASE + 1, b"new")
    for access, allowed in ((R, READABLE), (W, WRITABLE), (X, EXECUTABLE)):
        assert space.handle_fault(BASE, access) is (Fault.RESOLVED if protection in allowed else Fault.FORBIDDEN)


def test_the_first_byte_that_fails_is_named_and_those_before_it_are_done(space: AddressSpace) -> None:
    space.map(BASE, BASE + PAGE_SIZE, RW, "mapping")
    space.map(BASE + PAGE_SIZE, BASE + 2 * PAGE_SIZE, R, "mapping")
    with pytest.raises(BadAddress) as caught:
        space.write(BASE + PAGE_SIZE - 3, b"abcdef")
    assert caught.value.address == BASE + PAGE_SIZE
    assert space.read(BASE + PAGE_SIZE - 3, 4) == b"abc\0"
    with pytest.raises(BadAddress) as caught:
        space.read(BASE + 2 * PAGE_SIZE - 2, 5)
    assert caught.value.address == BASE + 2 * PAGE_SIZE


def test_transfers_do_not_run_over_the_end_of_the_address_space(space: AddressSpace) -> None:
    space.map(PAGE_SIZE, 2 * PAGE_SIZE, RW, "mapping")
    for address in (0xFFFF_FFFF, 0xFFFF_F000, 0x8000_0000):
        with pytest.raises(BadAddress):
            space.read(address, 2 * PAGE_SIZE)
        with pytest.raises(BadAddress):
            space.write(address, bytes(2 * PAGE_SIZE))
    assert space.read(0, 0) == b"", "nothing is read at a null pointer"
    space.write(0, b"")


def test_strings(space: AddressSpace) -> None:
    space.map(BASE, BASE + 2 * PAGE_SIZE, RW, "mapping")
    text = b"crosses the page"
    space.write(BASE + PAGE_SIZE - 6, text + b"\0")
    assert space.read_string(BASE + PAGE_SIZE - 6, 100) == text
    assert space.read_string(BASE + PAGE_SIZE - 6, len(text) + 1) == text
    assert space.read_string(BASE + PAGE_SIZE - 6, len(text)) is None
    assert space.read_string(BASE, 10) == b""
    space.write(BASE, b"x" * 2 * PAGE_SIZE)
    assert space.read_string(BASE, 2 * PAGE_SIZE) is None
    with pytest.raises(BadAddress) as caught:
        space.read_string(BASE + 10, 2 * PAGE_SIZE)
    assert caught.value.address == BASE + 2 * PAGE_SIZE
    for address in (0, 0xFFFF_FFFF):
        with pytest.raises(BadAddress):
            space.read_string(address, 10)


def test_peek_shows_and_changes_nothing(space: AddressSpace) -> None:
    segment = space.map(BASE, BASE + 2 * PAGE_SIZE, RW, "mapping")
    space.write(BASE + PAGE_SIZE - 4, b"last")
    space.protect(segment.start, segment.end, NONE)
    before = leaves(space.memory, space.root)
    assert space.peek(BASE + PAGE_SIZE - 4, 100) == b"last"
    assert space.peek(BASE + PAGE_SIZE, 1) == space.peek(0, 1) == b""
    assert leaves(space.memory, space.root) == before


# --- the heap (brk(2)) ---


def test_the_break_moves_by_bytes_and_the_heap_by_pages(space: AddressSpace) -> None:
    space.heap_start = space.brk = BASE
    assert space.named("heap") is None
    for size, pages in ((1, 1), (4096, 1), (4097, 2), (100, 1), (0, 0), (8192, 2)):
        space.set_brk(BASE + size)
        heap = space.named("heap")
        assert space.brk == BASE + size
        assert (heap.pages if heap else 0) == pages
        assert space.charge == (2 + pages if pages else 1)


def test_a_heap_that_shrank_grows_again_with_zeros(space: AddressSpace) -> None:
    space.heap_start = space.brk = BASE
    space.set_brk(BASE + 3 * PAGE_SIZE)
    space.write(BASE, b"x" * 3 * PAGE_SIZE)
    space.set_brk(BASE + PAGE_SIZE)
    with pytest.raises(BadAddress):
        space.read(BASE + PAGE_SIZE, 1)
    space.set_brk(BASE + 3 * PAGE_SIZE)
    assert space.read(BASE, 3 * PAGE_SIZE) == b"x" * PAGE_SIZE + bytes(2 * PAGE_SIZE)


def test_breaks_that_cannot_be(space: AddressSpace) -> None:
    space.heap_start = space.brk = BASE
    space.map(BASE + 4 * PAGE_SIZE, BASE + 5 * PAGE_SIZE, RW, "mapping")
    space.set_brk(BASE + 4 * PAGE_SIZE)
    before = snapshot(space)
    for address in (BASE - 1, 0, BASE + 4 * PAGE_SIZE + 1, STACK_TOP, STACK_TOP + 1, 0xFFFF_FFFF):
        with pytest.raises(ValueError, match="heap"):
            space.set_brk(address)
    assert snapshot(space) == before


def test_a_heap_stops_before_the_guard_below_the_stacks_limit(space: AddressSpace) -> None:
    limit = 64 * PAGE_SIZE
    stack_of(space, limit=limit)
    room = STACK_TOP - limit - GUARD
    space.heap_start = space.brk = room - 2 * PAGE_SIZE
    space.set_brk(room)
    with pytest.raises(ValueError, match="no room"):
        space.set_brk(room + 1)


def test_a_heap_too_large_for_memory_changes_nothing(space: AddressSpace) -> None:
    space.heap_start = space.brk = BASE
    space.set_brk(BASE + 2 * PAGE_SIZE)
    space.write(BASE, b"kept")
    before = snapshot(space)
    with pytest.raises(OutOfMemory):
        space.set_brk(BASE + (2 << 20))
    assert snapshot(space) == before
    space.set_brk(BASE + 254 * PAGE_SIZE)
    assert space.memory.committed == 256


# --- the stack ---


def test_the_stack_grows_down_to_what_is_touched(space: AddressSpace) -> None:
    stack_of(space)
    space.write(STACK_TOP - 10 * PAGE_SIZE - 4, b"deep")
    stack = space.named("stack")
    assert stack is not None
    assert stack.start == STACK_TOP - 11 * PAGE_SIZE
    assert space.resident(stack) == 1, "the pages between are not touched"
    assert space.charge == 2 + 11
    assert space.read(STACK_TOP - 5 * PAGE_SIZE, 4) == bytes(4)


def test_the_stack_grows_to_its_limit_and_no_further(space: AddressSpace) -> None:
    stack_of(space, limit=16 * PAGE_SIZE)
    assert space.handle_fault(STACK_TOP - 16 * PAGE_SIZE, W) is Fault.RESOLVED
    for address in (STACK_TOP - 16 * PAGE_SIZE - 1, STACK_TOP - 17 * PAGE_SIZE, STACK_TOP - 16 * PAGE_SIZE - GUARD):
        assert space.handle_fault(address, W) is Fault.UNMAPPED
        with pytest.raises(BadAddress):
            space.write(address, b"x")


def test_nothing_else_may_lie_where_a_stack_may_grow_or_in_its_guard(space: AddressSpace) -> None:
    stack_of(space, limit=16 * PAGE_SIZE)
    guard = STACK_TOP - 16 * PAGE_SIZE - GUARD
    for start in (guard, STACK_TOP - 16 * PAGE_SIZE, STACK_TOP - 2 * PAGE_SIZE):
        with pytest.raises(ValueError, match="cannot map"):
            space.map(start, start + PAGE_SIZE, RW, "mapping")
    space.map(guard - PAGE_SIZE, guard, RW, "mapping")


def test_a_stack_that_cannot_be_paid_for_does_not_grow(space: AddressSpace) -> None:
    stack_of(space, limit=512 * PAGE_SIZE)
    before = snapshot(space)
    assert space.handle_fault(STACK_TOP - 300 * PAGE_SIZE, W) is Fault.UNMAPPED
    assert snapshot(space) == before
    assert space.handle_fault(STACK_TOP - 254 * PAGE_SIZE, W) is Fault.RESOLVED
    assert space.memory.committed == 256


def test_a_stack_grows_in_the_child_as_in_the_parent(space: AddressSpace) -> None:
    stack_of(space)
    space.write(STACK_TOP - 8, b"parent")
    child, _ = copy(space)
    child.write(STACK_TOP - 3 * PAGE_SIZE, b"child")
    assert space.find(STACK_TOP - 3 * PAGE_SIZE) is None
    assert child.read(STACK_TOP - 8, 6) == b"parent"
    check(space.memory, [space, child])


# --- protect ---


def test_pages_that_become_writable_are_unshared_first(space: AddressSpace) -> None:
    segment = space.map(BASE, BASE + 2 * PAGE_SIZE, RW, "mapping")
    space.write(BASE, b"A" * PAGE_SIZE + b"B" * PAGE_SIZE)
    space.protect(segment.start, segment.end, R)
    child, costs = copy(space)
    assert (costs.shared, costs.copied) == (2, 0)
    twin = child.find(BASE)
    assert twin is not None
    child.protect(twin.start, twin.end, RW)
    check(space.memory, [space, child])
    child.write(BASE, b"changed")
    assert space.read(BASE, 7) == b"AAAAAAA"
    assert child.read(BASE + PAGE_SIZE, 1) == b"B"
    space.destroy()
    assert child.read(BASE, 8) == b"changedA"


def test_image_pages_pay_for_themselves_until_somebody_writes_them(space: AddressSpace) -> None:
    space.map_image(BASE, BASE + 4 * PAGE_SIZE, RX, "code", image_of(4 * PAGE_SIZE))
    space.load(BASE + 100, b"code")
    assert (space.charge, space.memory.committed) == (2, 6)
    child, _ = copy(space)
    assert space.memory.committed == 8, "the child pays for its tables alone"
    grandchild, _ = copy(child)
    segment = child.find(BASE)
    assert segment is not None
    child.protect(segment.start, segment.end, RW)
    assert (child.charge, space.memory.committed) == (6, 14)
    child.write(BASE + 100, b"CODE")
    assert space.read(BASE + 100, 4) == grandchild.read(BASE + 100, 4) == b"code"
    check(space.memory, [space, child, grandchild])
    child.protect(segment.start, segment.end, RX)
    space.destroy()
    grandchild.destroy()
    check(space.memory, [child])
    assert space.memory.committed == 6
    child.destroy()
    assert space.memory.used == space.memory.committed == 0


def test_the_only_user_of_image_pages_takes_them_over(space: AddressSpace) -> None:
    space.map_image(BASE, BASE + 4 * PAGE_SIZE, R, "rodata", image_of(4 * PAGE_SIZE))
    segment = space.find(BASE)
    assert segment is not None
    space.protect(segment.start, segment.end, RW)
    assert space.memory.committed == space.charge == space.memory.used == 6


def test_memory_too_small_to_unshare_changes_nothing() -> None:
    space = AddressSpace(PhysicalMemory(10 * PAGE_SIZE))
    space.map_image(BASE, BASE + 4 * PAGE_SIZE, RX, "code", image_of(4 * PAGE_SIZE))
    child, _ = copy(space)
    segment = child.find(BASE)
    assert segment is not None
    before = snapshot(child), snapshot(space)
    with pytest.raises(OutOfMemory):
        child.protect(segment.start, segment.end, RW)
    assert (snapshot(child), snapshot(space)) == before


def test_a_page_without_access_keeps_its_content(space: AddressSpace) -> None:
    segment = space.map(BASE, BASE + PAGE_SIZE, RW, "mapping")
    space.write(BASE, b"kept")
    space.protect(segment.start, segment.end, NONE)
    entry = leaves(space.memory, space.root)[BASE]
    assert not entry & 0x10, "a user may not"
    space.protect(segment.start, segment.end, R)
    assert space.read(BASE, 4) == b"kept"


def test_writable_image_pages_beyond_the_file_have_no_frame(space: AddressSpace) -> None:
    space.map_image(BASE, BASE + 6 * PAGE_SIZE, RW, "data", image_of(PAGE_SIZE + 1))
    segment = space.find(BASE)
    assert segment is not None
    assert space.resident(segment) == 2
    assert space.charge == 8


@pytest.mark.parametrize("protection", [RX, RW])
def test_an_image_too_large_leaves_no_trace(protection: Protection) -> None:
    for frames in range(1, 8):
        space = AddressSpace(PhysicalMemory(frames * PAGE_SIZE))
        if frames < 6:
            with pytest.raises(OutOfMemory):
                space.map_image(BASE, BASE + 4 * PAGE_SIZE, protection, "image", image_of(4 * PAGE_SIZE))
            assert (space.memory.used, space.memory.committed, space.segments) == (1, 1, [])
        else:
            space.map_image(BASE, BASE + 4 * PAGE_SIZE, protection, "image", image_of(4 * PAGE_SIZE))


# --- fork and vfork ---


def test_a_copy_is_the_same_and_separate(space: AddressSpace) -> None:
    space.map_image(BASE, BASE + PAGE_SIZE, RX, "code", image_of(PAGE_SIZE))
    space.map(2 * BASE, 2 * BASE + 5 * PAGE_SIZE, RW, "data")
    space.heap_start = space.brk = 3 * BASE
    space.set_brk(3 * BASE + 5000)
    space.write(2 * BASE + PAGE_SIZE, b"data")
    space.write(3 * BASE, b"heap")
    child, costs = copy(space)
    assert child is not space
    assert [s.name for s in child.segments] == ["code", "data", "heap"]
    assert (child.brk, child.heap_start) == (space.brk, space.heap_start)
    assert [(c.name, c.shared, c.copied) for c in costs.segments] == [("code", 1, 0), ("data", 0, 1), ("heap", 0, 1)]
    assert (costs.frames, costs.tables, costs.entries) == (2 + 4, 4, 3 + 3)
    assert (costs.shared, costs.copied) == (1, 2)
    child.write(2 * BASE + PAGE_SIZE, b"DATA")
    space.write(3 * BASE, b"HEAP")
    assert (space.read(2 * BASE + PAGE_SIZE, 4), child.read(3 * BASE, 4)) == (b"data", b"heap")
    child.set_brk(3 * BASE)
    assert space.read(3 * BASE, 4) == b"HEAP"
    parent_frames = {entry >> 10 for entry in leaves(space.memory, space.root).values() if entry & 4}
    child_frames = {entry >> 10 for entry in leaves(space.memory, child.root).values() if entry & 4}
    assert not parent_frames & child_frames
    check(space.memory, [space, child])


def test_what_was_copied_in_vain_is_counted(space: AddressSpace) -> None:
    space.map(BASE, BASE + 6 * PAGE_SIZE, RW, "data")
    space.write(BASE, b"x" * 6 * PAGE_SIZE)
    child, _ = copy(space)
    child.read(BASE, 1)
    child.write(BASE + PAGE_SIZE, b"x")
    grandchild, _ = copy(child)
    assert child.release() == 4
    assert grandchild.release() == 6
    assert space.release() == 0, "its pages were made by itself"


def test_sharing_is_identity(space: AddressSpace) -> None:
    space.map(BASE, BASE + 2 * PAGE_SIZE, RW, "data")
    before = snapshot(space)
    child, costs = share(space)
    assert child is space
    assert space.users == 2
    assert (costs.frames, costs.tables, costs.entries, costs.copied, costs.shared) == (0, 0, 0, 0, 2)
    assert space.release() is None
    assert snapshot(space) == before
    assert space.release() == 0
    assert space.memory.used == 0


# --- ranges that are not the user's ---


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (STACK_TOP - PAGE_SIZE, STACK_TOP + PAGE_SIZE),
        (STACK_TOP, STACK_TOP + PAGE_SIZE),
        (BASE, 1 << 32),
        (BASE, (1 << 32) + BASE),
        (BASE, BASE - PAGE_SIZE),
        (-PAGE_SIZE, BASE),
        (BASE + 1, BASE + PAGE_SIZE),
        (BASE, BASE + 1),
    ],
)
def test_nothing_is_done_to_what_is_not_the_users(space: AddressSpace, start: int, end: int) -> None:
    """A caller that asks for it is a bug of ours, and stopped before a page table is touched."""
    space.map(BASE, BASE + PAGE_SIZE, RW, "mapping")
    space.write(BASE, b"here")
    before = snapshot(space)
    for change in (
        lambda: space.unmap(start, end),
        lambda: space.discard(start, end),
        lambda: space.protect(start, end, R),
        lambda: space.replace(Segment(start, end, RW, "mapping")),
        lambda: space.move(start, end - start, 2 * BASE, end - start),
        lambda: space.move(BASE, PAGE_SIZE, start, end - start),
    ):
        with pytest.raises(AssertionError, match="no range of the user's pages"):
            change()
        assert snapshot(space) == before
