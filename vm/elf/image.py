"""An ELF executable as the loader wants it: every check that stands between a file and the machine.

What Linux's ``binfmt_elf`` would run of a static RV32IMA program is accepted; what it would run wrongly, or only with
what this machine lacks, is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from vm.abi import MINIMUM_ADDRESS, PAGE_SIZE, Protection
from vm.elf import format as f
from vm.elf.format import ElfError, Header, ProgramHeader
from vm.elf.note import DialectNote, find_note
from vm.elf.reader import read_header, read_program_headers
from vm.values import dataclass

IMAGE_LIMIT = 0x7F00_0000
"""One past the highest address an image may load at: above it are the stack and its guard."""

LOAD_SIZE_LIMIT = 1 << 30
"""Bytes of memory that the segments of one image may take together."""

PROGRAM_HEADER_LIMIT = PAGE_SIZE // f.PROGRAM_HEADER.size
"""Most program headers of an image: a page of them, as in Linux."""

DYNAMIC_LIMIT = 1024
"""Most entries of a dynamic section."""


@dataclass(frozen=True, slots=True)
class LoadSegment:
    """A range of memory to make: ``memsz`` bytes at ``vaddr``, the first ``len(data)`` from the file, the rest zero.

    ``offset`` is where the data lies in the file; None where it was put together from several places.
    """

    vaddr: int
    memsz: int
    data: bytes
    protection: Protection
    offset: int | None = field(default=None, compare=False)

    @property
    def end(self) -> int:
        """One past the last byte."""
        return self.vaddr + self.memsz


@dataclass(frozen=True, slots=True)
class Image:
    """A checked executable: segments by address, no two on one page, all inside the user's address space.

    ``phdr_address`` is where the program headers come to lie in memory, 0 if no segment holds them; ``phnum`` and
    ``phentsize`` are their count and size in bytes; ``flags`` is e_flags. ``note`` says whose services the program
    calls, None for Linux.
    """

    entry: int
    segments: tuple[LoadSegment, ...]
    phdr_address: int
    phnum: int
    phentsize: int
    flags: int
    note: DialectNote | None = None


def load_image(data: bytes) -> Image:
    """The executable that ``data``, the contents of a file, holds.

    Raises ElfError, with what is wrong and where, for anything but a static RV32IMA executable of reasonable size;
    never anything else, whatever the bytes.
    """
    header = read_header(data)
    _check_kind(header)
    headers = read_program_headers(data)
    _check_static(data, header, headers)
    loads = [
        (entry, header.phoff + index * f.PROGRAM_HEADER.size)
        for index, entry in enumerate(headers)
        if entry.type == f.PT_LOAD
    ]
    for load, where in loads:
        _check_load(data, load, where)
    loads = [(load, where) for load, where in loads if load.memsz]
    _check_total(data, loads)
    segments = _segments(data, sorted(loads, key=lambda pair: pair[0].vaddr))
    _check_entry(header.entry, segments)
    table = range(header.phoff, header.phoff + header.phnum * f.PROGRAM_HEADER.size)
    phdr_address = next(
        (
            load.vaddr + table.start - load.offset
            for load, _ in loads
            if load.offset <= table.start and table.stop <= load.offset + load.filesz
        ),
        0,
    )
    notes = (
        find_note(data[entry.offset : entry.offset + entry.filesz]) for entry in headers if entry.type == f.PT_NOTE
    )
    note = next((note for note in notes if note is not None), None)
    return Image(header.entry, segments, phdr_address, header.phnum, f.PROGRAM_HEADER.size, header.flags, note)


def _check_kind(header: Header) -> None:
    """Raise ElfError unless the header describes an executable for RV32IMA."""
    if header.osabi not in (f.ELFOSABI_SYSV, f.ELFOSABI_GNU):
        raise ElfError(f"for the operating system ABI {header.osabi}, not for Linux", f.EI_OSABI)
    if header.type != f.ET_EXEC:
        kind = f.FILE_TYPES.get(header.type, f"file of type {header.type}")
        advice = {f.ET_REL: ": link it first", f.ET_DYN: ": link with -static -no-pie"}.get(header.type, "")
        raise ElfError(f"a {kind}, not an executable{advice}", f.E_TYPE)
    if header.flags & f.EF_RISCV_RVC:
        raise ElfError("uses compressed instructions: build with -march=rv32ima", f.E_FLAGS)
    if header.flags & f.EF_RISCV_FLOAT_ABI:
        abi = f.FLOAT_ABIS[header.flags & f.EF_RISCV_FLOAT_ABI]
        raise ElfError(f"uses the {abi}-precision floating-point ABI: build with -mabi=ilp32", f.E_FLAGS)
    if header.flags & f.EF_RISCV_RVE:
        raise ElfError("uses the RV32E ABI: build with -march=rv32ima -mabi=ilp32", f.E_FLAGS)
    # Memory here is sequentially consistent, so a program that relies on total store order runs.
    if header.flags & ~f.EF_RISCV_TSO:
        raise ElfError(f"unknown flags {header.flags:#x}", f.E_FLAGS)
    if not 0 < header.phnum <= PROGRAM_HEADER_LIMIT:
        raise ElfError(f"{header.phnum} program headers, not 1 to {PROGRAM_HEADER_LIMIT}", f.E_PHNUM)


def _check_static(data: bytes, header: Header, headers: Sequence[ProgramHeader]) -> None:
    """Raise ElfError if the image asks for a dynamic linker or for shared objects."""
    for index, entry in enumerate(headers):
        where = header.phoff + index * f.PROGRAM_HEADER.size
        if entry.type == f.PT_INTERP:
            raise ElfError("needs a dynamic linker: link with -static", where)
        if entry.type != f.PT_DYNAMIC:
            continue
        if entry.filesz > DYNAMIC_LIMIT * f.DYNAMIC_ENTRY.size:
            raise ElfError(f"dynamic section of {entry.filesz} bytes", where + f.P_FILESZ)
        table = data[entry.offset : entry.offset + entry.filesz]
        table = table[: len(table) // f.DYNAMIC_ENTRY.size * f.DYNAMIC_ENTRY.size]
        for place, (tag, _) in enumerate(f.DYNAMIC_ENTRY.iter_unpack(table)):
            if tag == f.DT_NULL:
                break
            if tag == f.DT_NEEDED:
                raise ElfError("needs shared objects: link with -static", entry.offset + place * f.DYNAMIC_ENTRY.size)


def _check_load(data: bytes, load: ProgramHeader, where: int) -> None:
    """Raise ElfError unless one PT_LOAD, whose header is at ``where`` in the file, can be loaded by itself."""
    name = f"load at {load.vaddr:#x}"
    if load.filesz > load.memsz:
        raise ElfError(f"{name}: {load.filesz:#x} bytes of file for {load.memsz:#x} of memory", where + f.P_FILESZ)
    if load.memsz == 0:
        return
    if load.filesz and load.offset + load.filesz > len(data):
        reach = load.offset + load.filesz
        raise ElfError(f"{name}: reaches {reach:#x} in a file of {len(data):#x} bytes", where + f.P_OFFSET)
    if load.align and load.align & (load.align - 1):
        raise ElfError(f"{name}: alignment {load.align:#x} is not a power of two", where + f.P_ALIGN)
    if load.filesz and (load.vaddr - load.offset) % PAGE_SIZE:
        raise ElfError(
            f"{name}: address and file offset {load.offset:#x} differ modulo the page size; link without -n or -N",
            where + f.P_OFFSET,
        )
    end = load.vaddr + load.memsz
    if load.vaddr < MINIMUM_ADDRESS or end > IMAGE_LIMIT:
        raise ElfError(
            f"{name}: {load.vaddr:#x} to {end:#x} is outside {MINIMUM_ADDRESS:#x} to {IMAGE_LIMIT:#x}",
            where + f.P_VADDR,
        )
    if load.flags & f.PF_W and load.flags & f.PF_X:
        raise ElfError(f"{name}: writable and executable; memory here is one or the other", where + f.P_FLAGS)


def _check_total(data: bytes, loads: Sequence[tuple[ProgramHeader, int]]) -> None:
    """Raise ElfError if the loads take too much memory, or more bytes than the file has."""
    memory = file = 0
    for load, where in loads:
        memory += load.memsz
        file += load.filesz
        if memory > LOAD_SIZE_LIMIT:
            raise ElfError(f"loads take {memory:#x} bytes of memory, over {LOAD_SIZE_LIMIT:#x}", where + f.P_MEMSZ)
        if file > len(data):
            raise ElfError(f"loads read {file:#x} bytes of a file of {len(data):#x}", where + f.P_FILESZ)


@dataclass(slots=True)
class _Run:
    """Loads that become one segment, as each shares a page with the one before it.

    ``size`` bytes are from the file, or zeros between what is: ``pieces`` are (zeros before it, offset, bytes).
    """

    vaddr: int
    end: int
    protection: Protection
    size: int
    pieces: list[tuple[int, int, int]]

    def segment(self, data: bytes) -> LoadSegment:
        """The segment, of the file ``data``."""
        memsz = self.end - self.vaddr
        if len(self.pieces) == 1:
            [(_, offset, size)] = self.pieces
            return LoadSegment(self.vaddr, memsz, data[offset : offset + size], self.protection, offset)
        whole = memoryview(data)
        content = b"".join(part for zeros, at, size in self.pieces for part in (bytes(zeros), whole[at : at + size]))
        return LoadSegment(self.vaddr, memsz, content, self.protection)


def _segments(data: bytes, loads: Sequence[tuple[ProgramHeader, int]]) -> tuple[LoadSegment, ...]:
    """The loads, sorted by address, as segments; those that share a page are merged when that is harmless."""
    runs: list[_Run] = []
    for load, where in loads:
        protection, last = _protection(load.flags), runs[-1] if runs else None
        if last is None or (last.end - 1) // PAGE_SIZE < load.vaddr // PAGE_SIZE:
            pieces = [(0, load.offset, load.filesz)]
            runs.append(_Run(load.vaddr, load.vaddr + load.memsz, protection, load.filesz, pieces))
            continue
        pair = f"loads at {last.vaddr:#x} and {load.vaddr:#x}"
        if last.end > load.vaddr:
            raise ElfError(f"{pair} overlap", where + f.P_VADDR)
        if last.protection != protection:
            raise ElfError(
                f"{pair} share a page but not permissions ({last.protection}, {protection})", where + f.P_FLAGS
            )
        gap = load.vaddr - last.vaddr - last.size
        if load.filesz:
            if gap >= PAGE_SIZE:
                raise ElfError(f"{pair} share a page, with {gap:#x} bytes of zeros between them", where + f.P_VADDR)
            last.pieces.append((gap, load.offset, load.filesz))
            last.size += gap + load.filesz
        last.end = load.vaddr + load.memsz
    return tuple(run.segment(data) for run in runs)


def _protection(flags: int) -> Protection:
    """The access that p_flags allow. A page cannot be writable and not readable, so write implies read."""
    protection = Protection.READ if flags & (f.PF_R | f.PF_W) else Protection.NONE
    if flags & f.PF_W:
        protection |= Protection.WRITE
    if flags & f.PF_X:
        protection |= Protection.EXEC
    return protection


def _check_entry(entry: int, segments: Sequence[LoadSegment]) -> None:
    """Raise ElfError unless execution can begin at ``entry``."""
    if entry % 4:
        raise ElfError(f"entry {entry:#x} is not a multiple of 4", f.E_ENTRY)
    if not any(segment.vaddr <= entry < segment.end and segment.protection & Protection.EXEC for segment in segments):
        raise ElfError(f"entry {entry:#x} is not in executable memory", f.E_ENTRY)
