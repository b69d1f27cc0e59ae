"""Images and sources for the tests of vm.elf."""

from __future__ import annotations

from vm.abi import Protection
from vm.elf import OutputSection, Symbol, write_image

READ, WRITE, EXEC = Protection.READ, Protection.WRITE, Protection.EXEC

EXIT_42 = b"".join(word.to_bytes(4, "little") for word in (0x02A0_0513, 0x05D0_0893, 0x0000_0073))
"""li a0, 42; li a7, 93; ecall."""

SECTIONS = (
    OutputSection(".text", READ | EXEC, 0x10000, EXIT_42, align=4),
    OutputSection(".rodata", READ, 0x11000, b"read only\0"),
    OutputSection(".data", READ | WRITE, 0x12000, b"\1\2\3\4", align=4),
    OutputSection(".bss", READ | WRITE, 0x13000, b"", 0x2345, align=16),
    OutputSection(".empty", READ | WRITE, 0x15345, b""),
    OutputSection(".debug_line", Protection.NONE, 0, b"no line table", loaded=False, align=1),
)
SYMBOLS = (
    Symbol("_start", 0x10000, 12, "global", "func", 1),
    Symbol("first.s", 0, 0, "local", "file", "abs"),
    Symbol("again", 0x10004, 0, "local", "notype", 1),
    Symbol("SIZE", 42, 0, "local", "notype", "abs"),
    Symbol("second.s", 0, 0, "local", "file", "abs"),
    Symbol("again", 0x10008, 0, "local", "notype", 1),
    Symbol("text", 0x11000, 10, "weak", "object", 2),
    Symbol("zeros", 0x13000, 0x2345, "global", "object", 4),
)


def sample() -> bytes:
    """A small image with every kind of section and symbol; its program headers: text, rodata, data, stack."""
    return write_image(entry=0x10000, sections=SECTIONS, symbols=SYMBOLS)


SOURCE = """
    .globl _start
    .text
_start:
    la      a0, greeting
    lw      a1, number
    la      a2, table
    mul     a1, a1, a1
    amoadd.w a1, a1, (a2)
    li      a0, 42
    li      a7, 93
    ecall
    .type   helper, @function
helper:
    ret
    .size   helper, . - helper
    .section .rodata
greeting:
    .asciz  "hello"
    .data
number:
    .word   5
    .section .tbss, "awT", @nobits
    .zero   64
    .section .tdata, "awT", @progbits
    .word   7
    .section .init_array, "aw"
    .word   helper
    .bss
    .balign 16
    .globl  table
table:
    .zero   10000
"""
"""A program that uses what linkers treat specially: it exits with status 42."""


def patch(data: bytes, offset: int, value: int, size: int = 4) -> bytes:
    """``data`` with ``value`` at ``offset``."""
    return data[:offset] + value.to_bytes(size, "little") + data[offset + size :]
