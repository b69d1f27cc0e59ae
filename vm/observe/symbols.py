"""From addresses to names: functions and objects of the symbol table, source lines and variables of DWARF.

Everything is read when it is first asked for. What an image does not tell is simply not known: no method raises for
damaged debugging information.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

from elftools.common.exceptions import DWARFError, ELFError, ELFParseError
from elftools.dwarf.descriptions import describe_form_class
from elftools.elf.elffile import ELFFile

from vm.elf import ElfError, Symbol, load_image, read_symbols
from vm.observe.frames import Frame, call_frame_entries, location_address, unwind

_BROKEN = (DWARFError, ELFError, ELFParseError, KeyError, IndexError, ValueError, TypeError, AttributeError, OSError)
_LIBRARY_PATHS = ("/ziglang/lib/", "/lib/libc/", "/musl/", "/newlib/", "/picolibc/", "/glibc/", "/compiler_rt")
_CODE_LIMIT = 1 << 20
"""Bytes of a source file that is shown."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """A place in a source: ``file`` as the compiler was told, ``path`` where the host has it (None: it has not)."""

    file: str
    line: int
    path: Path | None
    is_library: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a function: its address and size in bytes."""

    function: str
    name: str
    address: int
    size: int


def _guarded(default: T, read: Callable[[], T]) -> T:
    """What ``read`` returns, ``default`` where the debugging information is damaged."""
    try:
        return read()
    except _BROKEN:
        return default


