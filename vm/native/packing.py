"""From an object file of a part to what is kept of it."""

from __future__ import annotations

import marshal
from mmap import PAGESIZE

from vm.native.arena import ALIGNMENT
from vm.native.objects import R_X86_64_64, R_X86_64_PLT32, UnexpectedObject, take_object
from vm.native.parts import OBJECT_FILE, OBJECTS_SYMBOL, PIECE, PYTHON, C

_JUMP = b"\xff\x25\0\0\0\0"
"""jmp *(%rip): to the address behind it. Functions of Python's may be farther away than a call reaches."""
MOST_BYTES = 16 << 20
"""Bytes of code and data of a part, at most."""
UNWINDING = ".eh_frame"
"""What debuggers unwind by."""


def pack(data: bytes) -> bytes:
    """What is kept of an object file: itself, if it is of a kind that we do not place."""
    try:
        return marshal.dumps((PIECE, *_prepare(data)))
    except UnexpectedObject:
        return marshal.dumps((OBJECT_FILE, data))


def _prepare(data: bytes) -> tuple[dict[str, int], int, list[tuple[int, str]], list[tuple[int, int]], bytes]:
    """Where the entries are, and the objects; addresses of functions and in the piece to put in; code and data."""
    piece = take_object(data, most=MOST_BYTES, alignment=PAGESIZE, is_written=True, without=(UNWINDING,))
    stubs: dict[str, int] = {}
    patches = []
    for out in piece.outside:
        if out.kind == R_X86_64_PLT32:  # a call; data that is outside has no place in reach
            if out.name not in stubs:
                piece.data.extend(bytes(-len(piece.data) % ALIGNMENT))
                stubs[out.name] = len(piece.data)
                piece.data.extend(_JUMP + bytes(8))
                patches.append((stubs[out.name] + len(_JUMP), out.name))
            away = stubs[out.name] + out.addend - out.place
            piece.data[out.place : out.place + 4] = away.to_bytes(4, "little", signed=True)
        elif out.kind == R_X86_64_64 and not out.addend:
            patches.append((out.place, out.name))
        else:
            raise UnexpectedObject(f"relocation {out.kind} against {out.name}")
    symbols = {name: place for name, place in piece.symbols.items() if name.startswith((PYTHON, C))}
    return symbols, piece.symbols[OBJECTS_SYMBOL], patches, piece.absolute, bytes(piece.data)
