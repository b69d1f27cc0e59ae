"""Numbers in LEB128: the examples of the standard, and what is cut off."""

from __future__ import annotations

import pytest

from vm.elf import leb128

UNSIGNED = {2: b"\x02", 127: b"\x7f", 128: b"\x80\x01", 129: b"\x81\x01", 12857: b"\xb9\x64"}
SIGNED = {
    2: b"\x02", -2: b"\x7e", 127: b"\xff\x00", -127: b"\x81\x7f", 128: b"\x80\x01", -128: b"\x80\x7f",
    129: b"\x81\x01", -129: b"\xff\x7e",
}  # fmt: skip
"""DWARF 5, tables 7.9 and 7.10."""


@pytest.mark.parametrize(("signed", "examples"), [(False, UNSIGNED), (True, SIGNED)])
def test_numbers_are_the_standards(signed: bool, examples: dict[int, bytes]) -> None:
    for value, data in examples.items():
        assert leb128.write(value, signed=signed) == data
        assert leb128.read(b"\xff" + data + b"\x01", 1, signed=signed) == (value, 1 + len(data))


def test_a_number_that_is_cut_off_ends_with_its_bytes() -> None:
    assert leb128.read(b"\x81\x82") == (0x101, 2)
    assert leb128.read([], 0, signed=True) == (0, 0)
