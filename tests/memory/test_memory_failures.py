"""Allocation fails at every step of every operation, and nothing changes and nothing leaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.accounting import check, snapshot
from tests.memory.images import image_of
from vm.abi import PAGE_SIZE, STACK_TOP, Protection
from vm.memory import AddressSpace, BadAddress, OutOfMemory, PhysicalMemory, Segment
from vm.memory.frames import drop, take
from vm.memory.mappings import Pulse
from vm.memory.segments import FileContent, FilePages, Held
from vm.memory.strategies import copy

R, RW, RX = Protection.READ, Protection.READ | Protection.WRITE, Protection.READ | Protection.EXEC
CODE, DATA, BASE = 0x0040_0000, 0x0080_0000, 0x00C0_0000

Operation = Callable[[AddressSpace], object]


def furnished(memory: PhysicalMemory) -> tuple[AddressSpace, list[AddressSpace]]:
    """A space with one segment of each kind, and every live space of its memory: a fork shares its code."""
    space = AddressSpace(memory)
    space.map_image(CODE, CODE + 3 * PAGE_SIZE, RX, "code", image_of(3 * PAGE_SIZE))
    space.load(CODE, b"code" * 3000)
    space.map_image(DATA, DATA + 4 * PAGE_SIZE, RW, "data", image_of(5000))
    space.load(DATA, b"data" * 1000)
    space.heap_start = space.brk = DATA + 4 * PAGE_SIZE
    space.set_brk(space.brk + 10_000)
    space.write(space.heap_start, b"heap")
    space.map(STACK_TOP - 2 * PAGE_SIZE, STACK_TOP, RW, "stack", floor=STACK_TOP - 100 * PAGE_SIZE)
    space.write(STACK_TOP - 100, b"stack")
    child, _ = copy(space)
    return space, [space, child]


def grow_code_into_data(space: AddressSpace) -> None:
    segment = space.named("code")
    assert segment is not None
    space.protect(segment.start, segment.end, RW)


def grow_heap(space: AddressSpace) -> None:
    segment = space.named("heap")
    assert segment is not None
    space.extend(segment, segment.end + 20 * PAGE_SIZE)


def move_heap(space: AddressSpace) -> None:
    space.move(space.heap_start, 2 * PAGE_SIZE, 2 * BASE - PAGE_SIZE, 5 * PAGE_SIZE)


OPERATIONS: dict[str, Operation] = {
    "map": lambda space: space.map(BASE, BASE + 8 * PAGE_SIZE, RW, "mapping"),
    "map over a table's end": lambda space: space.map(2 * BASE - PAGE_SIZE, 2 * BASE + PAGE_SIZE, RW, "mapping"),
    "map_image read-only": lambda space: space.map_image(
        BASE, BASE + 5 * PAGE_SIZE, R, "rodata", image_of(5 * PAGE_SIZE)
    ),
    "map_image writable": lambda space: space.map_image(BASE, BASE + 5 * PAGE_SIZE, RW, "data", image_of(9000)),
    "brk": lambda space: space.set_brk(space.brk + 50_000),
    "protect": grow_code_into_data,
    "extend": grow_heap,
    "move": move_heap,
    "copy": lambda space: copy(space)[0].destroy(),
    "a new space": lambda space: AddressSpace(space.memory).destroy(),
    "write": lambda space: space.write(DATA, b"x" * 4 * PAGE_SIZE),
    "stack growth": lambda space: space.write(STACK_TOP - 50 * PAGE_SIZE, b"deep"),
}
CHANGES_BYTES = {"write"}
"""Operations that may be done in part before they fail: write(2) into a buffer."""


class Ended(Exception):
    """The run's time is up."""


