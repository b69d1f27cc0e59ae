"""What the loader accepts, and every refusal with its message and its offset."""

from __future__ import annotations

import io
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.elf.samples import EXEC, EXIT_42, READ, SOURCE, WRITE, patch, sample
from tests.elf.toolchain import GNU, gnu_image, llvm_image, llvm_object, need, run
from vm.abi import PAGE_SIZE, Protection
from vm.elf import ElfError, LoadSegment, OutputSection, load_image, write_image
from vm.elf.image import PROGRAM_HEADER_LIMIT

PHOFF = 52
TEXT, RODATA, DATA, STACK = (PHOFF + 32 * index for index in range(4))
TYPE, OFFSET, VADDR, FILESZ, MEMSZ, FLAGS, ALIGN = 0, 4, 8, 16, 20, 24, 28
SAMPLE = sample()
SHOFF = int.from_bytes(SAMPLE[32:36], "little")


def patches(*changes: tuple[int, int] | tuple[int, int, int]) -> bytes:
    data = SAMPLE
    for change in changes:
        data = patch(data, *change)
    return data


def test_the_sample_loads() -> None:
    image = load_image(SAMPLE)
    assert (image.entry, image.phnum, image.phentsize, image.phdr_address, image.flags) == (0x10000, 4, 32, 0, 0)
    assert image.segments == (
        LoadSegment(0x10000, 12, EXIT_42, READ | EXEC),
        LoadSegment(0x11000, 10, b"read only\0", READ),
        LoadSegment(0x12000, 0x3345, b"\1\2\3\4", READ | WRITE),
    )


@pytest.mark.parametrize(
    ("build", "options"),
    [
        (gnu_image, []),
        (gnu_image, ["-z", "max-page-size=0x10000"]),
        (gnu_image, ["--no-relax", "-Ttext=0x40000000", "-Tdata=0x50000ffc"]),
        (gnu_image, ["-s"]),
        (llvm_image, []),
        (llvm_image, ["-z", "separate-code"]),
        (llvm_image, ["-z", "separate-loadable-segments"]),
        (llvm_image, ["-z", "max-page-size=0x10000"]),
        (llvm_image, ["--no-rosegment"]),
        (llvm_image, ["--image-base=0x400000"]),
        (llvm_image, ["-s"]),
    ],
    ids=lambda value: " ".join(value) or "default" if isinstance(value, list) else value.__name__,
)
def test_linked_programs_load(build: Callable[..., Path], options: list[str], tmp_path: Path) -> None:
    data = build(SOURCE, tmp_path, *options).read_bytes()
    image, file = load_image(data), ELFFile(io.BytesIO(data))
    assert image.entry == file["e_entry"]
    loads = [segment for segment in file.iter_segments("PT_LOAD") if segment["p_memsz"]]
    assert [(part.vaddr, part.memsz, part.data) for part in image.segments] == [
        (load["p_vaddr"], load["p_memsz"], load.data()) for load in loads
    ]
    assert [part.protection for part in image.segments] == [
        Protection((load["p_flags"] >> 2 & 1) | (load["p_flags"] & 2) | (load["p_flags"] << 2 & 4)) for load in loads
    ]
    table = PHOFF + 32 * file["e_phnum"]
    assert image.phdr_address == next(
        (load["p_vaddr"] + PHOFF for load in loads if load["p_offset"] == 0 and load["p_filesz"] >= table), 0
    )


def test_a_load_of_no_size_is_ignored() -> None:
    ignored = patches((RODATA + FILESZ, 0), (RODATA + MEMSZ, 0), (RODATA + ALIGN, 3), (RODATA + FLAGS, 7))
    assert [part.vaddr for part in load_image(ignored).segments] == [0x10000, 0x12000]


def test_loads_may_come_in_any_order() -> None:
    swapped = SAMPLE[:TEXT] + SAMPLE[DATA:STACK] + SAMPLE[RODATA:DATA] + SAMPLE[TEXT:RODATA] + SAMPLE[STACK:]
    assert load_image(swapped) == load_image(SAMPLE)


def test_zero_filled_memory_needs_no_congruent_offset() -> None:
    image = load_image(patches((RODATA + FILESZ, 0), (RODATA + OFFSET, 0xFFFF_FFF7)))
    assert image.segments[1] == LoadSegment(0x11000, 10, b"", READ)


