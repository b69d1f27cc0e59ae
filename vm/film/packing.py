"""A reel as few bytes, which a browser unpacks by itself.

They are deflated (RFC 1950). Before that: the length of a JSON text, as a little-endian 32-bit number, and that text,
filled up with blanks to a multiple of four; then each column as the differences of its numbers, modulo 2^32, all their
first bytes, then all their second ones, and so on. Columns with numbers beyond those of an array of signed 32-bit
numbers, which the page keeps a column in, have their upper 32 bits in another one.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from vm.film.reel import Reel

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 6
"""Of zlib: 9 takes twice as long for a hundredth less."""


def pack(reel: Reel) -> bytes:
    """Return ``reel`` as bytes for the page's own reader."""
    layout: dict[str, Any] = {}
    parts: list[bytes] = []
    for name, rows in reel.tables.items():
        columns = []
        for index, column in enumerate(reel.columns[name]):
            numbers = rows[:, index]
            is_wide = len(numbers) > 0 and (int(numbers.min()) < -(1 << 31) or int(numbers.max()) >= 1 << 31)
            columns.append([column, int(is_wide)])
            parts.append(planes(numbers))
            if is_wide:
                parts.append(planes(numbers >> 32))
        layout[name] = {"rows": len(rows), "columns": columns}
    head = {**reel.head, "layout": layout, "texts": list(reel.texts), "bytes": len(reel.data)}
    text = json.dumps(head, ensure_ascii=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    return zlib.compress(b"".join([struct.pack("<I", len(text)), text, *parts, reel.data]), LEVEL)


def planes(numbers: NDArray[np.int64]) -> bytes:
    """Return the differences of numbers, modulo 2^32, their bytes apart: neighbours that are alike deflate well."""
    differences = np.diff(numbers, prepend=0).astype(np.uint32)
    return differences.view(np.uint8).reshape(-1, 4).T.tobytes()
