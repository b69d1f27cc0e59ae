"""ELF32 executables for RISC-V: bytes to header objects, to an image the loader can trust, and back to bytes.

:func:`load_image` holds every check of the loader; :func:`read_header` and its kin give the tables as they stand;
:func:`write_image` makes an executable. All of them report a bad file as :class:`ElfError`.
"""

from vm.elf.format import ElfError, Header, ProgramHeader, Section, Symbol
from vm.elf.image import Image, LoadSegment, load_image
from vm.elf.note import DialectNote
from vm.elf.reader import read_header, read_program_headers, read_sections, read_symbols
from vm.elf.writer import OutputSection, write_image

__all__ = [
    "DialectNote", "ElfError", "Header", "Image", "LoadSegment", "OutputSection", "ProgramHeader", "Section", "Symbol",
    "load_image", "read_header", "read_program_headers", "read_sections", "read_symbols", "write_image",
]  # fmt: skip