def add_file(space: AddressSpace, start: int, pulse: Pulse) -> Segment:
    """A private writable mapping of five pages of a file."""
    size = 5 * PAGE_SIZE
    pages = FilePages(space.memory, FileContent("/file", Held(b"file" * (size // 4)), size), 5)
    return space.replace(Segment(start, start + size, RW, "file", backing=pages), pulse)


def add_to_file(space: AddressSpace, pulse: Pulse) -> None:
    space.extend(segment := add_file(space, BASE, pulse), segment.end + 3 * PAGE_SIZE, pulse)


def give_up_file(space: AddressSpace, pulse: Pulse) -> None:
    segment = add_file(space, BASE, pulse)
    space.discard(segment.start, segment.end, pulse)


def map_image(space: AddressSpace, protection: Protection, size: int, pulse: Pulse) -> None:
    space.map_image(BASE, BASE + 5 * PAGE_SIZE, protection, "image", image_of(size), pulse)


READING: dict[str, Callable[[AddressSpace, Pulse], object]] = {
    "map_image read-only": lambda space, pulse: map_image(space, R, 5 * PAGE_SIZE, pulse),
    "map_image writable": lambda space, pulse: map_image(space, RW, 9000, pulse),
    "a file": lambda space, pulse: add_file(space, BASE, pulse),
    "in place of others": lambda space, pulse: add_file(space, DATA - PAGE_SIZE, pulse),
    "in place of a stack": lambda space, pulse: add_file(space, STACK_TOP - 6 * PAGE_SIZE, pulse),
    "extend": add_to_file,
    "discard": give_up_file,
    "discard of an image": lambda space, pulse: space.discard(DATA, DATA + 4 * PAGE_SIZE, pulse),
}
"""What reads a file, and may be broken off at any of its pages."""


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_promise_refused_at_every_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    promise = PhysicalMemory.commit
    for failing in range(1, 20):
        space, spaces = furnished(PhysicalMemory(1 << 20))
        before = [snapshot(other) for other in spaces]
        used, committed = space.memory.used, space.memory.committed
        calls = 0

        def commit(memory: PhysicalMemory, count: int, failing: int = failing) -> None:
            nonlocal calls
            calls += 1
            if calls == failing:
                raise OutOfMemory("injected")
            promise(memory, count)

        with monkeypatch.context() as patch:
            patch.setattr(PhysicalMemory, "commit", commit)
            failed = attempt(OPERATIONS[name], space)
        live = [*spaces]
        check(space.memory, live)
        if not failed:
            assert calls < failing
            assert failing > 1 or name == "write", "it promises something"
            return
        assert [snapshot(other) for other in spaces] == before
        assert (space.memory.used, space.memory.committed) == (used, committed)
    pytest.fail("it never succeeded")


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_frame_missing_at_every_step(name: str) -> None:
    """With overcommit the promise is given and frames run out: the call fails and leaves what a reader sees."""
    for left in range(40):
        space, spaces = furnished(PhysicalMemory(1 << 20, overcommit=True))
        memory = space.memory
        before, seen = [snapshot(other) for other in spaces], [visible(other) for other in spaces]
        hidden = [int(take(memory.frames)) for _ in range(memory.count - memory.used - left)]
        failed = attempt(OPERATIONS[name], space)
        for frame in hidden:
            drop(memory.frames, frame)
        if failed and name not in CHANGES_BYTES:
            assert [visible(other) for other in spaces] == seen
            if name in ("copy", "a new space"):
                assert [snapshot(other) for other in spaces] == before
        check(memory, spaces)
        if not failed:
            return
    pytest.fail("it never succeeded")


@pytest.mark.parametrize("name", READING)
def test_the_end_of_the_run_at_every_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long is broken off wherever it asks whether it may go on: the accounts of what there is are right."""
    monkeypatch.setattr("vm.memory.mappings.READ_AT_ONCE", PAGE_SIZE)
    for steps in range(20):
        space, spaces = furnished(PhysicalMemory(1 << 20))
        left = iter(range(steps))

        def pulse(left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise Ended

        try:
            READING[name](space, pulse)
        except Ended:
            check(space.memory, spaces)
        else:
            check(space.memory, spaces)
            assert steps > 2, "it asks now and then"
            return
    pytest.fail("it never came to its end")


def attempt(operation: Operation, space: AddressSpace) -> bool:
    """True when it failed for want of memory; nothing else may go wrong."""
    try:
        operation(space)
    except (OutOfMemory, BadAddress):
        return True
    return False


def visible(space: AddressSpace) -> list[bytes]:
    """What can be read of the segments that were there from the beginning."""
    return [space.peek(address, 16) for address in (CODE, DATA, space.heap_start, STACK_TOP - 100)]


def test_taking_and_dropping_every_frame() -> None:
    memory = PhysicalMemory(16 * PAGE_SIZE)
    taken = [int(take(memory.frames)) for _ in range(17)]
    assert taken == [*range(16), -1], "a fresh machine hands out frames in order"
    assert memory.used == memory.peak == 16
    for frame in taken[:-1]:
        drop(memory.frames, frame)
    assert memory.used == 0
    check(memory, [])
