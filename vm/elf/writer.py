"""Sections and symbols to the bytes of an ELF32 executable that GNU and LLVM tools read."""

from __future__ import annotations

from collections.abc import Sequence

from vm.abi import PAGE_SIZE, Protection
from vm.elf import format as f
from vm.elf.format import Symbol
from vm.elf.note import DialectNote
from vm.values import dataclass

ARCHITECTURE = "rv32i2p1_m2p0_a2p1"
"""The instruction set as .riscv.attributes names it: LLVM's disassembler decodes what stands there."""

STACK_ALIGNMENT = 16
"""Bytes; the psABI's alignment of the stack pointer."""


@dataclass(frozen=True, slots=True)
class OutputSection:
    """One section to write.

    ``data`` are its bytes and ``size`` its size in memory, filled up with zeros (that of ``data`` when None); a
    section with size but no data is written as SHT_NOBITS. ``align`` is in bytes. A section that is not ``loaded``
    has no address and no protection: debugging information, notes to tools.
    """

    name: str
    protection: Protection
    address: int
    data: bytes
    size: int | None = None
    align: int = 1
    type: int = f.SHT_PROGBITS
    loaded: bool = True

    @property
    def memory_size(self) -> int:
        """Bytes the section takes in memory."""
        return len(self.data) if self.size is None else self.size

    @property
    def contents(self) -> bytes:
        """The bytes in the file: none, or all of ``memory_size``."""
        return self.data.ljust(self.memory_size, b"\0") if self.data else b""

    @property
    def end(self) -> int:
        """One past its last address."""
        return self.address + self.memory_size


@dataclass(slots=True)
class _Load:
    """Sections that one PT_LOAD covers, by address, and where their bytes begin in the file."""

    sections: list[OutputSection]
    offset: int = 0

    @property
    def vaddr(self) -> int:
        return self.sections[0].address

    @property
    def filesz(self) -> int:
        return max((section.end - self.vaddr for section in self.sections if section.data), default=0)

    def contents(self) -> bytes:
        data = bytearray(self.filesz)
        for section in self.sections:
            if section.data:
                data[section.address - self.vaddr : section.end - self.vaddr] = section.contents
        return bytes(data)

    def header(self) -> bytes:
        memsz = self.sections[-1].end - self.vaddr
        protection = self.sections[0].protection
        flags = (
            (f.PF_R if protection & Protection.READ else 0)
            | (f.PF_W if protection & Protection.WRITE else 0)
            | (f.PF_X if protection & Protection.EXEC else 0)
        )
        return f.PROGRAM_HEADER.pack(
            f.PT_LOAD, self.offset, self.vaddr, self.vaddr, self.filesz, memsz, flags, PAGE_SIZE
        )


def write_image(
    *,
    entry: int,
    sections: Sequence[OutputSection],
    symbols: Sequence[Symbol] = (),
    note: DialectNote | None = None,
) -> bytes:
    """The bytes of an ET_EXEC file for RV32IMA with these sections, symbols and note.

    Section headers keep the order of ``sections``, so ``Symbol.section`` is 1 for the first of them. Local symbols
    are written before the others, as the format demands, and otherwise keep their order. Zero-filled sections should
    come last among those of their protection: one that shares a page with a later section with data is written out.

    Raises ValueError if loaded sections overlap, leave the 32-bit address space, or share a page under different
    protections.
    """
    loads = _group([section for section in sections if section.loaded and section.memory_size])
    count = len(loads) + 1 + (note is not None)
    body = bytearray(f.HEADER.size + count * f.PROGRAM_HEADER.size)
    for load in loads:
        if load.filesz:
            body.extend(bytes((load.vaddr - len(body)) % PAGE_SIZE))
        load.offset = len(body) if load.filesz else load.vaddr % PAGE_SIZE
        body.extend(load.contents())
    table = SectionTable(body)
    for section in sections:
        flags, address = (section_flags(section.protection), section.address) if section.loaded else (0, 0)
        home = next((load for load in loads if section in load.sections), None)
        if home is None:
            table.append(section.name, section.type, section.contents, flags, address, align=section.align)
        else:
            place = section.address - home.vaddr
            kind = section.type if place < home.filesz else f.SHT_NOBITS
            table.add(section.name, kind, flags, address, home.offset + place, section.memory_size, align=section.align)
    notes = b""
    if note is not None:
        packed = note.pack()
        offset = table.append(".note.dialect", f.SHT_NOTE, packed, align=4)
        notes = f.PROGRAM_HEADER.pack(f.PT_NOTE, offset, 0, 0, len(packed), len(packed), f.PF_R, 4)
    table.append(".riscv.attributes", f.SHT_RISCV_ATTRIBUTES, attributes())
    table.append_symbols(symbols)
    shoff = table.finish()
    headers = (
        b"".join(load.header() for load in loads)
        + notes
        + f.PROGRAM_HEADER.pack(f.PT_GNU_STACK, 0, 0, 0, 0, 0, f.PF_R | f.PF_W, STACK_ALIGNMENT)
    )
    ident = f.MAGIC + bytes((f.ELFCLASS32, f.ELFDATA2LSB, f.EV_CURRENT, f.ELFOSABI_SYSV))
    head = f.HEADER.pack(
        ident, f.ET_EXEC, f.EM_RISCV, f.EV_CURRENT, entry, f.HEADER.size, shoff, 0,
        f.HEADER.size, f.PROGRAM_HEADER.size, count, f.SECTION_HEADER.size, table.count, table.count - 1,
    )  # fmt: skip
    body[: len(head) + len(headers)] = head + headers
    return bytes(body)


