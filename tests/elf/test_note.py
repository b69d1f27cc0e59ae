"""The note that names a dialect: it comes back as it was written, and no bytes of others' are taken for it."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from vm import elf
from vm.abi import Protection
from vm.elf.note import DialectNote, find_note

NOTE = DialectNote("rars", 0x0040_0020, 0x1004_0000)


def image(note: DialectNote | None) -> bytes:
    code = elf.OutputSection(".text", Protection.READ | Protection.EXEC, 0x10000, bytes.fromhex("73000000"))
    return elf.write_image(entry=0x10000, sections=[code], note=note)


def test_an_image_has_the_note_that_it_was_given() -> None:
    assert elf.load_image(image(NOTE)).note == NOTE
    assert elf.load_image(image(None)).note is None


def test_it_is_found_behind_others() -> None:
    other = bytes.fromhex("04000000 05000000 01000000 474e5500 0102030405 000000".replace(" ", ""))
    assert find_note(other + NOTE.pack()) == NOTE


def test_what_is_cut_or_changed_is_none_and_harms_nobody() -> None:
    packed = NOTE.pack()
    for size in range(len(packed)):
        assert find_note(packed[:size]) is None
    chance = random.Random(1)
    for _ in range(300):
        data = bytearray(packed * 2)
        for _ in range(4):
            data[chance.randrange(len(data))] = chance.randrange(256)
        find_note(bytes(data))
    assert find_note(b"\xff" * 64) is None


@pytest.mark.skipif(shutil.which("readelf") is None, reason="no readelf")
def test_readelf_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(image(NOTE))
    shown = subprocess.run(["readelf", "-nW", path], capture_output=True, text=True, check=True)
    assert "Forklore" in shown.stdout
    assert shown.stderr == ""
