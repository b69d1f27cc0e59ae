"""Written images, as GNU's tools, gdb, QEMU and pyelftools see them."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.elf.samples import EXEC, EXIT_42, READ, SECTIONS, SYMBOLS, WRITE, sample
from tests.elf.toolchain import GNU, need, run
from vm.abi import PAGE_SIZE
from vm.elf import LoadSegment, OutputSection, Symbol, load_image, read_sections, read_symbols, write_image


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sample.elf"
    path.write_bytes(sample())
    return path


@pytest.mark.parametrize(
    "command",
    [
        [GNU + "readelf", "-aW"],
        [GNU + "readelf", "-A"],
        [GNU + "objdump", "-xd"],
        [GNU + "nm", "-a"],
        ["gdb-multiarch", "-nx", "-batch", "-ex", "info files"],
        ["gdb-multiarch", "-nx", "-batch", "-ex", "disassemble _start"],
        [GNU + "size", "-A"],
    ],
    ids=lambda command: " ".join(command[:1] + command[-1:]),
)
def test_gnu_tools_read_it_without_a_complaint(command: list[str], path: Path) -> None:
    output = run([need(command[0]), *command[1:], path])
    assert output
    for complaint in ("arning", "rror", "orrupt", "nvalid"):
        assert complaint not in output


def test_nm_lists_the_symbols(path: Path) -> None:
    listed = [line.split() for line in run([need(GNU + "nm"), "-p", path]).splitlines()]
    assert listed == [
        ["00010004", "t", "again"],
        ["0000002a", "a", "SIZE"],
        ["00010008", "t", "again"],
        ["00010000", "T", "_start"],
        ["00011000", "V", "text"],
        ["00013000", "B", "zeros"],
    ]


def test_qemu_runs_it(path: Path) -> None:
    path.chmod(0o755)
    assert subprocess.run([need("qemu-riscv32"), path], timeout=300).returncode == 42


def test_strip_leaves_an_image_without_symbols(path: Path) -> None:
    run([need(GNU + "strip"), path])
    stripped = path.read_bytes()
    assert read_symbols(stripped) == ()
    assert load_image(stripped).segments == load_image(sample()).segments


def test_pyelftools_reads_what_was_written() -> None:
    file = ELFFile(io.BytesIO(sample()))
    assert (file["e_type"], file["e_machine"], file["e_flags"]) == ("ET_EXEC", "EM_RISCV", 0)
    assert (file["e_entry"], file.elfclass, file.little_endian) == (0x10000, 32, True)
    sections = list(file.iter_sections())
    for given_section, section in zip(SECTIONS, sections[1:], strict=False):
        kind = "SHT_NOBITS" if given_section.name == ".bss" else "SHT_PROGBITS"
        assert (section.name, section["sh_type"], section["sh_addr"], section["sh_size"], section["sh_addralign"]) == (
            given_section.name, kind, given_section.address, given_section.memory_size, given_section.align,
        )  # fmt: skip
        if kind == "SHT_PROGBITS":
            assert section.data() == given_section.data
    assert [section["sh_flags"] for section in sections[1:7]] == [6, 2, 3, 3, 3, 0]
    tail = [section.name for section in sections[7:]]
    assert tail == [".riscv.attributes", ".symtab", ".strtab", ".shstrtab"]


def test_its_segments_are_congruent_and_separate() -> None:
    segments = list(ELFFile(io.BytesIO(sample())).iter_segments())
    loads = [segment for segment in segments if segment["p_type"] == "PT_LOAD"]
    for load in loads:
        assert load["p_align"] == PAGE_SIZE
        assert (load["p_vaddr"] - load["p_offset"]) % PAGE_SIZE == 0
    assert [(load["p_vaddr"], load["p_filesz"], load["p_memsz"], load["p_flags"]) for load in loads] == [
        (0x10000, 12, 12, 5),
        (0x11000, 10, 10, 4),
        (0x12000, 4, 0x3345, 6),
    ]
    (stack,) = [segment for segment in segments if segment["p_type"] == "PT_GNU_STACK"]
    assert stack["p_flags"] == 6


def test_local_symbols_come_first() -> None:
    table = ELFFile(io.BytesIO(sample())).get_section_by_name(".symtab")
    symbols = list(table.iter_symbols())
    bindings = [symbol["st_info"]["bind"] for symbol in symbols]
    assert bindings == ["STB_LOCAL"] * 6 + ["STB_GLOBAL", "STB_WEAK", "STB_GLOBAL"]
    assert table["sh_info"] == 6
    assert [symbol.name for symbol in symbols] == [
        "", "first.s", "again", "SIZE", "second.s", "again", "_start", "text", "zeros"
    ]  # fmt: skip
    assert sorted(read_symbols(sample()), key=SYMBOLS.index) == sorted(SYMBOLS, key=SYMBOLS.index)


def test_zeros_between_bytes_of_one_page_are_written_out() -> None:
    sections = [
        OutputSection(".text", READ | EXEC, 0x10000, EXIT_42),
        OutputSection(".bss", READ | WRITE, 0x11000, b"", 100),
        OutputSection(".late", READ | WRITE, 0x11064, b"late"),
        OutputSection(".far", READ | WRITE, 0x20000, b"far"),
    ]
    data = write_image(entry=0x10000, sections=sections)
    assert load_image(data).segments[1:] == (
        LoadSegment(0x11000, 104, bytes(100) + b"late", READ | WRITE),
        LoadSegment(0x20000, 3, b"far", READ | WRITE),
    )
    assert [section.type for section in read_sections(data)[1:5]] == [1, 1, 1, 1]
    assert len(data) < 5 * PAGE_SIZE


def test_zeros_before_bytes_of_another_page_stay_out_of_the_file() -> None:
    sections = [
        OutputSection(".text", READ | EXEC, 0x10000, EXIT_42),
        OutputSection(".bss", READ | WRITE, 0x11000, b"", 0x100000),
        OutputSection(".late", READ | WRITE, 0x111000, b"late"),
    ]
    data = write_image(entry=0x10000, sections=sections)
    assert len(data) < 4 * PAGE_SIZE
    assert load_image(data).segments[1:] == (
        LoadSegment(0x11000, 0x100000, b"", READ | WRITE),
        LoadSegment(0x111000, 4, b"late", READ | WRITE),
    )


@pytest.mark.parametrize(
    ("sections", "reason"),
    [
        (
            [OutputSection("a", READ, 0x10000, b"12345"), OutputSection("b", READ, 0x10004, b"1")],
            "sections a and b overlap at 0x10004",
        ),
        (
            [OutputSection("b", READ | WRITE, 0x10FFF, b"1"), OutputSection("a", READ, 0x10000, b"12345")],
            "sections a and b share the page of 0x10fff",
        ),
        ([OutputSection("a", READ, 0xFFFF_FFFF, b"12")], "section a is outside the address space"),
    ],
)
def test_sections_that_cannot_be_laid_out_are_refused(sections: list[OutputSection], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        write_image(entry=0x10000, sections=sections)


def test_a_name_with_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        write_image(entry=0x10000, sections=[], symbols=[Symbol("a\0b", 0)])


PROTECTIONS = (READ | EXEC, READ, READ | WRITE)


@st.composite
def layouts(draw: st.DrawFn) -> list[OutputSection]:
    """Sections at rising addresses, on fresh pages where the protection changes, in any order."""
    sections: list[OutputSection] = []
    address, last = 0x10000, None
    for index in range(draw(st.integers(1, 8))):
        protection = draw(st.sampled_from(PROTECTIONS))
        if protection != last:
            address += -address % PAGE_SIZE
        last = protection
        address += draw(st.sampled_from([0, 0, 1, 4, 60, 4095, 4096, 70000]))
        size = draw(st.sampled_from([0, 1, 3, 4, 100, 4096, 9999]))
        filled = draw(st.sampled_from([0, 1, size])) if size else 0
        contents = bytes(index + 1 for _ in range(filled))
        sections.append(OutputSection(f".s{index}", protection, address, contents, size))
        address += size
    return draw(st.permutations(sections))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(layouts())
def test_the_loader_sees_the_memory_that_was_asked_for(sections: list[OutputSection]) -> None:
    code = OutputSection(".code", READ | EXEC, 0x8000, EXIT_42)
    data = write_image(entry=0x8000, sections=[code, *sections])
    end = max(section.end for section in [code, *sections]) + PAGE_SIZE
    expected, found = bytearray(end), bytearray(end)
    for section in [code, *sections]:
        expected[section.address : section.address + len(section.data)] = section.data
    segments = load_image(data).segments
    for segment in segments:
        found[segment.vaddr : segment.vaddr + len(segment.data)] = segment.data
    assert found == expected
    for section in [code, *sections]:
        if section.memory_size:
            (home,) = [part for part in segments if part.vaddr <= section.address and section.end <= part.end]
            assert home.protection == section.protection
    for section, given_section in zip(read_sections(data)[1:], [code, *sections], strict=False):
        assert (section.name, section.address, section.size) == (
            given_section.name, given_section.address, given_section.memory_size,
        )  # fmt: skip
        assert section.contents(data).ljust(section.size, b"\0") == given_section.data.ljust(section.size, b"\0")
