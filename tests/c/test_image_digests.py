"""The digest by which a schedule knows its program: of what is loaded, wherever that was made."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from vm import toolchain
from vm.elf.strip import strip
from vm.schedules.schedule import digest_of

pytestmark = pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")


def _image(folder: Path, status: int = 3) -> bytes:
    folder.mkdir(parents=True)
    source = folder / "prog.c"
    source.write_text(f"int main(void) {{ return {status}; }}\n")
    return toolchain.build(source, once=True)


def test_it_does_not_depend_on_the_folder_where_a_program_was_made(tmp_path: Path) -> None:
    """Debugging information tells of that, and program headers where in the file lies what is behind it."""
    short, long = _image(tmp_path / "a"), _image(tmp_path / ("b" * 99))
    assert len({_attributes(short), _attributes(long)}) == 2
    assert digest_of(short) == digest_of(long) == digest_of(strip(short))
    assert digest_of(_image(tmp_path / "c", 4)) != digest_of(short)


def _attributes(image: bytes) -> int:
    """Where in the file the attributes lie, which are not loaded."""
    segments = ELFFile(BytesIO(image)).iter_segments()
    [at] = [each["p_offset"] for each in segments if each["p_type"] == "PT_RISCV_ATTRIBUTES"]
    return int(at)
