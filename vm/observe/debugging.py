"""What an image's debugging information tells of an address: its line, its activations, the variable that lies there.

Source: *DWARF Debugging Information Format, Version 4*, sections 2.17 (ranges), 3.3 (functions), 4.1 (variables) and
6.2 (lines).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import field
from functools import cached_property, partial
from typing import Any, TypeVar

from elftools.common.exceptions import DWARFError
from elftools.dwarf.descriptions import describe_form_class
from elftools.dwarf.dwarfinfo import DWARFInfo
from elftools.dwarf.enums import DW_FORM_raw2name

from vm.elf import ElfError
from vm.observe import line_program
from vm.observe.activations import (
    Activation,
    fixed_places,
    is_described,
    location_address,
    unwind,
)  # fmt: skip
from vm.observe.call_frames import CallFrames
from vm.observe.dwarf import Unusable, open_dwarf
from vm.observe.members import part_at
from vm.text import printable
from vm.values import dataclass

_DIMENSIONS = 64

LARGEST = 1 << 32
"""Most bytes of a variable, and one past the greatest address and the last line: more is damage."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """Where the code from ``address`` on comes from; line 0 ends a sequence."""

    address: int
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a function, or of none: its address and size in bytes.

    What lies at ``address`` is the part of it from byte ``offset`` on. ``entry`` is its description. ``is_live``: where
    the activation is, the lexical scopes around its declaration have begun and not ended.
    """

    function: str
    name: str
    address: int
    size: int
    entry: Any = field(default=None, compare=False, repr=False)
    is_live: bool = True
    offset: int = 0