class Symbols:
    """The names in one ELF image."""

    def __init__(self, image: bytes) -> None:
        self._image = image
        self._lines: dict[int, list[tuple[int, str, int]]] = {}
        self._line_of: dict[int, Line | None] = {}

    # --- symbol table -----------------------------------------------------------------------------------------

    @cached_property
    def _symbols(self) -> list[Symbol]:
        try:
            found = read_symbols(self._image)
        except ElfError:
            return []
        named = [s for s in found if s.name and not s.name.startswith(("$", ".L")) and isinstance(s.section, int)]
        return sorted((s for s in named if s.type in ("notype", "func", "object")), key=lambda s: s.value)

    @cached_property
    def _addresses(self) -> list[int]:
        return [symbol.value for symbol in self._symbols]

    @cached_property
    def _code(self) -> list[tuple[int, int, bytes]]:
        try:
            segments = load_image(self._image).segments
        except ElfError:
            return []
        return [(s.vaddr, s.vaddr + s.memsz, s.data) for s in segments if int(s.protection) & 4]

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
        return word is not None and word & 0x7F in (0x6F, 0x67) and word >> 7 & 31 in (1, 5)

    def names_at(self, address: int) -> frozenset[str]:
        """Every name of exactly this address."""
        first, last = bisect_right(self._addresses, address - 1), bisect_right(self._addresses, address)
        return frozenset(symbol.name for symbol in self._symbols[first:last])

    def _covering(self, address: int) -> Symbol | None:
        """The symbol that ``address`` belongs to: one whose size covers it, else the nearest one without a size."""
        code = self._is_code(address)
        index = bisect_right(self._addresses, address) - 1
        nearest: Symbol | None = None
        for symbol in reversed(self._symbols[max(0, index - 64) : index + 1]):
            if self._is_code(symbol.value) is not code:
                continue
            if symbol.size and symbol.value <= address < symbol.value + symbol.size:
                return symbol
            if symbol.size == 0 and nearest is None:
                nearest = symbol
            if nearest is not None and symbol.value == nearest.value and symbol.binding == "global":
                nearest = symbol
        return nearest

    def function(self, pc: int) -> str:
        """The name of the function, or in assembly the nearest label, that ``pc`` belongs to; empty without one."""
        symbol = self._covering(pc)
        return symbol.name if symbol else ""

    def start_of(self, pc: int) -> int:
        """Where that function begins; ``pc`` itself if unknown."""
        symbol = self._covering(pc)
        return symbol.value if symbol else pc

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
            return [symbol for symbol in read_symbols(self._image) if symbol.type == "tls" and symbol.size]
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

    # --- lines ------------------------------------------------------------------------------------------------

    @cached_property
    def _dwarf(self) -> Any:
        def read() -> Any:
            file = ELFFile(io.BytesIO(self._image))
            return file.get_dwarf_info() if file.has_dwarf_info() else None

        return _guarded(None, read)

    @cached_property
    def _units(self) -> list[tuple[int, int, Any]]:
        """(first address, end, compilation unit), sorted."""
        if self._dwarf is None:
            return []
        units: list[tuple[int, int, Any]] = []

        def collect() -> None:
            for unit in self._dwarf.iter_CUs():
                nothing: list[tuple[int, int]] = []
                units.extend((low, high, unit) for low, high in _guarded(nothing, partial(self._ranges, unit)))

        _guarded(None, collect)
        return sorted(units, key=lambda entry: entry[:2])

    def _ranges(self, unit: Any) -> list[tuple[int, int]]:
        return list(self._die_ranges(unit.get_top_DIE()))

    def _die_ranges(self, die: Any) -> Iterator[tuple[int, int]]:
        attributes = die.attributes
        low = attributes["DW_AT_low_pc"].value if "DW_AT_low_pc" in attributes else 0
        if "DW_AT_high_pc" in attributes:
            high = attributes["DW_AT_high_pc"]
            yield low, high.value + (low if describe_form_class(high.form) == "constant" else 0)
        elif "DW_AT_ranges" in attributes:
            base = low
            for entry in self._dwarf.range_lists().get_range_list_at_offset(attributes["DW_AT_ranges"].value, die.cu):
                if hasattr(entry, "base_address"):
                    base = entry.base_address
                else:
                    shift = 0 if getattr(entry, "is_absolute", False) else base
                    yield entry.begin_offset + shift, entry.end_offset + shift

    def _unit(self, pc: int) -> Any:
        for low, high, unit in self._units:
            if low <= pc < high and low:
                return unit
        return None

    def _rows(self, unit: Any) -> list[tuple[int, str, int]]:
        """(address, file, line) of a unit, sorted; line 0 ends a sequence."""
        key = unit.cu_offset
        if key not in self._lines:
            self._lines[key] = _guarded([], lambda: self._read_rows(unit))
        return self._lines[key]

    def _read_rows(self, unit: Any) -> list[tuple[int, str, int]]:
        program = self._dwarf.line_program_for_CU(unit)
        if program is None:
            return []
        names = _file_names(program, unit)
        rows = [
            (state.address, names.get(state.file, ""), 0 if state.end_sequence else state.line)
            for state in (entry.state for entry in program.get_entries())
            if state is not None
        ]
        # An end of a sequence sorts before the beginning of the next at the same address.
        return sorted(rows, key=lambda row: (row[0], row[2] != 0))

    def line(self, pc: int) -> Line | None:
        """The source line of the instruction at ``pc``; None if unknown."""
        if pc not in self._line_of:
            self._line_of[pc] = self._find_line(pc)
        return self._line_of[pc]

    def _find_line(self, pc: int) -> Line | None:
        unit = self._unit(pc)
        if unit is None:
            return None
        rows = self._rows(unit)
        index = bisect_right(rows, pc, key=lambda row: row[0]) - 1
        while index >= 0 and rows[index][2] == 0 and index and rows[index - 1][0] == rows[index][0]:
            index -= 1
        if index < 0 or rows[index][2] == 0:
            return None
        _, file, line = rows[index]
        full = Path(_directory(unit)) / file
        library = any(part in full.as_posix() for part in _LIBRARY_PATHS)
        exists = _guarded(False, full.is_file)
        return Line(file, line, full if exists else None, library)

    # --- variables --------------------------------------------------------------------------------------------

    def frames(self, pc: int, registers: tuple[int, ...], read_word: Callable[[int], int | None]) -> list[Frame]:
        """The frames from ``pc`` outwards, as far as call frame information leads."""
        return _guarded([], lambda: unwind(self._frame_entries, pc, registers, read_word))

    @cached_property
    def _frame_entries(self) -> list[Any]:
        return _guarded([], lambda: call_frame_entries(self._dwarf)) if self._dwarf else []

    def variable(self, address: int, frames: list[Frame]) -> Variable | None:
        """The local variable that holds ``address`` in one of ``frames``."""
        nothing: list[Variable] = []
        for frame in frames:
            for variable in _guarded(nothing, partial(self._locals, frame)):
                if variable.address <= address < variable.address + variable.size:
                    return variable
        return None

    def _locals(self, frame: Frame) -> list[Variable]:
        unit = self._unit(frame.pc)
        if unit is None:
            return []
        for die in unit.iter_DIEs():
            if die.tag == "DW_TAG_subprogram" and any(low <= frame.pc < high for low, high in self._die_ranges(die)):
                return list(self._variables(die, frame, _name(die)))
        return []

    def _variables(self, parent: Any, frame: Frame, function: str) -> Iterator[Variable]:
        base = parent
        while base.tag != "DW_TAG_subprogram":
            base = base.get_parent()
        for die in parent.iter_children():
            if die.tag in ("DW_TAG_variable", "DW_TAG_formal_parameter") and "DW_AT_location" in die.attributes:
                address = location_address(self._dwarf, die, base, frame)
                if address is not None:
                    yield Variable(function, _name(die), address, _type_size(die))
            elif die.tag in ("DW_TAG_lexical_block", "DW_TAG_inlined_subroutine"):
                yield from self._variables(die, frame, function)


