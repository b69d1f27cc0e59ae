"""Stopping before given addresses: marks in decoded code, which are there only while a process runs that stops at them.

What is decoded belongs to a frame, which processes share, and is no guest memory. An execution ends at a mark as at the
end of its budget, so that nothing looks for marks where there are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.cpu.decode import END_OF_BUDGET, ENTRY, FRAME_WORDS, ROW, WITHOUT_ENTRIES, decode_frame
from vm.cpu.sv32 import EXEC, PPN_SHIFT, permitted
from vm.native.jit import python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACHED = 102
"""What an engine that stops at addresses returns, besides a StopReason, before the instruction at one of them."""


@python_entry("i8(u4[::1], i8[::1], u1[::1], i8, i8[::1], i8[:, ::1])")
def plant(
    words: NDArray[np.uint32],
    decoded: NDArray[np.int64],
    is_decoded: NDArray[np.uint8],
    root: int,
    addresses: NDArray[np.int64],
    replaced: NDArray[np.int64],
) -> int:
    """Put END_OF_BUDGET in place of the micro-ops at ``addresses``, multiples of 4, of the space with this root table.

    Pages are decoded for it, and not marked as accessed. Those that may not be executed, or are not there, have no
    micro-ops: who fetches from them stops anyhow. Returns how many were replaced; each is a row of ``replaced``,
    int64[n, 2]: where it was, and what it was.
    """
    count = 0
    for number in range(len(addresses)):
        address = addresses[number]
        index = permitted(words, root, address, EXEC)
        if index < 0:
            continue
        frame = np.int64(words[np.uint64(index)]) >> PPN_SHIFT
        if not is_decoded[np.uint64(frame)]:
            decode_frame(words, decoded, frame)
            is_decoded[np.uint64(frame)] = 1
        place = frame * ROW + (address >> 2 & FRAME_WORDS - 1)
        micro = decoded[np.uint64(place)]
        if micro & WITHOUT_ENTRIES == END_OF_BUDGET:
            continue  # another page has the same frame
        replaced[count, 0], replaced[count, 1] = place, micro
        decoded[np.uint64(place)] = END_OF_BUDGET | micro & ENTRY
        count += 1
    return count


@python_entry("void(i8[::1], i8[:, ::1], i8)")
def uproot(decoded: NDArray[np.int64], replaced: NDArray[np.int64], count: int) -> None:
    """Put back what :func:`plant` replaced; whether a translation starts there is as it is now."""
    for number in range(count):
        place, micro = replaced[number, 0], replaced[number, 1]
        decoded[np.uint64(place)] = micro & ~ENTRY | decoded[np.uint64(place)] & ENTRY
