"""The file of a core: an ELF header, a program header for the notes and one for each segment, and what they describe.

Pages of zeros are holes in the file, so that it takes no more room than what the process has written.
"""

from __future__ import annotations

import os

from vm.abi import PAGE_SIZE
from vm.elf import format as f
from vm.kernel.process.task import Process, Task
from vm.kernel.signals.state import SignalInfo
from vm.memory.segments import Segment, page_round
from vm.observe.cores.contents import ranges_of
from vm.observe.cores.notes import notes_of

_FLAGS = ((1, f.PF_R), (2, f.PF_W), (4, f.PF_X))


def write_core(descriptor: int, process: Process, taker: Task, info: SignalInfo) -> None:
    """Write a core of ``process`` to an empty file, whose thread ``taker`` took the signal of which it dies.

    The process still has its memory. Raises OSError.
    """
    space = process.memory
    ranges, notes = ranges_of(space), notes_of(process, taker, info)
    notes_at = f.HEADER.size + f.PROGRAM_HEADER.size * (len(ranges) + 1)
    headers = [f.PROGRAM_HEADER.pack(f.PT_NOTE, notes_at, 0, 0, len(notes), 0, 0, 4)]
    at = page_round(notes_at + len(notes))
    places = []
    for each in ranges:
        places.append(at)
        headers.append(_load(each.segment, at, each.size))
        at += each.size
    _write(descriptor, 0, b"".join([_header(len(headers)), *headers, notes]))
    for place, each in zip(places, ranges, strict=True):
        for behind, page in each.pages(space):
            _write(descriptor, place + behind, page.tobytes())
    os.ftruncate(descriptor, at)


def _header(count: int) -> bytes:
    """The ELF header of a core with so many program headers."""
    ident = f.MAGIC + bytes((f.ELFCLASS32, f.ELFDATA2LSB, f.EV_CURRENT, f.ELFOSABI_SYSV)) + bytes(8)
    return f.HEADER.pack(
        ident, f.ET_CORE, f.EM_RISCV, f.EV_CURRENT, 0, f.HEADER.size, 0, 0, f.HEADER.size, f.PROGRAM_HEADER.size, count,
        0, 0, 0,
    )  # fmt: skip


def _load(segment: Segment, at: int, size: int) -> bytes:
    """The program header of a segment, of which ``size`` bytes are stored from byte ``at`` on."""
    flags = sum(flag for bit, flag in _FLAGS if int(segment.protection) & bit)
    length = segment.end - segment.start
    return f.PROGRAM_HEADER.pack(f.PT_LOAD, at, segment.start, 0, size, length, flags, PAGE_SIZE)


def _write(descriptor: int, at: int, data: bytes) -> None:
    while data:
        done = os.pwrite(descriptor, data, at)
        at, data = at + done, data[done:]
