"""The translator of one machine: which regions exist, where their code is, and which address spaces use it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache, lru_cache
from itertools import groupby
from struct import pack_into
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from vm.cpu.decode import ENTRY, FRAME_WORDS, ROW, TRANSLATED, decode_frame
from vm.cpu.guards import ALL, LOOKS, STORES_ALONE
from vm.cpu.state import PC, STOP_ADDRESS, STOP_RETIRED, STOP_SIZE, Context, Stop, StopReason
from vm.cpu.sv32 import new_tlb
from vm.engine.protocol import Statistics
from vm.engine.translator import driver, layout
from vm.engine.translator.attachment import Attachment, Side, Translation
from vm.engine.translator.cache import Cache, cache_on_disk
from vm.engine.translator.driver import ACROSS, drive, find, forget_all, is_intact, look_up, refill, use
from vm.engine.translator.programs import code_frame, program_of
from vm.engine.translator.recipes import Code, Page, Recipe, page_digest
from vm.engine.translator.stubs import stubs
from vm.memory import AddressSpace, PhysicalMemory
from vm.native import jit
from vm.native.arena import ALIGNMENT, MOST_CODE, Arena

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vm.engine.translator.making import Maker  # it is imported when it is needed, with LLVM

CODE_LIMIT = 64 << 20
"""Bytes of machine code kept at most; when they are full everything is forgotten and begins anew."""
MOST_REGIONS = driver.TARGET_ENTRIES // 2
MOST_ATTACHED = 256
"""Address spaces with tables of their own, half a megabyte each."""
AFFORDABLE = 1.0
"""Time spent translating what is hot, at most, for each second spent interpreting."""
AFFORDABLE_LATER, LEAST_LATER = 1 / 16, 0.02
"""Time spent translating what was warm once, for the next run, at most for each second in translated code; and seconds
that are spent anyhow, since LLVM has been loaded."""
SECONDS_PER_INSTRUCTION, SECONDS_PER_TRANSLATED = 1.8e-9, 4e-10
"""What an instruction takes, about: interpreted, and translated."""
SECONDS_PER_ENTRY = 1.2e-7
"""What it takes to get from the interpreter into translated code and back, about."""
SECONDS_TO_LOAD = 0.07
"""What loading LLVM takes, about."""
LUKEWARM = driver.SAMPLE
"""Warmth from which on a pc is translated for the next run, with nothing better to do."""
PERIOD = 4_000_000
"""Instructions between two looks for such."""
_WANTED = driver.WANTED
_NEVER = 1 << 62


@cache
def _guarded() -> ModuleType:
    """What only runs with guards need."""
    from vm.engine.translator import guarded

    return guarded


@lru_cache(64)
def _in_order(addresses: frozenset[int]) -> tuple[int, ...]:
    return tuple(sorted(addresses))


class Translator:
    """The second engine over one physical memory.

    ``threshold`` 0 translates whatever is met, each region whole, and keeps nothing on disk. ``cache`` is another than
    the one on disk. ``loading`` are seconds that LLVM's start is taken to cost: as much must have been spent on
    interpreting before it is started.
    """

    def __init__(
        self,
        memory: PhysicalMemory,
        *,
        threshold: int = 1024,
        chunk: int = 20_011,
        cache: Cache | None = None,
        loading: float = 0.0,
    ) -> None:
        self.memory = memory
        self._statistics = Statistics()
        self._retired = 0
        self._threshold = threshold
        self._control = np.zeros(driver.CONTROL_SIZE + driver.HEAT_ENTRIES, np.int64)
        self._control[driver.CHUNK], self._control[driver.THRESHOLD] = chunk, threshold
        self._loading = loading
        self._maker: Maker | None = None
        self._seconds_for_later = 0.0
        self._asks_again = 0
        self._given_cache = cache
        self._space: AddressSpace | None = None
        self._breaks: frozenset[int] = frozenset()
        self._heeded = self._breaks
        self._guards: NDArray[np.int64] | None = None
        self._looked_for: NDArray[np.int64] | None = None
        self._looks = 0
        self._seconds_guarded = self._seconds_again = 0.0

    def _start(self) -> None:
        """Make what running takes, with the first address space: much more than a translator that never runs."""
        self.arena = Arena(CODE_LIMIT)
        self.cache = self.share()
        self.links: dict[int, int] = {}
        self.translations: dict[int, list[Translation]] = {}
        self._entries: dict[int, set[int]] = {}
        self._placed: dict[Recipe, int] = {}
        self._frames: dict[int, list[Translation]] = {}
        self._stopping: dict[int, set[int]] = {}
        self._recalled: dict[int, Page] = {}
        self._sides = {looks: Side() for looks in (0, STORES_ALONE, ALL)}
        self.stubs: dict[int, int] = {}

    @property
    def statistics(self) -> Statistics:
        """What this translator has done so far."""
        self._statistics.executed = int(self._control[driver.NATIVE])
        return self._statistics

    # --- running --------------------------------------------------------------------------------------------------

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says."""
        left = budget
        guards = self._guards
        if space is not self._space or self._breaks is not self._heeded or guards is not self._looked_for:
            self._turn_to(space)
        run, more = (drive, ()) if guards is None else (_guarded().drive_guarded, (guards,))
        while True:
            reason = run(context, *space.engine_arguments, self._tables, self._control, left, stop, *more)
            retired = int(stop[STOP_RETIRED])
            self._retired += retired
            left -= retired
            if self._retired >= self._asks_again:
                self._look_around(space)
            if reason != _WANTED:
                stop[STOP_RETIRED] = budget - left
                return int(reason)
            if not self._provide(space, int(context[PC])) and stop[STOP_ADDRESS] == driver.MUST_SKIP:
                self._control[driver.SKIP] = 1

    def break_at(self, addresses: frozenset[int]) -> None:
        """As :class:`~vm.engine.protocol.MachineEngine` says: nothing that goes across one of them is run."""
        self._breaks = addresses

    def _turn_to(self, space: AddressSpace) -> None:
        """Remember the space that runs, with its tables. One that is new gets what is known of its program.

        Of one that is not, what goes across an address at which somebody wants to stop now is no longer linked.
        """
        if self._space is None:
            self._start()
        self._space, self._heeded, self._looked_for = space, self._breaks, self._guards
        side = self._side
        attachment = side.attachments.get(space)
        if attachment is None:
            side.attachments[space] = side.detached
            self._tables = side.detached.tables
            self._recall(space)
            return
        self._tables = attachment.tables
        if attachment is side.detached:
            return
        if attachment.tlb is not space.tlb:  # it has run on the other side
            attachment.attach(space)
        if attachment.breaks is not self._breaks:
            self._link_again(space, attachment)
        if self._guards is not None:
            attachment.guard(self._guards)

    @property
    def _side(self) -> Side:
        """What is attached to spaces that run as this one does: with a look at the same accesses, or at none."""
        return self._sides[self._looks]

    def guard(self, guards: NDArray[np.int64] | None) -> None:
        """As :class:`~vm.engine.protocol.MachineEngine` says."""
        self._guards = guards
        self._looks = 0 if guards is None else int(guards[LOOKS])

    def run(self, context: Context, space: AddressSpace, budget: int) -> Stop:
        """As :func:`vm.cpu.interpreter.run`."""
        stop: NDArray[np.int64] = np.zeros(STOP_SIZE, np.int64)
        reason = self.execute(context, space, budget, stop)
        return Stop(StopReason(reason), int(context[PC]), int(stop[STOP_ADDRESS]), int(stop[STOP_RETIRED]))

    def share(self) -> Cache:
        """Return the cache, which others may use as well; it is opened when it is needed first."""
        if self._given_cache is None:
            self._given_cache = cache_on_disk() if self._threshold else Cache(None)
        return self._given_cache

    def for_copy(self, memory: PhysicalMemory) -> Translator:
        """As :class:`~vm.engine.protocol.MachineEngine` says."""
        chunk = int(self._control[driver.CHUNK])
        return Translator(memory, threshold=self._threshold, chunk=chunk, cache=self.share(), loading=self._loading)

    def save(self) -> None:
        """Write new translations to the cache on disk."""
        if self._space is not None:
            self.cache.save()

    # --- finding and making translations --------------------------------------------------------------------------

    def _provide(self, space: AddressSpace, pc: int) -> bool:
        """Give ``pc`` a function in ``space``; False if it cannot have one now."""
        if pc & 3 or pc in self._breaks:
            return False
        if self._use(space, pc):
            return True
        if self._recall(space, pc) and self._use(space, pc):
            return True
        whole = self._whole(space, pc)
        if self._threshold and whole is None and not self._can_afford():
            return False
        before = self._statistics.seconds
        is_made = self._translate(space, pc, whole) and self._use(space, pc)
        if whole is not None:
            self._seconds_again += self._statistics.seconds - before
        return is_made

    def _whole(self, space: AddressSpace, pc: int) -> Translation | None:
        """The translation at ``pc`` that holds in the space but for the breakpoints, so that pc is known as hot."""
        for translation in self.translations.get(pc, ()) if self._breaks else ():
            if not translation.stops and translation.looks == self._looks and self._is_valid(space, translation):
                return translation
        return None

    def _can_afford(self) -> bool:
        """True while translating has cost less than a part of the time that interpreting has.

        When it has not, nothing gets hot before it may have. With guards there is no account: somebody waits for what
        is hot already.
        """
        if self._guards is not None:
            self._control[driver.THRESHOLD] = self._threshold
            self._asks_again = self._retired + PERIOD
            return True
        interpreted = self._retired - int(self._control[driver.NATIVE])
        spent = interpreted * SECONDS_PER_INSTRUCTION + int(self._control[driver.ENTRIES]) * SECONDS_PER_ENTRY
        seconds = self._statistics.seconds - self._seconds_for_later - self._seconds_guarded - self._seconds_again
        price = seconds + (self._loading if self._maker is None else 0.0)
        missing = price - AFFORDABLE * spent
        self._control[driver.THRESHOLD] = self._threshold if missing <= 0 else driver.NEVER_HOT
        self._asks_again = self._retired + (int(missing / SECONDS_PER_INSTRUCTION) + 1 if missing > 0 else PERIOD)
        return missing <= 0

    def _look_around(self, space: AddressSpace) -> None:
        """See whether translating can be afforded again; with time left, translate what was warm once."""
        if not self._threshold:
            self._asks_again = _NEVER
            return
        self._can_afford()
        if self._maker is None:
            return
        seconds_translated = int(self._control[driver.NATIVE]) * SECONDS_PER_TRANSLATED
        heat = self._control[driver.CONTROL_SIZE :]
        while self._seconds_for_later < LEAST_LATER + AFFORDABLE_LATER * seconds_translated:
            place = int(heat.argmax())
            warmth, pc = divmod(int(heat[place]), 1 << 32)
            if warmth < LUKEWARM:
                break
            heat[place] = 0
            before = self._statistics.seconds
            if not self._use(space, pc) and self._translate(space, pc):
                self._use(space, pc)
            self._seconds_for_later += self._statistics.seconds - before

    def _translate(self, space: AddressSpace, pc: int, whole: Translation | None = None) -> bool:
        """Compile the region at ``pc``; False if there is none.

        It ends where there is another; one that is made in place of a ``whole`` one where that does, too.
        """
        if self._maker is None:
            from vm.engine.translator.making import Maker

            self._maker = Maker(self.memory, self._statistics)
        before = self._statistics.seconds
        entries: Collection[int] = self.translations.keys() if self._threshold else ()
        if whole is not None:
            entries = {entry for entry in entries if not whole.goes_across((entry,))}
        made = self._maker.make(space, pc, entries, self._breaks, self._looks)
        if self._looks:
            self._seconds_guarded += self._statistics.seconds - before
        if made is None:
            return False
        recipe, frames = made
        program = program_of(space, self._looks)
        if program is not None:
            self.cache.add(program, recipe)
        if not self._has_room(recipe.code):
            self._clear()
        self._place([recipe])
        self._adopt(recipe, frames)
        return True

    # --- recalling ------------------------------------------------------------------------------------------------

    def _recall(self, space: AddressSpace, pc: int | None = None) -> bool:
        """Take from the cache what it has for the space's program, or for the page of ``pc`` in it; True if anything.

        What can be used at once is linked.
        """
        program = program_of(space, self._looks)
        if program is None or (pc is None and self._is_marked(space, program)):
            return False
        recipes = self.cache.recipes(program)
        kept = [*recipes]
        if pc is not None:
            frame = code_frame(space, pc & -4096)
            if frame < 0:
                return False
            is_new = self.memory.is_decoded[frame] != TRANSLATED
            kept = [each for each in recipes.on_page(pc) if is_new or each.entry == pc]
        known: dict[int, tuple[int, bytes]] = {}
        fitting: list[tuple[Recipe, tuple[int, ...]]] = []
        for recipe in kept:
            held = [self._look(space, page, known) for page, _ in recipe.pages]
            fits = all(found == wanted for (_, found), (_, wanted) in zip(held, recipe.pages, strict=True))
            if fits and self._breaks.issuperset(recipe.stops):
                fitting.append((recipe, tuple(frame for frame, _ in held)))
        self._cook(fitting)
        if pc is None:
            for page in dict.fromkeys(recipe.entry & -4096 for recipe, _ in fitting):
                self._use_page(space, page)
        return bool(fitting)

    def _is_marked(self, space: AddressSpace, program: Page) -> bool:
        """True if another space has recalled what there is for the program, over the same frame: a parent or a sibling.

        Its entries are marked in the decoded code, so that each page is linked when one of them is met.
        """
        frame = code_frame(space, program[0])
        is_marked = self._recalled.get(frame) == program and self.memory.is_decoded[frame] == TRANSLATED
        self._recalled[frame] = program
        return bool(is_marked)

    def _look(self, space: AddressSpace, page: int, known: dict[int, tuple[int, bytes]]) -> tuple[int, bytes]:
        """(frame, digest) of a page that may be executed, which is decoded; (-1, b"") for others."""
        if page not in known:
            memory, frame = self.memory, code_frame(space, page)
            if frame < 0:
                known[page] = (-1, b"")
            else:
                if not memory.is_decoded[frame]:
                    decode_frame(memory.words, memory.decoded, frame)
                    memory.is_decoded[frame] = 1
                known[page] = (frame, page_digest(memory.tables[frame].tobytes()))
        return known[page]

    def _cook(self, fitting: list[tuple[Recipe, tuple[int, ...]]]) -> None:
        """Make the translations of recipes over these frames, unless there are some; as many as there is room for."""
        fitting = [pair for pair in fitting if not self._is_cooked(*pair)]
        if fitting and not self._has_room(fitting[0][0].code):
            self._clear()
        new: dict[Recipe, None] = {}
        size = links = 0
        for number, (recipe, _) in enumerate(fitting):
            if recipe in self._placed or recipe in new:
                continue
            size += len(recipe.code.data) + ALIGNMENT
            links += len(recipe.code.links)
            if not self._has_room(recipe.code, size, links, number):
                del fitting[number:]
                break
            new[recipe] = None
        self._place(list(new))
        self._statistics.recalled += len(new)
        self._statistics.code_bytes += sum(len(recipe.code.data) for recipe in new)
        for recipe, frames in fitting:
            self._adopt(recipe, frames)

    def _is_cooked(self, recipe: Recipe, frames: tuple[int, ...]) -> bool:
        """True if there is a translation of the recipe over these frames."""
        function = self._placed.get(recipe)
        return (
            function is not None
            and all(self.memory.is_decoded[frame] == TRANSLATED for frame in frames)
            and any(
                translation.function == function and frames == tuple(frame for _, frame in translation.dependencies)
                for translation in self.translations.get(recipe.entry, ())
            )
        )

    # --- using ----------------------------------------------------------------------------------------------------

    def _use(self, space: AddressSpace, pc: int) -> bool:
        """Link the translation at ``pc`` if it holds in the space, and with it the others on the page."""
        is_there = any(self._is_valid(space, translation) for translation in self.translations.get(pc, ()))
        return is_there and self._use_page(space, pc & -4096) and bool(find(self._side.attachments[space].targets, pc))

    def _use_page(self, space: AddressSpace, page: int) -> bool:
        """Link the translations that begin on a page and hold in the space; False if there are none, or too many."""
        return self._use_entries(space, self._entries.get(page, ()))

    def _use_entries(self, space: AddressSpace, entries: Iterable[int]) -> bool:
        """Link the translations at ``entries`` that hold in the space; False if there are none, or too many.

        Where all of them go across an address at which somebody wants to stop, or end at one at which nobody does, or
        do not look for guards, or need not, that is noted instead.
        """
        rows: list[tuple[int, int, int]] = []
        pages: list[tuple[int, int]] = []
        breaks = _in_order(self._breaks)
        for entry in entries:
            function = 0
            for translation in self.translations.get(entry, ()):
                if self._is_valid(space, translation):
                    heeds = self._breaks.issuperset(translation.stops) and not translation.goes_across(breaks)
                    if heeds and translation.looks == self._looks:
                        function = translation.function
                    pages += translation.dependencies
                    function = function or ACROSS
            if function:
                rows.append((entry, function, self.links.get(entry, -1)))
        if not rows:
            return False
        attachment = self._side.attachments[space]
        if attachment is self._side.detached:
            attachment = self._attach(space)
        if not attachment.depend_on(pages):
            return False
        use(attachment.block, attachment.targets, np.array(rows, np.int64))
        return True

    def _link_again(self, space: AddressSpace, attachment: Attachment) -> None:
        """Heed the addresses at which somebody wants to stop now and no others: link what depends on the difference."""
        changed = attachment.breaks ^ self._breaks
        attachment.breaks = self._breaks
        entries: set[int] = set()
        for page, here in groupby(_in_order(changed), lambda address: address & -4096):
            addresses = [*here]
            across = (each for each in self._frames.get(code_frame(space, page), ()) if each.goes_across(addresses))
            entries.update(translation.entry for translation in across)
            entries.update(*(self._stopping.get(address, ()) for address in addresses))
        linked = [entry for entry in entries if look_up(attachment.targets, entry)]
        if linked and not self._use_entries(space, linked):
            forget_all(attachment.block, attachment.targets, len(self.links))

    def _attach(self, space: AddressSpace) -> Attachment:
        """Give the space that runs tables of its own; if too many have some, another starts anew without."""
        side, stubs = self._side, self.stubs
        attached = side.attached()
        if len(attached) >= MOST_ATTACHED:
            side.attachments[attached[0][0]] = side.detached
            attached[0][0].use_tlb(new_tlb())
        if self._guards is not None:
            stubs = {**stubs, layout.REFILL: jit.address_of(_guarded().refill_guarded)}
        attachment = side.attachments[space] = Attachment(stubs, len(self.links))
        attachment.breaks = self._breaks
        attachment.attach(space)
        if self._guards is not None:
            attachment.guard(self._guards)
        self._tables = attachment.tables
        return attachment

    def _is_valid(self, space: AddressSpace, translation: Translation) -> bool:
        """True if the space maps the translation's pages to its frames; the entry's page has been fetched from."""
        words, decoded = self.memory.words, self.memory.is_decoded
        return all(
            is_intact(words, space.root, decoded, page, frame, index == 0)
            for index, (page, frame) in enumerate(translation.dependencies)
        )

    def _adopt(self, recipe: Recipe, frames: tuple[int, ...]) -> None:
        """Register the translation of a recipe over frames, and mark its entry in the decoded code."""
        memory = self.memory
        pages = tuple((page, frame) for (page, _), frame in zip(recipe.pages, frames, strict=True))
        translation = Translation(recipe.entry, self._placed[recipe], pages, recipe.spans, recipe.stops, self._looks)
        for address in recipe.stops:
            self._stopping.setdefault(address, set()).add(recipe.entry)
        for frame in frames:
            if memory.is_decoded[frame] != TRANSLATED:
                # The frame holds other code than when it was last translated.
                for stale in self._frames.pop(frame, ()):
                    self._drop(stale)
                memory.is_decoded[frame] = TRANSLATED
            self._frames.setdefault(frame, []).append(translation)
        self.translations.setdefault(translation.entry, []).append(translation)
        self._entries.setdefault(translation.entry & -4096, set()).add(translation.entry)
        memory.decoded[self._mark_of(translation)] |= ENTRY

    def _drop(self, stale: Translation) -> None:
        """Forget a translation, unless that has been done."""
        entry = stale.entry
        if stale not in self.translations.get(entry, ()):
            return
        self.translations[entry].remove(stale)
        if not self.translations[entry]:
            del self.translations[entry]
            self._entries[entry & -4096].discard(entry)

    @staticmethod
    def _mark_of(translation: Translation) -> int:
        return translation.dependencies[0][1] * ROW + (translation.entry >> 2 & FRAME_WORDS - 1)

    # --- code -----------------------------------------------------------------------------------------------------

    def _place(self, recipes: list[Recipe]) -> None:
        """Put the code of recipes into the arena, as many at once as it takes, with their links resolved."""
        batch = bytearray()
        starts: dict[Recipe, int] = {}
        for recipe in recipes:
            code = recipe.code
            if len(batch) + len(code.data) > MOST_CODE:
                self._place_batch(batch, starts)
            start = starts[recipe] = len(batch)
            batch += code.data + bytes(-len(code.data) % ALIGNMENT)
            for place, target in code.links:
                pack_into("<i", batch, start + place, 8 * (layout.LINKS + self._link(target)))
        self._place_batch(batch, starts)

    def _place_batch(self, batch: bytearray, starts: dict[Recipe, int]) -> None:
        if not batch:
            return
        if not self.stubs:
            self.stubs = self._place_stubs()
        base = self.arena.place(bytes(batch))
        assert base is not None, "room was made before"
        for recipe, start in starts.items():
            self._placed[recipe] = base + start
        batch.clear()
        starts.clear()

    def _link(self, target: int) -> int:
        """The number of the link to ``target``."""
        number = self.links.get(target)
        if number is None:
            number = self.links[target] = len(self.links)
            self._control[driver.LINKS_USED] = len(self.links)
            for attachment in self._attached():
                known = int(find(attachment.targets, target))
                attachment.block[layout.LINKS + number] = known or self.stubs[layout.UNKNOWN_TARGET]
        return number

    def _has_room(self, code: Code, size: int = 0, links: int = 0, translations: int = 0) -> bool:
        """True if ``code`` and its links fit, behind as much that is about to be placed as the others say."""
        kept = sum(map(len, self.translations.values())) + translations
        return (
            self.arena.used + max(size, len(code.data) + ALIGNMENT) <= self.arena.limit
            and len(self.links) + max(links, len(code.links)) <= layout.MOST_LINKS
            and kept < MOST_REGIONS
        )

    def _clear(self) -> None:
        """Forget all translations."""
        self._statistics.evictions += 1
        decoded, is_decoded = self.memory.decoded, self.memory.is_decoded
        for translations in self.translations.values():
            for translation in translations:
                if is_decoded[translation.dependencies[0][1]] == TRANSLATED:
                    decoded[self._mark_of(translation)] &= ~ENTRY
        self.translations.clear()
        self._entries.clear()
        self._frames.clear()
        self._stopping.clear()
        self._recalled.clear()
        self.links.clear()
        self._control[driver.LINKS_USED] = 0
        self.arena.clear()
        self._placed.clear()
        self.cache.forget()
        if self._maker is not None:
            self._maker.forget()
        if self.stubs:
            self.stubs = self._place_stubs()  # they lie where they lay
        for attachment in self._attached():
            forget_all(attachment.block, attachment.targets, 0)

    def _attached(self) -> list[Attachment]:
        """All that is attached to some space."""
        return [attachment for side in self._sides.values() for _, attachment in side.attached()]

    def _place_stubs(self) -> dict[int, int]:
        """Addresses of the functions that a state block points to, by their place in it; first in the empty arena."""
        code, offsets = stubs(self.cache)
        base = self.arena.place(code)
        assert base is not None
        return {layout.REFILL: jit.address_of(refill), **{place: base + offset for place, offset in offsets.items()}}
