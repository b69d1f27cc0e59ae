"""Where the events of a window took place, in the words of its program: lines, functions, variables, segments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path

from vm.abi import CALL_NAMES, signal_name
from vm.hazards.findings import Finding, Location, Range, Step
from vm.hazards.reach import Function
from vm.hazards.rules import EXEC_FAMILY, EXIT_NAMES, RULES, SAFE, UNSAFE, VFORK_NAMES, Level
from vm.hazards.windows import Moment, Window
from vm.isa import A0, BY_NAME, OPCODE_MASK, OPCODES, RA, S0, SP, TP, encode, extract, find
from vm.observe.activations import Activation
from vm.observe.symbols import Symbols, source_lines
from vm.text import printable
from vm.values import dataclass

_RET = encode(BY_NAME["jalr"], rs1=RA)
_ENDS_SEARCH = frozenset(OPCODES[name] for name in ("BRANCH", "JAL", "JALR", "STORE", "SYSTEM", "LOAD"))


def _looks_for_error(word: int) -> bool:
    """True for a branch that compares a0 with the greatest address, or is taken when a0 is negative; one that tells
    parent from child compares it with zero.
    """
    row = find(word)
    if row is None or row.format != "B":
        return False
    values = extract(row, word)
    registers = (values["rs1"], values["rs2"])
    if row.name == "blt":
        return registers == (A0, 0)
    return row.name in ("bltu", "bgeu") and A0 in registers and 0 not in registers


def first_line(path: Path | None, line: int) -> int:
    """Where the statement of C at a line begins: behind the line that ends one, or opens or closes a block."""
    if path is None or path.suffix not in _C_SUFFIXES:
        return line
    lines = _source(path)
    for _ in range(_LONGEST_STATEMENT):
        before = _COMMENT.sub("", lines[line - 2]).strip() if 2 <= line <= len(lines) else ""
        is_open = _INITIALISER.search(before) is not None
        if not before or before.startswith("#") or (not is_open and before.endswith(_ENDS)):
            break
        line -= 1
    return line


@lru_cache(maxsize=64)
def _source(path: Path) -> list[str]:
    return source_lines(path)


_C_SUFFIXES = frozenset((".c", ".h", ".i", ".cc", ".cpp", ".cxx"))
_COMMENT = re.compile(r"/\*.*?\*/|//.*")
_INITIALISER = re.compile(r"=\s*(\([^()]*\))?\s*\{$")
_ENDS = (";", "{", "}", ":", ")", "*/", "else", "do")
_LONGEST_STATEMENT = 40


def _quoted(name: str, part: str) -> str:
    """A variable's name with a part of it: ``'args.err'``, ``'line'+2``."""
    member, plus, offset = part.partition("+")
    return f"'{name}{printable(member)}'{plus}{offset}"


def _without(text: str) -> str:
    """A variable's name without the offset behind it."""
    return text.partition("+")[0]


@dataclass(frozen=True, slots=True)
class Named:
    """The variable at an address, as it is written: ``main's 'args.err'``. ``is_volatile``, and whether it is a local
    one that exists where vfork is called (``is_live``), of the function that calls it (``is_nearest``); ``depth`` is
    how many activations its own is above that one, and ``whole`` the variable without its part. It lies from
    ``start`` to ``end``.
    """

    text: str
    whole: str
    is_volatile: bool
    is_live: bool
    is_nearest: bool
    depth: int = 0
    start: int = 0
    end: int = 0


def located(symbols: Symbols, chain: tuple[int, ...], call: str = "") -> Location:
    """Return the innermost place of a chain of calls that is in the program's own source; else that of its first pc."""
    for pc in chain:
        line = symbols.line(pc)
        if line is not None and not line.is_library:
            begin = first_line(line.path, line.line)
            return Location(symbols.function(pc), pc, line.file, line.line, line.path, call, begin)
    pc = chain[0] if chain else 0
    return Location(symbols.function(pc), pc, call=call)


