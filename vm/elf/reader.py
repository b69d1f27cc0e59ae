"""ELF32 bytes to header objects.

Whatever the bytes, a function here returns or raises :class:`ElfError`, in time and memory linear in the file's size.
"""

from __future__ import annotations

from vm.elf import format as f
from vm.elf.format import ElfError, Header, ProgramHeader, Section, Symbol

NAMES_PER_TABLE = 16
"""Total length of the distinct names read from a string table, in multiples of its size.

Names may share their tails, so the total may exceed the table; a table made of one endless name that many entries
point into would make it quadratic.
"""

NAMES_IN_ALL = 32 << 20
"""Total length of the names read from a string table, each as often as it is used: whoever shows them repeats them."""

SYMBOL_LIMIT = 250_000
"""Most symbols of an image, each of which takes some 300 bytes here: a C library has 2,000, LLVM's clang 150,000."""


def read_header(data: bytes) -> Header:
    """The ELF header of ``data``.

    Raises ElfError unless the file is ELF32, little-endian, for RISC-V, and both header tables lie inside the file,
    apart from each other and from the ELF header.
    """
    _check_identity(data)
    ident, type, _, version, entry, phoff, shoff, flags, ehsize, phentsize, phnum, shentsize, shnum, shstrndx = (
        f.HEADER.unpack_from(data)
    )
    if version != f.EV_CURRENT:
        raise ElfError(f"ELF version {version}, not {f.EV_CURRENT}", f.E_VERSION)
    if ehsize != f.HEADER.size:
        raise ElfError(f"ELF header of {ehsize} bytes, not {f.HEADER.size}", f.E_EHSIZE)
    if phnum and phentsize != f.PROGRAM_HEADER.size:
        raise ElfError(f"program headers of {phentsize} bytes, not {f.PROGRAM_HEADER.size}", f.E_PHENTSIZE)
    if shnum and shentsize != f.SECTION_HEADER.size:
        raise ElfError(f"section headers of {shentsize} bytes, not {f.SECTION_HEADER.size}", f.E_SHENTSIZE)
    if (shoff and not shnum) or shnum >= f.SHN_LORESERVE:
        raise ElfError(f"section count {shnum} with a section table: extended numbering is not supported", f.E_SHNUM)
    programs = range(phoff, phoff + phnum * f.PROGRAM_HEADER.size)
    sections = range(shoff, shoff + shnum * f.SECTION_HEADER.size)
    _check_table("program", programs, f.E_PHOFF, data)
    _check_table("section", sections, f.E_SHOFF, data)
    if programs and sections and programs.start < sections.stop and sections.start < programs.stop:
        raise ElfError("program and section headers overlap", f.E_SHOFF)
    return Header(ident[f.EI_OSABI], type, entry, phoff, shoff, flags, phnum, shnum, shstrndx)


def _check_identity(data: bytes) -> None:
    """Raise ElfError unless ``data`` starts with a whole ELF header of the class, data and machine we read."""
    if not data:
        raise ElfError("empty file", 0)
    if data[:4] != f.MAGIC[: len(data)]:
        raise ElfError("not an ELF file", 0)
    if len(data) < f.HEADER.size:
        raise ElfError(f"truncated: the ELF header takes {f.HEADER.size} bytes, the file has {len(data)}", len(data))
    if data[f.EI_DATA] != f.ELFDATA2LSB:
        order = "big-endian" if data[f.EI_DATA] == f.ELFDATA2MSB else f"byte order {data[f.EI_DATA]}"
        raise ElfError(f"{order}, not little-endian", f.EI_DATA)
    machine = int.from_bytes(data[f.E_MACHINE : f.E_MACHINE + 2], "little")
    if machine != f.EM_RISCV:
        raise ElfError(f"for {f.MACHINES.get(machine, f'machine {machine}')}, not RISC-V", f.E_MACHINE)
    if data[f.EI_CLASS] == f.ELFCLASS64:
        raise ElfError("64-bit, not 32-bit: build with -march=rv32ima -mabi=ilp32", f.EI_CLASS)
    if data[f.EI_CLASS] != f.ELFCLASS32:
        raise ElfError(f"ELF class {data[f.EI_CLASS]}, not 32-bit", f.EI_CLASS)
    if data[f.EI_VERSION] != f.EV_CURRENT:
        raise ElfError(f"ELF version {data[f.EI_VERSION]}, not {f.EV_CURRENT}", f.EI_VERSION)


def _check_table(kind: str, table: range, field: int, data: bytes) -> None:
    """Raise ElfError, about the header's ``field``, unless the table of headers is inside the file."""
    if not table:
        return
    if table.start < f.HEADER.size:
        raise ElfError(f"{kind} headers at {table.start:#x} overlap the ELF header", field)
    if table.stop > len(data):
        raise ElfError(f"truncated: {kind} headers reach {table.stop:#x}, the file has {len(data):#x} bytes", field)


def read_program_headers(data: bytes) -> tuple[ProgramHeader, ...]:
    """The program headers of ``data``, in file order. Raises ElfError as :func:`read_header` does."""
    header = read_header(data)
    end = header.phoff + header.phnum * f.PROGRAM_HEADER.size
    return tuple(ProgramHeader(*fields) for fields in f.PROGRAM_HEADER.iter_unpack(data[header.phoff : end]))


