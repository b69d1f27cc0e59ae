"""``forklore inspect``: show what an image consists of."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from vm.cli import say
from vm.cli.images import read_image, refuse
from vm.disassembler import Labels
from vm.elf import (
    ElfError,
    Header,
    ProgramHeader,
    Section,
    Symbol,
    load_image,
    read_header,
    read_program_headers,
    read_sections,
    read_symbols,
)
from vm.elf import format as f
from vm.quantities import size
from vm.statuses import STATUS_CANNOT_RUN
from vm.text import printable, shortened

NOTHING = "–"


@click.command("inspect")
@click.argument("image", type=click.Path(path_type=Path))
def command(image: Path) -> None:
    """Show the header, segments, sections and symbols of IMAGE.

    Exit status 126 when the file is not an image that can be run, which a message explains; what can be read of it
    is shown all the same. 127 when it was not found.
    """
    data = read_image(image)
    problems: list[str] = []
    try:
        header = read_header(data)
    except ElfError as error:
        refuse(image, str(error))
    sections: tuple[Section, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    try:
        sections = read_sections(data)
        symbols = read_symbols(data)
    except ElfError as error:
        problems.append(f"{image}: {error}")
    note = None
    try:
        note = load_image(data).note
    except ElfError as error:
        problems.append(f"{image}: cannot be run: {error}")
    kind = f.FILE_TYPES.get(header.type, f"file of type {header.type}")
    click.echo(f"{printable(str(image))}: {size(len(data))}, ELF32 little-endian {kind} for RISC-V")
    for name, value in _header_rows(header, Labels(symbols, sections)):
        click.echo(f"{name:<15}  {value}")
    if note is not None:
        click.echo(f"{'dialect':<15}  {printable(note.dialect)}: its calls are that simulator's services")
    print_table(
        "segment  address  access  >offset  >in file  >in memory  >align",
        _segment_rows(read_program_headers(data)),
    )
    print_table(">#  section  type  address  access  >offset  >size", _section_rows(sections))
    print_table("value  >size  type  binding  section  symbol", _symbol_rows(symbols, sections))
    for problem in problems:
        say(problem)
    sys.exit(STATUS_CANNOT_RUN if problems else 0)


def print_table(heading: str, rows: Iterable[Sequence[str]]) -> None:
    """Print rows of cells under a heading, each column as wide as it must be; nothing without rows.

    The heading's names are set apart by two spaces or more; ``>`` before one aligns its column to the right. (An
    image may have tens of thousands of symbols, for which rich's tables take seconds.)
    """
    names = [name.strip() for name in heading.split("  ") if name.strip()]
    titles = [name.removeprefix(">") for name in names]
    cells = [titles, *rows]
    if len(cells) == 1:
        return
    widths = [max(len(row[column]) for row in cells) for column in range(len(names))]
    click.echo()
    for place, row in enumerate(cells):
        padded = (
            cell.rjust(width) if name.startswith(">") else cell.ljust(width)
            for cell, width, name in zip(row, widths, names, strict=True)
        )
        line = "  ".join(padded).rstrip()
        click.echo(line if place else click.style(line, dim=True))


def _flags(flags: int) -> str:
    """e_flags in words."""
    words = [f"{f.FLOAT_ABIS[flags & f.EF_RISCV_FLOAT_ABI]}-float ABI"]
    known = {f.EF_RISCV_RVC: "compressed instructions", f.EF_RISCV_RVE: "RV32E", f.EF_RISCV_TSO: "total store order"}
    words += [word for bit, word in known.items() if flags & bit]
    return f"{flags:#x}  {', '.join(words)}"


def _access(flags: int, read: int, write: int, execute: int) -> str:
    """Permissions as ls shows them, from a word of flags and the bit of each."""
    return "".join(letter if flags & bit else "-" for letter, bit in zip("rwx", (read, write, execute), strict=True))


def _header_rows(header: Header, labels: Labels) -> Iterator[tuple[str, str]]:
    if header.type == f.ET_EXEC:
        label = labels.describe(header.entry)
        yield "entry", f"{header.entry:#x}" + (f"  <{label}>" if label else "")
    yield "flags", _flags(header.flags)
    yield "program headers", f"{header.phnum} at offset {header.phoff:#x}" if header.phnum else "none"
    yield "section headers", f"{header.shnum} at offset {header.shoff:#x}" if header.shnum else "none"


def _segment_rows(headers: Iterable[ProgramHeader]) -> Iterator[tuple[str, ...]]:
    for entry in headers:
        yield (
            f.SEGMENT_TYPES.get(entry.type, f"{entry.type:#x}"),
            f"{entry.vaddr:08x}" if entry.vaddr else NOTHING,
            _access(entry.flags, f.PF_R, f.PF_W, f.PF_X),
            f"{entry.offset:#x}",
            size(entry.filesz),
            size(entry.memsz),
            f"{entry.align:#x}",
        )


def _section_rows(sections: Sequence[Section]) -> Iterator[tuple[str, ...]]:
    for index, section in enumerate(sections[1:], 1):
        loaded = section.flags & f.SHF_ALLOC
        yield (
            str(index),
            printable(shortened(section.name)),
            f.SECTION_TYPES.get(section.type, f"{section.type:#x}"),
            f"{section.address:08x}" if loaded else NOTHING,
            _access(section.flags, f.SHF_ALLOC, f.SHF_WRITE, f.SHF_EXECINSTR) if loaded else NOTHING,
            f"{section.offset:#x}",
            size(section.size),
        )


def _symbol_rows(symbols: Sequence[Symbol], sections: Sequence[Section]) -> Iterator[tuple[str, ...]]:
    """Symbols in sections by address, then the others in file order."""
    for symbol in sorted(symbols, key=lambda symbol: symbol.value if isinstance(symbol.section, int) else 1 << 32):
        section = symbol.section if isinstance(symbol.section, str) else sections[symbol.section].name
        yield (
            f"{symbol.value:08x}",
            size(symbol.size) if symbol.size else NOTHING,
            symbol.type,
            symbol.binding,
            printable(shortened(section)),
            printable(symbol.name),
        )
