"""From the words of a code frame to micro-ops, once per frame; tables derived from :mod:`vm.isa`.

A micro-op is an int64: opcode in bits 0-7, rd in 8-15, rs1 in 16-23, rs2 in 24-31, and the immediate, sign-extended
and already shifted into place, in bits 32-63. It does not depend on the address it runs at, so processes that share a
frame share its decoded form. A write to x0 is decoded as a write to the sink register.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm.cpu.state import SINK
from vm.isa import IMMEDIATE_BITS, INSTRUCTIONS
from vm.native.jit import jit, python_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

ILLEGAL = len(INSTRUCTIONS)
"""Opcode of a word that no row matches."""
END_OF_PAGE = ILLEGAL + 1
"""Opcode behind a frame's last word: execution goes on in another page."""
END_OF_BUDGET = ILLEGAL + 2
"""Opcode the interpreter plants where its budget ends."""

ENTRY = 0x80
"""Bit of an opcode: the second engine has a translation that starts here."""
WITHOUT_ENTRIES, WITH_ENTRIES = 0x7F, 0xFF
"""Masks of a micro-op's opcode: entries are executed like everything else, or stop the interpreter."""

TRANSLATED = 2
"""What ``is_decoded`` holds for a frame that translations were made from; 1 is decoded, 0 neither."""

FRAME_WORDS = 1024
ROW = FRAME_WORDS + 8
"""Micro-ops of one decoded frame: its words, END_OF_PAGE, and padding to whole cache lines."""
ROWS_MADE, MOST_ROWS, COUNTS = -8, -7, 8
"""Behind the rows of ``decoded``, int64[frames * ROW + COUNTS], stand how many have been made and may be."""


def _bucket_tables() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows sorted into buckets: (first index of each bucket and the end, row numbers).

    A bucket is bits 2-6 and 12-14 of a word, and a row is in every bucket that words of it may fall into.
    """
    bits = 0x1F << 2 | 7 << 12
    buckets = np.arange(256)
    words = (buckets >> 3) << 2 | (buckets & 7) << 12
    match, mask = np.array([(row.match & bits, row.mask & bits) for row in INSTRUCTIONS], np.int64).T
    found, rows = np.nonzero((words[:, None] ^ match) & mask == 0)
    return np.searchsorted(found, np.arange(257)), np.ascontiguousarray(rows)


MOST_RUNS = 4


def _row_tables() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Per row: (mask, match, has rd, has rs1, has rs2, sign bit of the immediate or 0), and its immediate's runs.

    A run is a row of :class:`vm.isa.Run`: bit of the word, bit of the value, mask.
    """
    facts = np.zeros((len(INSTRUCTIONS), 6), np.int64)
    runs = np.zeros((len(INSTRUCTIONS), MOST_RUNS, 3), np.int64)
    for row in INSTRUCTIONS:
        sign = 1 << max(IMMEDIATE_BITS[row.format]) if "imm" in row.fields else 0
        facts[row.number] = (row.mask, row.match, "rd" in row.fields, "rs1" in row.fields, "rs2" in row.fields, sign)
        field = row.fields.get("imm") or row.fields.get("shamt")
        for index, run in enumerate(field.runs if field else ()):
            runs[row.number, index] = run
    return facts, runs


_BUCKET_STARTS, _BUCKET_ROWS = _bucket_tables()
_FACTS, _RUNS = _row_tables()


@jit
def decode_word(word: int) -> int:
    """The micro-op of a 32-bit instruction word."""
    bucket = ((word >> 2 & 31) << 3) | (word >> 12 & 7)
    for index in range(_BUCKET_STARTS[bucket], _BUCKET_STARTS[bucket + 1]):
        row = _BUCKET_ROWS[index]
        if word & _FACTS[row, 0] != _FACTS[row, 1]:
            continue
        rd = word >> 7 & 31 if _FACTS[row, 2] else 0
        rs1 = word >> 15 & 31 if _FACTS[row, 3] else 0
        rs2 = word >> 20 & 31 if _FACTS[row, 4] else 0
        immediate = np.int64(0)
        for run in range(MOST_RUNS):
            immediate |= (word >> _RUNS[row, run, 0] & _RUNS[row, run, 2]) << _RUNS[row, run, 1]
        immediate -= (immediate & _FACTS[row, 5]) << 1
        if rd == 0:
            rd = SINK
        return row | rd << 8 | rs1 << 16 | rs2 << 24 | immediate << 32
    return ILLEGAL


@python_entry("void(u4[::1], i8[::1], i8)")
def decode_frame(words: NDArray[np.uint32], decoded: NDArray[np.int64], frame: int) -> None:
    """Decode all 1024 words of ``frame``: words is uint32[frames * 1024], decoded as :data:`COUNTS` says."""
    source = frame * FRAME_WORDS
    target = frame * ROW
    for index in range(FRAME_WORDS):
        decoded[np.uint64(target + index)] = decode_word(np.int64(words[np.uint64(source + index)]))
    decoded[np.uint64(target + FRAME_WORDS)] = END_OF_PAGE
    decoded[ROWS_MADE] += 1
