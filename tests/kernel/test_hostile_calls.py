"""Boundary values for every argument of every call: a process can hurt itself alone.

For each call a guest makes it again and again, each time in a child of its own, with one argument after the other
replaced by every value of a list, the rest being what a decent program would pass. Whatever comes of it, the machine
goes on: no exception, no memory lost (tests/conftest.py recounts every frame), no more of the host's time and memory
than the limits allow.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from asm import Source, assemble
from tests.sampling import first_of
from vm import Machine, events
from vm.kernel.syscalls import TABLE, Kind, Row
from vm.settings import Settings

ROOM = 512
"""Calls that one image has room for."""

GUEST = """
        # Make every call of a table in a child of its own, which has a millisecond for it.
        .equ    SYS_openat, 56
        .equ    SYS_pipe2, 59
        .equ    SYS_exit_group, 94
        .equ    SYS_sched_yield, 124
        .equ    SYS_kill, 129
        .equ    SYS_clock_nanosleep_time64, 407
        .equ    SYS_fork, 1079
        .equ    SYS_wait4, 260
        .equ    AT_FDCWD, -100
        .equ    O_RDWR_CREAT_NONBLOCK, 0x842
        .equ    SIGKILL, 9

        .text
_start: li      a0, AT_FDCWD                    # descriptor 3: a file
        la      a1, path
        li      a2, O_RDWR_CREAT_NONBLOCK
        li      a3, 0600
        li      a7, SYS_openat
        ecall
        la      a0, ends                        # 4 and 5: a pipe
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        li      a0, AT_FDCWD                    # 6: a directory
        la      a1, folder
        li      a2, 0
        li      a7, SYS_openat
        ecall
        la      s0, table
next:   lw      s1, 0(s0)
        beqz    s1, done
        li      a7, SYS_fork
        ecall
        mv      s2, a0
        beqz    a0, child
        bltz    a0, lost
        li      s3, 20
yield:  li      a7, SYS_sched_yield
        ecall
        addi    s3, s3, -1
        bnez    s3, yield
        li      a0, 1                           # CLOCK_MONOTONIC
        li      a1, 0
        la      a2, time
        li      a3, 0
        li      a7, SYS_clock_nanosleep_time64
        ecall
        mv      a0, s2
        li      a1, SIGKILL
        li      a7, SYS_kill
        ecall
        mv      a0, s2
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        addi    s0, s0, 32
        j       next

child:  lw      a7, 0(s0)
        lw      a0, 4(s0)
        lw      a1, 8(s0)
        lw      a2, 12(s0)
        lw      a3, 16(s0)
        lw      a4, 20(s0)
        lw      a5, 24(s0)
        ecall
done:   li      a0, 0
        li      a7, SYS_exit_group
        ecall
lost:   li      a0, 9
        li      a7, SYS_exit_group
        ecall

        .section .rodata
path:   .string "file"
folder: .string "."
strings:
        .word   path, 0
constant:
        .word   1, 2, 3, 4

        .data
        .balign 4096
