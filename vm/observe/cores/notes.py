"""The notes of a core: its threads with their registers, the process, the signal, the auxiliary vector, the files."""

from __future__ import annotations

from vm.abi import NANOSECONDS, PAGE_SIZE
from vm.abi.cores import NT_AUXV, NT_FILE, NT_PRPSINFO, NT_PRSTATUS, NT_SIGINFO, Prpsinfo, Prstatus
from vm.abi.layout import packed_words
from vm.cpu.state import PC
from vm.kernel.process.task import Process, Task
from vm.kernel.signals.state import SignalInfo
from vm.memory.segments import FilePages, Segment

_OWNER = b"CORE\0\0\0\0"
_OWNER_SIZE = 5
_ALL_32 = 0xFFFF_FFFF
_LONGEST_NAME, _LONGEST_ARGUMENTS = 15, 79
"""Bytes of a process's name and arguments that are told, before a NUL."""


def notes_of(process: Process, taker: Task, info: SignalInfo) -> bytes:
    """The notes on a process, whose thread ``taker`` took the signal of which it dies: in Linux's order.

    Source: fs/binfmt_elf.c, write_note_info.
    """
    others = [task for task in process.threads if task is not taker]
    notes = [
        _note(NT_PRSTATUS, _status(taker, info.signal)),
        _note(NT_PRPSINFO, _process(process)),
        _note(NT_SIGINFO, info.to_bytes()),
        _note(NT_AUXV, process.auxiliary),
        _note(NT_FILE, _files(process.memory.segments)),
        *[_note(NT_PRSTATUS, _status(task, info.signal)) for task in others],
    ]
    return b"".join(notes)


def _note(kind: int, description: bytes) -> bytes:
    return packed_words(_OWNER_SIZE, len(description), kind) + _OWNER + description + bytes(-len(description) % 4)


def _status(task: Task, signal: int) -> bytes:
    """A thread; the times of the first one are those of its process."""
    process, registers = task.process, task.context.tolist()
    seconds, micros = _time(process.retired if task is process.leader else task.retired)
    reaped_seconds, reaped_micros = _time(process.reaped)
    return Prstatus.pack(
        si_signo=signal, pr_cursig=signal,
        pr_sigpend=task.signals.own.signals & _ALL_32, pr_sighold=task.signals.mask & _ALL_32,
        pr_pid=task.tid, pr_ppid=process.parent, pr_pgrp=process.group, pr_sid=process.session,
        utime_seconds=seconds, utime_micros=micros, cutime_seconds=reaped_seconds, cutime_micros=reaped_micros,
        pr_reg=packed_words(registers[PC], *registers[1:32]),
    )  # fmt: skip


def _time(nanoseconds: int) -> tuple[int, int]:
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    return min(seconds, 0x7FFF_FFFF), rest // 1000


def _process(process: Process) -> bytes:
    who = process.credentials
    name = process.name.encode(errors="surrogateescape")[:_LONGEST_NAME]
    return Prpsinfo.pack(
        pr_sname=ord("R"), pr_nice=process.leader.policy.nice, pr_uid=who.uid, pr_gid=who.gid,
        pr_pid=process.pid, pr_ppid=process.parent, pr_pgrp=process.group, pr_sid=process.session,
        pr_fname=name, pr_psargs=b" ".join(process.arguments)[:_LONGEST_ARGUMENTS],
    )  # fmt: skip


def _files(segments: list[Segment]) -> bytes:
    """Which files are mapped where: how many, the unit of offsets, (start, end, offset) of each, their names."""
    found = [(segment, path, offset) for segment, path, offset in map(_file, segments) if path]
    numbers = [number for it, _, offset in found for number in (it.start, it.end, offset // PAGE_SIZE)]
    return packed_words(len(found), PAGE_SIZE, *numbers) + b"".join(path + b"\0" for _, path, _ in found)


def _file(segment: Segment) -> tuple[Segment, bytes, int]:
    """A segment, the path of its file (empty without one), and the byte of that which it begins with."""
    if isinstance(segment.backing, FilePages):
        return segment, segment.backing.content.path, segment.backing.content.offset + segment.offset
    return segment, segment.backing.path if segment.backing is not None else b"", segment.offset
