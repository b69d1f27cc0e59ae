"""``forklore inspect``: show what an image consists of."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from vm.cli import say
from vm.cli.images import STATUS_NOT_AN_IMAGE, read_image, refuse
from vm.disassembler import Labels, printable
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
from vm.observe.costs import size


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
    try:
        load_image(data)
    except ElfError as error:
        problems.append(f"{image}: cannot be run: {error}")
    console = Console(highlight=False)
    console.print(Text(f"{image}: {size(len(data))}, {_kind(header)}"))
    console.print(_header_table(header, Labels(symbols, sections)))
    tables = _segment_table(read_program_headers(data)), _section_table(sections), _symbol_table(symbols, sections)
    for table in tables:
        if table.row_count:
            console.print()
            console.print(table)
    for problem in problems:
        say(problem)
    sys.exit(STATUS_NOT_AN_IMAGE if problems else 0)


def _kind(header: Header) -> str:
    """The header's constants in words."""
    kind = f.FILE_TYPES.get(header.type, f"file of type {header.type}")
    return f"ELF32 little-endian {kind} for RISC-V"


def _flags(flags: int) -> str:
    """e_flags in words."""
    words = [f"{f.FLOAT_ABIS[flags & f.EF_RISCV_FLOAT_ABI]}-float ABI"]
    known = {f.EF_RISCV_RVC: "compressed instructions", f.EF_RISCV_RVE: "RV32E", f.EF_RISCV_TSO: "total store order"}
    words += [word for bit, word in known.items() if flags & bit]
    return f"{flags:#x}  {', '.join(words)}"


def _table(columns: str, right: str, fold: str = "") -> Table:
    """A table without lines; ``right`` names the columns of numbers, ``fold`` the one that may take several lines."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns.split(", "):
        justify: JustifyMethod = "right" if name in right.split(", ") else "left"
        table.add_column(name, justify=justify, no_wrap=name != fold, overflow="fold")
    return table


def _access(flags: int, read: int, write: int, execute: int) -> str:
    """Permissions as ls shows them, from a word of flags and the bit of each."""
    return "".join(letter if flags & bit else "-" for letter, bit in zip("rwx", (read, write, execute), strict=True))


def _header_table(header: Header, labels: Labels) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    if header.type == f.ET_EXEC:
        label = labels.describe(header.entry)
        table.add_row("entry", Text(f"{header.entry:#x}" + (f"  <{label}>" if label else "")))
    table.add_row("flags", _flags(header.flags))
    table.add_row("program headers", f"{header.phnum} at offset {header.phoff:#x}" if header.phnum else "none")
    table.add_row("section headers", f"{header.shnum} at offset {header.shoff:#x}" if header.shnum else "none")
    return table


def _segment_table(headers: Sequence[ProgramHeader]) -> Table:
    table = _table(
        "segment, range, access, offset, in file, in memory, align", right="offset, in file, in memory, align"
    )
    for entry in headers:
        table.add_row(
            f.SEGMENT_TYPES.get(entry.type, f"{entry.type:#x}"),
            f"{entry.vaddr:08x}-{entry.vaddr + entry.memsz:08x}" if entry.vaddr else "–",
            _access(entry.flags, f.PF_R, f.PF_W, f.PF_X),
            f"{entry.offset:#x}",
            size(entry.filesz),
            size(entry.memsz),
            f"{entry.align:#x}",
        )
    return table


def _section_table(sections: Sequence[Section]) -> Table:
    table = _table(" , section, type, address, access, offset, size", right=" , offset, size", fold="section")
    for index, section in enumerate(sections[1:], 1):
        loaded = section.flags & f.SHF_ALLOC
        table.add_row(
            str(index),
            Text(printable(section.name)),
            f.SECTION_TYPES.get(section.type, f"{section.type:#x}"),
            f"{section.address:08x}" if loaded else "–",
            _access(section.flags, f.SHF_ALLOC, f.SHF_WRITE, f.SHF_EXECINSTR) if loaded else "–",
            f"{section.offset:#x}",
            size(section.size),
        )
    return table


def _symbol_table(symbols: Sequence[Symbol], sections: Sequence[Section]) -> Table:
    table = _table("value, size, type, binding, section, symbol", right="size", fold="symbol")
    for symbol, section in _by_address(symbols, sections):
        table.add_row(
            f"{symbol.value:08x}",
            size(symbol.size) if symbol.size else "–",
            symbol.type,
            symbol.binding,
            Text(printable(section)),
            Text(printable(symbol.name)),
        )
    return table


def _by_address(symbols: Sequence[Symbol], sections: Sequence[Section]) -> Iterator[tuple[Symbol, str]]:
    """Symbols with the names of their sections: those in sections by address, then the others in file order."""
    for symbol in sorted(symbols, key=lambda symbol: symbol.value if isinstance(symbol.section, int) else 1 << 32):
        yield symbol, symbol.section if isinstance(symbol.section, str) else sections[symbol.section].name