zeros:  .skip   1024
ones:   .fill   1024, 1, 255
noise:  .fill   1024, 1, 0x77
text:   .fill   1024, 1, 'x'                    # no NUL before the end of the page
table:  .fill   8 * {room} + 8, 4, 0x7654321
ends:   .skip   8
time:   .word   0, 0, 1000000, 0
"""

BOUNDARIES = (
    0, 1, 2, 3, 4, 5, 6, 7, 15, 16, 63, 64, 65, 255, 4095, 4096, 4097, 0x1_0000, 0x7FFF_EFFF, 0x7FFF_FFFF, 0x8000_0000,
    0x8000_0001, 0x8000_0FFC, 0xC000_0000, 0xFFFF_EFFF, 0xFFFF_F000, 0xFFFF_FF9C, 0xFFFF_FFFC, 0xFFFF_FFFE, 0xFFFF_FFFF,
)  # fmt: skip
"""Numbers that are small, round, or at an end of some range; 0xFFFFFF9C is AT_FDCWD."""

LIMITS: dict[str, Any] = {
    "memory": 4 << 20, "stack": 64 << 10, "processes": 8, "open_files": 16, "instructions": 30_000_000,
    "output": 1 << 20, "seconds": 60, "disk": 4 << 20,
}  # fmt: skip
SETTINGS = {name: value for name, value in LIMITS.items() if name in {field.name for field in fields(Settings)}}

DECENT_NUMBERS = {Kind.INT: 0, Kind.FD: 3, Kind.PID: 0, Kind.SIGNAL: 10, Kind.SIZE: 64, Kind.FLAGS: 0}


class Guest:
    """The image, assembled once, and where its parts are."""

    def __init__(self) -> None:
        made = assemble([Source("guest.s", GUEST.replace("{room}", str(ROOM)))])
        self.image = made.image
        self.addresses = {symbol.name: symbol.value for symbol in made.symbols}
        self.table = self.image.index(struct.pack("<I", 0x7654321) * 8)

    def with_calls(self, calls: Sequence[tuple[int, ...]]) -> bytes:
        """The image that makes these calls, each (number, six arguments)."""
        words = b"".join(struct.pack("<7I4x", *call) for call in calls)
        size = 4 * (8 * ROOM + 8)
        assert len(words) < size
        return self.image[: self.table] + words.ljust(size, b"\0") + self.image[self.table + size :]

    @property
    def pointers(self) -> tuple[int, ...]:
        """Addresses of all sorts: good, read-only, at the ends of pages, misaligned, of bad contents, of nothing."""
        at = self.addresses
        return (
            at["_start"], at["path"], at["strings"], at["constant"], at["zeros"], at["zeros"] + 1, at["ones"],
            at["noise"] + 2, at["text"], at["text"] + 1020, at["zeros"] + 4092, at["time"], 0x7FFF_F000, 0x7FFE_FFFC,
            at["ends"],
        )  # fmt: skip

    def decent(self, kind: Kind) -> int:
        """What a decent program passes."""
        kind = kind.basis
        if kind in DECENT_NUMBERS:
            return DECENT_NUMBERS[kind]
        return self.addresses[{Kind.PATH: "path", Kind.STRINGS: "strings"}.get(kind, "zeros")]


@pytest.fixture(scope="module")
def guest() -> Guest:
    return Guest()


def one_at_a_time(guest: Guest, row: Row, step: int = 1) -> Iterator[tuple[int, ...]]:
    """The call with each argument replaced by each value, and with all of them the same.

    A larger ``step`` takes one in so many values for each argument, other ones for the next.
    """
    usual = [guest.decent(kind) for _, kind in row.arguments]
    for place, value in enumerate((*BOUNDARIES, *guest.pointers)):
        for index in range(place % step, len(usual), step):
            yield padded(row, [*usual[:index], value, *usual[index + 1 :]])
        yield padded(row, [value] * len(usual))


def at_random(guest: Guest, row: Row, count: int) -> Iterator[tuple[int, ...]]:
    """The call with arguments drawn from all values."""
    choice = random.Random(row.number)
    values = (*BOUNDARIES, *guest.pointers)
    for _ in range(count):
        arguments = [
            guest.decent(kind) if choice.random() < 0.3 else choice.choice(values) ^ (choice.random() < 0.1)
            for _, kind in row.arguments
        ]
        yield padded(row, arguments)


def padded(row: Row, arguments: Sequence[int]) -> tuple[int, ...]:
    return (row.number, *arguments, *[0] * (6 - len(arguments)))


def survive(guest: Guest, calls: Sequence[tuple[int, ...]], folder: Path) -> None:
    """Make the calls; again from the next one on when the parent of those who make them was hit."""
    while calls:
        made = make(guest, calls[:ROOM], folder)
        assert made, "not even the first call was made"
        calls = calls[made:]


def make(guest: Guest, calls: Sequence[tuple[int, ...]], folder: Path) -> int:
    """Make the calls in one machine; how many were made."""
    program = folder / "prog"
    program.write_bytes(guest.with_calls(calls))
    program.chmod(0o755)
    run = Machine(root=folder, **SETTINGS).boot("/prog").start()
    first, made, entered = run.program.pid, 0, 0

    def count_child(event: events.Created) -> None:
        nonlocal made
        made += event.pid == first

    def count_call(event: events.CallEntered) -> None:
        nonlocal entered
        entered += event.call_number == calls[0][0] and event.pid != first

    run.kernel.events.subscribe(events.Created, count_child)
    run.kernel.events.subscribe(events.CallEntered, count_call)
    result = run.finish()
    last = calls[max(made, 1) - 1]
    assert "time" not in result.message, last
    assert run.kernel.processes.get(first) is None, f"{result.message}, at {last}"
    assert entered >= made, "some call was not made"
    if len(run.kernel.processes) == 1:
        assert run.kernel.memory.used == len(run.kernel.memory.machine_frames), last
    return made


@pytest.mark.parametrize("step", first_of(1, [3, 1]))
@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in TABLE.values()])
def test_boundary_values(row: Row, step: int, guest: Guest, tmp_path: Path) -> None:
    survive(guest, list(one_at_a_time(guest, row, step)), tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in TABLE.values()])
def test_random_values(row: Row, guest: Guest, tmp_path: Path) -> None:
    survive(guest, list(at_random(guest, row, 1000)), tmp_path)
