"""A guest that does what a table says: calls, loads and stores, jumps and forks, each a record of eight words.

The program is the same for every case; the table, and the structures that calls are given, are put into its image as
data. A record holds what to do, a mask of arguments that are results of earlier records, and the record where a child,
or a jump, goes on. A fault ends a record and not the program: a handler goes on with the next.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from asm import Source, assemble
from vm.elf import load_image

RECORDS = 200
"""Records that an image has room for."""
SLOTS, SLOT_SIZE = 48, 128
"""Structures that an image has room for, and the bytes of each."""
_RECORD = 0x7654_3210
_SLOT = 0x7654_3211


class Act(IntEnum):
    """What a record does."""

    END = 0
    CALL = 1
    FORK = 2
    """A call that makes a child, which goes on at the target."""
    STORE = 3
    """a2 words of a3 from a0 on, a1 bytes apart."""
    LOAD = 4
    """a2 words from a0 on, a1 bytes apart; the last is the result."""
    JUMP = 5
    """To the target, a0 times."""
    ENTER = 6
    """Call the code at a0."""
    COPY = 7
    """a2 words from a1 on to a0."""
    ATOMIC = 8
    """A byte, a half-word and an atomic sum at a0."""


GUEST = f"""
        .equ    SYS_exit_group, 94
        .equ    SYS_sigaltstack, 132
        .equ    SYS_rt_sigaction, 134
        .equ    PC_IN_CONTEXT, 160

        .text
_start: la      s1, settings
        lw      s2, 0(s1)               # signals to handle: a bit each
        beqz    s2, begin
        la      a0, stack
        li      a1, 0
        li      a7, SYS_sigaltstack
        ecall
        li      s3, 31
1:      srl     t0, s2, s3
        andi    t0, t0, 1
        beqz    t0, 2f
        mv      a0, s3
        la      a1, action
        li      a2, 0
        li      a3, 8
        li      a7, SYS_rt_sigaction
        ecall
2:      addi    s3, s3, -1
        bnez    s3, 1b
begin:  la      s0, records
        la      s1, results
again:  lw      t0, 0(s0)
        lw      a7, 4(s0)
        lw      a0, 8(s0)
        lw      a1, 12(s0)
        lw      a2, 16(s0)
        lw      a3, 20(s0)
        lw      a4, 24(s0)
        lw      a5, 28(s0)
        srli    s2, t0, 8               # bit n: argument n is a result, and something added
        .irp    reg, a0, a1, a2, a3, a4, a5
        andi    t2, s2, 1
        srli    s2, s2, 1
        beqz    t2, 1f
        andi    t2, \\reg, 255
        slli    t2, t2, 2
        add     t2, t2, s1
        lw      t2, 0(t2)
        srai    \\reg, \\reg, 8
        add     \\reg, \\reg, t2
1:
        .endr
        srli    s2, t0, 16              # the target
        slli    s2, s2, 5
        la      t2, records
        sub     s3, s0, t2
        srli    s3, s3, 3
        add     s3, s3, s1              # this record's result
        add     s2, s2, t2
        andi    t0, t0, 255
        li      t1, {Act.CALL.value}
        beq     t0, t1, call
        li      t1, {Act.FORK.value}
        beq     t0, t1, fork
        li      t1, {Act.STORE.value}
        beq     t0, t1, store
        li      t1, {Act.LOAD.value}
        beq     t0, t1, load
        li      t1, {Act.JUMP.value}
        beq     t0, t1, jump
        li      t1, {Act.ENTER.value}
        beq     t0, t1, enter
        li      t1, {Act.COPY.value}
        beq     t0, t1, copy
        li      t1, {Act.ATOMIC.value}
        beq     t0, t1, atomic
        li      a0, 0
        li      a7, SYS_exit_group
        ecall
call:   ecall
        sw      a0, 0(s3)
next:   addi    s0, s0, 32
        j       again
fork:   ecall
        beqz    a0, 1f
        sw      a0, 0(s3)
        j       next
1:      mv      s0, s2
        j       again
store:  beqz    a2, next
        sw      a3, 0(a0)
        add     a0, a0, a1
        addi    a2, a2, -1
        j       store
load:   beqz    a2, 1f
        lw      a3, 0(a0)
        add     a0, a0, a1
        addi    a2, a2, -1
        j       load
1:      sw      a3, 0(s3)
        j       next
jump:   lw      t0, 0(s3)
        addi    t0, t0, 1
        sw      t0, 0(s3)
        bgtu    t0, a0, next
        mv      s0, s2
        j       again
enter:  jalr    a0
        j       next
