"""The reader against pyelftools, on what linkers and our writer make, and on damaged tables."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.elf.samples import SOURCE, patch, sample
from tests.elf.toolchain import gnu_image, llvm_image, llvm_object
from vm.elf import ElfError, read_header, read_program_headers, read_sections, read_symbols


def ours(source: str, folder: Path) -> Path:
    path = folder / "ours.elf"
    path.write_bytes(sample())
    return path


@pytest.fixture(params=[gnu_image, llvm_image, llvm_object, ours], ids=["ld", "lld", "object", "ours"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> bytes:
    build: Callable[[str, Path], Path] = request.param
    return build(SOURCE, tmp_path).read_bytes()


def number(value: object, names: dict[str, int]) -> int:
    """pyelftools gives a name where it has one; ``names`` leads back."""
    return names[value] if isinstance(value, str) else int(str(value))


def test_the_header_is_what_pyelftools_reads(data: bytes) -> None:
    file, header = ELFFile(io.BytesIO(data)), read_header(data)
    assert header.type == {"ET_REL": 1, "ET_EXEC": 2}[file["e_type"]]
    fields = ("entry", "phoff", "shoff", "flags", "phnum", "shnum", "shstrndx")
    assert [getattr(header, name) for name in fields] == [file[f"e_{name}"] for name in fields]


def test_program_headers_are_what_pyelftools_reads(data: bytes) -> None:
    names = {
        "PT_LOAD": 1, "PT_PHDR": 6, "PT_TLS": 7, "PT_GNU_STACK": 0x6474_E551, "PT_GNU_RELRO": 0x6474_E552,
        "PT_RISCV_ATTRIBUTES": 0x7000_0003, "PT_PROC": 0x7000_0003,
    }  # fmt: skip
    segments = list(ELFFile(io.BytesIO(data)).iter_segments())
    headers = read_program_headers(data)
    assert len(headers) == len(segments)
    for header, segment in zip(headers, segments, strict=True):
        assert header.type == number(segment["p_type"], names)
        for field in ("offset", "vaddr", "paddr", "filesz", "memsz", "flags", "align"):
            assert getattr(header, field) == segment[f"p_{field}"]


def test_sections_are_what_pyelftools_reads(data: bytes) -> None:
    fields = {
        "flags": "sh_flags", "address": "sh_addr", "offset": "sh_offset", "size": "sh_size", "link": "sh_link",
        "info": "sh_info", "align": "sh_addralign", "entsize": "sh_entsize",
    }  # fmt: skip
    theirs = list(ELFFile(io.BytesIO(data)).iter_sections())
    found = read_sections(data)
    assert [section.name for section in found] == [section.name for section in theirs]
    assert len(found) > 6
    for section, other in zip(found, theirs, strict=True):
        assert {name: getattr(section, name) for name in fields} == {name: other[key] for name, key in fields.items()}
        if other["sh_type"] not in ("SHT_NULL", "SHT_NOBITS"):
            assert section.contents(data) == other.data()


def test_symbols_are_what_pyelftools_reads(data: bytes) -> None:
    bindings = {"STB_LOCAL": "local", "STB_GLOBAL": "global", "STB_WEAK": "weak"}
    types = {
        "STT_NOTYPE": "notype", "STT_OBJECT": "object", "STT_FUNC": "func", "STT_SECTION": "section",
        "STT_FILE": "file", "STT_TLS": "tls",
    }  # fmt: skip
    special = {"SHN_ABS": "abs", "SHN_UNDEF": "undef"}
    theirs = list(ELFFile(io.BytesIO(data)).get_section_by_name(".symtab").iter_symbols())[1:]
    found = read_symbols(data)
    assert len(found) == len(theirs) > 5
    for symbol, other in zip(found, theirs, strict=True):
        assert (symbol.name, symbol.value, symbol.size) == (other.name, other["st_value"], other["st_size"])
        assert symbol.binding == bindings[other["st_info"]["bind"]]
        assert symbol.type == types[other["st_info"]["type"]]
        assert symbol.section == special.get(other["st_shndx"], other["st_shndx"])


def test_an_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(ElfError("bad", 0x20)))
    assert (error.message, error.offset, str(error)) == ("bad", 0x20, "bad (offset 0x20)")


SAMPLE = sample()
HEADERS = read_header(SAMPLE).shoff
NAMES = [section.name for section in read_sections(SAMPLE)]
SYMTAB, STRTAB = (read_sections(SAMPLE)[NAMES.index(name)] for name in (".symtab", ".strtab"))


def section_field(name: str, field: int) -> int:
    """The file offset of a field of the sample's section header."""
    return HEADERS + NAMES.index(name) * 40 + field


