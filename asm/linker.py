"""Linking: sources laid out one by one become one image with addresses.

Symbols that are global in one source are seen by all. Where several sources define one, a global definition goes
before weak ones; two global ones are an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from vm import elf, isa
from vm.values import dataclass

from . import habits
from .assembler import Assembler, describe
from .diagnostics import SUGGESTION_LIMIT, Diagnostic, Problem
from .expressions import Base, compute, follow
from .lexer import shorten, tokenize
from .outputs import Common, Output, arrange, boundaries
from .relocations import WEAK, fill_in
from .source import Place
from .symbols import Expression, Section, Symbol

_SHT_PROGBITS, _SHT_NOBITS = 1, 8
_VALUE = 8
"""What it costs to find a value and to put it where it is wanted."""


class Undefined(Problem):
    """A symbol that no source defines."""

    def __init__(self, symbol: Symbol) -> None:
        super().__init__(f"undefined symbol '{symbol.name}'")
        self.symbol = symbol


class Linker:
    """Links assembled sources into one image whose first section is at ``base``, and data at ``data`` at the lowest.

    Its steps are taken in the order of its methods. Problems are reported to the sources they are in.
    """

    def __init__(self, assemblers: Sequence[Assembler], base: int, data: int = 0) -> None:
        self._base = base
        self._first = True
        self._data = data
        self._scopes = [Scope(assembler, self) for assembler in assemblers]
        self._globals: dict[str, Definition] = {}
        self._commons: dict[str, Common] = {}
        self._boundaries: dict[str, int] = {}
        self._outputs: list[Output] = []
        self._indices: dict[Section, int] = {}

    def collect(self) -> None:
        """Find the symbols that all sources see."""
        for scope in self._scopes:
            for symbol in scope.assembler.symbols.values():
                if symbol.binding != "local" and symbol.defined:
                    self._define(symbol, scope)
        for scope in self._scopes:
            for name, symbol in scope.assembler.symbols.items():
                if symbol.common and not symbol.defined and name not in self._globals:
                    common = self._commons.setdefault(name, Common(name))
                    common.size = max(common.size, symbol.common[0])
                    common.alignment = max(common.alignment, symbol.common[1])

    def _define(self, symbol: Symbol, scope: Scope) -> None:
        known = self._globals.get(symbol.name)
        if known is None or (known.symbol.binding == "weak" and symbol.binding == "global"):
            self._globals[symbol.name] = Definition(symbol, scope)
        elif symbol.binding == "global":
            notes = [f"first defined at {describe(known.symbol.place)}"] if known.symbol.place else []
            problem = Problem(f"symbol '{symbol.name}' is already defined", None, None, *notes)
            scope.assembler.report(problem, symbol.place)

    def place(self) -> None:
        """Give all sections their addresses."""
        assemblers = [scope.assembler for scope in self._scopes]
        sections = [section for assembler in assemblers for section in assembler.parts()]
        named = {symbol.section for assembler in assemblers for symbol in assembler.symbols.values() if symbol.section}
        try:
            self._outputs = arrange(sections, list(self._commons.values()), named, self._base, self._data)
        except Problem as problem:
            self._complain(problem.message, "error")
        self._indices = {part: index for index, output in enumerate(self._outputs, 1) for part in output.parts}
        self._boundaries = boundaries(self._outputs, self._base)

    def _complain(self, message: str, severity: str, *notes: str) -> None:
        """Record a problem of the image as a whole."""
        assembler = self._scopes[-1].assembler
        assembler.add(Diagnostic(assembler.root.name, 0, 1, 1, message, "", notes, severity))

    def _about_main(self) -> list[str]:
        """What to say to those who expect execution to start at ``main``, which is there."""
        for scope in self._scopes:
            symbol = scope.assembler.symbols.get("main")
            if symbol is not None and symbol.section is not None and symbol.place is not None:
                return [
                    f"main, at {describe(symbol.place)}, is for a C library to call; name it _start, and let it exit"
                ]
        return []

    def sections(self) -> tuple[elf.OutputSection, ...]:
        """Fill in everything that waited for addresses, and give the sections of the image."""
        for scope in self._scopes:
            for section in scope.assembler.sections.values():
                if section in self._indices:
                    section.contents = fill_in(section, scope)
                    scope.check_alignment(section)
        return tuple(
            elf.OutputSection(
                output.name, output.protection, output.address, _bytes(output), output.size, output.alignment,
                _SHT_NOBITS if output.nobits else _SHT_PROGBITS,
            )
            for output in self._outputs
        )  # fmt: skip

    def symbols(self) -> tuple[elf.Symbol, ...]:
        """The image's symbols: those of each source, without temporary ones, and the common ones."""
        found = []
        for scope in self._scopes:
            for symbol in scope.assembler.symbols.values():
                if symbol.defined and not symbol.temporary and self._prevails(symbol):
                    found += self._symbol(symbol, scope)
        for common in self._commons.values():
            section = self._section_index(common.address)
            found.append(elf.Symbol(common.name, common.address, common.size, "global", "object", section))
        return tuple(found)

    def _prevails(self, symbol: Symbol) -> bool:
        """Whether ``symbol``, which is defined, is what its name means to its source."""
        return symbol.binding == "local" or self._globals[symbol.name].symbol is symbol

    def _symbol(self, symbol: Symbol, scope: Scope) -> list[elf.Symbol]:
        assert symbol.place is not None
        scope.assembler.limits.work(_VALUE)
        try:
            base, value = scope.locate(symbol)
            size = symbol.size
            if isinstance(size, Expression):
                size_base, size = scope.value(size)
                if size_base is not None:
                    raise Problem("a size needs a number, not an address")
        except Problem as problem:
            scope.report(problem, symbol.size_place or symbol.place)
            return []
        if isinstance(base, Section) and base not in self._indices:
            return []
        section = "abs" if base is None else self._section_index(value, base)
        return [elf.Symbol(symbol.name, value & 0xFFFF_FFFF, size & 0xFFFF_FFFF, symbol.binding, symbol.type, section)]

    def _section_index(self, address: int, base: Base = None) -> int | str:
        """The index of the section that holds ``base``, or else ``address``, in the image's section table."""
        if isinstance(base, Section):
            return self._indices[base]
        for index, output in enumerate(self._outputs, 1):
            if output.address <= address <= output.address + output.size:
                return index
        return "abs"

    def entry(self) -> int:
        """Where execution starts: ``_start``, or else the first instruction, with a warning."""
        definition = self._globals.get("_start")
        own = [scope for scope in self._scopes if scope.assembler.defined("_start")]
        if definition is None and len(own) == 1:
            definition = Definition(own[0].assembler.symbols["_start"], own[0])
        if definition is None:
            message = "no symbol '_start': execution starts at the first instruction"
            self._complain(message, "warning", *self._about_main())
            return self._outputs[0].address if self._outputs else self._base
        base, address = definition.scope.locate(definition.symbol)
        if not (isinstance(base, Section) and base.executable):
            problem = Problem("execution would start here, which is not executable")
            definition.scope.assembler.warn(problem, definition.symbol.place)
        return address

    def beginning(self, names: Sequence[str]) -> int:
        """Where execution starts if it is not ``_start`` that says so: the first of ``names`` that is global and code,
        or else the first instruction."""
        for name in names:
            definition = self._globals.get(name)
            if definition is not None:
                base, address = definition.scope.locate(definition.symbol)
                if isinstance(base, Section) and base.executable:
                    return address
        return self._outputs[0].address if self._outputs else self._base

    # --- for the scopes ---------------------------------------------------------------------------------------

    def elsewhere(self, symbol: Symbol) -> tuple[Base, int] | None:
        """The value of a symbol as other sources or the linker define it; None if they do not."""
        definition = self._globals.get(symbol.name)
        if definition is not None and definition.symbol is not symbol:
            return definition.scope.locate(definition.symbol)
        if symbol.name in self._commons:
            return "common", self._commons[symbol.name].address
        if not symbol.defined and symbol.name in self._boundaries:
            return "boundary", self._boundaries[symbol.name]
        return None

    def owner(self, name: str, stranger: Scope) -> Symbol | None:
        """The symbol of this name that is local to a source other than ``stranger``'s."""
        for scope in self._scopes:
            if scope is not stranger and scope.assembler.defined(name):
                return scope.assembler.symbols[name]
        return None

    def is_first(self) -> bool:
        """Whether this is asked for the first time: what is said of all undefined symbols is said once."""
        first, self._first = self._first, False
        return first

    def global_names(self) -> list[str]:
        """The names that all sources see."""
        return list(self._globals)