class DebugInfo:
    """The debugging information of one image, read as far as it is asked for.

    No method raises: what is damaged is not known. ``problem`` says what was first found to be wrong, None if nothing.
    """

    def __init__(self, image: bytes) -> None:
        self.problem: str | None = None
        self._image = image
        self._rows: dict[int, list[Row]] = {}
        self._locals: dict[Activation, list[Variable]] = {}
        self._statics: dict[int, list[Variable]] = {}

    def _guarded(self, default: T, read: Callable[[], T]) -> T:
        """What ``read`` returns; ``default`` where what it reads is damaged.

        This is the boundary to pyelftools, which lets a damaged file raise anything: AssertionError, AttributeError,
        ZeroDivisionError, NotImplementedError, RecursionError…
        """
        try:
            return read()
        except Exception as error:
            if self.problem is None:
                known = isinstance(error, Unusable | DWARFError | ElfError) and str(error)
                self.problem = known or f"it is damaged ({type(error).__name__})"
            return default

    @cached_property
    def _dwarf(self) -> DWARFInfo | None:
        return self._guarded(None, lambda: open_dwarf(self._image))

    # --- lines ------------------------------------------------------------------------------------------------

    @cached_property
    def _units(self) -> list[tuple[int, int, Any]]:
        """(first address, end, compilation unit), sorted."""
        units: list[tuple[int, int, Any]] = []
        if self._dwarf is None:
            return units
        found = self._dwarf.iter_CUs()

        def collect() -> None:
            for unit in found:
                nothing: list[tuple[int, int]] = []
                ranges = self._guarded(nothing, partial(self._unit_ranges, unit))
                units.extend((low, high, unit) for low, high in ranges)

        self._guarded(None, collect)
        return sorted(units, key=lambda entry: entry[:2])

    @property
    def has_units(self) -> bool:
        """True when there is debugging information about code."""
        return bool(self._units)

    def _unit_ranges(self, unit: Any) -> list[tuple[int, int]]:
        return list(self._ranges(unit.get_top_DIE()))

    def _ranges(self, die: Any) -> Iterator[tuple[int, int]]:
        """The addresses that an entry is about: (first, end)."""
        attributes = die.attributes
        low = attributes["DW_AT_low_pc"].value if "DW_AT_low_pc" in attributes else 0
        if "DW_AT_high_pc" in attributes:
            high = attributes["DW_AT_high_pc"]
            yield low, high.value + (low if describe_form_class(high.form) == "constant" else 0)
        elif "DW_AT_ranges" in attributes:
            assert self._dwarf is not None
            lists: Any = self._dwarf.range_lists()
            base = low
            for entry in lists.get_range_list_at_offset(attributes["DW_AT_ranges"].value, die.cu):
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

    def row(self, pc: int) -> tuple[Row, str] | None:
        """The row of the line table for ``pc``, and the folder in which its unit was compiled; None if unknown."""
        return self._row(pc, lambda row, last: row.address == last)

    def row_before(self, pc: int, start: int) -> tuple[Row, str] | None:
        """The last row with a line between ``start`` and ``pc``, as :meth:`row`: of code that the compiler added."""
        return self._row(pc, lambda row, last: row.address >= start)

    def _row(self, pc: int, reaches: Callable[[Row, int], bool]) -> tuple[Row, str] | None:
        """The last row with a line up to ``pc`` that is reached from the last one of all, whose address is told."""
        unit = self._unit(pc)
        if unit is None:
            return None
        key = unit.cu_offset
        if key not in self._rows:
            self._rows[key] = self._guarded([], lambda: self._read_rows(unit))
        rows = self._rows[key]
        last = index = bisect_right(rows, pc, key=lambda row: row.address) - 1
        while index > 0 and rows[index].line == 0 and reaches(rows[index - 1], rows[last].address):
            index -= 1
        if index < 0 or rows[index].line == 0:
            return None
        return rows[index], self._guarded("", lambda: _text(unit.get_top_DIE(), "DW_AT_comp_dir"))

    def _read_rows(self, unit: Any) -> list[Row]:
        """The line table of a unit, sorted."""
        assert self._dwarf is not None
        _check_line_program(self._dwarf, unit)
        program = self._dwarf.line_program_for_CU(unit)
        if program is None:
            return []
        names = _file_names(program)
        rows = [
            Row(address, names.get(file, ""), 0 if is_end else line)
            for address, file, line, is_end in line_program.rows(program)
        ]
        for row in rows:
            if not (0 <= row.address < LARGEST and 0 <= row.line < LARGEST):
                raise Unusable(f"line {row.line:#x} at {row.address:#x} cannot be")
        # An end of a sequence sorts before the beginning of the next at the same address.
        return sorted(rows, key=lambda row: (row.address, row.line != 0))

    # --- variables --------------------------------------------------------------------------------------------

    def activations(
        self, pc: int, registers: tuple[int, ...], read_word: Callable[[int], int | None]
    ) -> list[Activation]:
        """The activations from ``pc`` outwards, as far as call frame information leads."""
        nothing: list[Activation] = []
        frames = self._frames
        return self._guarded(nothing, lambda: unwind(frames, pc, registers, read_word)) if frames else nothing

    def has_description(self, pc: int) -> bool:
        """True when call frame information tells of ``pc``."""
        frames = self._frames
        return frames is not None and self._guarded(False, lambda: is_described(frames, pc))

    @cached_property
    def _frames(self) -> CallFrames | None:
        return self._guarded(None, lambda: CallFrames(self._dwarf)) if self._dwarf else None

    def variable(self, address: int, activations: list[Activation]) -> Variable | None:
        """The local variable that holds ``address`` in one of ``activations``."""
        for activation in activations:
            if activation not in self._locals:
                self._locals[activation] = self._guarded([], partial(self._read_locals, activation))
            for variable in self._locals[activation]:
                if variable.address <= address < variable.address + variable.size:
                    return variable
        return None

    def _read_locals(self, activation: Activation) -> list[Variable]:
        """The variables of the function at an activation's pc that lie in memory.

        The entries are taken one after the other, never by what they say of their siblings and parents: those may
        form a circle.
        """
        unit = self._unit(activation.pc)
        found: list[Variable] = []
        function: Any = None
        nesting: list[bool] = []
        living: list[bool] = []
        for die in unit.iter_DIEs() if unit is not None else ():
            if function is None:
                if die.tag == "DW_TAG_subprogram" and any(
                    low <= activation.pc < high for low, high in self._ranges(die)
                ):
                    function = die
                    nesting.append(True)
                    living.append(True)
                    if not die.has_children:
                        break
            elif die.is_null():
                nesting.pop()
                living.pop()
                if not nesting:
                    break
            else:
                if nesting[-1] and die.tag in _VARIABLES and "DW_AT_location" in die.attributes:
                    address = location_address(self._dwarf, die, function, activation)
                    if address is not None:
                        size = _type_size(die)
                        found.append(Variable(_name(function), _name(die), address, size, die, living[-1]))
                if die.has_children:
                    nesting.append(nesting[-1] and die.tag in _BLOCKS)
                    living.append(living[-1] and self._holds(die, activation.pc))
        return found

    def _holds(self, die: Any, pc: int) -> bool:
        """True unless an entry says which addresses it is about, and ``pc`` is none of them."""
        ranges = list(self._ranges(die))
        return not ranges or any(low <= pc < high for low, high in ranges)

    def statics_beside(self, pc: int) -> list[Variable]:
        """The variables of fixed address that the unit of the code at ``pc`` defines."""
        unit = self._unit(pc)
        return self._statics_of(unit) if unit is not None else []

    def statics(self, is_wanted: Callable[[str], bool]) -> Iterator[Variable]:
        """The variables of fixed address of all units with code whose source's path is wanted."""
        for unit in {unit.cu_offset: unit for _, _, unit in self._units}.values():
            if is_wanted(self._guarded("", partial(_path_of, unit))):
                yield from self._statics_of(unit)

    def _statics_of(self, unit: Any) -> list[Variable]:
        if unit.cu_offset not in self._statics:
            self._statics[unit.cu_offset] = self._guarded([], lambda: list(_read_statics(unit)))
        return self._statics[unit.cu_offset]

    def part(self, variable: Variable, offset: int) -> tuple[str, bool]:
        """What :func:`vm.observe.members.part_at` says of a variable's byte."""
        return self._guarded(("", False), lambda: part_at(variable.entry, offset))

    @cached_property
    def function_bounds(self) -> list[tuple[int, int]]:
        """First address and end of the functions that call frame information describes, sorted."""
        return self._frames.bounds if self._frames else []


