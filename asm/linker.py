"""Linking: sources laid out one by one become one image with addresses.

Sections of one name are joined in the order of the sources, names with a known beginning (``.text.start``) under that
beginning, as LLVM's linker does. Then symbols have values, and what waited for them is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field

from vm import abi, elf, isa
from vm.abi import Protection

from .assembler import Assembler, describe
from .diagnostics import Diagnostic, Problem, suggestion
from .encoder import field_of, inverse_branch
from .expressions import Base, Expression, compute, follow
from .layout import contents
from .source import Place
from .symbols import Fixup, Item, Section, Symbol

_JOINED = (
    ".text", ".rodata", ".srodata", ".data", ".sdata", ".bss", ".sbss", ".init_array", ".fini_array", ".preinit_array"
)  # fmt: skip
"""Output sections that also take in the sections whose names go on with a dot."""

_SHT_PROGBITS, _SHT_NOBITS = 1, 8
SECTION_LIMIT = 500
"""Most sections an image may have."""

ADDRESS_LIMIT = abi.STACK_TOP - (16 << 20)
"""Images end below this address: the stack is above it."""


@dataclass(slots=True)
class Output:
    """A section of the image: the parts it is made of, and its place."""

    name: str
    parts: list[Section] = field(default_factory=list)
    common: list[Common] = field(default_factory=list)
    address: int = 0
    size: int = 0

    @property
    def protection(self) -> Protection:
        """What the program may do with it: what any part needs."""
        protection = Protection.READ
        if not self.parts:
            return protection | Protection.WRITE
        for part in self.parts:
            protection |= part.protection
        return protection

    @property
    def nobits(self) -> bool:
        """Whether no part has bytes in the image."""
        return all(part.nobits for part in self.parts)

    @property
    def alignment(self) -> int:
        """The largest alignment of its parts, in bytes."""
        return max([part.alignment for part in self.parts] + [symbol.alignment for symbol in self.common])


@dataclass(slots=True)
class Common:
    """A symbol that ``.comm`` declares in one or more sources and none defines."""

    name: str
    size: int
    alignment: int
    address: int = 0


@dataclass(frozen=True, slots=True)
class Definition:
    """A symbol that all sources see, and the source that defines it."""

    symbol: Symbol
    assembler: Assembler


class Linker:
    """Links assembled sources at ``base``; see :func:`link`."""

    def __init__(self, assemblers: Sequence[Assembler], base: int) -> None:
        self.assemblers = assemblers
        self.base = base
        self.globals: dict[str, Definition] = {}
        self.commons: dict[str, Common] = {}
        self.outputs: list[Output] = []
        self.made_names: dict[str, int] = {}
        self._indices: dict[int, int] = {}
        self._values: dict[Symbol, tuple[Base, int]] = {}
        self._chain: list[Symbol] = []
        self._reported: dict[tuple[Assembler, str], int] = {}

    # --- names ------------------------------------------------------------------------------------------------

    def collect(self) -> None:
        """Find the symbols that all sources see; report those defined twice."""
        declared: dict[str, Common] = {}
        for assembler in self.assemblers:
            for symbol in assembler.symbols.values():
                if symbol.binding == "local":
                    continue
                if symbol.common and not symbol.defined:
                    size, alignment = symbol.common
                    known = declared.setdefault(symbol.name, Common(symbol.name, 0, 1))
                    known.size = max(known.size, size)
                    known.alignment = max(known.alignment, alignment)
                elif symbol.defined:
                    self._define(symbol, assembler)
        self.commons = {name: common for name, common in declared.items() if name not in self.globals}

    def _define(self, symbol: Symbol, assembler: Assembler) -> None:
        known = self.globals.get(symbol.name)
        if known is None or (known.symbol.binding == "weak" and symbol.binding == "global"):
            self.globals[symbol.name] = Definition(symbol, assembler)
        elif symbol.binding == "global" and known.symbol.binding == "global":
            assert symbol.place is not None
            where = [f"first defined at {describe(known.symbol.place)}"] if known.symbol.place else []
            problem = Problem(f"symbol '{symbol.name}' is already defined", None, None, *where)
            assembler.report(problem, symbol.place)

    # --- places -----------------------------------------------------------------------------------------------

    def place(self) -> None:
        """Join the sections and give every part its address. Reports an image that does not fit."""
        outputs: dict[str, Output] = {}
        for assembler in self.assemblers:
            for section in assembler.sections.values():
                if section.allocated:
                    name = _output_name(section.name)
                    outputs.setdefault(name, Output(name)).parts.append(section)
        if self.commons:
            outputs.setdefault(".bss", Output(".bss")).common = list(self.commons.values())
        named = {id(symbol.section) for assembler in self.assemblers for symbol in assembler.symbols.values()}
        used = [output for output in outputs.values() if output.name == ".text" or _used(output, named)]
        if len(used) > SECTION_LIMIT:
            self.complain(f"the image would have more than {SECTION_LIMIT} sections")
            return
        self.outputs = sorted(used, key=_rank)
        address = self.base
        group: tuple[Protection, bool] | None = None
        for output in self.outputs:
            kind = (output.protection, output.nobits)
            if kind != group:
                address = _round_up(address, abi.PAGE_SIZE)
                group = kind
            output.address = _round_up(address, output.alignment)
            address = _fill_output(output)
            if address > ADDRESS_LIMIT:
                self._too_large(output, address)
                return
        self._indices = {id(part): index for index, output in enumerate(self.outputs, 1) for part in output.parts}
        self._make_names()

    def _too_large(self, output: Output, end: int) -> None:
        message = f"section {output.name} ends at {end:#x}: images must end below {ADDRESS_LIMIT:#x}"
        self.complain(message)

    def complain(self, message: str, severity: str = "error", *notes: str) -> None:
        """Record a problem of the image as a whole."""
        assembler = self.assemblers[-1]
        assembler.add(Diagnostic(assembler.root.name, 0, 1, 1, message, "", notes, severity))

    def _make_names(self) -> None:
        """Addresses that programs may refer to without defining them, as linkers do."""
        ends = {True: self.base, False: self.base}
        data_end = 0
        for output in self.outputs:
            end = output.address + output.size
            ends[bool(output.protection & Protection.WRITE)] = end
            if not output.nobits:
                data_end = end
        by_name = {output.name: output.address for output in self.outputs}
        last = max(ends.values())
        self.made_names = {
            "_end": last, "end": last, "_edata": data_end, "edata": data_end, "_etext": ends[False],
            "etext": ends[False], "__bss_start": by_name.get(".bss", data_end),
            "__global_pointer$": by_name.get(".sdata", by_name.get(".data", self.base)) + 0x800,
        }  # fmt: skip

    # --- values -----------------------------------------------------------------------------------------------

    def locator(self, assembler: Assembler) -> Callable[[Symbol], tuple[Base, int]]:
        """A function that gives the values of the symbols that ``assembler``'s source mentions.

        Addresses have their section as base, or "common"; a weak symbol that nobody defines is 0 with base "weak".
        """

        def locate(symbol: Symbol) -> tuple[Base, int]:
            if symbol.section is not None:
                section = symbol.section
                return section, section.address + symbol.offset + section.growth[symbol.items]
            if symbol.constant is not None:
                return None, symbol.constant
            if symbol.expression is not None:
                if symbol not in self._values:
                    self._values[symbol] = follow(symbol, locate, self._chain, linked=True)
                return self._values[symbol]
            return self._elsewhere(symbol, assembler)

        return locate

    def _elsewhere(self, symbol: Symbol, assembler: Assembler) -> tuple[Base, int]:
        """The value of a symbol that this source does not define. Raises :class:`Undefined` if no source does."""
        definition = self.globals.get(symbol.name)
        if definition is not None and definition.symbol is not symbol:
            return self.locator(definition.assembler)(definition.symbol)
        common = self.commons.get(symbol.name)
        if common is not None:
            return "common", common.address
        if symbol.name in self.made_names:
            return "made", self.made_names[symbol.name]
        if symbol.binding == "weak":
            return "weak", 0
        raise Undefined(symbol, assembler)

    def value(self, expression: Expression, assembler: Assembler) -> tuple[Base, int]:
        """The value of an expression, addresses being complete. Raises :class:`Problem`."""
        return compute(expression, self.locator(assembler), linked=True)

    def report(self, problem: Problem, assembler: Assembler, place: Place, first: int, last: int) -> None:
        """Record a problem with the operand ``first``..``last``; undefined symbols only once each."""
        if isinstance(problem, Undefined):
            key = (problem.assembler, problem.symbol.name)
            self._reported[key] = self._reported.get(key, 0) + 1
            if self._reported[key] > 1:
                return
            problem = self._explain(problem)
            problem.first, problem.last = _find_token(problem, place, first, last)
        else:
            problem.first, problem.last = first, last
        assembler.report(problem, place)

    def _explain(self, problem: Undefined) -> Undefined:
        """Say what may have been meant by an undefined symbol."""
        name = problem.symbol.name
        notes: list[str] = []
        meant = ""
        if name[:1].isdigit():
            problem.message = f"no label '{name[:-1]}:' after this"
        else:
            owners = [a for a in self.assemblers if a is not problem.assembler and a.defined(name)]
            if owners:
                symbol = owners[0].symbols[name]
                where = describe(symbol.place) if symbol.place else owners[0].root.name
                notes.append(f"'{name}' at {where} is local to that source; .globl {name} there shares it")
            elif name in isa.REGISTERS:
                notes.append(f"'{name}' is a register; a label or an address is wanted here")
            elif len(self._reported) < 100:
                known = [n for n, s in problem.assembler.symbols.items() if s.defined] + list(self.globals)
                meant = suggestion(name, known)
            problem.message += meant
        problem.notes = tuple(notes)
        return problem

    # --- bytes ------------------------------------------------------------------------------------------------

    def fill_in(self, assembler: Assembler, section: Section) -> bytearray:
        """The final bytes of a section."""
        data = contents(section)
        growth = section.growth
        high_parts = HighParts(section)
        for fixup in section.fixups:
            offset = fixup.offset + growth[fixup.items]
            try:
                self._apply(fixup, data, offset, section, assembler, high_parts)
            except Problem as problem:
                self.report(problem, assembler, fixup.place, fixup.token, fixup.last)
        for index, item in enumerate(section.items):
            if item.kind == "branch":
                try:
                    self._branch(item, data, item.offset + growth[index], section, assembler)
                except Problem as problem:
                    self.report(problem, assembler, item.place, item.token, item.last)
        return data

    def _apply(
        self, fixup: Fixup, data: bytearray, offset: int, section: Section, assembler: Assembler, high_parts: HighParts
    ) -> None:
        pc = section.address + offset
        relocation = fixup.relocation
        if relocation == "pcrel_lo":
            high = high_parts.find(fixup, self, assembler)
            base, value = self.value(high.target, assembler)
            pc = section.address + high.offset + section.growth[high.items]
        else:
            base, value = self.value(fixup.target, assembler)
        if fixup.field is None:
            size = fixup.size
            if not -(1 << 8 * size - 1) <= value < 1 << 8 * size and size < 8:
                raise Problem(f"{value} does not fit in {size} byte{'s' * (size > 1)}")
            data[offset : offset + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
            return
        if base == "weak" and relocation in ("call_hi", "call_lo", "jump"):
            immediate = 0
        else:
            if relocation == "absolute" and base is not None:
                note = "%lo(symbol) is the low part of an address, %hi(symbol) the high part"
                raise Problem("an address does not fit here", None, None, note)
            immediate = fixup.field.check(_RELOCATIONS[relocation](value, pc))
        word = int.from_bytes(data[offset : offset + 4], "little")
        data[offset : offset + 4] = fixup.field.insert(word, immediate).to_bytes(4, "little")

    def _branch(self, item: Item, data: bytearray, offset: int, section: Section, assembler: Assembler) -> None:
        assert isinstance(item.target, Expression)
        base, value = self.value(item.target, assembler)
        distance = value - (section.address + offset)
        if not item.extra:
            row = isa.find(item.word)
            assert row is not None
            hole = field_of(row, "imm")
            words = [hole.insert(item.word, hole.check(distance))]
        else:
            jump = field_of(isa.BY_NAME["jal"], "imm")
            far = 0 if base == "weak" else jump.check(distance - 4)
            words = [inverse_branch(item.word, 8), jump.insert(isa.BY_NAME["jal"].match, far)]
        for word in words:
            data[offset : offset + 4] = word.to_bytes(4, "little")
            offset += 4

    # --- the image --------------------------------------------------------------------------------------------

    def sections(self) -> tuple[elf.OutputSection, ...]:
        """The sections of the image with their final bytes, and the line marks put at their addresses."""
        owner = {id(section): a for a in self.assemblers for section in a.sections.values()}
        made = []
        for output in self.outputs:
            data = bytearray()
            for part in output.parts:
                filled = self.fill_in(owner[id(part)], part)
                part.data = filled
                if not output.nobits:
                    data += bytes(part.address - output.address - len(data))
                    data += filled if not part.nobits else bytes(part.final_size)
            made.append(
                elf.OutputSection(
                    output.name, output.protection, output.address, bytes(data), output.size, output.alignment,
                    _SHT_NOBITS if output.nobits else _SHT_PROGBITS,
                )
            )  # fmt: skip
        return tuple(made)

    def symbols(self) -> tuple[elf.Symbol, ...]:
        """The image's symbols: those of each source, without temporary ones, and the common ones."""
        found: list[elf.Symbol] = []
        for assembler in self.assemblers:
            for symbol in assembler.symbols.values():
                if symbol.temporary or not symbol.defined:
                    continue
                if symbol.binding != "local" and self.globals[symbol.name].symbol is not symbol:
                    continue
                entry = self._symbol(symbol, assembler)
                if entry is not None:
                    found.append(entry)
        for common in self.commons.values():
            section = self._section_index(common.address)
            found.append(elf.Symbol(common.name, common.address, common.size, "global", "object", section))
        return tuple(found)

    def _symbol(self, symbol: Symbol, assembler: Assembler) -> elf.Symbol | None:
        assert symbol.place is not None
        try:
            base, value = self.locator(assembler)(symbol)
            size = symbol.size
            if isinstance(size, Expression):
                size_base, size = self.value(size, assembler)
                if size_base is not None:
                    raise Problem("a size needs a number, not an address")
        except Problem as problem:
            self.report(problem, assembler, symbol.size_place or symbol.place, 0, 1 << 30)
            return None
        if isinstance(base, Section) and not base.allocated:
            return None
        section = "abs" if base is None else self._section_index(value, base)
        return elf.Symbol(symbol.name, value & 0xFFFF_FFFF, size & 0xFFFF_FFFF, symbol.binding, symbol.type, section)

    def _section_index(self, address: int, base: Base = None) -> int | str:
        """The index of the section that holds ``base``, or else ``address``, in the image's section table."""
        if isinstance(base, Section):
            return self._indices.get(id(base), "abs")
        for index, output in enumerate(self.outputs, 1):
            if output.address <= address <= output.address + output.size:
                return index
        return "abs"

    def entry(self) -> int:
        """Where execution starts: ``_start``, or else the first instruction, with a warning."""
        definition = self.globals.get("_start")
        local = [a for a in self.assemblers if a.defined("_start")]
        if definition is not None:
            return self.locator(definition.assembler)(definition.symbol)[1]
        if len(local) == 1:
            return self.locator(local[0])(local[0].symbols["_start"])[1]
        self.complain("no symbol '_start': execution starts at the first instruction", "warning")
        return self.outputs[0].address if self.outputs else self.base


