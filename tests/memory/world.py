"""Random sequences of memory calls, made on real address spaces and on the model, which must agree after each."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests import accounting
from tests.memory.model import EXEC, LOW, PAGE, READ, TOP, WRITE, Page, Process, Source, promised
from vm.abi import Advice, Errno, MapFlag, OpenFlag, Protection
from vm.kernel.clock import Clock
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import RegularFile
from vm.kernel.files.vfs import File, FileSystem, Room, User
from vm.kernel.syscalls import memory as calls
from vm.memory import AddressSpace, Fault, OutOfMemory, PhysicalMemory
from vm.memory.mappings import Pulse, go_on
from vm.memory.segments import SharedMemory
from vm.memory.strategies import STRATEGIES, share
from vm.memory.tables import LATE_PAGES

MMAP_TOP = TOP - (8 << 20) - (256 * PAGE)
REGION = 0x4000_0000
"""Where fixed mappings of the test go: a few pages on both sides of a page table's border."""


class OpenedFile(RegularFile):
    """An open file, and its content in the model: ``source``, which all its shared mappings have in common."""

    def __init__(self, size: int, seed: int, *, writable: bool = False) -> None:
        room = Room(1 << 30)
        inode = File(FileSystem(1, "model", "model", 0, room, Clock(0)), 0o644, User(0, 0))
        super().__init__(inode, OpenFlag.O_RDWR if writable else OpenFlag.O_RDONLY, b"/file")
        inode.content.truncate(size)
        values = [[seed * 1000 + index + 1] for index in range((size + PAGE - 1) // PAGE)]
        for index, [value] in enumerate(values):
            inode.content.write(index * PAGE, value.to_bytes(4, "little")[: size - index * PAGE])
        self.source = Source(len(values), values, is_private=False, writable=writable)


class Actor:
    """A process: its real space and its model."""

    def __init__(self, space: AddressSpace, process: Process, files: list[OpenedFile]) -> None:
        self.memory = space
        self.process = process
        self.files = SimpleNamespace(get=lambda number: files[number])


class World:
    """Some processes over one memory of ``frames`` frames, with one random sequence of calls."""

    def __init__(self, seed: int, strategy: str, frames: int, *, overcommit: bool = False) -> None:
        self.random = random.Random(seed)
        self.strategy = STRATEGIES[strategy]
        self.memory = PhysicalMemory(frames * PAGE, overcommit=overcommit)
        self.memory.make_zero_frame()
        self.actual = not overcommit
        self.files = [OpenedFile(3 * PAGE + 100, 1), OpenedFile(PAGE, 2), OpenedFile(6 * PAGE, 3, writable=True)]
        self.kernel = SimpleNamespace(processes=SimpleNamespace(revoke=self.revoke), check_time=go_on)
        self.actors = [Actor(AddressSpace(self.memory), Process(heap=0x2000_0000, brk=0x2000_0000), self.files)]
        self.actors[0].memory.heap_start = self.actors[0].memory.brk = 0x2000_0000
        self.value = 0
        self.copied = 0
        self.log: list[str] = []

    # --- choosing -------------------------------------------------------------------------------------------------

    def address(self) -> int:
        """Mostly in or near something mapped; where a file is mapped shared, often there."""
        pages = list(self.random.choice(self.actors).process.pages)
        sources = [file.source for file in self.files]
        of_files = [
            number for actor in self.actors for number, page in actor.process.pages.items() if page.source in sources
        ]
        if of_files and self.random.random() < 0.4:
            return self.random.choice(of_files) * PAGE
        if pages and self.random.random() < 0.7:
            return (self.random.choice(pages) + self.random.randint(-1, 1)) * PAGE
        return REGION + self.random.randint(-6, 6) * PAGE

    def size(self) -> int:
        """A few pages, seldom more than a page table's worth."""
        if self.random.random() < 0.04:
            return self.random.randint(1000, 1400) * PAGE
        return self.random.randint(1, 7) * PAGE - self.random.choice([0, 0, 1, 100])

    def step(self) -> None:
        """One random call, and the check of everything."""
        actor = self.random.choice(self.actors)
        actions: list[tuple[int, Callable[[Actor], Any]]] = [
            (6, self.map), (4, self.unmap), (4, self.protect), (3, self.remap), (2, self.advise), (2, self.brk),
            (10, self.write), (6, self.read), (3, self.fork), (2, self.exit), (1, self.vfork), (4, self.resize),
        ]  # fmt: skip
        action = self.random.choices([action for _, action in actions], [weight for weight, _ in actions])[0]
        action(actor)
        self.check()

    def call(self, actor: Actor, name: str, *arguments: int) -> int:
        """Make a call; its result or negated error."""
        self.log.append(f"{self.actors.index(actor)}: {name}({', '.join(map(hex, arguments))})")
        try:
            result = int(getattr(calls, name)(self.kernel, actor, *arguments))
        except SystemCallError as error:
            result = -error.errno
        self.log[-1] += f" = {result:#x}"
        return result

    # --- the model's rules ------------------------------------------------------------------------------------------

    def affordable(self, actor: Actor, pages: dict[int, Page], *more: Process) -> bool:
        """True if all promises hold once ``actor`` has these pages and there are the processes ``more``.

        What backs pages that are replaced counts as well: it is given back when they are gone.
        """
        others = [other.process for other in self.actors if other is not actor]
        return promised([*others, *more, Process(pages)], kept=actor.process) + 1 <= self.memory.count

    def expect(self, actor: Actor, result: int, pages: dict[int, Page], good: int = 0) -> bool:
        """The call succeeded and the pages are these now; or they cannot be paid for, and it failed."""
        if self.actual and not self.affordable(actor, pages):
            assert result == -Errno.ENOMEM
            return False
        if not self.actual and result == -Errno.ENOMEM:
            self.drop_unmapped(actor)
            return False
        assert result == good
        actor.process.pages = pages
        return True

    @staticmethod
    def drop_unmapped(actor: Actor) -> None:
        """With promises that were not kept, a fixed mapping may fail when what was there is gone already."""
        pages = actor.process.pages
        for number in [number for number in pages if actor.memory.find(number * PAGE) is None]:
            del pages[number]

    @staticmethod
    def numbers(address: int, size: int) -> range:
        """Page numbers of a range of bytes."""
        return range(address // PAGE, (address + size + PAGE - 1) // PAGE)

    # --- calls ----------------------------------------------------------------------------------------------------

    def map(self, actor: Actor) -> None:
        """mmap2 of every kind, at addresses asked for, fixed or left open."""
        size, protection = self.size(), self.random.choice([0, 1, 1, 2, 3, 3, 3, 3, 3, 4, 5])
        address = self.address() if self.random.random() < 0.7 else 0
        fixed = self.random.choice([0, 0, 0, MapFlag.MAP_FIXED, MapFlag.MAP_FIXED_NOREPLACE])
        number = self.random.choice([0, 1, 2, 2, 2]) if self.random.random() < 0.5 else -1
        kind = self.random.choice([MapFlag.MAP_PRIVATE] * (3 if number < 0 else 1) + [MapFlag.MAP_SHARED])
        file, first = (self.files[number], self.random.choice([0, 0, 1])) if number >= 0 else (None, 0)
        flags = kind | fixed | (0 if file else MapFlag.MAP_ANONYMOUS)
        result = self.call(actor, "mmap2", address, size, protection, flags, number, first)
        shared, pages = kind == MapFlag.MAP_SHARED, dict(actor.process.pages)
        if fixed and address < LOW:
            assert result == -Errno.EPERM
            return
        if fixed == MapFlag.MAP_FIXED_NOREPLACE and any(page in pages for page in self.numbers(address, size)):
            assert result == -Errno.EEXIST
            return
        if shared and (protection & EXEC or (file and protection & WRITE and not file.writable)):
            assert result == -Errno.EACCES
            return
        asked = self.numbers(address, size)
        is_free = LOW <= address <= TOP - len(asked) * PAGE and not any(page in pages for page in asked)
        if result < 0:
            target = asked if fixed or is_free else self.somewhere(actor, size)
        else:
            target = self.numbers(result, size)
            assert result % PAGE == 0
            assert LOW <= result <= TOP - len(target) * PAGE
            assert fixed == 0 or result == address
            assert fixed or not any(page in pages for page in target)
            assert result == address or not is_free, "a free hint was not taken"
        writable = bool(protection & WRITE)
        source = None
        cells = [[0] for _ in target]
        start = 0
        if file and shared:
            source, start = file.source, first
            cells = file.source.cells[first:]
        elif file:
            cells = [list(cell) for cell in file.source.cells[first : first + len(target)]]
            source = Source(
                len(cells), [list(cell) for cell in cells], is_private=True, origin=file.source, first=first
            )
        elif shared:
            source = Source(len(target), cells, is_private=False)
        for index, page in enumerate(target):
            cell = cells[index] if index < len(cells) else None
            pages[page] = Page(protection, cell, writable and not shared, source, start + index)
        self.expect(actor, result, pages, result if result >= 0 else 0)

    def somewhere(self, actor: Actor, size: int) -> range:
        """The highest gap of ``size``, where a failed mapping without address would have gone."""
        count, high = len(self.numbers(0, size)), MMAP_TOP // PAGE
        for page in sorted(actor.process.pages, reverse=True):
            if page >= MMAP_TOP // PAGE:
                continue
            if high - (page + 1) >= count:
                break
            high = page
        return range(high - count, high)

    def unmap(self, actor: Actor) -> None:
        """munmap."""
        address, size = self.address(), self.size()
        result = self.call(actor, "munmap", address, size)
        if not 0 < size <= TOP - address:
            assert result == -Errno.EINVAL
            return
        gone = set(self.numbers(address, size))
        self.expect(actor, result, {page: entry for page, entry in actor.process.pages.items() if page not in gone})

    def protect(self, actor: Actor) -> None:
        """mprotect: up to the first hole, or the first page that cannot become what is asked for."""
        address, size = self.address(), self.size()
        protection = self.random.choice([0, 1, 1, 2, 3, 3, 3, 5, 5, 7])
        result = self.call(actor, "mprotect", address, size, protection)
        pages = dict(actor.process.pages)
        numbers = list(self.numbers(address, size))
        reached = next((index for index, page in enumerate(numbers) if page not in pages), len(numbers))
        if reached == 0:
            assert result == -Errno.ENOMEM
            return
        if protection & WRITE and protection & EXEC:
            assert result == -Errno.EACCES
            return
        error = 0 if reached == len(numbers) else Errno.ENOMEM
        for page in numbers[:reached]:
            old = pages[page]
            is_sealed = old.source is not None and not old.source.writable
            if old.shared and (protection & EXEC or (protection & WRITE and is_sealed)):
                error = Errno.EACCES
                break
            paid = old.paid or (bool(protection & WRITE) and not old.shared)
            pages[page] = Page(protection, old.cell, paid, old.source, old.index)
        if self.affordable(actor, pages) and self.actual:
            assert result == -error
            actor.process.pages = pages
        else:
            # It fails at a segment's border, which the model does not know: take what became of it.
            assert result == -Errno.ENOMEM or not self.actual
            for page in numbers[:reached]:
                segment = actor.memory.find(page * PAGE)
                assert segment is not None
                old = actor.process.pages[page]
                assert segment.protection in (old.protection, protection)
                new = Page(int(segment.protection), old.cell, segment.paid, old.source, old.index)
                actor.process.pages[page] = new

    def remap(self, actor: Actor) -> None:
        """mremap."""
        address, old, new = self.address(), self.size(), self.size()
        flags = self.random.choice([0, 1, 1, 3])
        target = self.address() if flags == 3 else 0
        held = actor.memory.find(address)
        reach = held.end - address if held else 0
        is_file = held is not None and held.is_file
        result = self.call(actor, "mremap", address, old, new, flags, target)
        before = actor.process.pages
        source, wanted = list(self.numbers(address, old)), list(self.numbers(address, new))
        size, new_size = len(source) * PAGE, len(wanted) * PAGE
        if source[0] not in before:
            assert result == -Errno.EFAULT
            return
        if flags == 3:
            if not LOW <= target <= TOP - new_size or (address < target + new_size and target < address + size):
                assert result == -Errno.EINVAL
                return
        elif new_size <= size:
            gone = set(source[len(wanted) :])
            if address + size > TOP:
                assert result == -Errno.EINVAL
                return
            self.expect(actor, result, {page: entry for page, entry in before.items() if page not in gone}, address)
            return
        if min(size, new_size if flags == 3 else size) > reach:
            assert result == -Errno.EFAULT
            return
        if new_size > size and is_file:
            assert result == -Errno.ENOMEM
            return
        pages = dict(before)
        if flags == 3:
            for page in self.numbers(target, new):
                pages.pop(page, None)
        in_place = flags != 3 and reach == size and not any(page in before for page in wanted[len(source) :])
        if not in_place and not flags & 1:
            assert result == -Errno.ENOMEM
            return
        for page in source[len(wanted) :]:
            pages.pop(page, None)
        after_unmap = dict(pages)
        if in_place:
            place = wanted
        elif result >= 0:
            place = list(self.numbers(result, new))
        else:
            place = list(self.numbers(target, new)) if flags == 3 else list(self.somewhere(actor, new))
        moved = [pages.pop(page) for page in source[: len(wanted)]]
        last = moved[-1]
        for position in range(last.index + 1, last.index + 1 + len(wanted) - len(moved)):
            cell: list[int] | None = [0]
            if last.source is not None:
                cell = last.source.cells[position] if position < len(last.source.cells) else None
            moved.append(Page(last.protection, cell, last.paid, last.source, position))
        pages.update(zip(place, moved, strict=True))
        assert in_place or flags == 3 or not any(page in before for page in place)
        good = result if result >= 0 else 0
        if in_place:
            good = address
        elif flags == 3:
            good = target
        # Like Linux's, a fixed move that fails has already made room.
        crossing = dict(after_unmap)
        crossing.update(zip(place, moved, strict=True))
        if self.actual and not self.affordable(actor, self.while_moving(after_unmap, pages, place)):
            assert result == -Errno.ENOMEM
            actor.process.pages = after_unmap
        elif result == -Errno.ENOMEM and not self.actual:
            actor.process.pages = after_unmap
        else:
            assert result == good
            actor.process.pages = pages

    @staticmethod
    def while_moving(before: dict[int, Page], after: dict[int, Page], place: list[int]) -> dict[int, Page]:
        """What must be promised while both the old and the new page tables exist: pages once, tables twice."""
        pages = dict(after)
        for page in before:
            if page not in pages:
                pages[page] = Page(0, None, False)
        return pages

    def advise(self, actor: Actor) -> None:
        """madvise(MADV_DONTNEED): private pages are what they would be if they were mapped now."""
        address, size = self.address(), self.size()
        try:
            result = self.call(actor, "madvise", address, size, Advice.MADV_DONTNEED)
        except OutOfMemory:
            # No frame for a file's page that was given up: the kernel kills the process.
            assert not self.actual
            actor.memory.release()
            self.actors.remove(actor)
            if not self.actors:
                self.actors.append(Actor(AddressSpace(self.memory), Process(), self.files))
            return
        numbers = list(self.numbers(address, size))
        for number in numbers:
            page = actor.process.pages.get(number)
            if page is not None and not page.shared and page.cell is not None and (page.paid or page.source is None):
                page.cell = page.source.now(page.index) if page.source else [0]
        complete = all(number in actor.process.pages for number in numbers)
        assert result == (0 if complete else -Errno.ENOMEM)

    def brk(self, actor: Actor) -> None:
        """brk, up and down."""
        process = actor.process
        wanted = max(process.brk + self.random.randint(-3 * PAGE, 4 * PAGE), process.heap - 1)
        result = self.call(actor, "brk", wanted)
        old, new = -(-process.brk // PAGE), -(-wanted // PAGE)
        pages = {page: entry for page, entry in process.pages.items() if not new <= page < old}
        pages |= {page: Page(3, [0], True) for page in range(old, new)}
        blocked = wanted < process.heap or any(page in process.pages for page in range(old, new))
        if blocked or (self.actual and not self.affordable(actor, pages)) or (not self.actual and result != wanted):
            assert result == process.brk
            return
        assert result == wanted
        process.pages, process.brk = pages, wanted

    def revoke(self, shared: SharedMemory, first: int, pulse: Pulse) -> None:
        """What the kernel does when a mapped file shrinks."""
        for actor in self.actors:
            actor.memory.revoke(shared, first)

    def resize(self, actor: Actor) -> None:
        """ftruncate of the file that may be written to: pages that it has no longer are out of reach everywhere."""
        file, count = self.files[2], self.random.randint(0, 9)
        source, before = file.source, list(file.source.cells)
        source.cells[:] = (before + [[0] for _ in range(count)])[:count]
        source.pages = count
        self.log.append(f"{self.actors.index(actor)}: resize to {count} pages")
        try:
            file.file.content.truncate(count * PAGE)
        except SystemCallError:
            assert not self.actual or not self.affordable(actor, actor.process.pages)
            source.cells[:] = before
            source.pages = len(before)
            return
        assert not self.actual or count <= len(before) or self.affordable(actor, actor.process.pages)
        for other in self.actors:
            for page in other.process.pages.values():
                if page.source is source:
                    page.cell = source.cells[page.index] if page.index < count else None

    # --- accesses and processes -------------------------------------------------------------------------------------

    def allowed(self, page: Page | None, access: int) -> Fault:
        """What an access should meet."""
        if page is None:
            return Fault.UNMAPPED
        permits = page.protection | (READ if page.protection & WRITE else 0)
        if not permits & access:
            return Fault.FORBIDDEN
        return Fault.BEYOND if page.cell is None else Fault.RESOLVED

    def touch(self, actor: Actor, number: int, access: int) -> tuple[Fault, int]:
        """What a user's access to a page meets, and where in memory it goes."""
        space, address = actor.memory, number * PAGE
        for _ in range(2):
            translated = accounting.walk(space.memory, space.root, address)
            if translated is not None:
                place = translated[1]
                if accounting.may(space.memory, space.root, address, access):
                    return Fault.RESOLVED, place
            fault = space.handle_fault(address, Protection(access))
            if fault is not Fault.RESOLVED:
                return fault, 0
        raise AssertionError("a resolved fault comes again")

    def write(self, actor: Actor) -> None:
        """Write one page of the process."""
        number = self.address() // PAGE
        page = actor.process.pages.get(number)
        self.value += 1
        self.log.append(f"{self.actors.index(actor)}: write {number * PAGE:#x}")
        try:
            fault, place = self.touch(actor, number, WRITE)
        except OutOfMemory:
            assert not self.actual
            return
        assert fault is self.allowed(page, WRITE)
        if fault is Fault.RESOLVED:
            assert page is not None
            assert page.cell is not None
            self.memory.ram[place : place + 4] = np.frombuffer(self.value.to_bytes(4, "little"), np.uint8)
            page.cell[0] = self.value

    def read(self, actor: Actor) -> None:
        """Read one page, which may give it a frame."""
        number = self.address() // PAGE
        page = actor.process.pages.get(number)
        self.log.append(f"{self.actors.index(actor)}: read {number * PAGE:#x}")
        try:
            fault, place = self.touch(actor, number, READ)
        except OutOfMemory:
            assert not self.actual
            return
        assert fault is self.allowed(page, READ)
        if fault is Fault.RESOLVED:
            assert page is not None
            assert page.cell is not None
            assert int.from_bytes(self.memory.ram[place : place + 4].tobytes(), "little") == page.cell[0]

    def fork(self, actor: Actor) -> None:
        """fork by the strategy."""
        if len(self.actors) == 5:
            return
        self.log.append(f"{self.actors.index(actor)}: fork")
        child = actor.process.fork()
        try:
            space, costs = self.strategy(actor.memory)
        except OutOfMemory:
            assert not self.actual or not self.affordable(actor, actor.process.pages, child)
            return
        assert not self.actual or self.affordable(actor, actor.process.pages, child)
        self.copied += costs.copied
        self.actors.append(Actor(space, child, self.files))

    def vfork(self, actor: Actor) -> None:
        """vfork, and its child's exit: nothing changes."""
        space, _ = share(actor.memory)
        assert space is actor.memory
        assert space.release() is None

    def exit(self, actor: Actor) -> None:
        """exit, but for the last process."""
        if len(self.actors) > 1:
            self.log.append(f"{self.actors.index(actor)}: exit")
            self.actors.remove(actor)
            self.leave(actor)

    def leave(self, actor: Actor) -> None:
        """Give up a space, and count the pages that were copied for it late."""
        actor.memory.release()
        self.copied += int(actor.memory.tally[LATE_PAGES])

    # --- checking ---------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Segments, contents and every count are what the model says."""
        accounting.check(self.memory, [actor.memory for actor in self.actors])
        assert not self.actual or self.memory.committed == promised([actor.process for actor in self.actors]) + 1
        for file in self.files:
            for index, [value] in enumerate(file.source.cells):
                assert file.read_at(index * PAGE, 4) == value.to_bytes(4, "little")[: file.file.size - index * PAGE]
        for actor in self.actors:
            pages = actor.process.pages
            mapped = {
                number: (int(segment.protection), segment.paid)
                for segment in actor.memory.segments
                for number in range(segment.start // PAGE, segment.end // PAGE)
            }
            assert mapped == {number: (page.protection, page.paid) for number, page in pages.items()}
            for number, page in pages.items():
                translated = accounting.walk(self.memory, actor.memory.root, number * PAGE)
                if translated is not None:
                    place = translated[1]
                    held = int.from_bytes(self.memory.ram[place : place + 4].tobytes(), "little")
                    assert page.cell is not None
                    assert held == page.cell[0], f"page {number * PAGE:#x}"
                elif page.cell is not None and not page.shared:
                    assert page.cell[0] == 0, f"page {number * PAGE:#x} is lost"
                    assert page.source is None

    def finish(self) -> None:
        """Everybody exits, and memory is as it was at first."""
        for actor in self.actors:
            self.leave(actor)
        accounting.check(self.memory, [])
        assert self.memory.used == self.memory.committed == 1
