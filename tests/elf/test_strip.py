"""Images without their names are what linkers make of the same objects with ``-s``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.elf.samples import SOURCE, sample
from tests.elf.toolchain import llvm_image
from vm import toolchain
from vm.elf import load_image, read_sections, read_symbols
from vm.elf.strip import strip

DEBUGGED = f"{SOURCE}\n    .section .debug_info\n    .4byte 1\n"


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
@pytest.mark.parametrize("options", [[], ["-z", "separate-code"], ["--no-rosegment"]], ids=" ".join)
def test_images_are_those_of_the_linker(options: list[str], tmp_path: Path) -> None:
    whole = llvm_image(DEBUGGED, tmp_path, *options).read_bytes()
    assert b".debug_info" in whole
    assert strip(whole) == llvm_image(DEBUGGED, tmp_path, "-s", *options).read_bytes()


def test_what_is_loaded_stays() -> None:
    stripped = strip(sample())
    assert load_image(stripped) == load_image(sample())
    assert read_symbols(stripped) == ()
    names = [section.name for section in read_sections(stripped)]
    assert names == ["", ".text", ".rodata", ".data", ".bss", ".empty", ".riscv.attributes", ".shstrtab"]
    assert strip(stripped) == stripped