class Scope:
    """What the symbols that one source mentions stand for, addresses being complete.

    Places have their section as base, or a word for what is no source's; an undefined weak symbol is 0 with base
    :data:`WEAK`.
    """

    def __init__(self, assembler: Assembler, linker: Linker) -> None:
        self.assembler = assembler
        self._linker = linker
        self._known: dict[Symbol, tuple[Base, int]] = {}
        self._chain: list[Symbol] = []
        self._undefined: set[str] = set()

    def locate(self, symbol: Symbol) -> tuple[Base, int]:
        """The base and the address of ``symbol``. Raises :class:`Undefined`."""
        if symbol.binding == "weak":
            found = self._linker.elsewhere(symbol)
            if found is not None:
                return found
        return self._locate_own(symbol)

    def _locate_own(self, symbol: Symbol) -> tuple[Base, int]:
        """Likewise, but what the source defines itself goes before other definitions: what an alias stands for."""
        if symbol.section is not None:
            section = symbol.section
            return section, section.address + section.position(symbol.offset, symbol.items)
        if symbol.constant is not None:
            return None, symbol.constant
        if symbol.expression is not None:
            if symbol not in self._known:
                self._known[symbol] = follow(symbol, self._locate_own, self._chain, linked=True)
            return self._known[symbol]
        found = self._linker.elsewhere(symbol)
        if found is not None:
            return found
        if symbol.binding == "weak" or symbol.optional:
            return WEAK, 0
        raise Undefined(symbol)

    def value(self, expression: Expression) -> tuple[Base, int]:
        """The value of an expression. Raises :class:`Problem`."""
        self.assembler.limits.work(_VALUE)
        return compute(expression, self.locate, linked=True)

    def report(self, problem: Problem, place: Place, first: int | None = None, last: int | None = None) -> None:
        """Record a problem of the tokens ``first``..``last``; an undefined symbol only where it is met first."""
        if isinstance(problem, Undefined):
            if problem.symbol.name in self._undefined:
                return
            self._undefined.add(problem.symbol.name)
            self._explain(problem, place)
            first = last = _find_token(problem.symbol.name, place, first or 0)
            if first is not None and _tokens(place[0].lines[place[1]])[first][0] == '"':
                problem.notes = ("what is in quotes names a symbol here; .asciz places a text",)
        self.assembler.report(Problem(problem.message, first, last, *problem.notes, meant=problem.meant), place)

    def _explain(self, problem: Undefined, place: Place) -> None:
        """Say what may have been meant by an undefined symbol, met in the statement at ``place``."""
        name = problem.symbol.name
        stranger = self._linker.owner(name, self)
        if name[:1].isdigit():
            problem.message = f"no label '{shorten(name[:-1])}:' after this"
        elif stranger is not None:
            assert stranger.place is not None
            where = describe(stranger.place)
            problem.notes = (f"'{name}' at {where} is local to that source; .globl {name} there shares it",)
        elif name in isa.REGISTERS:
            meant = f"jalr {name} calls what it points to" if _calls(place) else f"what it points to is 0({name})"
            problem.notes = (f"'{name}' is a register, and no label; {meant}",)
        elif habits.register(name) and not _names_places(place):
            problem.message = f"unknown register '{name}'"
            if name[1:] in isa.REGISTERS:
                problem.message += f"; did you mean '{name[1:]}'?"
            else:
                problem.notes = (habits.register(name),)
        elif self.assembler.errors < SUGGESTION_LIMIT:
            own = [other for other, symbol in self.assembler.symbols.items() if symbol.defined]
            near = self.assembler.limits.suggest(name, own + self._linker.global_names())
            problem.message += near
            if not near and self._linker.is_first():
                problem.notes = ("no source given defines it; several are linked: forklore asm one.s two.s",)

    def check_alignment(self, section: Section) -> None:
        """Warn of the first instruction that turns out to be misaligned, unless there are errors to see to first."""
        if self.assembler.errors:
            return
        for offset, items, reading, index in section.suspects:
            address = section.address + section.position(offset, items)
            if address % 4:
                problem = Problem(f"misaligned instruction at {address:#x}: .align 2 before it aligns it")
                self.assembler.warn(problem, (reading, index))
                return