def test_checks_of_loads_do_not_apply_to_other_headers() -> None:
    note = patches(
        (STACK + TYPE, 0x7000_0003), (STACK + OFFSET, 3), (STACK + VADDR, 1), (STACK + FILESZ, 99999),
        (STACK + FLAGS, 7), (STACK + ALIGN, 7),
    )  # fmt: skip
    assert load_image(note) == load_image(SAMPLE)


def test_writable_memory_is_readable() -> None:
    image = load_image(patches((DATA + FLAGS, 2), (TEXT + FLAGS, 1), (RODATA + FLAGS, 0)))
    assert [str(part.protection) for part in image.segments] == ["--x", "---", "rw-"]


@pytest.mark.parametrize("flags", [0, 0x10])
@pytest.mark.parametrize("osabi", [0, 3])
def test_flags_that_change_nothing_are_accepted(flags: int, osabi: int) -> None:
    assert load_image(patches((36, flags), (7, osabi, 1))).flags == flags


def test_loads_of_equal_permissions_may_share_a_page() -> None:
    shared = patches((RODATA + VADDR, 0x12008), (RODATA + OFFSET, 0x2008), (RODATA + FILESZ, 2), (RODATA + MEMSZ, 3),
                     (RODATA + FLAGS, 6), (DATA + MEMSZ, 6))  # fmt: skip
    expected = b"\1\2\3\4" + bytes(4) + SAMPLE[0x2008:0x200A]
    assert load_image(shared).segments[1:] == (LoadSegment(0x12000, 11, expected, READ | WRITE),)
    unfilled = patch(patch(shared, RODATA + FILESZ, 0), RODATA + MEMSZ, 0x4000)
    assert load_image(unfilled).segments[1:] == (LoadSegment(0x12000, 0x4008, b"\1\2\3\4", READ | WRITE),)


def test_merging_many_loads_copies_each_of_them_once() -> None:
    first, count = (4 << 20) + 8, 100
    loads = [(0x10000, 0x1000, first)] + [(0x10000 + first + 8 * n, 0x1008 + 8 * n, 8) for n in range(count)]
    header = (
        SAMPLE[:24] + struct.pack("<II", 0x10000, 52) + SAMPLE[32:44] + struct.pack("<H", count + 1) + SAMPLE[46:52]
    )
    header += b"".join(struct.pack("<8I", 1, offset, at, at, size, size, 5, 4096) for at, offset, size in loads)
    data = header.ljust(0x1000, b"\0") + bytes(first)
    tracemalloc.start()
    [segment] = load_image(data).segments
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (segment.memsz, segment.offset) == (first + 8 * count, None)
    assert peak < 1.5 * first


