"""``forklore disasm`` and ``forklore inspect``: what they print, and how they refuse."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.elf.samples import SOURCE, patch, sample
from tests.elf.toolchain import gnu_image, llvm_image, llvm_object
from vm.abi import Protection
from vm.cli import forklore
from vm.elf import OutputSection, Symbol, write_image


def invoke(*arguments: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(forklore, [str(word) for word in arguments], catch_exceptions=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sample.elf"
    path.write_bytes(sample())
    return path


def rows(text: str, first: str) -> list[list[str]]:
    """The cells of the lines below the heading that begins with ``first``, up to an empty line."""
    lines = text.splitlines()
    start = next(place for place, line in enumerate(lines) if re.split(r"  +", line.strip())[0] == first) + 1
    block = lines[start:]
    end = next((place for place, line in enumerate(block) if not line.strip()), len(block))
    return [re.split(r"  +", line.strip()) for line in block[:end]]


def test_disasm_lists_code(path: Path) -> None:
    result = invoke("disasm", path)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "section .text",
        "",
        "00010000 <_start>:",
        "   10000:  02a00513  li      a0, 42",
        "",
        "00010004 <again>:",
        "   10004:  05d00893  li      a7, 93",
        "",
        "00010008 <again>:",
        "   10008:  00000073  ecall",
    ]


def test_disasm_without_aliases(path: Path) -> None:
    assert "   10000:  02a00513  addi    a0, zero, 42\n" in invoke("disasm", "--no-aliases", path).stdout


def test_disasm_lists_an_image_without_sections(tmp_path: Path) -> None:
    path = tmp_path / "bare.elf"
    data = sample()
    for field in (32, 48, 50):
        data = patch(data, field, 0, 4 if field == 32 else 2)
    path.write_bytes(data)
    assert invoke("disasm", path).stdout.splitlines()[:2] == [
        "segment at 0x10000",
        "   10000:  02a00513  li      a0, 42",
    ]


def test_inspect_shows_header_segments_sections_and_symbols(path: Path) -> None:
    result = invoke("inspect", path)
    assert result.exit_code == 0
    assert result.stderr == ""
    text = result.stdout
    assert "ELF32 little-endian executable for RISC-V" in "".join(text.splitlines()[:3])
    assert "entry            0x10000  <_start>" in text
    assert rows(text, "segment")[2] == ["LOAD", "00012000", "rw-", "0x3000", "4 B", "12.8 KiB", "0x1000"]
    assert rows(text, "#")[3] == ["4", ".bss", "NOBITS", "00013000", "rw-", "0x4000", "8.8 KiB"]
    assert ["00013000", "8.8 KiB", "object", "global", ".bss", "zeros"] in rows(text, "value")


@pytest.mark.parametrize("build", [gnu_image, llvm_image])
def test_lines_of_linked_images_fit_80_columns(build: object, tmp_path: Path) -> None:
    assert callable(build)
    path = build(SOURCE, tmp_path)
    for name in ("inspect", "disasm"):
        result = invoke(name, path)
        assert result.exit_code == 0
        lines = [line for line in result.stdout.splitlines()[2:] if "$xrv32" not in line]
        assert max(map(len, lines)) <= 80


def test_inspect_says_why_what_it_shows_cannot_be_run(tmp_path: Path) -> None:
    path = llvm_object(SOURCE, tmp_path)
    result = invoke("inspect", path)
    assert result.exit_code == 126
    assert "relocatable object for RISC-V" in " ".join(result.stdout.split())
    assert ".rela.text" in result.stdout
    reason = "cannot be run: a relocatable object, not an executable: link it first (offset 0x10)"
    assert result.stderr == f"forklore: {path}: {reason}\n"


def test_inspect_shows_what_is_left_of_a_damaged_image(path: Path) -> None:
    data = sample()
    path.write_bytes(patch(data, int.from_bytes(data[32:36], "little") + 40 * 2 + 20, 0x7000_0000))
    result = invoke("inspect", path)
    assert result.exit_code == 126
    assert "LOAD" in result.stdout
    assert "section 2: contents reach 0x70002000" in result.stderr


@pytest.mark.parametrize("name", ["disasm", "inspect"])
@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "empty file (offset 0x0)"),
        (b"#!/bin/sh\n", "not an ELF file (offset 0x0)"),
        (sample()[:40], "truncated: the ELF header takes 52 bytes, the file has 40 (offset 0x28)"),
        (patch(sample(), 4, 2, 1), "64-bit, not 32-bit: build with -march=rv32ima -mabi=ilp32 (offset 0x4)"),
    ],
)
def test_other_files_give_a_reason_and_126(name: str, contents: bytes, message: str, path: Path) -> None:
    path.write_bytes(contents)
    result = invoke(name, path)
    assert (result.exit_code, result.stdout, result.stderr) == (126, "", f"forklore: {path}: {message}\n")


@pytest.mark.parametrize("name", ["disasm", "inspect"])
def test_a_source_is_to_be_assembled_first(name: str, tmp_path: Path) -> None:
    path = tmp_path / "hello.s"
    path.write_text("nop\n")
    assert "assemble it first, with forklore asm" in invoke(name, path).stderr


@pytest.mark.parametrize("name", ["disasm", "inspect"])
def test_what_is_no_file(name: str, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    result = invoke(name, missing)
    assert (result.exit_code, result.stderr) == (127, f"forklore: {missing}: no such file\n")
    result = invoke(name, tmp_path)
    assert (result.exit_code, result.stderr) == (126, f"forklore: {tmp_path}: not a regular file\n")


@pytest.mark.parametrize("name", ["disasm", "inspect"])
def test_what_does_not_end_is_refused(name: str, tmp_path: Path) -> None:
    sparse, pipe = tmp_path / "sparse", tmp_path / "pipe"
    with sparse.open("wb") as file:
        file.write(b"\x7fELF")
        file.truncate(20 << 30)
    os.mkfifo(pipe)
    reasons = {sparse: "larger than 256 MiB, the most that is read", pipe: "not a regular file"}
    for path, reason in {**reasons, Path("/dev/zero"): "not a regular file"}.items():
        result = invoke(name, path)
        assert (result.exit_code, result.stderr) == (126, f"forklore: {path}: {reason}\n")


def test_names_cannot_command_the_terminal(path: Path) -> None:
    path.write_bytes(sample().replace(b"again\0", b"a\x1b[2J\0").replace(b".debug_line\0", b"[red]\ndebug\0"))
    for name in ("disasm", "inspect"):
        output = invoke(name, path).stdout
        assert "\x1b" not in output
        assert "a\\x1b[2J" in output
    assert "[red]\\ndebug" in invoke("inspect", path).stdout


def test_a_long_name_of_a_section_does_not_widen_every_line(tmp_path: Path) -> None:
    path = tmp_path / "wide.elf"
    code = OutputSection(".text", Protection(5), 0x10000, bytes(4), align=4)
    symbols = [Symbol(f"symbol{index}", 0x10000, section=1) for index in range(100)]
    note = OutputSection("n" * 100_000, Protection(0), 0, b"x", loaded=False)
    path.write_bytes(write_image(entry=0x10000, sections=[code, note], symbols=symbols))
    result = invoke("inspect", path)
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) < 700
