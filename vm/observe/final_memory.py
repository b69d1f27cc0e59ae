"""The memory of a process as it left it, and where that of two runs differs, by the names that its image has.

What lies below the stack pointer is dead, and is not compared.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vm import events
from vm.abi import PAGE_SIZE
from vm.cpu.state import PC
from vm.elf import ElfError, Symbol, read_sections, read_symbols
from vm.isa import SP
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.memory.resident import contents
from vm.observe.symbols import Symbols, left_out
from vm.text import printable
from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHF_WRITE, SHF_TLS = 0x1, 0x400
WORD = 4
WHOLE = 8
"""Bytes of the largest variable that is shown as a number."""
NEAR = 16
"""Differing bytes without a name that are no farther apart are told together."""
CONTENT = 64
"""Bytes of a difference that are kept."""
TEXT = 16
"""Bytes of a text that are shown."""


@dataclass(frozen=True, slots=True)
class FinalMemory:
    """What a process left: pages that are not all zero, by address; segments as (name, start, end), its stack's too.

    ``registers`` are x0 to x31; ``image`` is the file that it ran, empty if that is not to be had.
    """

    path: str
    image: bytes
    pc: int
    registers: tuple[int, ...]
    segments: tuple[tuple[str, int, int], ...]
    pages: dict[int, bytes]

    @property
    def resident(self) -> int:
        """Bytes of pages that are not all zero."""
        return len(self.pages) * PAGE_SIZE

    def read(self, address: int, size: int) -> bytes:
        """``size`` bytes; zeros where there is no page."""
        data = bytearray()
        while len(data) < size:
            here = address + len(data)
            page = self.pages.get(here & -PAGE_SIZE, bytes(PAGE_SIZE))
            data += page[here % PAGE_SIZE :][: size - len(data)]
        return bytes(data)


class FinalMemoryObserver:
    """Keeps what the first process of a kernel that has not run yet leaves; ask :meth:`final` after the run."""

    def __init__(self, kernel: Kernel, pid: int) -> None:
        self._kernel = kernel
        self._pid = pid
        self._found: FinalMemory | None = None
        kernel.events.subscribe(events.Exited, self._exited)

    def _exited(self, event: events.Exited) -> None:
        if event.pid == self._pid:
            self._found = self._take(self._kernel.processes[event.pid].leader)

    def final(self) -> FinalMemory:
        """Its memory when it ended, or as it is where the machine ended the run before."""
        return self._found or self._take(self._kernel.processes[self._pid].leader)

    def _take(self, task: Task) -> FinalMemory:
        pages = contents(task.memory) or {}
        try:
            image = self._kernel.loader.image_file(task.process.path)
        except SystemCallError:
            image = b""
        segments = tuple((segment.name, segment.start, segment.end) for segment in task.memory.segments)
        registers = tuple(task.context[:32].tolist())
        return FinalMemory(task.process.path, image, int(task.context[PC]), registers, segments, pages)


@dataclass(frozen=True, slots=True)
class Difference:
    """``size`` bytes that differ: ``name`` is their variable's, with an offset if they are only a part of it.

    ``where``: the section of a variable, otherwise the segment. ``first`` and ``second`` are what the runs left there,
    the first :data:`CONTENT` bytes of it; None in the run that has no such memory.
    """

    name: str
    where: str
    address: int
    size: int
    first: bytes | None
    second: bytes | None


@dataclass(frozen=True, slots=True)
class _Extent:
    """A variable: its range, its name, its section."""

    start: int
    end: int
    name: str
    where: str


def _extents(image: bytes) -> list[_Extent]:
    """The variables of an image, in order, none overlapping another; a label without a size ends at the next one."""
    try:
        sections, symbols = read_sections(image), read_symbols(image)
    except ElfError:
        return []
    found: list[_Extent] = []
    objects: dict[int | str, list[Symbol]] = {}
    for symbol in symbols:
        if symbol.is_spoken and symbol.type in ("notype", "object"):
            objects.setdefault(symbol.section, []).append(symbol)
    for index, section in enumerate(sections):
        if not section.flags & SHF_WRITE or section.flags & SHF_TLS:
            continue
        best: dict[int, tuple[bool, bool, int, str]] = {}
        for symbol in objects.get(index, ()):
            rank = (symbol.size > 0, symbol.binding == "global", symbol.size, symbol.name)
            best[symbol.value] = max(best.get(symbol.value, rank), rank)
        starts = sorted(best)
        for start, after in pairwise([*starts, section.address + section.size]):
            *_, size, name = best[start]
            end = min(after, start + size) if size else after
            found.append(_Extent(start, end, printable(name), printable(section.name)))
    return sorted(found, key=lambda extent: extent.start)


class _Comparison:
    def __init__(self, first: FinalMemory, second: FinalMemory) -> None:
        self.first = first
        self.second = second
        self.extents = _extents(first.image)
        self.starts = [extent.start for extent in self.extents]
        self.symbols = Symbols(first.image)
        self.activations = self.symbols.activations(first.pc, first.registers, self._word)

    def _word(self, address: int) -> int | None:
        return int.from_bytes(self.first.read(address, WORD), "little")

    def differing(self) -> NDArray[np.int64]:
        """The addresses of bytes that differ, in order."""
        zero = bytes(PAGE_SIZE)
        places = []
        for address in sorted(self.first.pages.keys() | self.second.pages.keys()):
            one, other = self.first.pages.get(address, zero), self.second.pages.get(address, zero)
            if one != other:
                differs = np.frombuffer(one, np.uint8) != np.frombuffer(other, np.uint8)
                places.append(np.flatnonzero(differs) + address)
        return np.concatenate(places) if places else np.zeros(0, np.int64)

    def segment(self, address: int) -> tuple[str, int, int] | None:
        """The segment in which both runs have ``address``; None for what is dead or only one of them has."""
        holders = []
        for memory in (self.first, self.second):
            holder = next((each for each in memory.segments if each[1] <= address < each[2]), None)
            if holder is None or (holder[0] == "stack" and address < memory.registers[SP]):
                return None
            holders.append(holder)
        (name, start, end), (_, other_start, other_end) = holders
        return name, max(start, other_start), min(end, other_end)

    def differences(self) -> Iterator[Difference]:
        """By address; then segments that only one of them has."""
        places = self.differing()
        index = 0
        while index < len(places):
            address = int(places[index])
            holder = self.segment(address)
            if holder is None:
                index += 1
                continue
            extent = self._extent(address)
            if extent is not None and extent.end - extent.start <= WHOLE:
                start, end = extent.start, extent.end
            else:
                limit = extent.end if extent is not None else holder[2]
                near = WORD if extent is not None else NEAR
                start, end = self._run(places, index, limit, near)
                start = max(start, extent.start if extent else holder[1])
            yield self._difference(start, end, extent, holder[0])
            index = int(np.searchsorted(places, end))
        yield from self._lone_segments()

    def _extent(self, address: int) -> _Extent | None:
        index = bisect_right(self.starts, address) - 1
        if index >= 0 and address < self.extents[index].end:
            return self.extents[index]
        variable = self.symbols.variable(address, self.activations)
        if variable is not None:
            name = f"{variable.function}'s {variable.name}"
            return _Extent(variable.address, variable.address + variable.size, name, "stack")
        return None

    @staticmethod
    def _run(places: NDArray[np.int64], index: int, limit: int, near: int) -> tuple[int, int]:
        """The run of differing bytes from ``index`` on, in whole words, that ends before ``limit``."""
        last = index
        while last + 1 < len(places) and places[last + 1] - places[last] <= near and places[last + 1] < limit:
            last += 1
        return int(places[index]) & -WORD, min((int(places[last]) | (WORD - 1)) + 1, limit)

    def _difference(self, start: int, end: int, extent: _Extent | None, segment: str) -> Difference:
        name, where = "", segment
        if extent is not None:
            offset = start - extent.start
            name, where = f"{extent.name}+{offset}" if offset else extent.name, extent.where
        kept = min(end - start, CONTENT)
        return Difference(
            name, where, start, end - start, self.first.read(start, kept), self.second.read(start, kept)
        )  # fmt: skip

    def _lone_segments(self) -> Iterator[Difference]:
        """Heaps and mappings, or parts of them, that only one of the runs has."""
        for memory, other, is_first in ((self.first, self.second, True), (self.second, self.first, False)):
            for name, start, end in memory.segments:
                if name == "stack":
                    continue
                for low, high in _without(start, end, other.segments):
                    data = memory.read(low, min(high - low, CONTENT))
                    found = (data, None) if is_first else (None, data)
                    yield Difference("", name, low, high - low, *found)


def _without(start: int, end: int, segments: Sequence[tuple[str, int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of a range that are in none of ``segments``, which are in order."""
    for _, low, high in segments:
        if high <= start or low >= end:
            continue
        if start < low:
            yield start, low
        start = high
    if start < end:
        yield start, end


def differences(first: FinalMemory, second: FinalMemory, note: Callable[[str], None]) -> list[Difference]:
    """Where two runs of one image left different memory; ``first`` names the variables.

    ``note`` is told why the image's debugging information was not used in full.
    """
    comparison = _Comparison(first, second)
    found = list(comparison.differences())
    if comparison.symbols.problem is not None:
        note(left_out(first.path, comparison.symbols.problem))
    return found


def describe(data: bytes | None, size: int) -> str:
    """The content of a place of ``size`` bytes for people: a number, a text or bytes."""
    if data is None:
        return "not there"
    number = int.from_bytes(data, "little", signed=True)
    if size in (1, 2, 4, 8) and abs(number) < 1_000_000:
        return f"{number:,}"
    text = data.split(b"\0")[0]
    if len(text) > 2 and all(32 <= byte < 127 or byte in b"\n\t" for byte in text) and not any(data[len(text) :]):
        return repr(text[:TEXT].decode()) + "…" * (len(text) > TEXT)
    if size in (4, 8):
        return f"{int.from_bytes(data, 'little'):#x}"
    return data[:WHOLE].hex(" ") + " …" * (size > WHOLE)