class Undefined(Problem):
    """A symbol that no source defines."""

    def __init__(self, symbol: Symbol, assembler: Assembler) -> None:
        super().__init__(f"undefined symbol '{symbol.name}'")
        self.symbol = symbol
        self.assembler = assembler


class HighParts:
    """The ``%pcrel_hi`` of a section, to be found by the label of their instruction."""

    def __init__(self, section: Section) -> None:
        self._section = section
        self._by_offset: dict[int, Fixup] | None = None

    def find(self, low: Fixup, linker: Linker, assembler: Assembler) -> Fixup:
        """The one that the ``%pcrel_lo`` at hand names. Raises :class:`Problem` if there is none."""
        section = self._section
        if self._by_offset is None:
            self._by_offset = {
                fixup.offset + section.growth[fixup.items]: fixup
                for fixup in section.fixups
                if fixup.relocation == "pcrel_hi"
            }
        base, value = linker.value(low.target, assembler)
        high = self._by_offset.get(value - section.address) if base is section else None
        if high is None:
            raise Problem("%pcrel_lo needs the label of an auipc with %pcrel_hi in this section")
        return high


def _low(value: int) -> int:
    """The signed low 12 bits."""
    return (value & 0xFFF ^ 0x800) - 0x800


def _high(value: int) -> int:
    """The upper 20 bits to which the signed low 12 are added."""
    return (value + 0x800 >> 12) & 0xF_FFFF