def read_sections(data: bytes) -> tuple[Section, ...]:
    """The section headers of ``data``, in file order, the empty one at index 0 included; () without a table.

    Raises ElfError as :func:`read_header` does, and for a name or contents outside the file.
    """
    header = read_header(data)
    end = header.shoff + header.shnum * f.SECTION_HEADER.size
    rows = list(f.SECTION_HEADER.iter_unpack(data[header.shoff : end]))
    sections = [Section("", *row[1:]) for row in rows]
    for index, section in enumerate(sections):
        reach = section.offset + section.size
        if section.type not in (f.SHT_NULL, f.SHT_NOBITS) and reach > len(data):
            raise ElfError(
                f"section {index}: contents reach {reach:#x}, the file has {len(data):#x} bytes",
                _section_field(header, index, f.SH_OFFSET),
            )
    if header.shstrndx == 0:
        return tuple(sections)
    names = _string_table(data, sections, header.shstrndx, f.E_SHSTRNDX)
    return tuple(
        Section(names.read(row[0], _section_field(header, index, f.SH_NAME)), *row[1:])
        for index, row in enumerate(rows)
    )


def read_symbols(data: bytes) -> tuple[Symbol, ...]:
    """The symbols of ``data``'s symbol table, in file order, without the empty one at index 0; () without a table.

    Raises ElfError as :func:`read_sections` does, and for a damaged table.
    """
    sections = read_sections(data)
    index = next((index for index, section in enumerate(sections) if section.type == f.SHT_SYMTAB), None)
    if index is None:
        return ()
    header, table = read_header(data), sections[index]
    if table.entsize != f.SYMBOL.size or table.size % f.SYMBOL.size:
        raise ElfError(
            f"symbol table of {table.size} bytes in entries of {table.entsize}, not {f.SYMBOL.size}",
            _section_field(header, index, f.SH_ENTSIZE),
        )
    count = table.size // f.SYMBOL.size
    if count > SYMBOL_LIMIT:
        raise ElfError(
            f"symbol table of {count:,} entries, over {SYMBOL_LIMIT:,}", _section_field(header, index, f.SH_SIZE)
        )
    names = _string_table(data, sections, table.link, _section_field(header, index, f.SH_LINK))
    entries = f.SYMBOL.iter_unpack(table.contents(data))
    symbols = []
    for place, (name, value, size, info, _, shndx) in enumerate(entries):
        where = table.offset + place * f.SYMBOL.size
        if place == 0:
            continue
        if shndx not in f.SPECIAL_SECTIONS and shndx >= len(sections):
            raise ElfError(f"symbol {place}: section {shndx} of {len(sections)}", where + f.ST_SHNDX)
        binding, kind = info >> 4, info & 15
        symbols.append(
            Symbol(
                names.read(name, where + f.ST_NAME),
                value,
                size,
                f.SYMBOL_BINDINGS.get(binding, str(binding)),
                f.SYMBOL_TYPES.get(kind, str(kind)),
                f.SPECIAL_SECTIONS.get(shndx, shndx),
            )
        )
    return tuple(symbols)


def _section_field(header: Header, index: int, field: int) -> int:
    """The file offset of a field of the section header at ``index``."""
    return header.shoff + index * f.SECTION_HEADER.size + field


def _string_table(data: bytes, sections: list[Section] | tuple[Section, ...], index: int, field: int) -> _StringTable:
    """The string table at section ``index``; ElfError, about the ``field`` that named it, if it is none."""
    if index >= len(sections):
        raise ElfError(f"string table in section {index} of {len(sections)}", field)
    section = sections[index]
    if section.type != f.SHT_STRTAB:
        raise ElfError(f"section {index} is not a string table", field)
    return _StringTable(section.contents(data))


class _StringTable:
    """Names by offset, each read once, their total bounded by NAMES_PER_TABLE, and by NAMES_IN_ALL for all uses."""

    def __init__(self, table: bytes) -> None:
        self._table = table
        self._names: dict[int, str] = {}
        self._allowance = NAMES_PER_TABLE * len(table)
        self._uses = NAMES_IN_ALL

    def read(self, offset: int, field: int) -> str:
        """The name at ``offset``; ElfError, about the ``field`` that held it, if it is not in the table."""
        if offset not in self._names:
            self._names[offset] = self._find(offset, field)
        name = self._names[offset]
        self._uses -= len(name)
        if self._uses < 0:
            raise ElfError(f"names of more than {NAMES_IN_ALL:,} letters in all", field)
        return name

    def _find(self, offset: int, field: int) -> str:
        end = self._table.find(b"\0", offset)
        if end < 0:
            if offset == 0:
                return ""
            raise ElfError(f"name at {offset:#x} of a string table of {len(self._table):#x} bytes", field)
        self._allowance -= end - offset
        if self._allowance < 0:
            raise ElfError("the names in a string table overlap beyond reason", field)
        return self._table[offset:end].decode("utf-8", "backslashreplace")
