"""Line tables as GNU's and Python's readers of DWARF see them, for every program."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from asm import Source, assemble

PROGRAMS = sorted(Path("programs").glob("*.s"))
TOOL = "riscv64-unknown-elf-"

MIXED = """
        .macro  twice register
        addi    \\register, \\register, 1
        addi    \\register, \\register, 2
        .endm
        .globl  _start
_start: li      a0, 0x12345678
        twice   a0; nop
        .rept   2
        nop
        .endr
        .include "other.s"
        beq     a0, a1, far
        .section .text.far, "ax"
far:    ret
"""


def rows(image: bytes) -> list[tuple[int, str, int]]:
    """(address, file, line) as pyelftools reads them, without the ends of sequences."""
    dwarf = ELFFile(io.BytesIO(image)).get_dwarf_info()
    found = []
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        files = [entry.name.decode() for entry in program["file_entry"]]
        states = [entry.state for entry in program.get_entries() if entry.state is not None]
        found += [(state.address, files[state.file - 1], state.line) for state in states if not state.end_sequence]
    return found


def mixed() -> bytes:
    return assemble([Source("mixed.s", MIXED)], read_include=lambda name: "        nop\n        nop\n").image


def test_each_instruction_has_the_line_of_its_statement() -> None:
    base = 0x1_0000
    assert rows(mixed()) == [
        (base, "mixed.s", 7),
        (base + 8, "mixed.s", 8),  # both instructions of the macro, and the nop behind it
        (base + 16, "mixed.s", 8),
        (base + 20, "mixed.s", 9),
        (base + 28, "other.s", 1),
        (base + 32, "other.s", 2),
        (base + 36, "mixed.s", 13),
        (base + 44, "mixed.s", 15),  # behind a branch of two instructions
    ]


@pytest.mark.skipif(not shutil.which(TOOL + "objdump"), reason="needs binutils-riscv64-unknown-elf")
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_objdump_shows_the_lines_of_the_source(path: Path, tmp_path: Path) -> None:
    """Every instruction's source line holds its mnemonic, or a pseudo-instruction or macro that stands for it."""
    image = tmp_path / "image"
    image.write_bytes(assemble([Source(path.name, path.read_text())], directory="/nowhere").image)
    done = subprocess.run([TOOL + "objdump", "-dl", "-M", "no-aliases", image], capture_output=True, text=True)
    assert not done.stderr
    lines = path.read_text().splitlines()
    line, plain = 0, 0
    for text in done.stdout.splitlines():
        if match := re.fullmatch(rf"/nowhere/{re.escape(path.name)}:(\d+)", text):
            line = int(match[1])
        elif match := re.match(r"\s+[0-9a-f]+:\s+[0-9a-f]{8}\s+([a-z.]+)", text):
            statement = lines[line - 1].split("#")[0]
            assert statement.strip(), f"{text} is said to come from the empty line {line}"
            plain += match[1] in statement
    assert plain


@pytest.mark.skipif(not shutil.which(TOOL + "readelf"), reason="needs binutils-riscv64-unknown-elf")
def test_readelf_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(mixed())
    for what in ("info", "abbrev", "decodedline", "Ranges"):
        done = subprocess.run([TOOL + "readelf", f"--debug-dump={what}", image], capture_output=True, text=True)
        assert not done.stderr
        assert done.stdout.strip()


@pytest.mark.skipif(not shutil.which("gdb-multiarch"), reason="needs gdb-multiarch")
def test_gdb_lists_the_source(tmp_path: Path) -> None:
    source, image = tmp_path / "mixed.s", tmp_path / "image"
    source.write_text(MIXED)
    directory = str(tmp_path)
    read_include = {"other.s": "        nop\n        nop\n"}.__getitem__
    image.write_bytes(assemble([Source("mixed.s", MIXED)], read_include=read_include, directory=directory).image)
    command = ["gdb-multiarch", "-nx", "-batch", "-ex", "info line *0x10000", "-ex", "list far", str(image)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert 'Line 7 of "mixed.s" starts at address 0x10000 <_start> and ends at 0x10008' in done.stdout
    assert re.search(r"(?m)^15\tfar:    ret$", done.stdout)


def test_debugging_sections_change_no_loaded_byte() -> None:
    """The directory is in the debugging sections alone; what is loaded is the same."""
    one, other = (assemble([Source("a.s", "_start: nop\n")], directory=name).image for name in ("/a", "/somewhere"))
    first, second = (ELFFile(io.BytesIO(image)) for image in (one, other))
    assert [segment.data() for segment in first.iter_segments()] == [
        segment.data() for segment in second.iter_segments()
    ]
    assert one != other
