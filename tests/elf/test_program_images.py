"""Images that our assembler makes of programs/, as GNU's tools and LLVM's assembler see them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asm import Source, assemble
from tests.elf.toolchain import GNU, llvm_words, need, run
from vm.disassembler import listing

PROGRAMS = sorted((Path(__file__).parents[2] / "programs").glob("*.s"))


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every program's image, in a folder of its own."""
    folder = tmp_path_factory.mktemp("images")
    for program in PROGRAMS:
        (folder / program.stem).write_bytes(assemble([Source(program.name, program.read_text())]).image)
    paths = sorted(folder.iterdir())
    assert len(paths) == len(PROGRAMS) > 10
    return paths


@pytest.mark.parametrize(
    "command",
    [[GNU + "readelf", "-aW"], [GNU + "objdump", "-xd"], [GNU + "nm", "-a"], [GNU + "size", "-A"]],
    ids=lambda command: " ".join(command),
)
def test_gnu_tools_read_every_program_without_a_complaint(command: list[str], images: list[Path]) -> None:
    output = run([need(command[0]), *command[1:], *images])
    for path in images:
        assert path.name in output
    assert not re.search(r"warning|error:|corrupt|invalid", output, re.IGNORECASE)


def test_gdb_reads_every_program_without_a_complaint(images: list[Path]) -> None:
    commands = [word for path in images for word in ("-ex", f"file {path}", "-ex", "info files", "-ex", "x/i &_start")]
    output = run([need("gdb-multiarch"), "-nx", "-batch", *commands])
    assert output.count("Entry point: 0x") == len(images)
    assert output.count("<_start>:") == len(images)


@pytest.mark.parametrize("aliases", [False, True], ids=["plain", "aliases"])
def test_every_listing_assembles_to_the_words_it_lists(aliases: bool, images: list[Path], tmp_path: Path) -> None:
    words, statements = [], []
    for path in images:
        for line in listing(path.read_bytes(), aliases=aliases):
            match = re.fullmatch(r" *[0-9a-f]+:  ([0-9a-f]{8})  (.*)", line)
            if match:
                words.append(int(match[1], 16))
                statements.append(match[2])
    assert len(words) > 1000
    assert llvm_words(statements, tmp_path) == words