KIND = [
    (b"", "empty file", 0),
    (b"\x7f", "truncated: the ELF header takes 52 bytes, the file has 1", 1),
    (b"#!/bin/sh\n", "not an ELF file", 0),
    (SAMPLE[:51], "truncated: the ELF header takes 52 bytes, the file has 51", 51),
    (patches((4, 2, 1)), "64-bit, not 32-bit: build with -march=rv32ima", 4),
    (patches((4, 0, 1)), "ELF class 0", 4),
    (patches((5, 2, 1)), "big-endian, not little-endian", 5),
    (patches((5, 7, 1)), "byte order 7, not little-endian", 5),
    (patches((6, 0, 1)), "ELF version 0", 6),
    (patches((7, 9, 1)), "operating system ABI 9", 7),
    (patches((16, 1, 2)), "a relocatable object, not an executable: link it first", 16),
    (patches((16, 3, 2)), "a shared object, not an executable: link with -static -no-pie", 16),
    (patches((16, 4, 2)), "a core dump, not an executable", 16),
    (patches((16, 9, 2)), "a file of type 9, not an executable", 16),
    (patches((18, 62, 2)), "for x86-64, not RISC-V", 18),
    (patches((18, 62, 2), (4, 2, 1)), "for x86-64, not RISC-V", 18),
    (patches((18, 999, 2)), "for machine 999, not RISC-V", 18),
    (patches((20, 2)), "ELF version 2", 20),
    (patches((36, 1)), "uses compressed instructions: build with -march=rv32ima", 36),
    (patches((36, 4)), "uses the double-precision floating-point ABI: build with -mabi=ilp32", 36),
    (patches((36, 2)), "single-precision", 36),
    (patches((36, 6)), "quad-precision", 36),
    (patches((36, 8)), "uses the RV32E ABI", 36),
    (patches((36, 0x20)), "unknown flags 0x20", 36),
    (patches((24, 0x10002)), "entry 0x10002 is not a multiple of 4", 24),
    (patches((24, 0x11000)), "entry 0x11000 is not in executable memory", 24),
    (patches((24, 0x1000C)), "entry 0x1000c is not in executable memory", 24),
    (patches((24, 0)), "entry 0x0 is not in executable memory", 24),
]
TABLES = [
    (patches((40, 64, 2)), "ELF header of 64 bytes, not 52", 40),
    (patches((42, 56, 2)), "program headers of 56 bytes, not 32", 42),
    (patches((46, 64, 2)), "section headers of 64 bytes, not 40", 46),
    (patches((44, 0, 2)), "0 program headers, not 1 to 128", 44),
    (patches((44, PROGRAM_HEADER_LIMIT + 1, 2)), "129 program headers, not 1 to 128", 44),
    (patches((28, 51)), "program headers at 0x33 overlap the ELF header", 28),
    (patches((28, len(SAMPLE) - 127)), "truncated: program headers reach 0x", 28),
    (patches((28, 0xFFFF_FFFF)), "truncated: program headers reach 0x10000007f", 28),
    (patches((32, 4)), "section headers at 0x4 overlap the ELF header", 32),
    (patches((32, SHOFF + 4)), "truncated: section headers reach 0x", 32),
    (SAMPLE[:-1], "truncated: section headers reach 0x", 32),
    (patches((32, PHOFF + 127)), "program and section headers overlap", 32),
    (patches((48, 0, 2)), "section count 0 with a section table", 48),
    (patches((48, 0xFF00, 2)), "section count 65280 with a section table", 48),
]
LOADS = [
    (patches((TEXT + FILESZ, 13)), "load at 0x10000: 0xd bytes of file for 0xc of memory", TEXT + FILESZ),
    (patches((DATA + OFFSET, 0x40000)), "load at 0x12000: reaches 0x40004 in a file of", DATA + OFFSET),
    (patches((DATA + OFFSET, 0xFFFF_F000), (DATA + FILESZ, 0x3345)), "reaches 0x100002345 in", DATA + OFFSET),
    (patches((TEXT + ALIGN, 0x1800)), "load at 0x10000: alignment 0x1800 is not a power of two", TEXT + ALIGN),
    (patches((TEXT + OFFSET, 0x1004)), "address and file offset 0x1004 differ modulo the page size", TEXT + OFFSET),
    (patches((TEXT + VADDR, 0)), "load at 0x0: 0x0 to 0xc is outside 0x1000 to 0x7f000000", TEXT + VADDR),
    (patches((DATA + VADDR, 0x7EFF_D000)), "0x7effd000 to 0x7f000345 is outside", DATA + VADDR),
    (patches((DATA + VADDR, 0xFFFF_F000)), "0xfffff000 to 0x100002345 is outside", DATA + VADDR),
    (patches((DATA + MEMSZ, 0xFFFF_FFFF)), "0x12000 to 0x100011fff is outside", DATA + VADDR),
    (patches((TEXT + FLAGS, 7)), "load at 0x10000: writable and executable", TEXT + FLAGS),
    (patches((TEXT + FLAGS, 3)), "load at 0x10000: writable and executable", TEXT + FLAGS),
    (patches((DATA + MEMSZ, 1 << 30)), "loads take 0x40000016 bytes of memory, over 0x40000000", DATA + MEMSZ),
    (patches((DATA + OFFSET, 0), (DATA + FILESZ, 0x3000), (TEXT + OFFSET, 0), (TEXT + FILESZ, 0x1500),
             (TEXT + MEMSZ, 0x1500)), "loads read 0x450a bytes of a file of", DATA + FILESZ),
    (patches((TEXT + MEMSZ, 0x1001)), "loads at 0x10000 and 0x11000 overlap", RODATA + VADDR),
    (patches((RODATA + VADDR, 0x10000)), "loads at 0x10000 and 0x10000 overlap", RODATA + VADDR),
    (patches((DATA + VADDR, 0xF004), (DATA + OFFSET, 4)), "loads at 0xf004 and 0x10000 overlap", TEXT + VADDR),
    (patches((RODATA + VADDR, 0x1000C), (RODATA + OFFSET, 0xC)),
     "loads at 0x10000 and 0x1000c share a page but not permissions (r-x, r--)", RODATA + FLAGS),
    (patches((RODATA + VADDR, 0x1500C), (RODATA + OFFSET, 0xC), (RODATA + FLAGS, 6), (DATA + MEMSZ, 0x3008)),
     "loads at 0x12000 and 0x1500c share a page, with 0x3008 bytes of zeros between them", RODATA + VADDR),
    (patches((STACK + TYPE, 3)), "needs a dynamic linker: link with -static", STACK),
    (patches((STACK + TYPE, 2), (STACK + FILESZ, 40000)), "dynamic section of 40000 bytes", STACK + FILESZ),
    (patches((STACK + TYPE, 2), (STACK + FILESZ, 24), (STACK + OFFSET, 0x800), (0x800, 5), (0x808, 1)),
     "needs shared objects: link with -static", 0x808),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message", "offset"), [*KIND, *TABLES, *LOADS], ids=lambda value: str(value)[:60])
def test_refusals(data: bytes, message: str, offset: int) -> None:
    with pytest.raises(ElfError) as caught:
        load_image(data)
    assert message in str(caught.value)
    assert caught.value.offset == offset
    assert str(caught.value).endswith(f"(offset {offset:#x})")


def test_a_dynamic_section_that_needs_nothing_is_accepted() -> None:
    dynamic = patches(
        (STACK + TYPE, 2), (STACK + FILESZ, 24), (STACK + OFFSET, 0x800), (0x800, 5), (0x808, 0), (0x810, 1)
    )
    assert load_image(dynamic) == load_image(SAMPLE)
    beyond = patches((STACK + TYPE, 2), (STACK + FILESZ, 24), (STACK + OFFSET, len(SAMPLE) - 4))
    assert load_image(beyond) == load_image(SAMPLE)


def test_the_largest_image_loads() -> None:
    sections = [
        OutputSection(".text", READ | EXEC, 0x1000, EXIT_42),
        OutputSection(".bss", READ | WRITE, 0x7F00_0000 - (1 << 30) + PAGE_SIZE, b"", (1 << 30) - PAGE_SIZE),
    ]
    image = load_image(write_image(entry=0x1008, sections=sections))
    assert image.segments[-1].end == 0x7F00_0000


@pytest.mark.parametrize(
    ("build", "options", "message"),
    [
        (gnu_image, ["-N", "--no-warn-rwx-segments"], "writable and executable"),
        (gnu_image, ["-r"], "a relocatable object, not an executable"),
        (llvm_image, ["-N"], "writable and executable"),
        (llvm_image, ["-n"], "share a page but not permissions"),
        (llvm_image, ["-pie", "--no-dynamic-linker"], "a shared object, not an executable"),
        (llvm_image, ["-shared", "-Bsymbolic"], "a shared object, not an executable"),
    ],
)
def test_what_linkers_make_of_other_options_is_refused(
    build: Callable[..., Path], options: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ElfError, match=message):
        load_image(build(SOURCE, tmp_path, *options).read_bytes())


@pytest.mark.parametrize(
    ("march", "mabi", "emulation", "message"),
    [
        ("rv32imac", "ilp32", "elf32lriscv", "compressed instructions"),
        ("rv32imafd", "ilp32d", "elf32lriscv", "double-precision"),
        ("rv64ima", "lp64", "elf64lriscv", "64-bit, not 32-bit"),
    ],
)
def test_what_is_built_for_another_machine_is_refused(
    march: str, mabi: str, emulation: str, message: str, tmp_path: Path
) -> None:
    source, image = tmp_path / "other.s", tmp_path / "other.elf"
    source.write_text(".globl _start\n_start: addi sp, sp, -16\n")
    run([need(GNU + "as"), f"-march={march}", f"-mabi={mabi}", source, "-o", tmp_path / "other.o"])
    run([need(GNU + "ld"), "-m", emulation, tmp_path / "other.o", "-o", image])
    with pytest.raises(ElfError, match=message):
        load_image(image.read_bytes())


def test_an_object_of_llvm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ElfError, match="a relocatable object, not an executable: link it first"):
        load_image(llvm_object(SOURCE, tmp_path).read_bytes())
