"""The ELF32 format in numbers: field layouts, constants, and the records that the reader gives and the writer takes.

Sources: *Tool Interface Standard: Executable and Linking Format*, version 1.2, and the *RISC-V ELF psABI*
("ELF Object Files"). Constants keep the names they have there.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from vm.values import dataclass

# --- the ELF header ---------------------------------------------------------------------------------------------

MAGIC = b"\x7fELF"
EI_CLASS, EI_DATA, EI_VERSION, EI_OSABI = 4, 5, 6, 7
ELFCLASS32, ELFCLASS64 = 1, 2
ELFDATA2LSB, ELFDATA2MSB = 1, 2
EV_CURRENT = 1
ELFOSABI_SYSV, ELFOSABI_GNU = 0, 3

HEADER = struct.Struct("<16sHHIIIIIHHHHHH")
"""e_ident, e_type, e_machine, e_version, e_entry, e_phoff, e_shoff, e_flags, e_ehsize, e_phentsize, e_phnum,
e_shentsize, e_shnum, e_shstrndx."""

E_TYPE, E_MACHINE, E_VERSION, E_ENTRY, E_PHOFF, E_SHOFF, E_FLAGS = 16, 18, 20, 24, 28, 32, 36
E_EHSIZE, E_PHENTSIZE, E_PHNUM, E_SHENTSIZE, E_SHNUM, E_SHSTRNDX = 40, 42, 44, 46, 48, 50
"""Byte offsets of the header's fields."""

ET_REL, ET_EXEC, ET_DYN, ET_CORE = 1, 2, 3, 4
FILE_TYPES: Mapping[int, str] = {
    ET_REL: "relocatable object", ET_EXEC: "executable", ET_DYN: "shared object", ET_CORE: "core dump",
}  # fmt: skip

EM_RISCV = 243
MACHINES: Mapping[int, str] = {
    3: "i386", 8: "MIPS", 20: "PowerPC", 21: "PowerPC64", 22: "S/390", 40: "ARM", 62: "x86-64", 183: "AArch64",
    EM_RISCV: "RISC-V", 247: "BPF", 258: "LoongArch",
}  # fmt: skip

EF_RISCV_RVC, EF_RISCV_FLOAT_ABI, EF_RISCV_RVE, EF_RISCV_TSO = 0x1, 0x6, 0x8, 0x10
FLOAT_ABIS: Mapping[int, str] = {0: "soft", 2: "single", 4: "double", 6: "quad"}
"""Values of EF_RISCV_FLOAT_ABI."""

# --- program headers --------------------------------------------------------------------------------------------

PROGRAM_HEADER = struct.Struct("<8I")
"""p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align."""

P_TYPE, P_OFFSET, P_VADDR, P_PADDR, P_FILESZ, P_MEMSZ, P_FLAGS, P_ALIGN = range(0, 32, 4)
"""Byte offsets of a program header's fields."""

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_GNU_STACK, PT_RISCV_ATTRIBUTES = 1, 2, 3, 4, 0x6474_E551, 0x7000_0003
SEGMENT_TYPES: Mapping[int, str] = {
    0: "NULL", PT_LOAD: "LOAD", PT_DYNAMIC: "DYNAMIC", PT_INTERP: "INTERP", PT_NOTE: "NOTE", 5: "SHLIB", 6: "PHDR",
    7: "TLS", 0x6474_E550: "GNU_EH_FRAME", PT_GNU_STACK: "GNU_STACK", 0x6474_E552: "GNU_RELRO",
    0x6474_E553: "GNU_PROPERTY", PT_RISCV_ATTRIBUTES: "RISCV_ATTRIBUTES",
}  # fmt: skip
PF_X, PF_W, PF_R = 1, 2, 4

DYNAMIC_ENTRY = struct.Struct("<II")
"""d_tag, d_val."""
DT_NULL, DT_NEEDED = 0, 1

# --- sections ---------------------------------------------------------------------------------------------------

SECTION_HEADER = struct.Struct("<10I")
"""sh_name, sh_type, sh_flags, sh_addr, sh_offset, sh_size, sh_link, sh_info, sh_addralign, sh_entsize."""

