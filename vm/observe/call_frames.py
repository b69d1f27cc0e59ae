"""The call frame information of an image: which addresses it tells of, and what of one of them.

Only places are read at first, and a function's description when it is asked for: the C library brings hundreds.

Sources: *DWARF Debugging Information Format, Version 4*, section 6.4.1; *Linux Standard Base Core Specification*,
section 10.6, ".eh_frame".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from elftools.dwarf.callframe import CallFrameInfo

from vm.observe.dwarf import Unusable

_LONGEST = 2048
"""Most instructions of a function's description that are followed: memory and time grow with their square."""
_RECORD = struct.Struct("<IIII")
"""Of a function: length, the description of its kind, first address, bytes."""
_LENGTH = 4
_WIDE = 0xFFFF_FFFF
"""The length of a record in the 64-bit format."""
_ABSOLUTE, _RELATIVE = 0x00, 0x10
"""DW_EH_PE_absptr and DW_EH_PE_pcrel: how an address is to be understood."""
_ADDRESS, _UNSIGNED, _SIGNED = 0x00, 0x03, 0x0B
"""DW_EH_PE_absptr, _udata4 and _sdata4: how its four bytes are."""


class CallFrames:
    """The descriptions of functions (FDE) in one image; making one reads where they are, and may raise anything."""

    def __init__(self, dwarf: Any) -> None:
        self._functions: list[tuple[int, int, Any, int]] = []
        for section, is_eh in ((dwarf.eh_frame_sec, True), (dwarf.debug_frame_sec, False)):
            if section is not None:
                information = CallFrameInfo(section.stream, section.size, section.address, dwarf.structs, is_eh)
                for start, end, offset in _functions(information):
                    self._functions.append((start, end, information, offset))

    @property
    def bounds(self) -> list[tuple[int, int]]:
        """First address and end of each function, sorted."""
        return sorted((start, end) for start, end, _, _ in self._functions)

    def of(self, pc: int) -> Iterator[Any]:
        """The descriptions of functions that ``pc`` is in, as pyelftools reads them; reading one may raise anything."""
        for start, end, information, offset in self._functions:
            if start <= pc < end:
                entry = information._parse_entry_at(offset)
                if max(len(entry.instructions), len(entry.cie.instructions)) <= _LONGEST:
                    yield entry


def _functions(information: Any) -> Iterator[tuple[int, int, int]]:
    """(first address, end, offset in the section) of each function."""
    stream, offset = information.stream, 0
    while offset < information.size:
        stream.seek(offset)
        record = stream.read(_RECORD.size)
        length, kind, start, size = _RECORD.unpack(record.ljust(_RECORD.size, b"\0"))
        if length == _WIDE:
            raise Unusable("its call frame information is in the 64-bit format")
        if offset + _LENGTH + length > information.size:
            raise Unusable("its call frame information is cut off")
        if length and kind != (0 if information.for_eh_frame else _WIDE):
            if information.for_eh_frame:
                common = information._parse_entry_at(offset + _LENGTH - kind)
                start = _start(common.augmentation_dict["FDE_encoding"], start, information.address + offset + 8)
            yield start, start + size, offset
        offset += _LENGTH + length


def _start(encoding: int, value: int, place: int) -> int:
    """A function's first address, of four bytes in an encoding at a place."""
    form, application = encoding & 0x0F, encoding & 0xF0
    if form not in (_ADDRESS, _UNSIGNED, _SIGNED) or application not in (_ABSOLUTE, _RELATIVE):
        raise Unusable(f"its call frame information has addresses in encoding {encoding:#04x}")
    return (value + (place if application == _RELATIVE else 0)) & 0xFFFF_FFFF
