"""Whatever the bytes, the readers return or raise ElfError, soon, and hold no more than the file did."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.effort import calls
from tests.elf.mutations import mutate
from tests.elf.samples import SOURCE, patch, sample
from tests.elf.toolchain import llvm_image
from tests.isa.seeds import chooser
from vm.abi import PAGE_SIZE, Protection
from vm.disassembler import listing
from vm.elf import ElfError, Image, load_image, read_header, read_program_headers, read_sections, read_symbols

COUNTS = [1000, pytest.param(20_000, marks=pytest.mark.full)]
CALLS = 500_000
"""Calls of functions that reading a file takes at most, and one more for ten of its bytes: far above what these files
take, far below what a quadratic or an endless reading would."""


def accepts(read: Callable[[bytes], object], data: bytes) -> bool:
    """Whether ``read`` accepts ``data``; a failure unless it does or raises ElfError soon and within the file."""
    refusal = None
    with calls(CALLS + len(data) // 10):
        try:
            read(data)
        except ElfError as error:
            refusal = error
    assert refusal is None or (refusal.message and 0 <= refusal.offset <= 1 << 32)
    return refusal is None


def check_image(data: bytes) -> None:
    """Load ``data``; what is accepted keeps the promises of Image."""
    image: Image = load_image(data)
    assert sum(len(part.data) for part in image.segments) <= len(data) + PAGE_SIZE * image.phnum
    last_page = 0
    for part in image.segments:
        assert part.memsz > 0
        assert len(part.data) <= part.memsz
        assert last_page < part.vaddr // PAGE_SIZE
        assert part.end <= 0x7F00_0000
        assert part.protection & 6 != 6
        last_page = (part.end - 1) // PAGE_SIZE
    assert any(part.vaddr <= image.entry < part.end for part in image.segments if part.protection & Protection.EXEC)


def check_all(data: bytes) -> tuple[bool, bool]:
    """Read ``data`` in every way; whether its header, and the whole image, were accepted."""
    for read in (read_program_headers, read_sections, read_symbols, lambda data: list(listing(data))):
        accepts(read, data)
    return accepts(read_header, data), accepts(check_image, data)


@pytest.mark.parametrize("count", COUNTS)
def test_mutated_images(count: int, tmp_path: Path) -> None:
    chance = chooser()
    bases = [sample(), llvm_image(SOURCE, tmp_path).read_bytes()]
    results = [check_all(mutate(bases[index % 2], chance)) for index in range(count)]
    headers, images = (sum(result) for result in zip(*results, strict=True))
    print(f"{count} mutated images: {headers} pass the header checks, {images} load")
    assert count / 3 < headers < count
    assert count / 20 < images < headers


@pytest.mark.parametrize("count", COUNTS)
def test_random_bytes(count: int) -> None:
    chance = chooser()
    for _ in range(count):
        data = random_bytes(chance)
        assert check_all(data) == (False, False)


def random_bytes(chance: random.Random) -> bytes:
    """Bytes of any length, every other one behind the identity of an image we read."""
    head = chance.choice([b"", b"\x7fELF", sample()[:16], sample()[:24]])
    return head + chance.randbytes(chance.choice([0, 1, 40, 300, 5000]))


@pytest.mark.parametrize("length", range(0, 400, 7))
def test_every_truncation_is_refused(length: int) -> None:
    data = sample()
    for cut in (data[:length], data[: len(data) - 1 - length]):
        with pytest.raises(ElfError):
            load_image(cut)


def test_sections_that_share_bytes_are_not_listed_over_and_over() -> None:
    data = sample()
    headers = read_header(data).shoff
    for index in (1, 2):
        for field, value in ((8, 6), (16, 0), (20, len(data) // 2 + 1)):
            data = patch(data, headers + 40 * index + field, value)
    with pytest.raises(ElfError, match="executable sections of"):
        list(listing(data))


def test_symbols_are_bounded() -> None:
    data = sample()
    headers, count = read_header(data).shoff, read_header(data).shnum
    table = next(index for index in range(count) if read_sections(data)[index].type == 2)
    crowded = patch(patch(data, headers + 40 * table + 16, len(data)), headers + 40 * table + 20, 16 * 250_001)
    crowded += bytes(16 * 250_001)
    with pytest.raises(ElfError, match="symbol table of 250,001 entries, over 250,000"):
        read_symbols(crowded)
    assert load_image(crowded).entry == 0x10000
    assert len(read_symbols(patch(crowded, headers + 40 * table + 20, 16 * 250_000))) == 249_999


def test_a_megabyte_of_section_headers_is_read_in_linear_time() -> None:
    data = sample()
    one = len(data).to_bytes(4, "little")
    entry = bytes(4) + (1).to_bytes(4, "little") + bytes(12) + one + bytes(16)
    count = 0xFEFF
    crowded = patch(patch(patch(data, 32, len(data)), 48, count, 2), 50, 0, 2) + bytes(40) + entry * (count - 1)
    assert accepts(read_sections, crowded)
    assert accepts(read_symbols, crowded)
    assert accepts(check_image, crowded)
