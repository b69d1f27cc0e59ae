"""From addresses to names: functions and objects of the symbol table, source lines and variables of DWARF.

Everything is read when it is first asked for. What an image does not tell is simply not known: no method raises for
damaged debugging information.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path

from vm.elf import ElfError, LoadSegment, Symbol, load_image, read_sections, read_symbols
from vm.elf.format import SHF_ALLOC
from vm.elf.index import SymbolIndex
from vm.isa import is_call
from vm.observe.activations import Activation
from vm.observe.debugging import LARGEST, DebugInfo, Row, Variable
from vm.reading import read_bounded
from vm.text import printable, shortened
from vm.values import dataclass

_LIBRARY_PATHS = (
    "/ziglang/lib/",
    "/lib/libc/",
    "/musl/",
    "/newlib/",
    "/picolibc/",
    "/glibc/",
    "/compiler_rt",
    "/vm/guest/",
)
_SOURCE_SUFFIXES = frozenset(
    (".c", ".h", ".i", ".s", ".asm", ".inc", ".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".rs", ".zig")
)
_MOST_BEFORE = 65
"""Symbols below an address among which the one that it belongs to is looked for."""
_CODE_LIMIT = 1 << 20
"""Bytes of a source file that is shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """A place in a source: ``file`` as the compiler was told, ``path`` where the host has it (None: it has not)."""

    file: str
    line: int
    path: Path | None
    is_library: bool


@dataclass(frozen=True, slots=True)
class _Extent:
    name: str
    start: int
    end: int

    def covers(self, address: int) -> bool:
        return self.start <= address < self.end


class Symbols:
    """The names in one ELF image."""

    def __init__(self, image: bytes) -> None:
        self._image = image
        self._debugging = DebugInfo(image)
        self._line_of: dict[int, Line | None] = {}

    # --- symbol table -----------------------------------------------------------------------------------------

    @cached_property
    def _symbols(self) -> SymbolIndex:
        try:
            found = read_symbols(self._image)
        except ElfError:
            return SymbolIndex(())
        named = (s for s in found if s.is_spoken and isinstance(s.section, int))
        return SymbolIndex(_shown(s) for s in named if s.type in ("notype", "func", "object"))

    @cached_property
    def _segments(self) -> list[LoadSegment]:
        try:
            return list(load_image(self._image).segments)
        except ElfError:
            return []

    @cached_property
    def _code(self) -> list[tuple[int, int, bytes]]:
        return [(s.vaddr, s.vaddr + s.memsz, s.data) for s in self._segments if int(s.protection) & 4]

    def _is_code(self, address: int) -> bool:
        return any(start <= address < end for start, end, _ in self._code)

    def word(self, address: int) -> int | None:
        """The instruction word at ``address``."""
        for start, _, data in self._code:
            if start <= address <= start + len(data) - 4:
                return int.from_bytes(data[address - start : address - start + 4], "little")
        return None

    def is_behind_call(self, address: int) -> bool:
        """True when the instruction before ``address`` is a call: a JAL or JALR with a link register."""
        word = self.word(address - 4)
        return word is not None and is_call(word)

    def names_at(self, address: int) -> frozenset[str]:
        """Every name of exactly this address."""
        return frozenset(symbol.name for symbol in self._symbols.at(address))

    def addresses(self, names: Iterable[str]) -> dict[int, str]:
        """Return the names of those that the image has, by their addresses."""
        wanted = frozenset(names)
        return {symbol.value: symbol.name for symbol in self._symbols if symbol.name in wanted}

    def _covering(self, address: int) -> Symbol | None:
        """The symbol that ``address`` belongs to: one whose size covers it, else the nearest one without a size that is
        loaded with it.
        """
        code = self._is_code(address)
        start = next((s.vaddr for s in self._segments if s.vaddr <= address < s.vaddr + s.memsz), LARGEST)
        nearest: Symbol | None = None
        for symbol in islice(self._symbols.up_to(address), _MOST_BEFORE):
            if self._is_code(symbol.value) is not code:
                continue
            if symbol.size and symbol.value <= address < symbol.value + symbol.size:
                return symbol
            if symbol.size == 0 and nearest is None and symbol.value >= start:
                nearest = symbol
            if nearest is not None and symbol.value == nearest.value and symbol.binding == "global":
                nearest = symbol
        return nearest

    def function(self, pc: int) -> str:
        """The name of the function, or in assembly the nearest label, that ``pc`` belongs to; empty without one."""
        symbol = self._covering(pc)
        return symbol.name if symbol else ""

    def start_of(self, pc: int) -> int:
        """Where that function begins, by its name or else by call frame information; ``pc`` itself if unknown."""
        symbol = self._covering(pc)
        return symbol.value if symbol else self.bounds(pc)[0]

    def extent(self, pc: int) -> tuple[int, int]:
        """First address and end of the function at ``pc``, by its symbol's size or by call frame
        information; ``pc`` twice if unknown.
        """
        symbol = self._covering(pc)
        return (symbol.value, symbol.value + symbol.size) if symbol and symbol.size else self.bounds(pc)

    def bounds(self, pc: int) -> tuple[int, int]:
        """First address and end of the function at ``pc`` by call frame information; ``pc`` twice if unknown."""
        found = self._debugging.function_bounds
        index = bisect_right(found, (pc, 1 << 32)) - 1
        return found[index] if index >= 0 and found[index][0] <= pc < found[index][1] else (pc, pc)

    def place(self, address: int) -> str:
        """``name`` or ``name+offset`` of an address; empty if unknown."""
        symbol = self._covering(address)
        if symbol is None:
            return ""
        offset = address - symbol.value
        return f"{symbol.name}+{offset}" if offset else symbol.name

    @cached_property
    def _thread_variables(self) -> list[Symbol]:
        try:
            return [_shown(symbol) for symbol in read_symbols(self._image) if symbol.type == "tls" and symbol.size]
        except ElfError:
            return []

    def thread_variable(self, offset: int) -> str:
        """``name`` or ``name+offset`` of what lies at ``offset`` from the thread pointer; empty if unknown.

        Source: *ELF Handling For Thread-Local Storage*, variant I; on RISC-V tp points at the first variable.
        """
        for symbol in self._thread_variables:
            if symbol.value <= offset < symbol.value + symbol.size:
                return symbol.name + (f"+{offset - symbol.value}" if offset > symbol.value else "")
        return ""

    # --- debugging information --------------------------------------------------------------------------------

    @property
    def problem(self) -> str | None:
        """What is wrong with the debugging information, as far as it was needed; None if nothing."""
        return self._debugging.problem

    def line(self, pc: int) -> Line | None:
        """The source line of the instruction at ``pc``; None if unknown."""
        if pc not in self._line_of:
            self._line_of[pc] = _line(self._debugging.row(pc))
        return self._line_of[pc]

    def line_before(self, pc: int) -> Line | None:
        """The last source line before ``pc`` in its function, of code without one: compilers add checks and traps."""
        return _line(self._debugging.row_before(pc, self.start_of(pc)))

    def activations(
        self, pc: int, registers: tuple[int, ...], read_word: Callable[[int], int | None]
    ) -> list[Activation]:
        """The activations from ``pc`` outwards, as far as call frame information leads."""
        return self._debugging.activations(pc, registers, read_word)

    def has_description(self, pc: int) -> bool:
        """True when call frame information tells of the function at ``pc``."""
        return self._debugging.has_description(pc)

    def section(self, address: int) -> str:
        """The name of the section that ``address`` is loaded from; empty if unknown."""
        return next((section.name for section in self._sections if section.covers(address)), "")

    @cached_property
    def _sections(self) -> list[_Extent]:
        try:
            found = [section for section in read_sections(self._image) if section.flags & SHF_ALLOC and section.size]
        except ElfError:
            return []
        return [_Extent(shortened(printable(s.name)), s.address, s.address + s.size) for s in found]

    def variable(self, address: int, activations: list[Activation]) -> Variable | None:
        """The local variable that holds ``address`` in one of ``activations``."""
        return self._debugging.variable(address, activations)

    def static_variable(self, address: int) -> Variable | None:
        """The variable of the program, apart from its libraries, that always lies at ``address``."""
        return _holding(self._own_statics, address)

    @cached_property
    def _own_statics(self) -> list[Variable]:
        return list(self._debugging.statics(lambda path: not _is_library(path)))

    def is_private(self, address: int, pc: int) -> bool:
        """True when ``address`` is in a variable that is defined in the same source as the library's code at ``pc``."""
        line = self.line(pc)
        if line is None or not line.is_library:
            return False
        return _holding(self._debugging.statics_beside(pc), address) is not None

    def part(self, variable: Variable, address: int) -> tuple[str, bool]:
        """How the part of ``variable`` at ``address`` is written behind its name, and whether it is volatile."""
        return self._debugging.part(variable, address - variable.address + variable.offset)

    @cached_property
    def data(self) -> list[tuple[int, bytes]]:
        """Address and first content of each segment that can be written."""
        return [(s.vaddr, s.data) for s in self._segments if int(s.protection) & 2]

    @cached_property
    def has_lines(self) -> bool:
        """True when the image tells of lines at all."""
        return self._debugging.has_units