def _path_of(unit: Any) -> str:
    """The path of a unit's source."""
    top = unit.get_top_DIE()
    return f"{_text(top, 'DW_AT_comp_dir')}/{_text(top, 'DW_AT_name')}"


def _read_statics(unit: Any) -> Iterator[Variable]:
    for die in unit.iter_DIEs():
        if die.tag == "DW_TAG_variable" and "DW_AT_location" in die.attributes:
            for address, size, offset in fixed_places(die.attributes["DW_AT_location"].value):
                yield Variable("", _name(die), address, size or _type_size(die), die, offset=offset)


_VARIABLES = frozenset(("DW_TAG_variable", "DW_TAG_formal_parameter"))
_BLOCKS = frozenset(("DW_TAG_lexical_block", "DW_TAG_inlined_subroutine"))


def _check_line_program(dwarf: DWARFInfo, unit: Any) -> None:
    """Raise :class:`Unusable` for a line table of version 5 whose names have no fields: pyelftools would make as many
    of them as it is told to, out of nothing. What has fields is read from the section, and counted.
    """
    place, section = unit.get_top_DIE().attributes.get("DW_AT_stmt_list"), dwarf.debug_line_sec
    if place is None or section is None:
        return
    stream = section.stream
    stream.seek(place.value)
    is_wide = stream.read(4) == b"\xff\xff\xff\xff"
    stream.seek(8 * is_wide, 1)
    if int.from_bytes(stream.read(2), "little") < 5:
        return
    # address_size, segment_selector_size, header_length, and five bytes before opcode_base
    stream.seek(2 + (8 if is_wide else 4) + 5, 1)
    opcode_base = stream.read(1)[0]
    stream.seek(opcode_base - 1, 1)
    forms, number = unit.structs.Dwarf_dw_form, unit.structs.the_Dwarf_uleb128
    for _ in ("folders", "files"):
        fields = []
        for _ in range(stream.read(1)[0]):
            number.parse_stream(stream)
            fields.append(forms[DW_FORM_raw2name[number.parse_stream(stream)]])
        count = number.parse_stream(stream)
        if count and not fields:
            raise Unusable("its line table has names without fields")
        for _ in range(count):
            for form in fields:
                form.parse_stream(stream)


def _file_names(program: Any) -> dict[int, str]:
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


def _text(die: Any, name: str) -> str:
    """An attribute that is a text; empty without it."""
    value = die.attributes.get(name)
    text: str = value.value.decode(errors="replace") if value else ""
    return text


def _name(die: Any) -> str:
    for _ in range(4):
        if "DW_AT_name" in die.attributes:
            return printable(_text(die, "DW_AT_name"))
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
            return _checked(count * int(die.attributes["DW_AT_byte_size"].value))
        if die.tag == "DW_TAG_pointer_type":
            return count * 4
        if die.tag == "DW_TAG_array_type":
            count = _checked(count * _elements(die))
        if "DW_AT_type" not in die.attributes:
            if "DW_AT_abstract_origin" not in die.attributes:
                return count
            die = die.get_DIE_from_attribute("DW_AT_abstract_origin")
        else:
            die = die.get_DIE_from_attribute("DW_AT_type")
    return count


def _checked(size: int) -> int:
    """``size`` bytes of a variable; :class:`Unusable` if none can have so many."""
    if not 0 <= size < LARGEST:
        raise Unusable(f"a variable of {size:#x} bytes cannot be")
    return size


def _elements(array: Any) -> int:
    """How many elements a type of arrays has, as far as it says a number."""
    count = 1
    if not array.has_children:
        return count
    place = array.offset + array.size
    for _ in range(_DIMENSIONS):
        child = array.cu.get_DIE_from_refaddr(place)
        if child.is_null():
            return count
        for name, more in (("DW_AT_count", 0), ("DW_AT_upper_bound", 1)):
            bound = child.attributes.get(name)
            if bound is not None and describe_form_class(bound.form) == "constant":
                count = _checked(count * (int(bound.value) + more))
                break
        place += child.size
    raise Unusable(f"an array of more than {_DIMENSIONS} dimensions cannot be")
