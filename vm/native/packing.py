"""From an object file of a part to what is kept of it."""

from __future__ import annotations

import marshal
from mmap import PAGESIZE

import numpy as np

from vm.native.objects import R_X86_64_64, R_X86_64_PC32, R_X86_64_PLT32, UnexpectedObject, take_object
from vm.native.parts import OBJECTS_SYMBOL, PYTHON, C

MOST_BYTES = 16 << 20
"""Bytes of code and data of a part, at most."""
UNWINDING = ".eh_frame"
"""What debuggers unwind by."""


def pack(data: bytes) -> bytes:
    """An object file as it is kept: what is placed, and what is to be done to it then."""
    piece = take_object(data, most=MOST_BYTES, alignment=PAGESIZE, is_written=True, without=(UNWINDING,))
    stubs: dict[str, int] = {}
    patches = []
    for out in piece.outside:
        if out.kind in (R_X86_64_PC32, R_X86_64_PLT32):
            if out.name not in stubs:
                piece.data.extend(bytes(-len(piece.data) % 16))
                stubs[out.name] = len(piece.data)
                piece.data.extend(b"\xff\x25\0\0\0\0" + bytes(8))  # jmp *0(%rip)
                patches.append((stubs[out.name] + 6, out.name))
            away = stubs[out.name] + out.addend - out.place
            piece.data[out.place : out.place + 4] = away.to_bytes(4, "little", signed=True)
        elif out.kind == R_X86_64_64 and not out.addend:
            patches.append((out.place, out.name))
        else:
            raise UnexpectedObject(f"relocation {out.kind} against {out.name}")
    symbols = {name: place for name, place in piece.symbols.items() if name.startswith((PYTHON, C))}
    absolute = np.array(piece.absolute, np.int64).reshape(-1, 2).T
    kept = (symbols, piece.symbols[OBJECTS_SYMBOL], patches, absolute.tobytes(), bytes(piece.data))
    return marshal.dumps(kept)
