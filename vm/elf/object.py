"""Sections, symbols and relocations to the bytes of an ELF32 object file that linkers read."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from vm.abi import Protection
from vm.elf import format as f
from vm.elf.format import Symbol
from vm.elf.writer import SectionTable, attributes, section_flags
from vm.values import dataclass

_RELA = struct.Struct("<IIi")
_SHT_RELA = 4
_SHF_INFO_LINK = 0x40


@dataclass(frozen=True, slots=True)
class Relocation:
    """What a linker puts at ``offset`` of a section: ``type`` is an R_RISCV number, ``symbol`` an index of the symbol
    table (0 for none), ``addend`` is added to its value.
    """

    offset: int
    type: int
    symbol: int
    addend: int


@dataclass(frozen=True, slots=True)
class ObjectSection:
    """One section of an object file: ``size`` bytes, in the file unless ``nobits``; ``align`` is in bytes."""

    name: str
    protection: Protection
    data: bytes
    size: int
    align: int
    nobits: bool
    relocations: tuple[Relocation, ...] = ()


def write_object(sections: Sequence[ObjectSection], symbols: Sequence[Symbol]) -> bytes:
    """The bytes of an ET_REL file for RV32IMA. ``Symbol.section`` is 1 for the first section, and local symbols come
    first, so that a relocation's symbol is the index of one in ``symbols`` plus 1.
    """
    body = bytearray(f.HEADER.size)
    table = SectionTable(body)
    for section in sections:
        kind = f.SHT_NOBITS if section.nobits else f.SHT_PROGBITS
        flags = section_flags(section.protection)
        if section.nobits:
            table.add(section.name, kind, flags, 0, len(body), section.size, align=section.align)
        else:
            table.append(section.name, kind, section.data, flags, align=section.align)
    relocated = [(number, section) for number, section in enumerate(sections, 1) if section.relocations]
    link = len(sections) + len(relocated) + 2
    for number, section in relocated:
        entries = b"".join(
            _RELA.pack(one.offset, one.symbol << 8 | one.type, (one.addend & 0xFFFF_FFFF ^ 1 << 31) - (1 << 31))
            for one in section.relocations
        )
        table.append(
            f".rela{section.name}", _SHT_RELA, entries, _SHF_INFO_LINK, link=link, info=number, align=4,
            entsize=_RELA.size,
        )  # fmt: skip
    table.append(".riscv.attributes", f.SHT_RISCV_ATTRIBUTES, attributes())
    table.append_symbols(symbols)
    shoff = table.finish()
    ident = f.MAGIC + bytes((f.ELFCLASS32, f.ELFDATA2LSB, f.EV_CURRENT, f.ELFOSABI_SYSV))
    body[: f.HEADER.size] = f.HEADER.pack(
        ident, f.ET_REL, f.EM_RISCV, f.EV_CURRENT, 0, 0, shoff, 0,
        f.HEADER.size, 0, 0, f.SECTION_HEADER.size, table.count, table.count - 1,
    )  # fmt: skip
    return bytes(body)
