"""The rows of a unit's line table: the program that makes them, run.

pyelftools runs it too, and parses every number through a description of its type: most of the time of a check of a C
program went there. Its own reading of the header is used.

Source: *DWARF Debugging Information Format, Version 5*, section 6.2.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_COPY, _ADVANCE_PC, _ADVANCE_LINE, _SET_FILE, _CONST_ADD_PC, _FIXED_ADVANCE_PC = 1, 2, 3, 4, 8, 9
_EXTENDED, _END_SEQUENCE, _SET_ADDRESS = 0, 1, 2
_LONGEST = 16
"""Most bytes of a number; ten hold any of 64 bits."""


class _Reader:
    """The bytes of a program, one number after the other; IndexError behind them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def byte(self) -> int:
        value = self.data[self.place]
        self.place += 1
        return value

    def fixed(self, size: int) -> int:
        data = self.data[self.place : self.place + size]
        if len(data) < size:
            raise IndexError("a number is cut off")
        self.place += size
        return int.from_bytes(data, "little")

    def leb128(self, *, signed: bool = False) -> int:
        value = shift = 0
        while shift < 7 * _LONGEST:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value - (1 << shift) if signed and byte & 0x40 else value
        raise IndexError("a number has no end")


def rows(program: Any) -> Iterator[tuple[int, int, int, bool]]:
    """The rows that a line program (pyelftools') makes: address, number of the file, line, whether a sequence ends.

    Raises whatever damage leads to.
    """
    header = program.header
    base, line_base, line_range = header["opcode_base"], header["line_base"], header["line_range"]
    step, operations = header["minimum_instruction_length"], header["maximum_operations_per_instruction"]
    lengths = header["standard_opcode_lengths"]
    program.stream.seek(program.program_start_offset)
    reader = _Reader(program.stream.read(program.program_end_offset - program.program_start_offset))
    end = len(reader.data)
    address, file, line, operation = 0, 1, 1, 0
    while reader.place < end:
        opcode = reader.byte()
        if opcode >= base or opcode == _CONST_ADD_PC:
            advance, line_advance = divmod((opcode if opcode >= base else 255) - base, line_range)
            address += step * ((operation + advance) // operations)
            operation = (operation + advance) % operations
            if opcode >= base:
                line += line_base + line_advance
                yield address, file, line, False
        elif opcode == _EXTENDED:
            behind = reader.leb128() + reader.place
            kind = reader.byte()
            if kind == _END_SEQUENCE:
                yield address, file, line, True
                address, file, line, operation = 0, 1, 1, 0
            elif kind == _SET_ADDRESS:
                address, operation = reader.fixed(behind - reader.place), 0
            reader.place = behind
        elif opcode == _COPY:
            yield address, file, line, False
        elif opcode == _ADVANCE_PC:
            advance = reader.leb128()
            address += step * ((operation + advance) // operations)
            operation = (operation + advance) % operations
        elif opcode == _ADVANCE_LINE:
            line += reader.leb128(signed=True)
        elif opcode == _SET_FILE:
            file = reader.leb128()
        elif opcode == _FIXED_ADVANCE_PC:
            address, operation = address + reader.fixed(2), 0
        else:
            for _ in range(lengths[opcode - 1]):
                reader.leb128()
