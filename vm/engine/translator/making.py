"""Making a translation: from the decoded code at an address to a recipe. Who has recipes does not need this file."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from vm.cpu.decode import END_OF_BUDGET, FRAME_WORDS, ROW, WITHOUT_ENTRIES, decode_word
from vm.engine.protocol import Statistics
from vm.engine.translator import native
from vm.engine.translator.emitter import Emitter
from vm.engine.translator.programs import code_frame
from vm.engine.translator.recipes import Page, Recipe, page_digest
from vm.engine.translator.regions import Micro, discover, take_apart
from vm.memory import AddressSpace, PhysicalMemory
from vm.native.objects import UnexpectedObject


class Maker:
    """Makes recipes, each region at most once if LLVM makes something of it that cannot be placed."""

    def __init__(self, memory: PhysicalMemory, statistics: Statistics) -> None:
        self._memory = memory
        self._statistics = statistics
        self._refused: set[tuple[int, tuple[Page, ...], tuple[int, ...], int]] = set()

    def make(
        self, space: AddressSpace, pc: int, entries: Collection[int], stops: Collection[int], looks: int
    ) -> tuple[Recipe, tuple[int, ...]] | None:
        """The recipe for the region at ``pc``, and the frames of its pages; None if there is none.

        The region stops at ``entries``, and at ``stops``, where there is no code for it. Its code ``looks``
        at these kinds of accesses, none or those of some guards. The time is counted, LLVM's start included.
        """
        begin = time.thread_time()
        made = self._make(space, pc, entries, stops, looks)
        self._statistics.seconds += time.thread_time() - begin
        return made

    def forget(self) -> None:
        """Try again what was refused."""
        self._refused.clear()

    def _make(
        self, space: AddressSpace, pc: int, entries: Collection[int], stops: Collection[int], looks: int
    ) -> tuple[Recipe, tuple[int, ...]] | None:
        met: set[int] = set()
        read, frames = self._reader(space, stops, met)
        region = discover(pc, read, entries)
        if region is None:
            return None
        pages = [pc & -4096, *(page for page in region.pages if page != pc & -4096)]
        contents = tuple((page, page_digest(self._memory.tables[frames[page]].tobytes())) for page in pages)
        stopped = tuple(sorted(met))
        if (pc, contents, stopped, looks) in self._refused:
            return None
        statistics = self._statistics
        try:
            emitter = Emitter(region, read, looks)
            code, _ = native.take_code(native.compile_ir(emitter.module("region")))
        except UnexpectedObject:
            self._refused.add((pc, contents, stopped, looks))
            statistics.refused += 1
            return None
        statistics.regions += 1
        statistics.instructions += region.instructions
        statistics.code_bytes += len(code.data)
        recipe = Recipe(pc, contents, region.instructions, code, region.spans, stopped)
        return recipe, tuple(frames[page] for page in pages)

    def _reader(
        self, space: AddressSpace, stops: Collection[int], met: set[int]
    ) -> tuple[Callable[[int], Micro | None], dict[int, int]]:
        """A reader of decoded code that this space may execute, and the frames of the pages it has looked at.

        It reads nothing at ``stops``, and adds those that it has ``met``.
        """
        memory = self._memory
        frames: dict[int, int] = {}

        def read(address: int) -> Micro | None:
            page = address & -4096
            if page not in frames:
                frame = code_frame(space, page)
                frames[page] = frame if frame >= 0 and memory.is_decoded[frame] else -1
            if frames[page] < 0:
                return None
            if address in stops:
                met.add(address)
                return None
            place = address >> 2 & FRAME_WORDS - 1
            micro = int(memory.decoded[frames[page] * ROW + place])
            if micro & WITHOUT_ENTRIES == END_OF_BUDGET:  # the mark for a stop in another page with the same frame
                micro = int(decode_word(int(memory.tables[frames[page], place])))
            return take_apart(micro)

        return read, frames