def _group(sections: Sequence[OutputSection]) -> list[_Load]:
    """Sections with a size, in as few loads as pages, permissions and zero-filled memory allow."""
    loads: list[_Load] = []
    last: OutputSection | None = None
    for section in sorted(sections, key=lambda section: section.address):
        if not 0 <= section.address <= section.end <= 1 << 32:
            raise ValueError(f"section {section.name} is outside the address space: {section.address:#x}")
        if last is not None and last.end > section.address:
            raise ValueError(f"sections {last.name} and {section.name} overlap at {section.address:#x}")
        shared = last is not None and (last.end - 1) // PAGE_SIZE == section.address // PAGE_SIZE
        if last is not None and shared and last.protection != section.protection:
            raise ValueError(f"sections {last.name} and {section.name} share the page of {section.address:#x}")
        if last is not None and (
            shared
            or (
                last.protection == section.protection
                and section.address - last.end < PAGE_SIZE
                and (last.data or not section.data)
            )
        ):
            loads[-1].sections.append(section)
        else:
            loads.append(_Load([section]))
        last = section
    return loads


def section_flags(protection: Protection) -> int:
    """The flags of a section in memory, in its header."""
    return (
        f.SHF_ALLOC
        | (f.SHF_WRITE if protection & Protection.WRITE else 0)
        | (f.SHF_EXECINSTR if protection & Protection.EXEC else 0)
    )


def attributes() -> bytes:
    """The contents of .riscv.attributes (psABI, "Attributes"): stack alignment and architecture."""
    tag_file, tag_stack_align, tag_arch = 1, 4, 5
    values = bytes((tag_stack_align, STACK_ALIGNMENT, tag_arch)) + ARCHITECTURE.encode() + b"\0"
    file = bytes((tag_file,)) + (5 + len(values)).to_bytes(4, "little") + values
    vendor = b"riscv\0" + file
    return b"A" + (4 + len(vendor)).to_bytes(4, "little") + vendor


class _Strings:
    """A string table under construction; equal names share their bytes."""

    def __init__(self) -> None:
        self.data = bytearray(1)
        self._offsets: dict[str, int] = {"": 0}

    def add(self, name: str) -> int:
        """The offset of ``name``; ValueError if it cannot be a name."""
        if "\0" in name:
            raise ValueError(f"NUL in the name {name!r}")
        if name not in self._offsets:
            self._offsets[name] = len(self.data)
            self.data += name.encode() + b"\0"
        return self._offsets[name]


class SectionTable:
    """Section headers under construction, and the end of the file where contents are appended."""

    def __init__(self, body: bytearray) -> None:
        self._body = body
        self._names = _Strings()
        self._headers = [bytes(f.SECTION_HEADER.size)]

    @property
    def count(self) -> int:
        """Headers so far, the empty first one included."""
        return len(self._headers)

    def add(
        self, name: str, kind: int, flags: int, address: int, offset: int, size: int,
        *, link: int = 0, info: int = 0, align: int = 1, entsize: int = 0,
    ) -> None:  # fmt: skip
        """Add a header for contents that are in the file already."""
        self._headers.append(
            f.SECTION_HEADER.pack(self._names.add(name), kind, flags, address, offset, size, link, info, align, entsize)
        )

    def append(
        self, name: str, kind: int, contents: bytes, flags: int = 0, address: int = 0,
        *, link: int = 0, info: int = 0, align: int = 1, entsize: int = 0,
    ) -> int:  # fmt: skip
        """Add a header and its contents, aligned, at the end of the file; where in the file they are."""
        self._body.extend(bytes(-len(self._body) % max(align, 1)))
        offset = len(self._body)
        self._body.extend(contents)
        self.add(name, kind, flags, address, offset, len(contents), link=link, info=info, align=align, entsize=entsize)
        return offset

    def append_symbols(self, symbols: Sequence[Symbol]) -> None:
        """Add .symtab and its .strtab; the symbol table's info is the index of the first symbol that is not local."""
        bindings = {name: value for value, name in f.SYMBOL_BINDINGS.items()}
        types = {name: value for value, name in f.SYMBOL_TYPES.items()}
        special = {name: value for value, name in f.SPECIAL_SECTIONS.items()}
        names = _Strings()
        entries = [bytes(f.SYMBOL.size)]
        first_global = 1 + sum(symbol.binding == "local" for symbol in symbols)
        for symbol in sorted(symbols, key=lambda symbol: symbol.binding != "local"):
            section = special[symbol.section] if isinstance(symbol.section, str) else symbol.section
            info = bindings[symbol.binding] << 4 | types[symbol.type]
            entries.append(f.SYMBOL.pack(names.add(symbol.name), symbol.value, symbol.size, info, 0, section))
        link = self.count + 1
        self.append(
            ".symtab", f.SHT_SYMTAB, b"".join(entries), link=link, info=first_global, align=4, entsize=f.SYMBOL.size
        )
        self.append(".strtab", f.SHT_STRTAB, bytes(names.data))

    def finish(self) -> int:
        """Append .shstrtab and the headers themselves; returns their offset."""
        self._names.add(".shstrtab")
        self.append(".shstrtab", f.SHT_STRTAB, bytes(self._names.data))
        self._body.extend(bytes(-len(self._body) % 4))
        offset = len(self._body)
        self._body.extend(b"".join(self._headers))
        return offset
