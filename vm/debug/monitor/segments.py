"""``monitor segments``: an address space, and how much of it has frames, its own or shared ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vm.debug.monitor.asking import Question
from vm.debug.monitor.places import name_of
from vm.debug.monitor.processes import pids_text, spaces
from vm.debug.monitor.tables import paragraph, table
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Process
from vm.memory import AddressSpace
from vm.memory.resident import resident
from vm.memory.segments import FilePages, Segment, SharedMemory
from vm.quantities import plural
from vm.text import printable

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 150
"""Segments that are listed."""
LONGEST_PATH = 20
"""Letters of a file's path that are shown: its end."""

_HEADS = ("range", "prot", "name", "pages", "private", "shared", "file")
_WIDTHS = (17, 4, 8, -6, -7, -6)


def segments(question: Question) -> Iterator[str]:
    """Yield a line for each segment of a process's address space."""
    kernel, process = question.kernel, question.process(question.word(0))
    space = process.space
    if space is None:
        yield f"process {process.pid} has no memory any more: {name_of(process)} has ended"
        return
    yield from paragraph(_head(kernel, process, space))
    found = resident(space)
    rows = [_row(segment, found.addresses, found.is_shared) for segment in space.segments[:MOST]]
    yield from table(_HEADS, _WIDTHS, rows)
    if len(space.segments) > MOST:
        yield f"… {plural(len(space.segments) - MOST, 'more segment')}"


def _head(kernel: Kernel, process: Process, space: AddressSpace) -> str:
    text = f"process {process.pid}, {name_of(process)}: {plural(len(space.segments), 'segment')}"
    others = [other.pid for other in spaces(kernel)[space] if other is not process]
    return text + (f"; one address space with {pids_text(others)}" if others else "")


def _row(segment: Segment, addresses: NDArray[np.int64], is_shared: NDArray[np.bool_]) -> tuple[str, ...]:
    first, last = np.searchsorted(addresses, (segment.start, segment.end))
    shared = int(np.count_nonzero(is_shared[first:last]))
    private = int(last - first) - shared
    return (
        range_text(segment.start, segment.end), protection_text(segment), segment.name, f"{segment.pages:,}",
        f"{private:,}", f"{shared:,}", file_text(segment),
    )  # fmt: skip


def range_text(start: int, end: int) -> str:
    """``00010000-00011000``."""
    return f"{start:08x}-{end:08x}"


def protection_text(segment: Segment) -> str:
    """``r-xp``, as /proc/PID/maps has it: p for private, s for shared by all who map it."""
    return f"{segment.protection}{'s' if segment.shared else 'p'}"


def file_text(segment: Segment) -> str:
    """What a segment shows, if that is a file or shared memory: its path, or the end of it; empty for neither."""
    backing = segment.backing
    if isinstance(backing, FilePages):
        path = backing.content.path
    elif isinstance(backing, SharedMemory):
        path = backing.path
    else:
        return ""
    text = printable(path.decode(errors="surrogateescape"))
    return text if len(text) <= LONGEST_PATH else "…" + text[1 - LONGEST_PATH :]
