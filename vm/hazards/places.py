"""Where the events of a window took place, in the words of its program: lines, functions, variables, segments."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from vm.abi import CALL_NAMES, signal_name
from vm.hazards.findings import Finding, Location, Range, Step
from vm.hazards.rules import RULES, VFORK_NAMES, Level
from vm.hazards.windows import Moment, Window
from vm.observe.frames import Frame
from vm.observe.symbols import Symbols

_RET = 0x0000_8067
_TP = 4


def _looks_for_error(word: int) -> bool:
    """True for a branch that compares a0 with the greatest address, or is taken when a0 is negative; one that tells
    parent from child compares it with zero.
    """
    function, registers = word >> 12 & 7, (word >> 15 & 31, word >> 20 & 31)
    if word & 0x7F != 0x63:
        return False
    return registers == (10, 0) if function == 4 else function in (6, 7) and 10 in registers and 0 not in registers


class Case:
    """One window and the names in its image."""

    def __init__(self, window: Window, symbols: Symbols) -> None:
        self.window = window
        self.symbols = symbols

    def names(self, address: int) -> frozenset[str]:
        """Every name of exactly this address."""
        return self.symbols.names_at(address)

    def is_library(self, chain: tuple[int, ...]) -> bool:
        """True when nothing of ``chain`` is known to be the program's own code."""
        lines = map(self.symbols.line, chain)
        return all(line is None or line.is_library for line in lines)

    def at(self, moment: Moment) -> Location:
        """Where a moment is shown: the innermost place of its call chain that is in the program's own source."""
        call = CALL_NAMES.get(moment.call, f"system call {moment.call}") if moment.call is not None else ""
        for pc in moment.chain:
            line = self.symbols.line(pc)
            if line is not None and not line.is_library:
                return Location(self.symbols.function(pc), pc, line.file, line.line, line.path, call)
        pc = moment.chain[0]
        return Location(self.symbols.function(pc), pc, call=call)

    def inner(self, moment: Moment) -> str:
        """The function that really did it, when that is not the one of :meth:`at`."""
        shown = self.at(moment)
        if shown.pc == moment.pc:
            return ""
        names = [self.symbols.function(pc) for pc in moment.chain[: moment.chain.index(shown.pc)]]
        return next((name for name in reversed(names) if name), "")

    @cached_property
    def is_wrapper(self) -> bool:
        """True when the call is made by a function like the C library's vfork, which returns in the child too."""
        pc = self.window.site.pc
        if VFORK_NAMES & self.symbols.names_at(self.symbols.start_of(pc)):
            return True
        for step in range(1, 9):
            word = self.symbols.word(pc + 4 * step)
            if word == _RET:
                return True
            if word is not None and _looks_for_error(word):
                continue
            # A branch, a jump, a store, another call; a load or a new value of ra or sp, which must not have a frame.
            if word is None or word & 0x7F in (0x63, 0x6F, 0x67, 0x23, 0x73, 0x03) or word >> 7 & 31 in (1, 2):
                return False
        return False

    @cached_property
    def vfork_place(self) -> Location:
        """Where the program calls vfork."""
        outer = tuple(frame.pc for frame in self.frames[1:])
        if self.is_wrapper:
            outer = outer or (self.window.site.registers[1] - 4,)
            return self.at(Moment(self.window.parent, outer))
        return self.at(Moment(self.window.parent, (self.window.site.pc, *outer)))

    @cached_property
    def frames(self) -> list[Frame]:
        """The parent's frames at the call."""
        base, data = self.window.site.registers[2], self.window.site.stack

        def read_word(address: int) -> int | None:
            offset = address - base
            return int.from_bytes(data[offset : offset + 4], "little") if 0 <= offset <= len(data) - 4 else None

        return self.symbols.frames(self.window.site.pc, self.window.site.registers, read_word)

    def segment(self, address: int) -> str:
        """The name of the segment of ``address``."""
        return next((name for name, start, end, _ in self.window.segments if start <= address < end), "memory")

    def where(self, address: int) -> str:
        """An address in words: a variable, a symbol, or a place in a segment."""
        variable = self.symbols.variable(address, self.frames)
        if variable is not None:
            offset = address - variable.address
            return f"{variable.function}'s '{variable.name}'" + (f"+{offset}" if offset else "")
        segment = self.segment(address)
        if segment == "data":
            thread = self.symbols.thread_variable(address - self.window.site.registers[_TP])
            place = thread or self.symbols.place(address)
            if place:
                name, _, offset_text = place.partition("+")
                return f"'{name}'" + (f"+{offset_text}" if offset_text else "")
        if segment == "stack":
            return f"sp{address - self.window.site.registers[2]:+d} at vfork"
        return f"{address:#010x}"

    # --- making findings --------------------------------------------------------------------------------------

    def make(
        self, rule: str, location: Location, message: str, story: Iterable[Step], *,
        level: Level | None = None, ranges: tuple[Range, ...] = (), title: str = "",
    ) -> Finding:  # fmt: skip
        """A finding whose story begins at the vfork."""
        row = RULES[rule]
        call = "vfork" if self.is_wrapper else self.window.site.call
        steps = (Step("vfork", f"{call} here", self.vfork_place), *story)
        return Finding(
            rule, level or row.level, title or row.title, message, location, self.window.parent, self.window.child,
            steps, ranges,
        )  # fmt: skip

    @property
    def resumed(self) -> Step:
        """The end of the window."""
        window = self.window
        why = {"exec": "executed another program", "exit": "ended"}.get(window.ended, "is still running")
        if window.signal is not None:
            why = f"was killed by {signal_name(window.signal)}"
        return Step("resumed", f"parent resumes: the child {why}", self.vfork_place)
