"""Bytes in and out of user memory, in compiled code: through the page table, with a user's permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.cpu.sv32 import READ, WRITE, frame_of, leaf_index, translate
from vm.native.jit import python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

READ_ONLY = "Array(u1, 1, 'C', True)"
"""numba's type of bytes that may be anybody's."""


@python_entry(f"i8(u4[::1], u1[::1], i8, i8, {READ_ONLY})")
def fill(words: NDArray[np.uint32], ram: NDArray[np.uint8], root: int, address: int, data: NDArray[np.uint8]) -> int:
    """Write ``data`` to mapped pages whatever their permissions: the loader's way in. A and D stay as they are.

    Returns how many bytes are done: fewer than len(data) when the page of the next one has no frame.
    """
    done = 0
    while done < len(data):
        here = address + done
        index = leaf_index(words, root, here)
        entry = np.int64(words[np.uint64(index)]) if index >= 0 else np.int64(0)
        frame = frame_of(entry, len(words) >> 10)
        if frame < 0:
            break
        place = (frame << 12) + (here & 0xFFF)
        size = min(len(data) - done, 4096 - (here & 0xFFF))
        for offset in range(size):
            ram[np.uint64(place + offset)] = data[np.uint64(done + offset)]
        done += size
    return done


@python_entry("i8(u4[::1], u1[::1], i8, i8, u1[::1], i8)")
def read_user(
    words: NDArray[np.uint32], ram: NDArray[np.uint8], root: int, address: int, data: NDArray[np.uint8], done: int
) -> int:
    """Fill ``data`` from byte ``done`` on with user memory at ``address``, with a user's permissions.

    Returns how many bytes are done: fewer than len(data) when the page of the next one faults.
    """
    while done < len(data):
        here = (address + done) & 0xFFFF_FFFF
        place = translate(words, root, here, READ)
        if place < 0:
            break
        size = min(len(data) - done, 4096 - (here & 0xFFF))
        for offset in range(size):
            data[np.uint64(done + offset)] = ram[np.uint64(place + offset)]
        done += size
    return done


@python_entry(f"i8(u4[::1], u1[::1], i8, i8, {READ_ONLY}, i8)")
def write_user(
    words: NDArray[np.uint32], ram: NDArray[np.uint8], root: int, address: int, data: NDArray[np.uint8], done: int
) -> int:
    """Write ``data`` from byte ``done`` on to user memory at ``address``, with a user's permissions.

    Returns how many bytes are done: fewer than len(data) when the page of the next one faults.
    """
    while done < len(data):
        here = (address + done) & 0xFFFF_FFFF
        place = translate(words, root, here, WRITE)
        if place < 0:
            break
        size = min(len(data) - done, 4096 - (here & 0xFFF))
        for offset in range(size):
            ram[np.uint64(place + offset)] = data[np.uint64(done + offset)]
        done += size
    return done


@python_entry("i8(u4[::1], u1[::1], i8, i8, i8)")
def find_zero(words: NDArray[np.uint32], ram: NDArray[np.uint8], root: int, address: int, limit: int) -> int:
    """Return how far behind ``address`` the first zero byte lies; ``limit`` when there is none before that.

    Where a page faults first, -1 - (its distance).
    """
    distance = 0
    while distance < limit:
        here = (address + distance) & 0xFFFF_FFFF
        place = translate(words, root, here, READ)
        if place < 0:
            return -1 - distance
        size = min(limit - distance, 4096 - (here & 0xFFF))
        for offset in range(size):
            if ram[np.uint64(place + offset)] == 0:
                return distance + offset
        distance += size
    return limit