class Case:
    """One window and the names in its image."""

    def __init__(self, window: Window, symbols: Symbols) -> None:
        self.window = window
        self.symbols = symbols
        self._variables: dict[int, Named | None] = {}
        self._locations: dict[Moment, Location] = {}
        self._functions: dict[int, Function] = {}

    def names(self, address: int) -> frozenset[str]:
        """Every name of exactly this address."""
        return self.symbols.names_at(address)

    def is_library(self, chain: tuple[int, ...]) -> bool:
        """True when nothing of ``chain`` is known to be the program's own code."""
        lines = map(self.symbols.line, chain)
        return all(line is None or line.is_library for line in lines)

    def at(self, moment: Moment) -> Location:
        """Where a moment is shown: the innermost place of its call chain that is in the program's own source."""
        found = self._locations.get(moment)
        if found is None:
            found = self._locations[moment] = self._at(moment)
        return found

    def _at(self, moment: Moment) -> Location:
        call = CALL_NAMES.get(moment.call, f"system call {moment.call}") if moment.call is not None else ""
        found = located(self.symbols, moment.chain, call)
        if found.line:
            return found
        if moment.pid == self.window.child and self.symbols.has_lines and self.is_library(moment.chain):
            return replace(self._nearest_line, call=call) if self._nearest_line.line else self._bare(moment, call)
        return self._bare(moment, call)

    def _bare(self, moment: Moment, call: str) -> Location:
        """A place without a line: the call of the C library that led there, as far as names tell."""
        names = [self.names(self.symbols.start_of(pc)) for pc in moment.chain]
        outer = [at for at, found in enumerate(names[:-1]) if found & (SAFE | UNSAFE | EXEC_FAMILY | EXIT_NAMES)]
        pc = moment.chain[outer[-1] + 1] if outer else moment.chain[0]
        if not outer and not any(names) and len(moment.chain) > 1:
            pc = moment.chain[-1]  # nothing is known of what was called: the child's own call stands for it
            return Location("", pc, call=call)
        begin = self.symbols.bounds(pc)[0] if not any(names) else 0
        return Location(self.symbols.function(pc), pc, call=call, begin=begin)

    @cached_property
    def _nearest_line(self) -> Location:
        """The program's own line from which the code was called that calls vfork."""
        for activation in self.activations:
            line = self.symbols.line(activation.pc)
            if line is not None and not line.is_library:
                return Location(self.symbols.function(activation.pc), activation.pc, line.file, line.line, line.path)
        return Location("", self.window.site.pc)

    def inner(self, moment: Moment) -> str:
        """The function that really did it, when that is not the one of :meth:`at`."""
        shown = self.at(moment)
        if shown.pc == moment.pc:
            return ""
        depth = moment.chain.index(shown.pc) if shown.pc in moment.chain else len(moment.chain)
        names = [self.symbols.function(pc) for pc in moment.chain[:depth]]
        return next((name for name in reversed(names) if name), "")

    def is_kept(self, address: int) -> bool:
        """True when an address is in a register of the parent's or on its stack, as a return address is."""
        data, word = self.window.site.stack, address.to_bytes(4, "little")
        return address in self.window.site.registers or any(
            data[place : place + 4] == word for place in range(0, len(data), 4)
        )

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
            # A branch, a jump, a store, another call; a load or a new value of ra or sp: no mere wrapper.
            if word is None or word & OPCODE_MASK in _ENDS_SEARCH or word >> 7 & 31 in (RA, SP):
                return False
        return False

    @cached_property
    def vfork_place(self) -> Location:
        """Where the program calls vfork."""
        outer = tuple(activation.pc for activation in self.activations[1:])
        if self.is_wrapper:
            outer = outer or (self.window.site.registers[RA] - 4,)
            return self.at(Moment(self.window.parent, outer))
        return self.at(Moment(self.window.parent, (self.window.site.pc, *outer)))

    @cached_property
    def activations(self) -> list[Activation]:
        """The parent's activations at the call."""
        base, data = self.window.site.registers[SP], self.window.site.stack

        def read_word(address: int) -> int | None:
            offset = address - base
            return int.from_bytes(data[offset : offset + 4], "little") if 0 <= offset <= len(data) - 4 else None

        return self.symbols.activations(self.window.site.pc, self.window.site.registers, read_word)

    def variable(self, address: int) -> Named | None:
        """The variable at ``address`` that debugging information tells of."""
        if address not in self._variables:
            self._variables[address] = self._find_variable(address)
        return self._variables[address]

    def _find_variable(self, address: int) -> Named | None:
        if self.segment(address) != "stack":
            found = self.symbols.static_variable(address)
            if found is None or not found.name:
                return None
            part, is_volatile = self.symbols.part(found, address)
            return Named(_quoted(found.name, part), _quoted(found.name, ""), is_volatile, False, False)
        for depth, activation in enumerate(self.activations):
            found = self.symbols.variable(address, [activation])
            if found is not None:
                part, is_volatile = self.symbols.part(found, address)
                text, whole = (f"{found.function}'s {_quoted(found.name, name)}" for name in (part, ""))
                is_nearest, end = depth <= self.is_wrapper, found.address + found.size
                return Named(text, whole, is_volatile, found.is_live, is_nearest, depth, found.address, end)
        return None

    def segment(self, address: int) -> str:
        """The name of the segment of ``address``."""
        return next((name for name, start, end, _ in self.window.segments if start <= address < end), "memory")

    def may_be_used(self, variable: Named) -> bool:
        """True unless it is plain from the code of its function that the parent does nothing with it after vfork."""
        if not variable.is_nearest:
            return True
        activation = self.activations[variable.depth]
        if variable.depth not in self._functions:
            start, end = self.symbols.extent(activation.pc)
            pointer, base = activation.registers[SP], activation.registers[S0]
            self._functions[variable.depth] = Function(start, end, activation.pc, pointer, base, self.symbols.word)
        return self._functions[variable.depth].may_use(variable.start, variable.end)

    def is_gone(self, variable: Named, moment: Moment) -> bool:
        """True when the activation of a local variable had been left at ``moment``, by the calls that led there."""
        alive = {self.symbols.start_of(activation.pc) for activation in self.activations[: variable.depth + 1]}
        return self.symbols.start_of(moment.chain[-1]) not in alive

    def where(self, address: int, size: int = 1) -> str:
        """The place of some bytes in words: a variable, a symbol, or a place in a segment."""
        variable = self.variable(address)
        if variable is not None:
            last = self.variable(address + size - 1)
            is_one = last is None or last.whole != variable.whole or _without(last.text) == _without(variable.text)
            return variable.text if is_one else variable.whole
        segment = self.segment(address)
        if segment == "data":
            thread = self.symbols.thread_variable(address - self.window.site.registers[TP])
            place = thread or self.symbols.place(address)
            if place:
                name, _, offset_text = place.partition("+")
                return f"'{name}'" + (f"+{offset_text}" if offset_text else "")
        if segment == "stack":
            return f"sp{address - self.window.site.registers[SP]:+d} at vfork"
        return f"{address:#010x}"

    # --- making findings --------------------------------------------------------------------------------------

    def make(
        self, rule: str, location: Location, message: str, story: Iterable[Step], *,
        level: Level | None = None, ranges: tuple[Range, ...] = (), unlisted: int = 0, advice: str = "",
    ) -> Finding:  # fmt: skip
        """A finding whose story begins at the vfork."""
        row = RULES[rule]
        call = "vfork" if self.is_wrapper else self.window.site.call
        steps = (Step("vfork", f"{call} here", self.vfork_place), *story)
        return Finding(
            rule, level or row.level, row.title, message, location, self.window.parent, self.window.child, steps,
            ranges, unlisted=unlisted, advice=advice or row.advice,
        )  # fmt: skip

    @property
    def resumed(self) -> Step:
        """The end of the window."""
        window = self.window
        why = {"exec": "executed another program", "exit": "ended"}.get(window.ended, "is still running")
        if window.signal is not None:
            why = f"was killed by {signal_name(window.signal)}"
        return Step("resumed", f"parent resumes: the child {why}", self.vfork_place)
