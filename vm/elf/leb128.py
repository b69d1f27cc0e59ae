"""Numbers of seven bits a byte, the lowest first, the top bit set in all but the last: LEB128.

Source: *DWARF Debugging Information Format, Version 5*, section 7.6.
"""

from __future__ import annotations

from collections.abc import Sequence


def write(value: int, *, signed: bool = False) -> bytes:
    """``value``, which is not negative unless ``signed``, in as few bytes as hold it."""
    data = bytearray()
    while not (-0x40 <= value < 0x40 if signed else value < 0x80):
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value & 0x7F)
    return bytes(data)


def read(data: Sequence[int], start: int = 0, *, signed: bool = False) -> tuple[int, int]:
    """The number that begins at ``start``, and the index behind it; one that is cut off ends with ``data``."""
    value, place = 0, start
    while place < len(data):
        byte = data[place]
        value |= (byte & 0x7F) << 7 * (place - start)
        place += 1
        if not byte & 0x80:
            return (value - (1 << 7 * (place - start)) if signed and byte & 0x40 else value), place
    return value, place