_RELOCATIONS: dict[str, Callable[[int, int], int]] = {
    "absolute": lambda value, pc: value,
    "hi": lambda value, pc: _high(value),
    "lo": lambda value, pc: _low(value),
    "pcrel_hi": lambda value, pc: _high(value - pc),
    "pcrel_lo": lambda value, pc: _low(value - pc),
    "pair_lo": lambda value, pc: _low(value - (pc - 4)),
    "call_hi": lambda value, pc: _high(value - pc),
    "call_lo": lambda value, pc: _low(value - (pc - 4)),
    "jump": lambda value, pc: value - pc,
}
"""What goes into an immediate, from the symbol's value and the instruction's address (psABI, "Relocations").

``pair_lo`` and ``call_lo`` belong to the auipc just before them, ``pcrel_lo`` to the one whose label it names: its
``pc`` is that auipc's."""


def _find_token(problem: Undefined, place: Place, first: int, last: int) -> tuple[int, int]:
    """The token that names the undefined symbol in the operand ``first``..``last``; the whole of it if none does."""
    from .lexer import tokenize

    frame, index = place
    tokens = tokenize(frame.lines[index])
    for at in range(first, min(last + 1, len(tokens))):
        if tokens[at] == problem.symbol.name:
            return at, at
    return first, last


def _output_name(name: str) -> str:
    for known in _JOINED:
        if name.startswith(known + "."):
            return known
    return name


def _used(output: Output, named: Container[int]) -> bool:
    """Whether a section has a size or a symbol; ``named`` are the ids of the parts that symbols are in."""
    return bool(output.common) or any(part.final_size or id(part) in named for part in output.parts)


_FIRST = (".text", ".rodata", ".data", ".bss")


def _rank(output: Output) -> tuple[int, bool, int]:
    """Where a section goes: code, constants, data, then what has no bytes in the image; the usual names first."""
    protection = output.protection
    kind = 0 if protection & Protection.EXEC else 2 if protection & Protection.WRITE else 1
    return kind, output.nobits, 0 if output.name in _FIRST else 1


def _round_up(address: int, alignment: int) -> int:
    return address + -address % alignment


def _fill_output(output: Output) -> int:
    """Give common symbols and parts their addresses, in this order as LLVM does; returns the address after them."""
    address = output.address
    for common in output.common:
        common.address = _round_up(address, common.alignment)
        address = common.address + common.size
    for part in output.parts:
        part.address = _round_up(address, part.alignment)
        address = part.address + part.final_size
    output.size = address - output.address
    return address