@dataclass(frozen=True, slots=True)
class Definition:
    """A symbol that all sources see, and the source that defines it."""

    symbol: Symbol
    scope: Scope


def _find_token(name: str, place: Place, first: int) -> int | None:
    """The token, from ``first`` on, that is ``name``; None if there is none: the whole statement is meant."""
    reading, index = place
    tokens = _tokens(reading.lines[index])
    return next((at for at in range(first, len(tokens)) if tokens[at] in (name, f'"{name}"')), None)


def _calls(place: Place) -> bool:
    """Whether the statement at ``place`` jumps or calls."""
    reading, index = place
    return bool({"call", "tail", "jal", "j"} & set(_tokens(reading.lines[index])))


def _names_places(place: Place) -> bool:
    """Whether the statement at ``place`` has symbols for operands, and no registers in their stead."""
    reading, index = place
    words = _tokens(reading.lines[index])
    return _calls(place) or not _WITH_PLACES.isdisjoint(words) or any(word[:1] == "." for word in words)


_WITH_PLACES = frozenset((
    "la", "lla", "lga", "jump", "b", "beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "blez", "bgez", "bltz",
    "bgtz", "bgt", "ble", "bgtu", "bleu",
))  # fmt: skip


@lru_cache(maxsize=1)
def _tokens(line: str) -> tuple[str, ...]:
    """The tokens of a line, which may be long and have many symbols that nobody defines."""
    return tuple(tokenize(line))


def _bytes(output: Output) -> bytes:
    """The contents of a section of the image; empty if it has no bytes there."""
    data = bytearray()
    if not output.nobits:
        for part in output.parts:
            data += bytes(part.address - output.address - len(data))
            data += bytes(part.final_size) if part.nobits else part.contents
    return bytes(data)
