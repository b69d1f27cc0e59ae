"""The segments of an address space: what is mapped where, and who pays for it.

Who pays: the space pays for its root table, for every last-level table its segments could need, and for every page of
its private segments that may be or ever could be written, touched or not. Pages of files that cannot be written, and
shared memory, are paid for once, by what backs them, since all their users share them. The sum is committed with
:class:`~vm.memory.frames.PhysicalMemory` when a segment is mapped, grown or made writable, so that no later page fault
can fail.
"""

from __future__ import annotations

from collections.abc import Callable

from vm.abi import MINIMUM_ADDRESS, PAGE_SHIFT, PAGE_SIZE, STACK_GUARD, STACK_LIMIT, STACK_TOP, Protection
from vm.memory import tables
from vm.memory.bounds import Bounds
from vm.memory.frames import OutOfMemory, PhysicalMemory
from vm.memory.paging import PagedMemory
from vm.memory.segments import (
    SEGMENT_LIMIT,
    SEGMENTS_IN_ALL,
    FileContent,
    FilePages,
    Segment,
    SegmentList,
    SharedMemory,
    access_bits,
    check_protection,
    check_user_range,
    page_round,
)

READ_WRITE = Protection.READ | Protection.WRITE
READ_AT_ONCE = 1 << 20
"""Bytes of a file that are held at a time while its pages are filled."""

Pulse = Callable[[], None]
"""Called now and then by what takes long; what it raises ends that."""


def go_on() -> None:
    """Nobody minds how long it takes: the pulse of callers that have no limit."""


