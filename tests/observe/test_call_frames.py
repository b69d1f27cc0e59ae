"""Call frame information is what pyelftools reads of the same images, and read no further than it is asked for."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from elftools.dwarf.callframe import FDE
from elftools.dwarf.structs import DWARFStructs
from elftools.elf.elffile import ELFFile

from tests.effort import calls
from vm import toolchain
from vm.observe.call_frames import CallFrames
from vm.observe.dwarf import Unusable

SOURCE = Path(__file__).resolve().parents[2] / "programs" / "hazards" / "bad" / "global.c"


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
def test_functions_are_those_of_pyelftools() -> None:
    """The C library's among them."""
    image = toolchain.build(SOURCE)
    dwarf, other = (ELFFile(io.BytesIO(image)).get_dwarf_info() for _ in range(2))
    entries = [entry for entry in dwarf.EH_CFI_entries() if isinstance(entry, FDE)]
    with calls(30 * len(entries)):
        frames = CallFrames(other)
    starts = [entry.header["initial_location"] for entry in entries]
    ends = [entry.header["initial_location"] + entry.header["address_range"] for entry in entries]
    assert frames.bounds == sorted(zip(starts, ends, strict=True))
    assert len(entries) > 100
    for entry, end in [*zip(entries, ends, strict=True)][::17]:
        assert [str(found.get_decoded()) for found in frames.of(end - 4)] == [str(entry.get_decoded())]


COMMON = struct.pack("<IIB", 16, 0, 1) + b"zR\0\1\x7c\1\1\x1b\0\0\0"
"""A common part that says how addresses are encoded in byte 16: here relative, of four bytes and a sign."""


def frames_of(contents: bytes, name: str = "eh_frame_sec") -> CallFrames:
    section = SimpleNamespace(stream=io.BytesIO(contents), size=len(contents), address=0x1_0000)
    structs: Any = DWARFStructs(little_endian=True, dwarf_format=32, address_size=4)
    return CallFrames(
        SimpleNamespace(**{"eh_frame_sec": None, "debug_frame_sec": None, "structs": structs, name: section})
    )


def test_addresses_are_relative_to_where_they_stand() -> None:
    function = struct.pack("<IIiIB3x", 16, 24, -28, 40, 0)
    assert frames_of(COMMON + function).bounds == [(0x1_0000, 0x1_0028)]
    assert [entry.header["address_range"] for entry in frames_of(COMMON + function).of(0x1_0027)] == [40]
    assert not list(frames_of(COMMON + function).of(0x1_0028))
    assert frames_of(COMMON.replace(b"\x1b", b"\x03") + function).bounds == [(0xFFFF_FFE4, 0x1_0000_000C)]
    assert frames_of(COMMON + bytes(4) + struct.pack("<IIiIB3x", 16, 28, -32, 4, 0)).bounds == [(0x1_0000, 0x1_0004)]


def test_a_section_for_debuggers_says_addresses_as_they_are() -> None:
    common = struct.pack("<III", 12, 0xFFFF_FFFF, 1 | 1 << 16) + b"\x7c\1\0\0"
    frames = frames_of(common + struct.pack("<IIIII", 16, 0, 0x2_0000, 40, 0), "debug_frame_sec")
    assert frames.bounds == [(0x2_0000, 0x2_0028)]
    assert [entry.header["initial_location"] for entry in frames.of(0x2_0000)] == [0x2_0000]


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (lambda section: section[:-1], "cut off"),
        (lambda section: section.replace(b"\x1b", b"\x0c"), "encoding 0x0c"),
        (lambda section: b"\xff\xff\xff\xff" + section, "64-bit"),
    ],
)
def test_what_is_not_understood_is_told(damage: Any, text: str) -> None:
    with pytest.raises(Unusable, match=text):
        frames_of(damage(COMMON + struct.pack("<IIiIB3x", 16, 24, -28, 40, 0)))
