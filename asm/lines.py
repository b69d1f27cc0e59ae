"""Line tables: which line of which source made which instruction, in DWARF 4, for debuggers and disassemblers.

Source: *DWARF Debugging Information Format, Version 4*, sections 3.1.1 (compilation units), 6.2 (line numbers) and 7.
As GNU as writes them: one compilation unit a source, whose code may lie in several ranges; what a macro or a repeat
makes belongs to the line that used it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise

from vm import elf
from vm.abi import Protection
from vm.elf import leb128

from .assembler import Assembler
from .limits import Limits
from .source import Reading
from .symbols import Section

PRODUCER = "forklore asm"

_DW_TAG_COMPILE_UNIT = 0x11
_DW_AT_NAME, _DW_AT_STMT_LIST, _DW_AT_LOW_PC, _DW_AT_LANGUAGE = 0x03, 0x10, 0x11, 0x13
_DW_AT_COMP_DIR, _DW_AT_PRODUCER, _DW_AT_RANGES = 0x1B, 0x25, 0x55
_DW_FORM_ADDR, _DW_FORM_DATA2, _DW_FORM_STRING, _DW_FORM_SEC_OFFSET = 0x01, 0x05, 0x08, 0x17
_DW_LANG_MIPS_ASSEMBLER = 0x8001
_ATTRIBUTES = (
    (_DW_AT_STMT_LIST, _DW_FORM_SEC_OFFSET),
    (_DW_AT_LOW_PC, _DW_FORM_ADDR),
    (_DW_AT_RANGES, _DW_FORM_SEC_OFFSET),
    (_DW_AT_NAME, _DW_FORM_STRING),
    (_DW_AT_COMP_DIR, _DW_FORM_STRING),
    (_DW_AT_PRODUCER, _DW_FORM_STRING),
    (_DW_AT_LANGUAGE, _DW_FORM_DATA2),
)

_DW_LNS_COPY, _DW_LNS_ADVANCE_PC, _DW_LNS_ADVANCE_LINE, _DW_LNS_SET_FILE = 1, 2, 3, 4
_DW_LNE_END_SEQUENCE, _DW_LNE_SET_ADDRESS = 1, 2
_OPERANDS = (0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1)
"""Operands of the standard opcodes, from 1 on."""
_LINE_BASE, _LINE_RANGE, _OPCODE_BASE = -5, 14, 13

Row = tuple[int, str, int]
"""From this address on, the code comes from that file and line."""


def sections(assemblers: Sequence[Assembler], directory: str) -> tuple[elf.OutputSection, ...]:
    """The debugging sections of an image; none when it has no code. ``directory``: what file names are relative to."""
    info, lines, ranges = bytearray(), bytearray(), bytearray()
    for assembler in assemblers:
        rows = [_rows(section, assembler.limits) for section in _code(assembler)]
        runs = [run for run in rows if len(run) > 1]
        if runs:
            info += _unit(assembler.root.name, directory, len(lines), len(ranges))
            lines += _line_program(runs)
            for run in runs:
                ranges += struct.pack("<II", run[0][0], run[-1][0])
            ranges += bytes(8)
    if not info:
        return ()
    contents = {".debug_abbrev": _abbreviations(), ".debug_info": info, ".debug_line": lines, ".debug_ranges": ranges}
    return tuple(
        elf.OutputSection(name, Protection.NONE, 0, bytes(data), loaded=False) for name, data in contents.items()
    )


def _code(assembler: Assembler) -> list[Section]:
    found = [section for section in assembler.sections.values() if section.allocated and section.executable]
    return sorted((section for section in found if section.marks), key=lambda section: section.address)


def _rows(section: Section, limits: Limits) -> list[Row]:
    """The lines of a section's bytes by address, and one past its end."""
    starts = [section.address + section.position(offset, items) for offset, items, _, _ in section.marks]
    end = section.address + section.final_size
    rows: list[Row] = []
    for (_, _, reading, index), start, after in zip(section.marks, starts, [*starts[1:], end], strict=True):
        limits.work(reading.depth + 2)
        file, line = _origin(reading, index)
        if after > start and not (rows and rows[-1][1:] == (file, line) and reading.kind not in ("source", "include")):
            rows.append((start, file, line))
    return [*rows, (end, "", 0)]


def _origin(reading: Reading, index: int) -> tuple[str, int]:
    """File and line of a statement; of the use of the macro that it comes from."""
    while reading.kind not in ("source", "include") and reading.parent is not None:
        reading, index = reading.parent, reading.parent_index
    return reading.name, reading.numbers[index]


def _string(text: str) -> bytes:
    return text.replace("\0", "?").encode("utf-8", "surrogateescape") + b"\0"


def _abbreviations() -> bytes:
    pairs = b"".join(leb128.write(name) + leb128.write(form) for name, form in _ATTRIBUTES)
    return leb128.write(1) + leb128.write(_DW_TAG_COMPILE_UNIT) + b"\0" + pairs + b"\0\0" + b"\0"


def _unit(name: str, directory: str, line_offset: int, range_offset: int) -> bytes:
    entry = leb128.write(1) + struct.pack("<III", line_offset, 0, range_offset)
    entry += _string(name) + _string(directory) + _string(PRODUCER) + struct.pack("<H", _DW_LANG_MIPS_ASSEMBLER)
    head = struct.pack("<HIB", 4, 0, 4)
    return struct.pack("<I", len(head) + len(entry)) + head + entry


def _line_program(runs: Sequence[Sequence[Row]]) -> bytes:
    files = list(dict.fromkeys(file for run in runs for _, file, _ in run[:-1]))
    names = b"".join(_string(file) + bytes(3) for file in files)
    head = struct.pack("<BBBbBB", 1, 1, 1, _LINE_BASE, _LINE_RANGE, _OPCODE_BASE) + bytes(_OPERANDS)
    head += b"\0" + names + b"\0"
    numbers = {file: number for number, file in enumerate(files, 1)}
    program = b"".join(piece for run in runs for piece in _sequence(run, numbers))
    body = struct.pack("<HI", 4, len(head)) + head + program
    return struct.pack("<I", len(body)) + body


def _sequence(run: Sequence[Row], numbers: dict[str, int]) -> Iterator[bytes]:
    """The opcodes for one contiguous range of code."""
    yield b"\0\5" + bytes([_DW_LNE_SET_ADDRESS]) + struct.pack("<I", run[0][0])
    last_file, last_line, distance = 1, 1, 0
    for (address, file, line), (after, _, _) in pairwise(run):
        if numbers[file] != last_file:
            last_file = numbers[file]
            yield bytes([_DW_LNS_SET_FILE]) + leb128.write(last_file)
        yield _advance(distance, line - last_line)
        last_line, distance = line, after - address
    yield bytes([_DW_LNS_ADVANCE_PC]) + leb128.write(distance) + b"\0\1" + bytes([_DW_LNE_END_SEQUENCE])


def _advance(distance: int, lines: int) -> bytes:
    """Move on by so many bytes and lines and add a row: by a special opcode (section 6.2.5.1) where one fits."""
    special = lines - _LINE_BASE + _LINE_RANGE * distance + _OPCODE_BASE
    if 0 <= lines - _LINE_BASE < _LINE_RANGE and special <= 0xFF:
        return bytes([special])
    moves = bytes([_DW_LNS_ADVANCE_PC]) + leb128.write(distance) if distance else b""
    return moves + bytes([_DW_LNS_ADVANCE_LINE]) + leb128.write(lines, signed=True) + bytes([_DW_LNS_COPY])