def _directory(unit: Any) -> str:
    value = unit.get_top_DIE().attributes.get("DW_AT_comp_dir")
    return value.value.decode(errors="replace") if value else ""


def _file_names(program: Any, unit: Any) -> dict[int, str]:
    """The names of a line program's files by number, relative to the unit's directory or absolute."""
    header = program.header
    modern = header.version >= 5
    folders = [
        folder.decode(errors="replace") if isinstance(folder, bytes) else "" for folder in header["include_directory"]
    ]
    names: dict[int, str] = {}
    for number, entry in enumerate(header["file_entry"], 0 if modern else 1):
        name = entry.name.decode(errors="replace")
        index = entry.dir_index
        folder = ""
        if modern:
            folder = folders[index] if 0 < index < len(folders) else ""
        elif index:
            folder = folders[index - 1]
        names[number] = f"{folder}/{name}" if folder and not name.startswith("/") else name
    return names


def _name(die: Any) -> str:
    for _ in range(4):
        if "DW_AT_name" in die.attributes:
            text: str = die.attributes["DW_AT_name"].value.decode(errors="replace")
            return text
        reference = next((a for a in ("DW_AT_abstract_origin", "DW_AT_specification") if a in die.attributes), None)
        if reference is None:
            break
        die = die.get_DIE_from_attribute(reference)
    return ""


def _type_size(die: Any) -> int:
    """Bytes of a variable's type; 1 where it does not say."""
    count = 1
    for _ in range(32):
        if "DW_AT_byte_size" in die.attributes and die.tag != "DW_TAG_variable":
            return count * int(die.attributes["DW_AT_byte_size"].value)
        if die.tag == "DW_TAG_pointer_type":
            return count * 4
        if die.tag == "DW_TAG_array_type":
            count *= _elements(die)
        if "DW_AT_type" not in die.attributes:
            if "DW_AT_abstract_origin" not in die.attributes:
                return count
            die = die.get_DIE_from_attribute("DW_AT_abstract_origin")
        else:
            die = die.get_DIE_from_attribute("DW_AT_type")
    return count


def _elements(array: Any) -> int:
    count = 1
    for child in array.iter_children():
        if "DW_AT_count" in child.attributes:
            count *= int(child.attributes["DW_AT_count"].value)
        elif "DW_AT_upper_bound" in child.attributes:
            count *= int(child.attributes["DW_AT_upper_bound"].value) + 1
    return count


def source_lines(path: Path | None) -> list[str]:
    """The lines of a source; none when it cannot be read or is no ordinary text."""
    try:
        if path is None or path.stat().st_size > _CODE_LIMIT:
            return []
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
