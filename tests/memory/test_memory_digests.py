"""A digest of address spaces tells what a program could see, and nothing of how that came about."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import pytest

from tests.memory.images import image_of
from tests.memory.test_memory_copies import SHARED, populated
from tests.memory.test_memory_failures import BASE, CODE, DATA, RW, furnished
from vm.abi import PAGE_SIZE, STACK_TOP, Protection
from vm.copying import Copier
from vm.cpu.sv32 import COPIED, A, D
from vm.memory import AddressSpace, PhysicalMemory
from vm.memory.digest import Description, describe
from vm.memory.frames import drop, take
from vm.memory.strategies import STRATEGIES


def digest(spaces: Sequence[AddressSpace]) -> str:
    to = Description(spaces[0].memory)
    for space in spaces:
        describe(space, to)
    return to.digest()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_copy_has_the_digest_of_the_original(strategy: str) -> None:
    spaces = populated(strategy)
    copies = Copier().copy(spaces)
    assert digest(copies) == digest(spaces)
    copies[1].write(DATA, b"x")
    assert digest(copies) != digest(spaces)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_order_of_two_forks_does_not_show(strategy: str) -> None:
    found = set()
    for order in ((0, 1), (1, 0)):
        space, [_, other] = furnished(PhysicalMemory(1 << 20))
        frame = int(take(space.memory.frames))
        both: list[AddressSpace] = [space, other, space, other]
        for which in order:
            both[2 + which], _ = STRATEGIES[strategy]([space, other][which])
            both[2 + which].write(DATA + which * PAGE_SIZE, b"mine")
        drop(space.memory.frames, frame)
        found.add(digest(both))
        space.flush()
        space.memory.tables[1:][space.memory.references[1:] == 0] = 7
        found.add(digest(both))
    assert len(found) == 1


def mark(space: AddressSpace) -> None:
    """Set what only accounts are kept of."""
    table = space.memory.tables[int(space.memory.tables[space.root, DATA >> 22]) >> 10]
    table[table != 0] |= A | D | COPIED


CHANGES: dict[str, Callable[[AddressSpace], object]] = {
    "a byte": lambda space: space.write(STACK_TOP - 1, b"\1"),
    "a page": lambda space: space.read(DATA + 3 * PAGE_SIZE, 1) and space.read(space.brk & -PAGE_SIZE, 1),
    "a page less": lambda space: space.discard(STACK_TOP - PAGE_SIZE, STACK_TOP),
    "permissions": lambda space: space.protect(DATA, DATA + PAGE_SIZE, Protection.READ),
    "the break": lambda space: space.set_brk(space.brk + 1),
    "a segment": lambda space: space.map(BASE, BASE + PAGE_SIZE, RW, "mapping"),
    "another name": lambda space: space.map(BASE, BASE + PAGE_SIZE, RW, "other"),
    "another place": lambda space: space.map(BASE + PAGE_SIZE, BASE + 2 * PAGE_SIZE, RW, "mapping"),
    "an image": lambda space: space.map_image(BASE, BASE + PAGE_SIZE, RW, "mapping", image_of(5)),
    "a larger image": lambda space: space.map_image(BASE, BASE + PAGE_SIZE, RW, "mapping", image_of(6)),
    "a segment less": lambda space: space.unmap(CODE, CODE + PAGE_SIZE),
    "a fork": lambda space: STRATEGIES["cow"](space),
    "a fork that shares tables": lambda space: STRATEGIES["on-demand"](space),
}


def test_whatever_a_program_could_see_shows() -> None:
    seen: dict[str, str] = {}
    for name, change in CHANGES.items():
        space, spaces = furnished(PhysicalMemory(1 << 20))
        before = digest(spaces)
        mark(space)
        assert digest(spaces) == before
        change(space)
        after = digest(spaces)
        assert after != before, name
        assert seen.setdefault(after, name) == name
        assert digest(spaces) == after


def test_what_is_shared_between_spaces_shows() -> None:
    """The same bytes in frames of their own are another state than in one frame for both."""
    spaces = populated("copy")
    child = spaces[2]
    before, pages = digest(spaces), child.peek(SHARED, 4 * PAGE_SIZE)
    assert digest([spaces[0], spaces[2]]) != digest([spaces[0], spaces[1]])
    child.unmap(SHARED, SHARED + 4 * PAGE_SIZE)
    child.map(SHARED, SHARED + 4 * PAGE_SIZE, RW, "mapping")
    child.write(SHARED, pages)
    assert digest(spaces) != before


def test_equal_values_are_told_alike_whatever_they_are() -> None:
    """Text that Python has once or twice, numbers that it keeps or makes, and what cannot be encoded."""
    memory, found = PhysicalMemory(1 << 20), set()
    name = "told_alike"
    texts = [
        (name, name),
        (name, "".join(["told", "_alike"])),
        (sys.intern("".join([name])), str(name.encode(), "ascii")),
    ]
    for first, second in texts:
        to = Description(memory)
        to.tell(first, int("1000"), 1 << 70, "\udc80", None, (True, (second,)))
        to.said += [second, first, 1 << 70]
        to.data(bytearray(100))
        to.data(bytes(5000))
        found.add(to.digest())
    assert len(found) == 1


@pytest.mark.parametrize("other", [(1, (2, 3)), ((1, 2), 3), (1, 2, 3, None), (1, 2, b"3"), (1, 2, "3"), (True, 2, 3)])
def test_other_values_are_told_otherwise(other: tuple[object, ...]) -> None:
    memory, found = PhysicalMemory(1 << 20), set()
    for values in ((1, 2, 3), other):
        for are_together in (True, False):
            to = Description(memory)
            if are_together:
                to.tell(*values)
            else:
                to.said += values
            found.add(to.digest())
    assert len(found) == 4