SH_NAME, SH_TYPE, SH_FLAGS, SH_ADDR, SH_OFFSET, SH_SIZE, SH_LINK, SH_INFO, SH_ADDRALIGN, SH_ENTSIZE = range(0, 40, 4)
"""Byte offsets of a section header's fields."""

SHT_NULL, SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_NOTE, SHT_NOBITS = 0, 1, 2, 3, 7, 8
SHT_RISCV_ATTRIBUTES = 0x7000_0003
SECTION_TYPES: Mapping[int, str] = {
    SHT_NULL: "NULL", SHT_PROGBITS: "PROGBITS", SHT_SYMTAB: "SYMTAB", SHT_STRTAB: "STRTAB", 4: "RELA", 5: "HASH",
    6: "DYNAMIC", SHT_NOTE: "NOTE", SHT_NOBITS: "NOBITS", 9: "REL", 11: "DYNSYM", 14: "INIT_ARRAY", 15: "FINI_ARRAY",
    16: "PREINIT_ARRAY", 17: "GROUP", SHT_RISCV_ATTRIBUTES: "RISCV_ATTRIBUTES",
}  # fmt: skip
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_COMPRESSED = 1, 2, 4, 0x800

# --- symbols ----------------------------------------------------------------------------------------------------

SYMBOL = struct.Struct("<IIIBBH")
"""st_name, st_value, st_size, st_info, st_other, st_shndx."""

ST_NAME, ST_VALUE, ST_SIZE, ST_INFO, ST_OTHER, ST_SHNDX = 0, 4, 8, 12, 13, 14
"""Byte offsets of a symbol's fields."""

SYMBOL_BINDINGS: Mapping[int, str] = {0: "local", 1: "global", 2: "weak", 10: "unique"}
SYMBOL_TYPES: Mapping[int, str] = {
    0: "notype", 1: "object", 2: "func", 3: "section", 4: "file", 5: "common", 6: "tls", 10: "ifunc",
}  # fmt: skip
SHN_LORESERVE = 0xFF00
SPECIAL_SECTIONS: Mapping[int, str] = {0: "undef", 0xFFF1: "abs", 0xFFF2: "common"}
"""Values of st_shndx that name no section."""


class ElfError(ValueError):
    """A file that is no image this machine can run or read.

    ``message`` says what is wrong, ``offset`` is the byte of the file it concerns; ``str()`` gives both.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message, offset)
        self.message = message
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.message} (offset {self.offset:#x})"


@dataclass(frozen=True, slots=True)
class Header:
    """The ELF header, without what is the same in every file that the reader accepts."""

    osabi: int
    type: int
    entry: int
    phoff: int
    shoff: int
    flags: int
    phnum: int
    shnum: int
    shstrndx: int


@dataclass(frozen=True, slots=True)
class ProgramHeader:
    """One program header: a range of the file and the range of memory it describes, in bytes.

    ``flags`` is a combination of PF_R, PF_W and PF_X.
    """

    type: int
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    flags: int
    align: int


@dataclass(frozen=True, slots=True)
class Section:
    """One section header, its name resolved; sizes and alignment in bytes."""

    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entsize: int

    def contents(self, data: bytes) -> bytes:
        """The section's bytes in the file ``data`` it was read from; empty for SHT_NOBITS."""
        return b"" if self.type == SHT_NOBITS else data[self.offset : self.offset + self.size]


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol.

    ``binding`` is a value of ``SYMBOL_BINDINGS`` and ``type`` one of ``SYMBOL_TYPES``, or the bare number when the
    value has no name there. ``section`` is the index of the section that defines it, or "abs", "undef" or "common".
    """

    name: str
    value: int
    size: int = 0
    binding: str = "local"
    type: str = "notype"
    section: int | str = "abs"

    @property
    def is_spoken(self) -> bool:
        """True for a name that people gave: no mapping symbol (psABI) nor a compiler's temporary, nor an empty one."""
        return bool(self.name) and not self.name.startswith(("$", ".L"))
