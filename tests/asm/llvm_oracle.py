"""LLVM's assembler and linker, from PyPI's ziglang, as the judge of ours: same bytes, same symbols, same addresses.

``zig clang`` is clang itself; ``zig cc`` would pass the object through zig's own linker, which joins equal strings.
Images are read with pyelftools, never with our own reader.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from asm import Assembly, Source, assemble

CLANG = ["clang", "--target=riscv32-unknown-elf", "-march=rv32ima", "-mabi=ilp32", "-mno-relax", "-g0", "-w", "-c"]
SHF_ALLOC = 2

Sections = dict[str, tuple[int, int, bytes | None]]
"""Name -> (address, size, bytes, or None for those that have none in the file)."""

Symbols = Counter[tuple[str, int, str]]
"""How often each (name, value, binding) occurs."""


def zig(arguments: Sequence[str], folder: Path) -> None:
    """Run a tool of ziglang; its messages are the assertion's."""
    done = subprocess.run(
        [sys.executable, "-m", "ziglang", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def llvm_accepts(source: str, folder: Path) -> bool:
    """Whether LLVM assembles this source."""
    (folder / "judged.s").write_text(source)
    command = [sys.executable, "-m", "ziglang", *CLANG, "judged.s", "-o", "judged.o"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def llvm_link(sources: Sequence[str], addresses: dict[str, int], folder: Path, entry: int) -> bytes:
    """The image that LLVM makes of ``sources`` with its sections at these addresses."""
    objects = []
    for number, source in enumerate(sources):
        name = f"source{number}"
        (folder / f"{name}.s").write_text(source)
        zig([*CLANG, f"{name}.s", "-o", f"{name}.o"], folder)
        objects.append(f"{name}.o")
    starts = [f"--section-start={name}={address:#x}" for name, address in addresses.items()]
    options = ["-O0", "--no-relax", "--no-check-sections", "-z", "norelro", "-e", hex(entry), *starts]
    zig(["ld.lld", *options, *objects, "-o", "judged.elf"], folder)
    return (folder / "judged.elf").read_bytes()


def read_image(image: bytes) -> tuple[Sections, Symbols]:
    """The loaded sections and the named symbols of an image."""
    elf = ELFFile(io.BytesIO(image))
    sections: Sections = {}
    symbols: Symbols = Counter()
    for section in elf.iter_sections():
        header = section.header
        if header["sh_flags"] & SHF_ALLOC and header["sh_size"]:
            data = None if header["sh_type"] == "SHT_NOBITS" else section.data()
            sections[section.name] = (header["sh_addr"], header["sh_size"], data)
        if isinstance(section, SymbolTableSection):
            for symbol in section.iter_symbols():
                if _compared(symbol):
                    hidden = symbol["st_other"]["visibility"] != "STV_DEFAULT"
                    binding = "STB_GLOBAL" if hidden else symbol["st_info"]["bind"]
                    symbols[symbol.name, symbol["st_value"], binding] += 1
    return sections, symbols


def _compared(symbol) -> bool:
    """Not LLVM's own: temporary labels, marks of code and data, names of files and sections, undefined weak ones."""
    return (
        symbol.name != ""
        and not symbol.name.startswith((".L", "$"))
        and symbol["st_info"]["type"] not in ("STT_SECTION", "STT_FILE")
        and symbol["st_shndx"] != "SHN_UNDEF"
    )


def assert_equal(sources: Sequence[str], folder: Path) -> Assembly:
    """Assemble and link ``sources`` with both; sections and symbols must be equal. Returns our assembly."""
    ours = assemble([Source(f"source{number}.s", text) for number, text in enumerate(sources)])
    addresses = {section.name: section.address for section in ours.sections}
    our_sections, our_symbols = read_image(ours.image)
    sections, symbols = read_image(llvm_link(sources, addresses, folder, ours.entry))
    for name, (address, size, data) in sections.items():
        assert name in our_sections, f"{name} is missing"
        assert our_sections[name][:2] == (address, size), f"{name}: address and size"
        assert our_sections[name][2] == data, f"{name}: {first_difference(our_sections[name][2], data, ours)}"
    assert our_sections.keys() == sections.keys()
    surplus, missing = our_symbols - symbols, symbols - our_symbols
    assert (surplus, missing) == ({}, {}), f"ours alone: {dict(surplus)}; LLVM's alone: {dict(missing)}"
    return ours


def first_difference(ours: bytes | None, theirs: bytes | None, assembly: Assembly) -> str:
    """Where two sections differ, with the lines of our listing around that place."""
    if ours is None or theirs is None:
        return "only one has bytes"
    at = next(index for index, (left, right) in enumerate(zip(ours, theirs, strict=True)) if left != right) & ~3
    return f"at +{at:#x} ours {ours[at : at + 8].hex(' ')}, LLVM's {theirs[at : at + 8].hex(' ')}"
