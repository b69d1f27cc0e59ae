"""What memory the processes of a machine have, looked at now and then, and told where it is not as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vm import events
from vm.abi import PAGE_SHIFT
from vm.cpu.sv32 import POINTER, PPN_SHIFT, V
from vm.events import Event
from vm.kernel.process.table import ProcessTable
from vm.kernel.process.task import Task
from vm.memory import AddressSpace, PhysicalMemory, Segment
from vm.memory.resident import Resident, changes, resident
from vm.memory.segments import FilePages, SharedMemory
from vm.memory.tables import USER_REGIONS
from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pairs = tuple[tuple[int, int], ...]
Told = tuple[type[Event], tuple[object, ...]]
"""The kind of an event and its fields behind its number."""

_NO_NUMBERS, _NO_FLAGS = np.zeros(0, np.int64), np.zeros(0, np.bool_)
_NO_PAGES = Resident(_NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_FLAGS, _NO_FLAGS)


class Range(NamedTuple):
    """A segment as it is told; ``start`` and ``end`` in bytes, ``origin`` is the offset that address 0 would have."""

    start: int
    end: int
    protection: str
    name: str
    path: str
    origin: int
    shared: bool


@dataclass(slots=True)
class Account:
    """What is known of the address space with this ``number``, which ``pid`` was in when it was last looked at."""

    number: int
    pid: int
    pages: Resident = field(default=_NO_PAGES)
    tables: Pairs = ()
    root: int = -1
    ranges: tuple[Range, ...] = ()
    words: NDArray[np.uint32] | None = None
    shape: tuple[object, ...] = ()

    def note(self, space: AddressSpace) -> None:
        """Keep what the page tables and the segments of ``space`` look like, which takes less time than to read it."""
        self.words, self.shape = self._words(space), _shape(space)

    def is_as_noted(self, space: AddressSpace) -> bool:
        """Tell whether they still look so: then nothing has changed."""
        words = self.words
        return words is not None and self.shape == _shape(space) and np.array_equal(words, self._words(space))

    def _words(self, space: AddressSpace) -> NDArray[np.uint32]:
        return space.memory.tables[[self.root, *[frame for _, frame in self.tables]]]


class Inventory:
    """Follows the memory of ``processes``; nothing is known of it at first, so that all there is counts as new."""

    def __init__(self, memory: PhysicalMemory, processes: ProcessTable) -> None:
        self._memory = memory
        self._processes = processes
        self._accounts: dict[AddressSpace, Account] = {}
        self._shared: dict[SharedMemory, tuple[int, Pairs]] = {}
        self._machine: tuple[int, ...] = ()
        self._revocations = processes.revocations
        self._spaces = self._objects = 0
        self._used = -1

    def know(self) -> None:
        """Take what there is at this moment as known."""
        for _ in self.look(None):
            pass

    def look(self, running: Task | None) -> Iterator[Told]:
        """Yield what has changed since the last look, when only ``running`` did something."""
        if self._is_as_before(running):
            return
        yield from self._look_at_the_machine()
        users: dict[AddressSpace, int] = {}
        for process in self._processes:
            if process.space is not None:
                users.setdefault(process.space, process.pid)
        for space in [space for space in self._accounts if space not in users]:
            yield from self._compare(self._accounts.pop(space), _NO_PAGES, (), -1, ())
        # Frames of others change only when what they share is cut.
        are_all_looked_at = self._revocations != self._processes.revocations
        self._revocations = self._processes.revocations
        own = running.process.space if running is not None else None
        for space, pid in users.items():
            account = self._accounts.get(space)
            if account is None:
                self._spaces += 1
                account = self._accounts[space] = Account(self._spaces, pid)
            elif not are_all_looked_at and space is not own:
                continue
            account.pid = running.pid if running is not None and space is own else pid
            yield from self._compare(account, resident(space), _tables(space), space.root, ranges_of(space))
        yield from self._look_at_shared_memory(users)
        self._used = self._memory.used
        if own is not None and (account := self._accounts.get(own)) is not None:
            account.note(own)

    def _is_as_before(self, running: Task | None) -> bool:
        """Tell whether nothing can have changed: no frame was taken or given back, and one space is as it was."""
        own = running.process.space if running is not None else None
        account = self._accounts.get(own) if own is not None else None
        return (
            own is not None and account is not None and running is not None and account.pid == running.pid
            and self._used == self._memory.used and self._revocations == self._processes.revocations
            and account.root == own.root and account.is_as_noted(own)
        )  # fmt: skip

    def _compare(
        self, account: Account, pages: Resident, tables: Pairs, root: int, ranges: tuple[Range, ...]
    ) -> Iterator[Told]:
        where = account.pid, account.number
        if root != account.root:
            parted, met = [((0, frame),) if frame >= 0 else () for frame in (account.root, root)]
            yield events.FramesChanged, (*where, "root", parted, met)
        if ranges != account.ranges:
            yield from mapping_changes(where, account.ranges, ranges)
        if tables != account.tables:
            yield events.FramesChanged, (*where, "table", *_differences(account.tables, tables))
        before = account.pages
        is_same = np.array_equal(before.addresses, pages.addresses) and np.array_equal(before.frames, pages.frames)
        if not is_same:
            lost, gained = [tuple([(at, frame) for at, frame in found.tolist()]) for found in changes(before, pages)]
            yield events.FramesChanged, (*where, "page", lost, gained)
        account.pages, account.tables, account.root, account.ranges = pages, tables, root, ranges

    def _look_at_the_machine(self) -> Iterator[Told]:
        frames = self._memory.machine_frames
        if frames != self._machine:
            gained = tuple([(0, frame) for frame in frames if frame not in self._machine])
            self._machine = frames
            yield events.FramesChanged, (0, 0, "machine", (), gained)

    def _look_at_shared_memory(self, users: dict[AddressSpace, int]) -> Iterator[Told]:
        found = dict.fromkeys(
            segment.backing for space in users for segment in space.segments
            if isinstance(segment.backing, SharedMemory)
        )  # fmt: skip
        for shared in dict.fromkeys([*self._shared, *found]):
            if shared not in self._shared:
                self._objects += 1
                self._shared[shared] = self._objects, ()
            number, before = self._shared[shared]
            now = tuple([(page << PAGE_SHIFT, frame) for page, frame in sorted(shared.frames.items())])
            if now != before:
                yield events.FramesChanged, (0, number, "shared", *_differences(before, now))
            self._shared[shared] = number, now
            if shared not in found and not now:
                del self._shared[shared]


def _tables(space: AddressSpace) -> Pairs:
    """The page tables below the root, by the first address that each translates."""
    pointers = space.memory.tables[space.root, :USER_REGIONS]
    regions = np.flatnonzero(pointers & POINTER == V).tolist()
    return tuple([(region << 22, int(pointers[region]) >> PPN_SHIFT) for region in regions])


def _shape(space: AddressSpace) -> tuple[object, ...]:
    """What a range is made of, segment by segment: another one says so in some part of it."""
    return tuple([
        (each.start, each.end, each.protection, each.name, each.offset, each.shared, id(each.backing))
        for each in space.segments
    ])  # fmt: skip


def ranges_of(space: AddressSpace) -> tuple[Range, ...]:
    """Return the segments of ``space``, by address."""
    return tuple([_range(segment) for segment in space.segments])


def _range(segment: Segment) -> Range:
    path, origin = "", 0
    if isinstance(segment.backing, FilePages):
        path = segment.backing.content.path.decode(errors="surrogateescape")
        origin = segment.backing.content.offset + segment.offset - segment.start
    return Range(
        segment.start, segment.end, str(segment.protection), segment.name, path, origin, segment.shared
    )  # fmt: skip


def _differences(before: Pairs, after: Pairs) -> tuple[Pairs, Pairs]:
    old, new = set(before), set(after)
    return tuple(sorted(old - new)), tuple(sorted(new - old))


def mapping_changes(
    where: tuple[int, int], before: tuple[Range, ...], after: tuple[Range, ...]
) -> Iterator[Told]:  # fmt: skip
    """Tell what became of each stretch of addresses: unmapped first, then mapped, or only protected otherwise."""
    bounds = sorted({bound for span in (*before, *after) for bound in (span.start, span.end)})
    unmapped: list[tuple[int, int]] = []
    changed: list[tuple[type[Event], Range]] = []
    for (start, end), old, new in zip(pairwise(bounds), _at_each(bounds, before), _at_each(bounds, after), strict=True):
        if old is not None and (new is None or old[3:] != new[3:]):
            _append(unmapped, start, end)
        if new is not None and (old is None or old[3:] != new[3:]):
            changed.append((events.Mapped, new._replace(start=start, end=end)))
        elif new is not None and old is not None and old.protection != new.protection:
            changed.append((events.Protected, new._replace(start=start, end=end)))
    for start, end in unmapped:
        yield events.Unmapped, (*where, start, end)
    for kind, span in _joined(changed):
        if kind is events.Mapped:
            offset = span.origin + span.start if span.path else 0
            yield kind, (*where, *span[:5], offset, span.shared)
        else:
            yield kind, (*where, *span[:3])


def _at_each(bounds: list[int], ranges: tuple[Range, ...]) -> Iterator[Range | None]:
    """Yield what there is between each two bounds, which are in ascending order, as ranges are."""
    behind = iter(ranges)
    span = next(behind, None)
    for start in bounds[:-1]:
        while span is not None and span.end <= start:
            span = next(behind, None)
        yield span if span is not None and span.start <= start else None


def _append(spans: list[tuple[int, int]], start: int, end: int) -> None:
    if spans and spans[-1][1] == start:
        start = spans.pop()[0]
    spans.append((start, end))


def _joined(changed: list[tuple[type[Event], Range]]) -> list[tuple[type[Event], Range]]:
    """Join neighbours that nothing tells apart."""
    joined: list[tuple[type[Event], Range]] = []
    for kind, span in changed:
        if joined and joined[-1][0] is kind and joined[-1][1].end == span.start and joined[-1][1][2:] == span[2:]:
            span = span._replace(start=joined.pop()[1].start)
        joined.append((kind, span))
    return joined
