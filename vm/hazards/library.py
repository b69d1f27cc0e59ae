"""What belongs to the C library, in the memory of a program: what its functions may change without harm.

What a library's function writes for itself, and only the library reads, is no damage where it stays consistent: the
notes of functions that are allowed, an allocator that was given back all that it gave, the state of a stream that keeps
no text.
"""

from __future__ import annotations

from functools import cached_property

from vm.abi import CALL_NUMBERS
from vm.hazards.places import Case
from vm.hazards.rules import ALLOCATORS, OUTPUT, SAFE
from vm.hazards.windows import Moment

_PRIVATE = frozenset(("unmask_done", "handler_set", "__eintr_valid_flag", "vdso_func"))
"""Variables of musl's that its signal and clock functions keep, where no debugging information tells of them."""
_FILE_SIZE, _FILE_WRITE, _FILE_SEEK, _FILE_CLOSE, _FILE_BUFFER_SIZE, _FILE_NUMBER = 144, 36, 40, 12, 48, 60
"""Of musl's FILE on a machine of 32 bits: its size, and where its functions, its buffer's size and descriptor lie."""
_STREAM_PARTS = frozenset((0, 4, 8, 16, 20, 28, 68, 72, 76))
"""Where musl's FILE has flags, positions, the orientation and the lock."""
_STDERR = 2


class Library:
    """The C library's part of one case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.symbols = case.symbols
        self._callers: dict[tuple[int, ...], list[frozenset[str]]] = {}

    def callers(self, chain: tuple[int, ...]) -> list[frozenset[str]]:
        """The names of the functions that a chain leads through, innermost first."""
        found = self._callers.get(chain)
        if found is None:
            found = self._callers[chain] = [self.case.names(self.symbols.start_of(pc)) for pc in chain]
        return found

    def is_own(self, address: int, writer: Moment, uses: list[Moment]) -> bool:
        """True when what the library's code wrote at ``address`` is its own, and harmless."""
        if not self.case.is_library(writer.chain[:1]) or writer.call is not None:
            return False
        users = all(self.case.is_library(use.chain[:1]) and use.call is None for use in uses)
        if not users or self.case.segment(address) == "stack" or self.symbols.static_variable(address) is not None:
            return False
        return (
            self._is_note(address, writer, uses)
            or self._is_allocators(writer, uses)
            or self._is_error_stream(address, writer)
        )

    def _is_note(self, address: int, writer: Moment, uses: list[Moment]) -> bool:
        """True for what a function that is allowed keeps in a variable of the library's own."""
        names = self.callers(writer.chain)
        own = (at for at, pc in enumerate(writer.chain) if not self.case.is_library((pc,)))
        library = range(next(own, len(writer.chain)))
        called = self._called.get(writer.chain[len(library) :], frozenset())
        if called & SAFE or any(names[at] & SAFE for at in library):
            if self.symbols.place(address).partition("+")[0] in _PRIVATE:
                return True
            return any(self.symbols.is_private(address, writer.chain[at]) for at in library)
        if any(names) or self.symbols.has_lines:
            return False
        inside = self.symbols.bounds(writer.pc)
        return inside in self._signal_functions and all(self.symbols.bounds(use.pc) == inside for use in uses)

    @cached_property
    def _called(self) -> dict[tuple[int, ...], frozenset[str]]:
        """The names of the function that was called from each place: it may have gone on to another by a jump."""
        return {entry.moment.chain: self.case.names(entry.address) for entry in self.case.window.entered}

    @cached_property
    def _signal_functions(self) -> set[tuple[int, int]]:
        """The functions, of an image without names, that set what is done about a signal, and nothing else."""
        number, site = CALL_NUMBERS["rt_sigaction"], self.case.window.site.pc
        found = {self.symbols.bounds(call.moment.pc) for call in self.case.window.calls if call.number == number}
        program = {
            self.symbols.bounds(pc) for pc in (site, *(activation.pc for activation in self.case.activations[1:]))
        }
        return {bounds for bounds in found - program if bounds[0] < bounds[1]}

    # --- the allocator ----------------------------------------------------------------------------------------

    def _is_allocators(self, writer: Moment, uses: list[Moment]) -> bool:
        return self.is_balanced and all(map(self.is_allocators, [writer, *uses]))

    def is_allocators(self, moment: Moment) -> bool:
        """True for what an allocator did."""
        return any(names & ALLOCATORS for names in self.callers(moment.chain))

    @cached_property
    def is_balanced(self) -> bool:
        """True when the child gave back every allocation that it was given, and no other."""
        return self._allocations is not None and not self._allocations[1]

    def is_own_allocation(self, address: int) -> bool:
        """True for a byte of an allocation that the child was given and gave back."""
        allocations = self._allocations[0] if self._allocations is not None and self.is_balanced else []
        return any(start <= address < end for start, end in allocations)

    @cached_property
    def _allocations(self) -> tuple[list[tuple[int, int]], set[int]] | None:
        """What the child was given, and what it kept; None if it gave back what was not its own."""
        transfers = self.case.window.transfers
        if transfers is None:
            return None
        steps: list[tuple[int, int, int]] = []
        allocations: list[tuple[int, int]] = []
        for call in transfers:
            names = self.case.names(call.address) & ALLOCATORS
            if names & {"free", "realloc"} and call.argument:
                steps.append((call.begin, -1, call.argument))
            if names - {"free"} and call.result:
                steps.append((call.end, 1, call.result))
                allocations.append((call.result, call.result + (call.argument if "malloc" in names else 1)))
        held: set[int] = set()
        for _, change, allocation in sorted(steps):
            if change < 0 and allocation not in held:
                return None
            (held.add if change > 0 else held.discard)(allocation)
        return (allocations, held) if steps else None

    # --- standard error ---------------------------------------------------------------------------------------

    def _is_error_stream(self, address: int, writer: Moment) -> bool:
        """True for a position of standard error, which keeps no text: all of it has been written."""
        if not any(start + part <= address < start + part + 4 for start in self._streams for part in _STREAM_PARTS):
            return False
        names = self.callers(writer.chain)
        return any(n & OUTPUT for n in names) or not (any(names) or self.symbols.has_lines)

    @cached_property
    def _streams(self) -> list[int]:
        """Where the image has an unbuffered stream of descriptor 2, by the shape that musl gives it."""
        found = []
        for start, data in self.symbols.data:
            words = memoryview(data[: len(data) & -4]).cast("I")
            for index in range(len(words) - _FILE_SIZE // 4 + 1):
                if words[index + _FILE_NUMBER // 4] != _STDERR or words[index + _FILE_BUFFER_SIZE // 4]:
                    continue
                functions = (words[index + place // 4] for place in (_FILE_WRITE, _FILE_SEEK, _FILE_CLOSE))
                if all(self.symbols.word(function) is not None for function in functions):
                    found.append(start + 4 * index)
        return found
