"""The translator of one machine: which regions exist, where their code is, and which address spaces use it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from vm.cache import cache_directory, shared_directory
from vm.cpu.decode import ENTRY, FRAME_WORDS, ROW, TRANSLATED, decode_frame
from vm.cpu.state import PC, STOP_ADDRESS, STOP_RETIRED, STOP_SIZE, Context, Stop, StopReason
from vm.cpu.sv32 import EXEC, LARGE_TLB, PPN_SHIFT, TLB_SIZE, new_tlb, permitted
from vm.engine.protocol import Statistics
from vm.engine.translator import driver, layout, native
from vm.engine.translator.cache import Cache, Recipe, page_digest
from vm.engine.translator.driver import drive, find, forget_all, insert, is_intact, refill, remember
from vm.engine.translator.emitter import Emitter
from vm.engine.translator.regions import Micro, discover, take_apart
from vm.memory import AddressSpace, PhysicalMemory
from vm.native import jit, kept
from vm.native.arena import ALIGNMENT, Arena
from vm.native.objects import UnexpectedObject

if TYPE_CHECKING:
    from numpy.typing import NDArray

CODE_LIMIT = 64 << 20
"""Bytes of machine code kept at most; when they are full everything is forgotten and begins anew."""
MOST_REGIONS = driver.TARGET_ENTRIES // 2
AFFORDABLE = 1.0
"""Time spent translating, at most, for each second spent interpreting."""
SECONDS_PER_INSTRUCTION = 1.8e-9
"""What the interpreter takes for an instruction, about."""
SECONDS_PER_ENTRY = 1.2e-7
"""What it takes to get from the interpreter into translated code and back, about."""
_WANTED = driver.WANTED


def _cache() -> Cache:
    name = hashlib.sha256((kept.source_digest() + native.host_digest()).encode()).hexdigest()[:20]
    return Cache(cache_directory("translations", name), shared_directory("translations", name))


@dataclass(frozen=True, slots=True)
class Translation:
    """The code of one region.

    ``function`` is its address; ``dependencies`` are the pages it was made from, (address, frame), the entry's first.
    """

    entry: int
    function: int
    dependencies: tuple[tuple[int, int], ...]


class Attachment:
    """A state block and its tables: one address space's, or, for those that nothing has been linked into, nobody's."""

    def __init__(self, stubs: Mapping[int, int], links: int) -> None:
        self.block: NDArray[np.int64] = np.empty(layout.SIZE, np.int64)
        self.targets: NDArray[np.int64] = np.empty(2 * driver.TARGET_ENTRIES, np.int64)
        self.dependencies: NDArray[np.int64] = np.empty(2 * driver.MOST_DEPENDENCIES, np.int64)
        self.arguments = (self.block, self.targets, self.dependencies)
        self.block[: layout.TLB] = 0
        for index, address in stubs.items():
            self.block[index] = address
        self.block[layout.SELF] = self.block.ctypes.data
        forget_all(self.block, self.targets, links)

    def attach(self, space: AddressSpace) -> None:
        """Let translated code use the space's page table and a TLB in the state block, which becomes the space's."""
        self.block[layout.RAM] = space.memory.ram.ctypes.data
        self.block[layout.FRAMES] = space.memory.count
        self.block[layout.ROOT] = space.root
        tlb = self.block[layout.TLB : layout.TLB + TLB_SIZE]
        tlb[:] = new_tlb(LARGE_TLB)
        space.use_tlb(tlb)


class Translator:
    """The second engine over one physical memory.

    ``threshold`` 0 translates whatever is met, each region whole, and keeps nothing on disk. ``interpreted`` are
    instructions that were interpreted before. ``cache`` is another than the one on disk.
    """

    def __init__(
        self,
        memory: PhysicalMemory,
        *,
        threshold: int = 1024,
        chunk: int = 9973,
        interpreted: int = 0,
        cache: Cache | None = None,
    ) -> None:
        self.memory = memory
        self._statistics = Statistics()
        self._retired = interpreted
        self._control = np.zeros(driver.CONTROL_SIZE, np.int64)
        self._control[driver.CHUNK], self._control[driver.THRESHOLD] = chunk, threshold
        self._given_cache = cache
        self._space: AddressSpace | None = None

    def _start(self) -> None:
        """Make what running takes, with the first address space: much more than a translator that never runs."""
        self.arena = Arena(CODE_LIMIT)
        self.cache = self._given_cache or (_cache() if self._control[driver.THRESHOLD] else Cache(None))
        self.links: dict[int, int] = {}
        self.translations: dict[int, list[Translation]] = {}
        self._placed: dict[Recipe, int] = {}
        self._recalled: set[tuple[int, int, str]] = set()
        self._refused: set[tuple[int, tuple[tuple[int, str], ...]]] = set()
        self._frames: dict[int, list[Translation]] = {}
        self._attachments: WeakKeyDictionary[AddressSpace, Attachment] = WeakKeyDictionary()
        heat, seen = np.zeros(driver.HEAT_ENTRIES, np.int32), np.zeros(driver.SEEN_ENTRIES, np.uint8)
        self._arguments = (heat, seen, self._control)
        self.stubs = self._place_stubs()
        self._detached = Attachment(self.stubs, 0)

    @property
    def statistics(self) -> Statistics:
        """What this translator has done so far."""
        self._statistics.executed = int(self._control[driver.NATIVE])
        return self._statistics

    # --- running --------------------------------------------------------------------------------------------------

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says."""
        left = budget
        while True:
            tables = self._tables if space is self._space else self._turn_to(space)
            reason = drive(context, *space.engine_arguments, *tables.arguments, *self._arguments, left, stop)
            retired = int(stop[STOP_RETIRED])
            self._retired += retired
            left -= retired
            if reason != _WANTED:
                stop[STOP_RETIRED] = budget - left
                return int(reason)
            why, pc = int(stop[STOP_ADDRESS]), int(context[PC])
            if why == driver.FIRST_SEEN:
                self._recall(space, pc)
            elif not self._provide(space, pc) and why == driver.MUST_SKIP:
                self._control[driver.SKIP] = 1

    def _turn_to(self, space: AddressSpace) -> Attachment:
        """Remember the space that runs, so that its tables are looked for once for as long as it does."""
        if self._space is None:
            self._start()
        self._space = space
        self._tables = self._attachments.get(space, self._detached)
        return self._tables

    def run(self, context: Context, space: AddressSpace, budget: int) -> Stop:
        """As :func:`vm.cpu.interpreter.run`."""
        stop: NDArray[np.int64] = np.zeros(STOP_SIZE, np.int64)
        reason = self.execute(context, space, budget, stop)
        return Stop(StopReason(reason), int(context[PC]), int(stop[STOP_ADDRESS]), int(stop[STOP_RETIRED]))

    # --- finding and making translations --------------------------------------------------------------------------

    def _provide(self, space: AddressSpace, pc: int) -> bool:
        """Give ``pc`` a function in ``space``; False if it cannot have one now."""
        if pc & 3:
            return False
        if self._use_valid(space, pc):
            return True
        self._recall(space, pc)
        if self._use_valid(space, pc):
            return True
        if self._control[driver.THRESHOLD] and not self._can_afford():
            return False
        return self._translate(space, pc) and self._use_valid(space, pc)

    def _use_valid(self, space: AddressSpace, pc: int) -> bool:
        """Link a translation at ``pc`` that holds in the space."""
        return any(
            self._is_valid(space, translation) and self._use(space, translation)
            for translation in self.translations.get(pc, ())
        )

    def _can_afford(self) -> bool:
        """True while translating has cost less than a part of the time that interpreting has."""
        interpreted = self._retired - int(self._control[driver.NATIVE])
        spent = interpreted * SECONDS_PER_INSTRUCTION + int(self._control[driver.ENTRIES]) * SECONDS_PER_ENTRY
        return self._statistics.seconds <= AFFORDABLE * spent

    def save(self) -> None:
        """Write new translations to the cache on disk."""
        if self._space is not None:
            self.cache.save()

    # --- recalling ------------------------------------------------------------------------------------------------

    def _recall(self, space: AddressSpace, pc: int) -> None:
        """Take from the cache what it has for the page of ``pc``, and for the pages that leads to."""
        digests: dict[int, tuple[int, str]] = {}
        pages = [pc & -4096]
        for page in pages:
            frame, digest = self._look(space, page, digests)
            recipes = self.cache.recipes(page, digest) if digest else {}
            if page == pc & -4096 and (page, frame, digest) in self._recalled:
                recipes = {pc: recipes[pc]} if pc in recipes else {}
            elif (page, frame, digest) in self._recalled:
                continue
            self._recalled.add((page, frame, digest))
            for recipe in recipes.values():
                held = [self._look(space, place, digests) for place, _ in recipe.pages]
                if all(known == wanted for (_, known), (_, wanted) in zip(held, recipe.pages, strict=True)):
                    self._cook(recipe, tuple(frame for frame, _ in held))
                    pages += {target & -4096 for _, target in recipe.code.links} - {*pages}

    def _look(self, space: AddressSpace, page: int, known: dict[int, tuple[int, str]]) -> tuple[int, str]:
        """(frame, digest) of a page that may be executed, which is decoded; (-1, "") for others."""
        if page not in known:
            memory = self.memory
            index = int(permitted(memory.words, space.root, page, EXEC))
            if index < 0:
                known[page] = (-1, "")
            else:
                frame = int(memory.words[index]) >> PPN_SHIFT
                if not memory.is_decoded[frame]:
                    decode_frame(memory.words, memory.decoded, frame)
                    memory.is_decoded[frame] = 1
                known[page] = (frame, page_digest(memory.tables[frame].tobytes()))
        return known[page]

    def _cook(self, recipe: Recipe, frames: tuple[int, ...]) -> None:
        """Make a recipe's translation over these frames, unless there is one."""
        dependencies = tuple((page, frame) for (page, _), frame in zip(recipe.pages, frames, strict=True))
        intact = all(self.memory.is_decoded[frame] == TRANSLATED for frame in frames)
        present = self.translations.get(recipe.entry, ())
        if intact and any(translation.dependencies == dependencies for translation in present):
            return
        self._make_room(recipe.code)
        function = self._placed.get(recipe)
        if function is None:
            function = self._placed[recipe] = self._place(recipe.code)
            self._statistics.recalled += 1
            self._statistics.code_bytes += len(recipe.code.data)
        self._adopt(Translation(recipe.entry, function, dependencies))

    # --- translating ----------------------------------------------------------------------------------------------

    def _is_valid(self, space: AddressSpace, translation: Translation) -> bool:
        """True if the space maps the translation's pages to its frames; the entry's page has been fetched from."""
        words, decoded = self.memory.words, self.memory.is_decoded
        return all(
            is_intact(words, space.root, decoded, page, frame, index == 0)
            for index, (page, frame) in enumerate(translation.dependencies)
        )

    def _use(self, space: AddressSpace, translation: Translation) -> bool:
        """Link a translation into a space."""
        attachment = self._attachments.get(space)
        if attachment is None:
            attachment = self._attachments[space] = Attachment(self.stubs, len(self.links))
            attachment.attach(space)
            self._turn_to(space)
        block, pc, function = attachment.block, translation.entry, translation.function
        known = int(block[layout.DEPENDENCIES])
        pages = attachment.dependencies[: 2 * known].reshape(-1, 2).tolist()
        new = [pair for pair in translation.dependencies if [*pair] not in pages]
        if known + len(new) > driver.MOST_DEPENDENCIES:
            return False
        for index, pair in enumerate(new, known):
            attachment.dependencies[2 * index : 2 * index + 2] = pair
        block[layout.DEPENDENCIES] = known + len(new)
        insert(attachment.targets, pc, function)
        remember(block, pc, function)
        if pc in self.links:
            block[layout.LINKS + self.links[pc]] = function
        return True

    def _reader(self, space: AddressSpace) -> tuple[Callable[[int], Micro | None], dict[int, int]]:
        """A reader of decoded code that this space may execute, and the frames of the pages it has looked at."""
        memory = self.memory
        frames: dict[int, int] = {}

        def read(address: int) -> Micro | None:
            page = address & -4096
            if page not in frames:
                index = int(permitted(memory.words, space.root, page, EXEC))
                frame = int(memory.words[index]) >> PPN_SHIFT if index >= 0 else 0
                frames[page] = frame if index >= 0 and memory.is_decoded[frame] else -1
            if frames[page] < 0:
                return None
            return take_apart(int(memory.decoded[frames[page] * ROW + (address >> 2 & FRAME_WORDS - 1)]))

        return read, frames

    def _translate(self, space: AddressSpace, pc: int) -> bool:
        """Compile the region at ``pc``; False if there is none."""
        begin = time.thread_time()
        read, frames = self._reader(space)
        at_once = not self._control[driver.THRESHOLD]
        region = discover(pc, read, () if at_once else self.translations.keys())
        if region is None:
            return False
        entry_page = pc & -4096
        pages = [entry_page, *(page for page in region.pages if page != entry_page)]
        contents = tuple((page, page_digest(self.memory.tables[frames[page]].tobytes())) for page in pages)
        if (pc, contents) in self._refused:
            return False
        try:
            code, _ = native.take_code(native.compile_ir(Emitter(region, read).module("region")))
        except UnexpectedObject:
            self._refused.add((pc, contents))
            self._statistics.refused += 1
            self._statistics.seconds += time.thread_time() - begin
            return False
        self._make_room(code)
        recipe = Recipe(pc, contents, region.instructions, code)
        self.cache.add(recipe)
        function = self._placed[recipe] = self._place(code)
        self._adopt(Translation(pc, function, tuple((page, frames[page]) for page in pages)))
        statistics = self._statistics
        statistics.regions += 1
        statistics.instructions += region.instructions
        statistics.code_bytes += len(code.data)
        statistics.seconds += time.thread_time() - begin
        return True

    def _adopt(self, translation: Translation) -> None:
        """Register a translation with the frames it was made from, and mark its entry in the decoded code."""
        memory = self.memory
        for _, frame in translation.dependencies:
            if memory.is_decoded[frame] != TRANSLATED:
                # The frame holds other code than when it was last translated.
                for stale in self._frames.pop(frame, ()):
                    if stale in self.translations.get(stale.entry, ()):
                        self.translations[stale.entry].remove(stale)
                memory.is_decoded[frame] = TRANSLATED
            self._frames.setdefault(frame, []).append(translation)
        self.translations.setdefault(translation.entry, []).append(translation)
        memory.decoded[self._mark_of(translation)] |= ENTRY

    @staticmethod
    def _mark_of(translation: Translation) -> int:
        return translation.dependencies[0][1] * ROW + (translation.entry >> 2 & FRAME_WORDS - 1)

    # --- code -----------------------------------------------------------------------------------------------------

    def _place(self, code: native.Code) -> int:
        """Put code into the arena with its links resolved."""
        data = bytearray(code.data)
        for place, target in code.links:
            displacement = 8 * (layout.LINKS + self._link(target))
            data[place : place + 4] = displacement.to_bytes(4, "little")
        function = self.arena.place(bytes(data))
        assert function is not None, "room was made before"
        return function

    def _link(self, target: int) -> int:
        """The number of the link to ``target``."""
        number = self.links.get(target)
        if number is None:
            number = self.links[target] = len(self.links)
            self._control[driver.LINKS_USED] = len(self.links)
            for attachment in self._attachments.values():
                known = int(find(attachment.targets, target))
                attachment.block[layout.LINKS + number] = known or self.stubs[layout.UNKNOWN_TARGET]
        return number

    def _make_room(self, code: native.Code) -> None:
        """Forget everything if ``code`` or its links would not fit."""
        full = self.arena.used + len(code.data) + ALIGNMENT > self.arena.limit
        full |= len(self.links) + len(code.links) > layout.MOST_LINKS
        full |= sum(map(len, self.translations.values())) >= MOST_REGIONS
        if full:
            self._statistics.evictions += 1
            self._clear()

    def _clear(self) -> None:
        """Forget all translations."""
        decoded, is_decoded = self.memory.decoded, self.memory.is_decoded
        for translations in self.translations.values():
            for translation in translations:
                if is_decoded[translation.dependencies[0][1]] == TRANSLATED:
                    decoded[self._mark_of(translation)] &= ~ENTRY
        self.translations.clear()
        self._frames.clear()
        self.links.clear()
        self._control[driver.LINKS_USED] = 0
        self.arena.clear()
        self._placed.clear()
        self.cache.forget()
        self._recalled.clear()
        self._refused.clear()
        self.stubs = self._place_stubs()
        for attachment in self._attachments.values():
            forget_all(attachment.block, attachment.targets, 0)

    def _place_stubs(self) -> dict[int, int]:
        """Addresses of the functions that a state block points to, by their place in it; first in the empty arena."""
        code, functions = native.compiled_stubs()
        base = self.arena.place(code.data)
        assert base is not None
        return {
            layout.ENTER: base + functions["enter"],
            layout.RESOLVE: base + functions["resolve"],
            layout.UNKNOWN_TARGET: base + functions["unknown_target"],
            layout.SHORT_BUDGET: base + functions["short_budget"],
            layout.ONE_STEP: base + functions["one_step"],
            layout.REFILL: jit.address_of(refill),
        }