@pytest.mark.parametrize(
    ("offset", "value", "size", "message", "where"),
    [
        (section_field(".rodata", 16), len(SAMPLE) - 9, 4, "section 2: contents reach", section_field(".rodata", 16)),
        (section_field(".rodata", 20), 0xFFFF_FFFF, 4, "section 2: contents reach 0x", section_field(".rodata", 16)),
        (section_field(".rodata", 0), 0x1000, 4, "name at 0x1000 of a string table", section_field(".rodata", 0)),
        (50, 0x77, 2, "string table in section 119 of 11", 50),
        (50, 1, 2, "section 1 is not a string table", 50),
        (section_field(".symtab", 36), 0, 4, "entries of 0, not 16", section_field(".symtab", 36)),
        (section_field(".symtab", 20), 0x1001, 4, "section 8: contents reach", section_field(".symtab", 16)),
        (section_field(".symtab", 20), 17, 4, "symbol table of 17 bytes", section_field(".symtab", 36)),
        (section_field(".symtab", 24), 8, 4, "section 8 is not a string table", section_field(".symtab", 24)),
        (section_field(".symtab", 24), 1 << 31, 4, "string table in section 2147483648", section_field(".symtab", 24)),
        (SYMTAB.offset + 16, 1 << 31, 4, "name at 0x80000000", SYMTAB.offset + 16),
        (SYMTAB.offset + 16 + 14, 12, 2, "symbol 1: section 12 of 11", SYMTAB.offset + 16 + 14),
        (STRTAB.offset + STRTAB.size - 1, 1, 1, "name at", SYMTAB.offset + 8 * 16),
    ],
)
def test_a_damaged_table_is_refused_where_it_is_damaged(
    offset: int, value: int, size: int, message: str, where: int
) -> None:
    with pytest.raises(ElfError, match=message) as caught:
        read_symbols(patch(SAMPLE, offset, value, size))
    assert caught.value.offset == where


def with_names(strings: bytes, places: Iterable[int]) -> bytes:
    """The sample with a string table, and with a symbol for each place in it."""
    symbols = bytes(16) + b"".join(place.to_bytes(4, "little") + bytes(10) + b"\xf1\xff" for place in places)
    data = patch(SAMPLE, section_field(".symtab", 16), len(SAMPLE))
    data = patch(data, section_field(".symtab", 20), len(symbols))
    data = patch(data, section_field(".strtab", 16), len(SAMPLE) + len(symbols))
    data = patch(data, section_field(".strtab", 20), len(strings))
    return data + symbols + strings


def test_names_that_share_one_endless_string_are_refused() -> None:
    data = with_names(b"\0" + b"a" * 2000 + b"\0", range(1, 2001))
    with pytest.raises(ElfError, match="overlap beyond reason"):
        read_symbols(data)


def test_an_endless_name_that_many_symbols_have_is_refused() -> None:
    """A listing repeats it for each of them: 1 MB of file would be 250 GB of text."""
    strings = b"\0" + b"a" * (1 << 20) + b"\0"
    assert len(read_symbols(with_names(strings, [1] * 32))) == 32
    with pytest.raises(ElfError, match="names of more than 33,554,432 letters in all"):
        read_symbols(with_names(strings, [1] * 33))


def test_names_that_are_not_utf8_stay_distinct() -> None:
    data = bytearray(SAMPLE)
    data[STRTAB.offset + 1 : STRTAB.offset + 3] = b"\xff\xfe"
    assert read_symbols(bytes(data))[0].name == "\\xff\\xferst.s"
