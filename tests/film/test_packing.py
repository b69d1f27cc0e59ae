"""A reel is packed and comes out the same, by a reader that shares no code."""

from __future__ import annotations

import json
import random
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vm.film.packing import pack
from vm.film.reel import Reel, Table, Texts
from vm.film.weight import ROWS, Weight

NUMBERS = st.integers(-(1 << 53), 1 << 53) | st.integers(-5, 5) | st.integers(0, (1 << 32) - 1)


def signed(word: int) -> int:
    """What an array of 32-bit numbers, as the page has them, makes of a word."""
    return word - (word >> 31 << 32)


def unpacked(data: bytes) -> tuple[dict[str, object], dict[str, dict[str, list[int]]], bytes]:
    """The head, each table's columns and the bytes of what :func:`pack` made, number by number."""
    data = zlib.decompress(data)
    length = int.from_bytes(data[:4], "little")
    head = json.loads(data[4 : 4 + length])
    at = 4 + length
    tables: dict[str, dict[str, list[int]]] = {}

    def column(rows: int) -> list[int]:
        nonlocal at
        planes = [data[at + plane * rows : at + (plane + 1) * rows] for plane in range(4)]
        at += 4 * rows
        value, found = 0, []
        for parts in zip(*planes, strict=True):
            value = (value + sum(byte << 8 * plane for plane, byte in enumerate(parts))) % (1 << 32)
            found.append(value)
        return found

    for name, layout in head["layout"].items():
        tables[name] = {}
        for title, is_wide in layout["columns"]:
            low = column(layout["rows"])
            if is_wide:
                high = map(signed, column(layout["rows"]))
                tables[name][title] = [(upper << 32) + lower for upper, lower in zip(high, low, strict=True)]
            else:
                tables[name][title] = [*map(signed, low)]
    return head, tables, data[at : at + head["bytes"]]


@given(st.lists(st.tuples(NUMBERS, st.integers(0, (1 << 32) - 1)), max_size=30), st.binary(max_size=50))
def test_what_is_packed_comes_out_the_same(rows: list[tuple[int, int]], data: bytes) -> None:
    table = np.array(rows, np.int64).reshape(-1, 2)
    reel = Reel({"title": "</script>"}, {"table": table}, {"table": ("one", "two")}, ("", "ä"), data)
    head, tables, found = unpacked(pack(reel))
    assert found == data
    assert head["title"] == "</script>"
    assert head["texts"] == ["", "ä"]
    assert tables["table"] == {"one": [one for one, _ in rows], "two": [two for _, two in rows]}


def test_what_will_be_packed_is_weighed_on_the_way() -> None:
    chance, table, texts, written = random.Random(1), Table("moment", "other"), Texts(), bytearray()
    weight = Weight([table], texts, written)
    for row in range(4 * ROWS):
        table.add(row, chance.randrange(1 << 20))
        written += chance.randbytes(row % 2)
        if row % 10 == 0:
            texts.number(f"text {chance.randrange(1 << 30)}")
        weight.weigh(row + 1)
    reel = Reel({}, {"table": table.rows()}, {"table": table.columns}, tuple(texts.all()), bytes(written))
    assert weight.bytes == pytest.approx(len(pack(reel)), rel=0.1)


def test_rows_are_sorted_by_columns() -> None:
    table = Table("frame", "moment")
    for row in ((2, 1), (1, 5), (1, 3)):
        table.add(*row)
    assert len(table) == 3
    assert table.rows().tolist() == [[2, 1], [1, 5], [1, 3]]
    assert table.rows("frame", "moment").tolist() == [[1, 3], [1, 5], [2, 1]]


def test_a_text_has_one_number() -> None:
    texts = Texts()
    assert [texts.number(text) for text in ("", "a", "b", "a")] == [0, 1, 2, 1]
    assert texts.all() == ["", "a", "b"]
    assert len(texts) == 3
