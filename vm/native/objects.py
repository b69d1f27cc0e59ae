"""Object files of LLVM's (ELF for x86-64, System V ABI): their code and data as one piece, to be placed anywhere.

What a piece refers to inside itself is resolved here, as far as that does not depend on where it will lie.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator

from vm.native.arena import ALIGNMENT, MOST_CODE
from vm.values import dataclass

_SYMBOL, _RELOCATION = "<IBBHQQ", "<QQq"
_PROGBITS, _SYMTAB, _RELA = 1, 2, 4
_WRITE, _ALLOC, _CODE = 1, 2, 2 | 4
_MERGE_AND_STRINGS = 0x10 | 0x20
R_X86_64_64, R_X86_64_PC32, R_X86_64_PLT32, R_X86_64_32S = 1, 2, 4, 11


class UnexpectedObject(Exception):
    """LLVM made something that is not placed here, such as a section or a relocation of another kind."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A reference to what the object does not hold: at ``place``, of an R_X86_64 kind, to ``name`` + ``addend``."""

    place: int
    kind: int
    name: str
    addend: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The sections of an object, code first, to be placed at a multiple of ALIGNMENT.

    ``symbols`` are offsets of what it defines, ``functions`` those of them that are code. ``absolute`` are places of
    64-bit addresses, each with the offset in the piece that it means. ``outside`` is what others have to provide.
    """

    data: bytearray
    symbols: dict[str, int]
    functions: frozenset[str]
    absolute: list[tuple[int, int]]
    outside: list[Outside]


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    kind: int
    flags: int
    content: bytes
    link: int
    info: int
    alignment: int


class _Object:
    """An object file, and where its sections go: the code, and behind it everything else."""

    def __init__(self, data: bytes, most: int, alignment: int, is_written: bool, without: Collection[str]) -> None:
        self.alignment = alignment
        self.sections = list(_read_sections(data))
        self.placed: dict[int, int] = {}
        self.blob = bytearray()
        loaded = [
            index
            for index, section in enumerate(self.sections)
            if section.flags & _ALLOC and section.content and section.name not in without
        ]
        for index in sorted(loaded, key=lambda index: self.sections[index].flags != _CODE):
            self._place(index, most, is_written)
        if not loaded or self.sections[next(iter(self.placed))].name != ".text":
            raise UnexpectedObject("no code")
        (symbols,) = (section for section in self.sections if section.kind == _SYMTAB)
        strings = self.sections[symbols.link].content
        self.symbols = [
            (_text(strings, name), section, value)
            for name, _, _, section, value, _ in struct.iter_unpack(_SYMBOL, symbols.content)
        ]

    def _place(self, index: int, most: int, is_written: bool) -> None:
        section = self.sections[index]
        is_code = section.name == ".text" and section.flags == _CODE
        allowed = _ALLOC | _MERGE_AND_STRINGS | (_WRITE if is_written else 0)
        if section.kind != _PROGBITS or (not is_code and section.flags & ~allowed):
            raise UnexpectedObject(f"section {section.name}")
        alignment = max(section.alignment, ALIGNMENT)
        if alignment > self.alignment or alignment & (alignment - 1):
            raise UnexpectedObject(f"section {section.name} at a multiple of {section.alignment}")
        self.blob += bytes(-len(self.blob) % alignment)
        self.placed[index] = len(self.blob)
        self.blob += section.content
        if len(self.blob) > most:
            raise UnexpectedObject(f"{len(self.blob)} bytes")

    def offsets(self, is_code: bool) -> dict[str, int]:
        """Offsets of what is defined, with a name; code alone, or all of it."""
        return {
            name: self.placed[section] + value
            for name, section, value in self.symbols
            if name and section in self.placed and (not is_code or self.sections[section].flags == _CODE)
        }

    def resolve(self) -> tuple[list[tuple[int, int]], list[Outside]]:
        """Resolve what is relative; (places of absolute addresses and what they mean, what is outside)."""
        absolute, outside = [], []
        for section in self.sections:
            if section.kind != _RELA or section.info not in self.placed:
                continue
            base = self.placed[section.info]
            for offset, kind_and_symbol, addend in struct.iter_unpack(_RELOCATION, section.content):
                place, kind = base + offset, kind_and_symbol & 0xFFFF_FFFF
                name, target, value = self.symbols[kind_and_symbol >> 32]
                if offset + (8 if kind == R_X86_64_64 else 4) > len(self.sections[section.info].content):
                    raise UnexpectedObject(f"relocation at {offset}")
                if target not in self.placed:
                    if target:
                        raise UnexpectedObject(f"relocation {kind} against {name!r}")
                    outside.append(Outside(place, kind, name, addend))
                elif value >= len(self.sections[target].content):
                    raise UnexpectedObject(f"relocation {kind} against {name!r}")
                elif kind in (R_X86_64_PC32, R_X86_64_PLT32):
                    self.blob[place : place + 4] = struct.pack("<i", self.placed[target] + value + addend - place)
                elif kind == R_X86_64_64:
                    absolute.append((place, self.placed[target] + value + addend))
                else:
                    raise UnexpectedObject(f"relocation {kind} against {name!r}")
        return absolute, outside


def _read_sections(data: bytes) -> Iterator[_Section]:
    (offset,) = struct.unpack_from("<Q", data, 40)
    size, count, names = struct.unpack_from("<HHH", data, 58)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, offset + size * index) for index in range(count)]
    _, _, _, _, names_start, names_size, *_ = headers[names]
    for name, kind, flags, _, start, length, link, info, alignment, _ in headers:
        content = data[start : start + length]
        if len(content) != length and kind != 8:  # SHT_NOBITS has none
            raise UnexpectedObject("section without content")
        label = _text(data[names_start : names_start + names_size], name)
        yield _Section(label, kind, flags, content, link, info, alignment)


def _text(strings: bytes, start: int) -> str:
    return strings[start : strings.index(b"\0", start)].decode()


def take_object(
    data: bytes,
    *,
    most: int = MOST_CODE,
    alignment: int = ALIGNMENT,
    is_written: bool = False,
    without: Collection[str] = (),
) -> Piece:
    """Take an object file's sections, of ``most`` bytes together; data that is written too if ``is_written``.

    Sections ``without`` which code runs are left out. The piece is to be placed at a multiple of ``alignment``.
    Raises UnexpectedObject.
    """
    try:
        taken = _Object(data, most, alignment, is_written, without)
        absolute, outside = taken.resolve()
        return Piece(taken.blob, taken.offsets(False), frozenset(taken.offsets(True)), absolute, outside)
    except (struct.error, LookupError, ValueError, OverflowError) as error:
        raise UnexpectedObject(f"no object file: {error}") from error
