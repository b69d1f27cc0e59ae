"""An executable without its symbols and its debugging information."""

from __future__ import annotations

from vm.elf import format as f
from vm.elf.reader import read_header, read_program_headers, read_sections
from vm.elf.writer import SectionTable

_LEFT_OUT = (f.SHT_NULL, f.SHT_SYMTAB, f.SHT_STRTAB)
_MOST_ALIGNED = 16
"""Bytes; what is not loaded needs no more, whatever it asks for."""


def strip(data: bytes) -> bytes:
    """Leave out what linkers leave out with ``-s``: symbols and debugging information.

    The loaded part of the file stays where it is, to the byte. Raises :class:`~vm.elf.format.ElfError` if ``data`` is
    no ELF file that this machine reads.
    """
    header, programs, sections = read_header(data), read_program_headers(data), read_sections(data)
    loaded = max((load.offset + load.filesz for load in programs if load.type == f.PT_LOAD), default=0)
    body = bytearray(data[: max(loaded, header.phoff + header.phnum * f.PROGRAM_HEADER.size)])
    table = SectionTable(body)
    moved: dict[int, int] = {}
    for section in sections:
        if section.flags & f.SHF_ALLOC:
            table.add(
                section.name, section.type, section.flags, section.address, section.offset, section.size,
                align=section.align, entsize=section.entsize,
            )  # fmt: skip
        elif section.type not in _LEFT_OUT and not section.name.startswith(".debug"):
            contents = section.contents(data)
            moved[section.offset] = table.append(
                section.name, section.type, contents, section.flags,
                align=min(section.align, _MOST_ALIGNED), entsize=section.entsize,
            )  # fmt: skip
    for index, program in enumerate(programs):
        if program.type != f.PT_LOAD and program.offset >= loaded and program.offset in moved:
            at = header.phoff + index * f.PROGRAM_HEADER.size + f.P_OFFSET
            body[at : at + 4] = moved[program.offset].to_bytes(4, "little")
    body[f.E_SHOFF : f.E_SHOFF + 4] = table.finish().to_bytes(4, "little")
    body[f.E_SHNUM : f.E_SHNUM + 2] = table.count.to_bytes(2, "little")
    body[f.E_SHSTRNDX : f.E_SHSTRNDX + 2] = (table.count - 1).to_bytes(2, "little")
    return bytes(body)
