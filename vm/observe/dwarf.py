"""The debugging sections of an image, opened for pyelftools: all that a guest can write there passes through here.

An image's debugging information is a guest's input, and pyelftools believes it: it raises whatever comes up, and goes
on for as long as it is told to. So sections are bounded before they are read, and every access to them is counted.

Sources: *Tool Interface Standard: Executable and Linking Format*, gABI, "Section Compression"; GNU's ``.zdebug``.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo

from vm.elf import Section, read_sections
from vm.elf.format import SHF_COMPRESSED, SHT_NOBITS

SIZE_LIMIT = 64 << 20
"""Bytes that the debugging sections of one image may have together, unpacked."""

ACCESS_LIMIT = 4_000_000
"""Accesses to the debugging sections of one image, each a read, a seek or a tell: some 12 seconds and 400 MB of what
pyelftools makes of them. A line of a program with the C library takes 60,000, the names of a function 100,000 more.
"""

NUMBER_LIMIT = 1024
"""Bytes of one number in LEB128: reading a long one takes time that grows with the square of its length."""

_COMPRESSION_HEADER = struct.Struct("<III")
"""ch_type, ch_size, ch_addralign."""
_ELFCOMPRESS_ZLIB = 1
_GNU_HEADER = struct.Struct(">4sQ")

_NAMES = (
    "debug_info", "debug_aranges", "debug_abbrev", "debug_frame", "debug_str", "debug_loc", "debug_ranges",
    "debug_line", "debug_pubtypes", "debug_pubnames", "debug_addr", "debug_str_offsets", "debug_line_str",
    "debug_loclists", "debug_rnglists", "debug_types",
)  # fmt: skip


class Unusable(Exception):
    """Debugging information that is not read; the text says why."""


class _Meter:
    """Counts the accesses to all sections of an image."""

    def __init__(self) -> None:
        self.left = ACCESS_LIMIT

    def count(self) -> None:
        """Count one access; :class:`Unusable` when they were too many."""
        self.left -= 1
        if self.left < 0:
            raise Unusable(f"reading it takes more than {ACCESS_LIMIT:,} steps")


class _Stream(io.BytesIO):
    """A section's bytes, each access to which is counted."""

    def __init__(self, data: bytes, meter: _Meter) -> None:
        super().__init__(data)
        self._meter = meter
        self._run = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Bytes from the present position; :class:`Unusable` in the middle of a number without an end."""
        self._meter.count()
        data = super().read(size)
        if len(data) == 1 and data[0] & 0x80:
            self._run += 1
            if self._run > NUMBER_LIMIT:
                raise Unusable(f"it holds a number of more than {NUMBER_LIMIT} bytes")
        else:
            self._run = 0
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to another position."""
        self._meter.count()
        self._run = 0
        return super().seek(offset, whence)

    def tell(self) -> int:
        """The present position."""
        self._meter.count()
        return super().tell()


def open_dwarf(image: bytes) -> DWARFInfo | None:
    """pyelftools' view of an image's debugging information; None if it has none.

    Raises :class:`Unusable`, and ElfError for damaged section headers. What is read from it later may raise anything.
    """
    if not image:
        return None
    found = {section.name: section for section in read_sections(image) if section.type != SHT_NOBITS}
    if not {".debug_info", ".zdebug_info", ".eh_frame"} & found.keys():
        return None
    meter, room = _Meter(), SIZE_LIMIT
    descriptors: dict[str, Any] = {"debug_sup_sec": None, "gnu_debugaltlink_sec": None}
    for name in (*_NAMES, "eh_frame"):
        section = found.get(f".{name}") or found.get(f".z{name}")
        descriptor = None
        if section is not None:
            data = _contents(section, image, room)
            room -= len(data)
            stream = _Stream(data, meter)
            descriptor = DebugSectionDescriptor(stream, section.name, section.offset, len(data), section.address)
        descriptors[f"{name}_sec"] = descriptor
    return DWARFInfo(DwarfConfig(little_endian=True, machine_arch="RISC-V", default_address_size=4), **descriptors)


def _contents(section: Section, image: bytes, room: int) -> bytes:
    """A section's bytes, unpacked, of which there may be ``room``."""
    if section.size > room:
        raise Unusable(f"it has more than {SIZE_LIMIT >> 20} MiB")
    data = section.contents(image)
    if section.name.startswith(".z"):
        magic, size = _GNU_HEADER.unpack_from(data)
        return _unpack(data[_GNU_HEADER.size :], size if magic == b"ZLIB" else -1, room)
    if section.flags & SHF_COMPRESSED:
        kind, size, _ = _COMPRESSION_HEADER.unpack_from(data)
        return _unpack(data[_COMPRESSION_HEADER.size :], size if kind == _ELFCOMPRESS_ZLIB else -1, room)
    return data


def _unpack(data: bytes, size: int, room: int) -> bytes:
    """``data`` unpacked to the ``size`` that it is said to have, -1 being one that is not known."""
    if size < 0:
        raise Unusable("it is packed by other means than zlib")
    if size > room:
        raise Unusable(f"it has more than {SIZE_LIMIT >> 20} MiB")
    unpacked = zlib.decompressobj().decompress(data, size) if size else b""
    if len(unpacked) != size:
        raise Unusable("what is packed is cut off")
    return unpacked
