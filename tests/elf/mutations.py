"""Damage to ELF images, mostly in their tables, so that what remains often passes the first checks."""

from __future__ import annotations

import random

HEADER_FIELDS = ((16, 2), (18, 2), (20, 4), (24, 4), (28, 4), (32, 4), (36, 4), (40, 2), (42, 2), (44, 2), (46, 2),
                 (48, 2), (50, 2))  # fmt: skip
"""(offset, size) of the ELF header's fields after e_ident."""


def mutate(data: bytes, chance: random.Random) -> bytes:
    """``data``, an ELF32 image, with one to four changes."""
    image = data
    for _ in range(chance.randint(1, 4)):
        image = mutate_once(image, data, chance)
    return image


def mutate_once(image: bytes, data: bytes, chance: random.Random) -> bytes:
    """``image``, which was ``data`` before it was damaged, with one more change."""
    changed = bytearray(image)
    kind = chance.choices(["entry", "header", "bytes", "copy", "cut"], [12, 2, 3, 1, 1])[0]
    if kind == "entry":
        _change_entry(changed, data, chance)
    elif kind == "header":
        offset, size = chance.choice(HEADER_FIELDS)
        _change_field(changed, offset, size, chance)
    elif kind == "bytes" and changed:
        for _ in range(chance.randint(1, 8)):
            changed[chance.randrange(len(changed))] = chance.getrandbits(8)
    elif kind == "copy" and changed:
        start, to, length = chance.randrange(len(changed)), chance.randrange(len(changed)), chance.randrange(64)
        changed[to : to + length] = changed[start : start + length]
    elif kind == "cut":
        del changed[chance.randrange(len(changed) + 1) :]
    return bytes(changed)


def _change_entry(image: bytearray, data: bytes, chance: random.Random) -> None:
    """Change a field of a program header, a section header or a symbol of the undamaged ``data``."""
    phoff, shoff = (int.from_bytes(data[place : place + 4], "little") for place in (28, 32))
    phnum, shnum = (int.from_bytes(data[place : place + 2], "little") for place in (44, 48))
    headers = [shoff + 40 * index for index in range(shnum)]
    table = next((place for place in headers if data[place + 4] == 2), None)
    kind = chance.choice(["program", "section", "symbol"])
    if kind == "program":
        offset, size = phoff + 4 * chance.randrange(8 * phnum), 4
    elif kind == "section" or table is None:
        offset, size = chance.choice(headers) + 4 * chance.randrange(10), 4
    else:
        start, length = (int.from_bytes(data[place : place + 4], "little") for place in (table + 16, table + 20))
        field, size = chance.choice([(0, 4), (4, 4), (8, 4), (12, 1), (14, 2)])
        offset = start + 16 * chance.randrange(length // 16) + field
    _change_field(image, offset, size, chance)


def _change_field(image: bytearray, offset: int, size: int, chance: random.Random) -> None:
    """Give a field a value near its old one, near a boundary, of another field, or any."""
    if offset + size > len(image):
        return
    old = int.from_bytes(image[offset : offset + size], "little")
    other = 4 * chance.randrange(13, 64)
    value = chance.choice(
        [
            old + chance.choice([-4096, -4, -1, 1, 4, 4096]),
            old ^ 1 << chance.randrange(8 * size),
            chance.choice([0, 1, 2, 3, 7, 0xFF00, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_F000]),
            len(image) + chance.choice([-4096, -32, -1, 0, 1]),
            int.from_bytes(image[other : other + 4], "little"),
            chance.getrandbits(8 * size),
        ]
    )
    image[offset : offset + size] = (value % (1 << 8 * size)).to_bytes(size, "little")