copy:   beqz    a2, next
        lw      a3, 0(a1)
        sw      a3, 0(a0)
        addi    a0, a0, 4
        addi    a1, a1, 4
        addi    a2, a2, -1
        j       copy
atomic: lbu     a1, 1(a0)
        sh      a1, 2(a0)
        amoadd.w a2, a1, (a0)
        lr.w    a3, (a0)
        sc.w    a4, a2, (a0)
        sb      a4, 3(a0)
        sw      a3, 0(s3)
        j       next
handler:
        la      t0, next                # whatever it was, go on with the next record
        sw      t0, PC_IN_CONTEXT(a2)
ignore: ret

        .section .rodata
constant:
        .word   0x00008067, 0x00000073, 1, 0x7fffffff

        .data
        .balign 4096
records:
        .fill   {8 * RECORDS + 8}, 4, {_RECORD}
        .balign 4096
results:
        .skip   {4 * RECORDS + 1024}
settings:
        .word   0x12345678, 0
action: .word   handler, 0x08000004, 0, 0       # SA_ONSTACK, SA_SIGINFO
stack:  .word   on_stack, 0, 8192
        .balign 4096
slots:  .fill   {SLOTS * SLOT_SIZE // 4}, 4, {_SLOT}
        .balign 4096
text:   .fill   4096, 1, 'x'                    # no NUL before the end of the page
        .bss
        .balign 4096
buffer: .skip   16384
on_stack:
        .skip   8192
"""


@dataclass(frozen=True)
class Record:
    """One record: ``label`` is its place in the whole case, by which others refer to it and to its result.

    ``results``: which arguments are (label, offset): the result of that record and so much more.
    """

    label: int
    act: Act
    number: int = 0
    arguments: tuple[int | tuple[int, int], ...] = ()
    target: int = 0

    def pack(self, places: dict[int, int]) -> bytes:
        """Its eight words; ``places`` is where the records of the labels are."""
        mask, words = 0, []
        for index, argument in enumerate(self.arguments):
            if isinstance(argument, tuple):
                mask |= 1 << index
                argument = argument[1] << 8 | places[argument[0]]
            words.append(argument & 0xFFFF_FFFF)
        words += [0] * (6 - len(words))
        head = self.act | mask << 8 | places[self.target] << 16
        return struct.pack("<8I", head, self.number & 0xFFFF_FFFF, *words)

    def __str__(self) -> str:
        from vm.abi import CALL_NAMES

        def shown(argument: int | tuple[int, int]) -> str:
            if isinstance(argument, tuple):
                return f"[{argument[0]}]{argument[1]:+#x}"
            return f"{argument & 0xFFFF_FFFF:#x}"

        what = CALL_NAMES.get(self.number, f"call {self.number}") if self.number else ""
        target = f" to {self.target}" if self.act in (Act.FORK, Act.JUMP) else ""
        return f"{self.label}: {self.act.name} {what}({', '.join(map(shown, self.arguments))}){target}"


class Guest:
    """The image, assembled once, and where its parts are."""

    def __init__(self) -> None:
        made = assemble([Source("guest.s", GUEST)])
        load_image(made.image)
        self._image = made.image
        self.addresses = {symbol.name: symbol.value for symbol in made.symbols}
        self._records = self._image.index(struct.pack("<I", _RECORD) * 8)
        self._slots = self._image.index(struct.pack("<I", _SLOT) * 8)
        self._settings = self._image.index(struct.pack("<I", 0x1234_5678))

    def slot(self, index: int) -> int:
        """The address of a structure."""
        return self.addresses["slots"] + SLOT_SIZE * index

    def image(self, records: list[Record], slots: list[bytes], handled: int) -> bytes:
        """The image that does what the records say; ``handled``: bits of the signals that end a record only."""
        image = bytearray(self._image)
        places, place = {}, len(records)
        for label in range(RECORDS, -1, -1):
            if place and records[place - 1].label >= label:
                place -= 1
            places[label] = place
        words = b"".join(record.pack(places) for record in records)
        size = 4 * (8 * RECORDS + 8)
        assert len(words) < size
        image[self._records : self._records + size] = words.ljust(size, b"\0")
        for index in range(SLOTS):
            data = slots[index] if index < len(slots) else b""
            start = self._slots + SLOT_SIZE * index
            image[start : start + SLOT_SIZE] = data[:SLOT_SIZE].ljust(SLOT_SIZE, b"\0")
        struct.pack_into("<I", image, self._settings, handled)
        return bytes(image)


@cache
def guest() -> Guest:
    """The guest."""
    return Guest()
