"""Images that are damaged, absurd, or of something else."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from random import Random

from asm import Source, assemble
from tests.grade.hostile.planting import Hostile, folder, program, say

EHDR, PHDR = 52, 32


def base() -> bytes:
    return assemble([Source("p.s", program(say("self", 2)).decode())]).image


def patched(image: bytes, *changes: tuple[int, str, int]) -> bytes:
    data = bytearray(image)
    for at, kind, value in changes:
        struct.pack_into("<" + kind, data, at, value)
    return bytes(data)


ABSURD: dict[str, tuple[tuple[int, str, int], ...]] = {
    "an entry in the kernel": ((24, "I", 0xFFFFFFF0),),
    "an odd entry": ((24, "I", 0x10001),),
    "headers behind the end": ((28, "I", 0xFFFFFFF0),),
    "65535 headers": ((44, "H", 0xFFFF),),
    "headers of no size": ((42, "H", 0),),
    "sections behind the end": ((32, "I", 0xFFFFFFF0), (48, "H", 0xFFFF)),
    "a segment of 4 GiB": ((EHDR + 20, "I", 0xFFFFF000),),
    "a segment that wraps around": ((EHDR + 8, "I", 0xFFFFF000), (EHDR + 20, "I", 0x10000)),
    "a segment with more than the file": ((EHDR + 16, "I", 0x7FFFFFFF), (EHDR + 20, "I", 0x7FFFFFFF)),
    "an alignment of 2 GiB": ((EHDR + 28, "I", 0x80000000),),
    "written and executed": ((EHDR + 24, "I", 7),),
    "an interpreter": ((EHDR, "I", 3),),
    "another machine": ((18, "H", 62),),
    "a shared object": ((16, "H", 3),),
    "64 bits": ((4, "B", 2),),
}


def images(random: Random) -> Iterator[Hostile]:
    image = base()
    for name, changes in ABSURD.items():
        yield folder(f"image: {name}", {"p": patched(image, *changes)})
    for number in range(10):
        damaged = bytearray(image)
        for _ in range(random.randrange(1, 30)):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        yield folder(f"image damaged {number}", {"p": bytes(damaged)})
    yield folder("image cut", {"p": image[: random.randrange(60, len(image))]})
    yield folder("image: a script", {"p": b"#!/bin/sh\ncat /etc/passwd\n"})
    yield folder("image: nothing", {"p": b""})
    yield folder("image: chance", {"p": random.randbytes(100_000)})
    yield folder("image: its own header again", {"p": image[:EHDR] * 2000})
