"""GNU's assembler and linker as the judge of ours: what they take, ours takes, with the same bytes and symbols.

Debian's binutils-riscv64-unknown-elf. Images are read as those of LLVM are.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from llvm_oracle import Sections, read_image

from asm import Assembly, Source, assemble

PREFIX = "riscv64-unknown-elf-"
AS = ["as", "-march=rv32ima", "-mabi=ilp32", "-mno-relax"]
LINKERS_OWN = re.compile(r"_*(end|edata|etext|bss_start|BSS_END__|global_pointer\$|(S?DATA|BSS)_BEGIN__|heap_start)")
PADDING = re.compile(rb"(?:\x13\0\0\0|\x01\0|\0)*")


def tool(name: str) -> str:
    """The path of a tool; a stranger's machine may lack it, ours in CI may not."""
    path = shutil.which(PREFIX + name)
    if path is None:
        assert os.environ.get("CI") != "true", f"{PREFIX}{name} is not installed"
        pytest.skip(f"{PREFIX}{name} is not installed")
    return path


def gnu_assemble(source: str, folder: Path, name: str = "judged") -> subprocess.CompletedProcess[str]:
    """What GNU's assembler says to this source; its object is NAME.o in ``folder``, where files are included from."""
    (folder / f"{name}.s").write_text(source)
    command = [tool(AS[0]), *AS[1:], f"{name}.s", "-o", f"{name}.o"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def gnu_link(sources: Sequence[str], addresses: dict[str, int], folder: Path, entry: int) -> bytes:
    """The image that GNU makes of ``sources`` with its sections at these addresses."""
    objects = []
    for number, source in enumerate(sources):
        done = gnu_assemble(source, folder, f"source{number}")
        assert done.returncode == 0, done.stderr
        objects.append(f"source{number}.o")
    starts = [f"--section-start={name}={address:#x}" for name, address in addresses.items()]
    options = ["-m", "elf32lriscv", "--no-relax", "--no-check-sections", "-e", hex(entry), *starts]
    done = subprocess.run(
        [tool("ld"), *options, *objects, "-o", "judged.elf"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return (folder / "judged.elf").read_bytes()


def assert_equal(sources: Sequence[str], folder: Path) -> Assembly:
    """Assemble and link ``sources`` with both; sections and symbols must be equal. Returns our assembly.

    GNU fills code up to its alignment at the end of a section; that is not compared.
    """

    def include(name: str) -> bytes:
        return (folder / name).read_bytes()

    named = [Source(f"source{number}.s", text) for number, text in enumerate(sources)]
    ours = assemble(named, read_include=lambda name: include(name).decode("utf-8", "surrogateescape"))
    addresses = {section.name: section.address for section in ours.sections}
    our_sections, our_symbols = read_image(ours.image)
    sections, symbols = read_image(gnu_link(sources, addresses, folder, ours.entry))
    assert our_sections.keys() == sections.keys()
    for name in sections:
        assert _without_padding(name, our_sections, sections), f"{name}: {our_sections[name]}, GNU's {sections[name]}"
    for key in [key for key in symbols if LINKERS_OWN.fullmatch(key[0])]:
        del symbols[key]
    surplus, missing = our_symbols - symbols, symbols - our_symbols
    assert (surplus, missing) == ({}, {}), f"ours alone: {dict(surplus)}; GNU's alone: {dict(missing)}"
    return ours


def _without_padding(name: str, ours: Sections, theirs: Sections) -> bool:
    """Whether a section is the same in both, but for what GNU puts behind code."""
    (address, size, data), (their_address, their_size, their_data) = ours[name], theirs[name]
    if data is None or their_data is None:
        return ours[name] == theirs[name]
    rest = their_data[size:]
    padded = their_size == size or (not name.startswith((".data", ".rodata")) and PADDING.fullmatch(rest) is not None)
    return address == their_address and data == their_data[:size] and padded
