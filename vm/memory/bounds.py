"""How large an address space may become, whatever memory there is (getrlimit(2); Linux, mm/mmap.c, may_expand_vm)."""

from __future__ import annotations

from vm.abi import PAGE_SHIFT
from vm.memory.frames import OutOfMemory
from vm.memory.segments import Segment, SegmentList
from vm.values import dataclass


class OutOfBounds(OutOfMemory):
    """There may be memory, but the address space may not become so large."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bytes: in ``total``, of private writable memory without the stack (``data``), of ``heap`` and data, of ``stack``.

    ``heap`` is looked at when the program break moves, the others when segments come into being or grow.
    """

    total: int
    data: int
    heap: int
    stack: int

    def check(self, segments: SegmentList, pages: int, *, is_data: bool) -> None:
        """OutOfBounds when ``pages`` more would be too many."""
        if not self._permits(segments, pages, is_data=is_data):
            raise OutOfBounds(f"{pages} pages more than a limit allows")

    def check_writable(self, segments: SegmentList, segment: Segment) -> None:
        """OutOfBounds when a segment would be too much data once it is writable.

        As in Linux it may be where the space could not grow at all by as much.
        """
        is_new = not segment.shared and not segment.is_data
        if is_new and self._permits(segments, segment.pages, is_data=False):
            self.check(segments, segment.pages, is_data=True)

    def check_heap(self, size: int) -> None:
        """OutOfBounds when the heap and the image's data would have too many bytes."""
        if size > self.heap:
            raise OutOfBounds(f"{size} bytes of data are more than a limit allows")

    def check_stack(self, size: int) -> None:
        """OutOfBounds when the stack would have too many bytes."""
        if size > self.stack:
            raise OutOfBounds(f"a stack of {size} bytes is larger than its limit")

    def _permits(self, segments: SegmentList, pages: int, *, is_data: bool) -> bool:
        if pages + sum([segment.pages for segment in segments]) > self.total >> PAGE_SHIFT:
            return False
        of_data = sum([segment.pages for segment in segments if segment.is_data]) if is_data else 0
        return not is_data or pages + of_data <= self.data >> PAGE_SHIFT