class Mappings(PagedMemory):
    """No segments yet, over the page table at ``root`` or a new one; OutOfMemory.

    The heap runs from ``heap_start`` to the program break ``brk``; mappings are placed below ``mapping_top``.
    ``bounds`` are how large it may become, None where nothing but memory limits it.
    """

    _follow = ("segments",)

    def __init__(self, memory: PhysicalMemory, root: int = -1) -> None:
        super().__init__(memory, root)
        self.segments = SegmentList()
        self.heap_start = 0
        self.brk = 0
        self.mapping_top = STACK_TOP - STACK_LIMIT - STACK_GUARD
        self.bounds: Bounds | None = None

    def find(self, address: int) -> Segment | None:
        """The segment that holds ``address``."""
        return self.segments.find(address)

    def named(self, name: str) -> Segment | None:
        """The first segment of that name, None without one."""
        return self.segments.named(name)

    def is_free(self, start: int, end: int) -> bool:
        """True when no segment, nor the room a stack may grow into with its guard, touches the range."""
        return self.segments.is_free(start, end)

    def place(self, size: int, hint: int = 0) -> int:
        """Return where a new mapping of ``size`` bytes goes: to ``hint`` if it is free there, else as high as possible.

        Raises OutOfMemory when no gap is large enough.
        """
        if hint and self.segments.is_free(hint, hint + size):
            return hint
        start = self.segments.highest_gap(size, self.mapping_top)
        if start is None:
            raise OutOfMemory(f"no room for {size} bytes")
        return start

    def map(
        self, start: int, end: int, protection: Protection, name: str, *, floor: int | None = None, paid: bool = True
    ) -> Segment:
        """Add a segment of demand-zero pages.

        The range must be page-aligned and free, the protection not both writable and executable (ValueError). Raises
        OutOfMemory, with nothing changed, when its pages cannot be promised.
        """
        if floor is not None:
            self.mapping_top = floor - STACK_GUARD
        return self.add(Segment(start, end, protection, name, paid, floor))

    def add(self, segment: Segment, pulse: Pulse = go_on) -> Segment:
        """Add a segment; it becomes one with a neighbour that it continues. Returns the one it is in.

        Pages of a file become resident: their content is read now, between calls of ``pulse``. Errors: :meth:`map`.
        """
        start, end = segment.start, segment.end
        if start % PAGE_SIZE or end % PAGE_SIZE or not self.segments.is_free(start, end):
            raise ValueError(f"cannot map {start:#x}-{end:#x}")
        self._check_bounds(segment, segment.pages)
        return self._add(segment, pulse)

    def _add(self, segment: Segment, pulse: Pulse) -> Segment:
        """Add a segment where there is none, be it in the room of a stack, which can then grow no further."""
        start, end = segment.start, segment.end
        check_protection(segment.protection)
        self._pay_for(segment)
        self._insert(segment)
        if segment.is_file:
            try:
                self._read_file(segment, start, end, pulse)
            except Exception:
                self.unmap(start, end)
                raise
        self._merge(start, end)
        merged = self.segments.find(start)
        assert merged is not None
        return merged

    def replace(self, segment: Segment, pulse: Pulse = go_on) -> Segment:
        """Add a segment in place of whatever is in its range, a stack among it.

        Otherwise as :meth:`add`. Errors change nothing, but a file that cannot be read leaves no segment in the range.
        """
        start, end = segment.start, segment.end
        check_user_range(start, end)
        if not MINIMUM_ADDRESS <= start < end:
            raise ValueError(f"cannot map {start:#x}-{end:#x}")
        check_protection(segment.protection)
        first, last = self.segments.span(start, end)
        if self.bounds is not None:
            gone = [it.part(max(start, it.start), min(end, it.end)).pages for it in self.segments[first:last]]
            self._check_bounds(segment, segment.pages - sum(gone))
        if first != last:
            self._check_count(2)
            cost = segment.charged + segment.new_promise
            for other in self.segments[first:last]:
                cost -= other.part(max(start, other.start), min(end, other.end)).charged
            for region in range(start >> 22, ((end - 1) >> 22) + 1):
                before, after = self.segments.span(region << 22, (region + 1) << 22)
                cost += before == after
            self.memory.check(cost)
            self.unmap(start, end)
        return self._add(segment, pulse)

    def map_image(
        self, start: int, end: int, protection: Protection, name: str, content: FileContent, pulse: Pulse = go_on
    ) -> int:
        """Add a segment of an image, as :meth:`add`. Return how many of its pages have got a frame.

        Of one that cannot be written all pages are resident, and shared by every process that comes to have it.
        """
        writable = bool(protection & Protection.WRITE)
        pages = FilePages(self.memory, content, (end - start) >> PAGE_SHIFT)
        before = int(self.tally[tables.RESIDENT])
        self.add(Segment(start, end, protection, name, writable, backing=pages), pulse)
        return int(self.tally[tables.RESIDENT]) - before

    def unmap(self, start: int, end: int) -> None:
        """Give up whatever is mapped in the range (munmap(2)); segments that reach beyond it keep the rest.

        OutOfMemory when that would make too many segments.
        """
        check_user_range(start, end)
        first, last = self._isolate(start, end)
        gone = self.segments[first:last]
        if not gone:
            return
        del self.segments[first:last]
        self.memory.segments -= len(gone)
        lone_first, lone_end = self.segments.lone_regions(start, end)
        frames = self.memory.frames
        if not tables.unmap(
            frames, self.tlb, self.root, start >> PAGE_SHIFT, end >> PAGE_SHIFT, lone_first, lone_end, self.tally
        ):
            self.segments[first:first] = gone
            self.memory.segments += len(gone)
            raise OutOfMemory("no frame for a page table")
        credit, counted = 0, lone_first
        for segment in gone:
            last_region = min(((segment.end - 1) >> 22) + 1, lone_end)
            first_region = max(segment.start >> 22, counted)
            if last_region > first_region:
                credit += last_region - first_region
                counted = last_region
            credit += segment.charged
            segment.leave()
        self.charge -= credit
        self.memory.uncommit(credit)

    def protect(self, start: int, end: int, protection: Protection) -> None:
        """Change what the segments of a range without holes allow (mprotect(2)).

        ValueError for writable and executable at once; PermissionError for what a shared mapping cannot become;
        OutOfMemory when pages become the space's own that cannot be paid for. Segments before that are changed.
        """
        check_user_range(start, end)
        check_protection(protection)
        first, last = self._isolate(start, end)
        try:
            for segment in self.segments[first:last]:
                self._protect(segment, protection)
        finally:
            self._merge(start, end)

    def _protect(self, segment: Segment, protection: Protection) -> None:
        writable = bool(protection & Protection.WRITE)
        if segment.shared and (protection & Protection.EXEC or (writable and segment.sealed)):
            raise PermissionError("a shared mapping is not executable, nor writable if its file was opened for reading")
        if writable and self.bounds is not None:
            self.bounds.check_writable(self.segments, segment)
        if not segment.paid and not segment.shared:
            if writable:
                self.memory.commit(segment.pages)
                self.charge += segment.pages
                if segment.backing is not None:
                    segment.backing.pay()
                segment.paid = True
            elif protection and segment.backing is None:
                self.memory.make_zero_frame()
        first, end, bits = segment.start >> PAGE_SHIFT, segment.end >> PAGE_SHIFT, access_bits(protection)
        if not tables.protect(self.memory.frames, self.tlb, self.root, first, end, bits, self.tally):
            raise OutOfMemory("no frame for a page table")
        segment.protection = protection

    def discard(self, start: int, end: int, pulse: Pulse = go_on) -> None:
        """Give up the content of the range's private pages: they are as if just mapped (madvise(2), MADV_DONTNEED).

        Files are read again, between calls of ``pulse``.
        """
        check_user_range(start, end)
        first, last = self.segments.span(start, end)
        for segment in self.segments[first:last]:
            if segment.is_file and not segment.paid:
                continue  # its content is still the file's
            low, high = max(start, segment.start), min(end, segment.end)
            if not tables.unmap(
                self.memory.frames, self.tlb, self.root, low >> PAGE_SHIFT, high >> PAGE_SHIFT, 0, 0, self.tally
            ):
                raise OutOfMemory("no frame for a page table")
            if segment.is_file:
                self._read_file(segment, low, high, pulse)

    def revoke(self, shared: SharedMemory, first: int) -> None:
        """Give up the pages of ``shared`` from its page number ``first`` on, wherever they are mapped here."""
        for segment in self.segments:
            start = max(segment.start, segment.start + (first << PAGE_SHIFT) - segment.offset)
            if segment.backing is shared and start < segment.end:
                self.discard(start, segment.end)

    def extend(self, segment: Segment, end: int, pulse: Pulse = go_on) -> None:
        """Let a segment end at ``end``, above its present end, where it is free. OutOfMemory changes nothing."""
        self.add(segment.part(segment.end, end), pulse)

    def move(self, start: int, size: int, target: int, new_size: int) -> None:
        """Move ``size`` bytes of one segment to ``target``, where no segment is within ``new_size`` bytes.

        The segment has ``new_size`` bytes there. Raises OutOfMemory, with nothing changed.
        """
        middle, end = target + size, target + new_size
        check_user_range(start, start + size)
        check_user_range(target, end)
        segment = self.segments.find(start)
        assert segment is not None
        if end > middle:
            tail = segment.part(start + size, start + new_size).shifted(target - start)
            tail.floor = None
            self._check_bounds(tail, tail.pages)
            self._add(tail, go_on)
        try:
            first, last = self._isolate(start, start + size)
            assert last == first + 1
            self._move(self.segments[first], target - start)
        except OutOfMemory:
            if end > middle:
                self.unmap(middle, end)
            raise
        finally:
            self._merge(start, start + size)
        self._merge(target, end)

    def _move(self, segment: Segment, distance: int) -> None:
        old_start, old_end = segment.start, segment.end
        moved = segment.part(old_start, old_end).shifted(distance)
        moved.floor = None
        frames, first, target = self.memory.frames, old_start >> PAGE_SHIFT, moved.start >> PAGE_SHIFT
        lone_first, lone_end = self.segments.lone_regions(moved.start, moved.end)
        self.memory.commit(lone_end - lone_first)
        if not tables.move(frames, self.tlb, self.root, first, segment.pages, target, self.tally):
            tables.unmap(frames, self.tlb, self.root, target, target + segment.pages, lone_first, lone_end, self.tally)
            self.memory.uncommit(lone_end - lone_first)
            raise OutOfMemory("no frame for a page table")
        self.charge += lone_end - lone_first
        self.segments.remove(segment)
        self.memory.segments -= 1
        self._insert(moved)
        segment.leave()
        lone_first, lone_end = self.segments.lone_regions(old_start, old_end)
        tables.unmap(frames, self.tlb, self.root, first, first + moved.pages, lone_first, lone_end, self.tally)
        self.charge -= lone_end - lone_first
        self.memory.uncommit(lone_end - lone_first)

    def set_brk(self, address: int) -> None:
        """Move the program break (brk(2)): the heap grows by demand-zero pages or gives its last ones up.

        Raises ValueError below the heap's start or where something else is mapped, OutOfMemory; both change nothing.
        """
        if address < self.heap_start:
            raise ValueError("below the start of the heap")
        if self.bounds is not None:
            self.bounds.check_heap(address - self.heap_start + self._image_data)
        end, old_end = page_round(address), page_round(self.brk)
        if end > old_end:
            if not self.segments.is_free(old_end, end):
                raise ValueError("no room for the heap")
            self.add(Segment(old_end, end, READ_WRITE, "heap"))
        elif end < old_end:
            self.unmap(end, old_end)
        self.brk = address

    def _isolate(self, start: int, end: int) -> tuple[int, int]:
        """Cut segments at both ends of the range. Return the indices (first, one past the last) of those inside it."""
        for address in (start, end):
            segment = self.segments.find(address)
            if segment is not None and segment.start < address:
                self._check_count(1)
                upper = segment.part(address, segment.end)
                segment.end = address
                self._insert(upper)
        return self.segments.span(start, end)

    def _check_bounds(self, segment: Segment, pages: int) -> None:
        """OutOfBounds when a new segment would make the space too large, by so many pages."""
        if self.bounds is not None:
            self.bounds.check(self.segments, pages, is_data=segment.is_data)

    @property
    def _image_data(self) -> int:
        """Bytes of the image's data, without what begins as zeros."""
        data = self.segments.named("data")
        return data.backing.content.size if data is not None and isinstance(data.backing, FilePages) else 0

    def _check_count(self, more: int) -> None:
        """OutOfMemory when there may not be so many more segments."""
        if len(self.segments) + more > SEGMENT_LIMIT or self.memory.segments + more > SEGMENTS_IN_ALL:
            raise OutOfMemory(f"more than {SEGMENT_LIMIT} segments, or {SEGMENTS_IN_ALL} in all")

    def _insert(self, segment: Segment) -> None:
        self.memory.segments += 1
        self.segments.insert(self.segments.above(segment.start), segment)
        segment.enter()

    def _merge(self, start: int, end: int) -> None:
        """Join neighbours, in and at the ends of the range, that are alike."""
        first, last = self.segments.span(start, end)
        for index in range(min(last, len(self.segments) - 1), max(first, 1) - 1, -1):
            before, segment = self.segments[index - 1], self.segments[index]
            if segment.continues(before):
                before.end = segment.end
                del self.segments[index]
                self.memory.segments -= 1
                segment.leave()

    def _pay_for(self, segment: Segment) -> None:
        """Commit what a new segment needs; OutOfMemory changes nothing."""
        self._check_count(1)
        if segment.backing is None and not segment.paid and segment.protection:
            self.memory.make_zero_frame()
        lone_first, lone_end = self.segments.lone_regions(segment.start, segment.end)
        cost = lone_end - lone_first + segment.charged
        self.memory.commit(cost + segment.new_promise)
        self.charge += cost

    def _read_file(self, segment: Segment, start: int, end: int, pulse: Pulse) -> None:
        """Give pages of a file's segment, which have no frame, the file's content; OutOfMemory only with overcommit.

        Pages past the end of the file stay without a frame, but for those of an image, which are zero.
        """
        assert isinstance(segment.backing, FilePages)
        content = segment.backing.content
        frames, bits = self.memory.frames, access_bits(segment.protection)
        for low in range(start, end, READ_AT_ONCE):
            pulse()
            high = min(low + READ_AT_ONCE, end)
            data = content.read(segment.offset + low - segment.start, high - low)
            last = high if content.is_image and not segment.paid else page_round(low + len(data))
            if not tables.map_clear(frames, self.root, low >> PAGE_SHIFT, last >> PAGE_SHIFT, bits, self.tally):
                raise OutOfMemory("no frame for a file's page")
            self.load(low, data)
            if last < high:
                break