def _line(found: tuple[Row, str] | None) -> Line | None:
    """A row of a line table, with the folder of its unit, as a place."""
    if found is None:
        return None
    row, folder = found
    full = Path(folder) / row.file
    library = _is_library(full.as_posix())
    return Line(printable(row.file), row.line, _readable(full), library)


def _is_library(path: str) -> bool:
    return any(part in path for part in _LIBRARY_PATHS)


def _shown(symbol: Symbol) -> Symbol:
    """``symbol`` with a name that cannot command a terminal."""
    return symbol if symbol.name.isprintable() else replace(symbol, name=printable(symbol.name))


def _holding(variables: list[Variable], address: int) -> Variable | None:
    return next((v for v in variables if v.address <= address < v.address + v.size), None)


_below: ContextVar[Path | None] = ContextVar("below", default=None)
"""The folder that sources are looked for in; None for wherever an image says."""


@contextmanager
def sources_below(folder: Path) -> Iterator[None]:
    """Let sources be looked for below ``folder`` alone, wherever links lead: relative names are meant from there.

    An image of a stranger's may name any file of the host's as its source.
    """
    before = _below.set(folder.resolve())
    try:
        yield
    finally:
        _below.reset(before)


def _readable(path: Path) -> Path | None:
    """Where the host has a regular file of a name, which a guest's image made up; None if it has none."""
    below = _below.get()
    try:
        if below is not None:
            path = (below / path).resolve()
            if not path.is_relative_to(below):
                return None
        return path if path.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None


def left_out(path: str, problem: str) -> str:
    """The note that says why lines or variables of the program ``path`` are not shown."""
    return f"{printable(path)}: debugging information is left out: {problem}"


def source_lines(path: Path | None) -> list[str]:
    """The lines of a source; none when it cannot be read, or is not called like one: an image may name any file."""
    if path is None or path.suffix.lower() not in _SOURCE_SUFFIXES:
        return []
    below = _below.get()
    try:
        data = read_bounded(path, _CODE_LIMIT, roots=None if below is None else [below])
        return data.decode("utf-8", "replace").splitlines()
    except (OSError, ValueError):
        return []
