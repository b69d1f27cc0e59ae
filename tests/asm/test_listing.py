"""The listing: address, bytes and source side by side."""

from __future__ import annotations

import re

from asm import Source, assemble

TEXT = """\
# what it shows
        .globl _start
_start: li      a0, 5; li a1, 0x12345
        .macro  twice what
        \\what
        \\what
        .endm
        twice   nop
        beq     a0, a1, far             # becomes two instructions
        .rept   2
        ret
        .endr
        .align  4
        .space  5000
far:    .word   1, 2, 3
        .data
text:   .asciz  "hello, world"
        .bss
        .space  100
"""

EXPECTED = """\
                                         1  # what it shows
                                         2          .globl _start
00010000  13 05 50 00                    3  _start: li      a0, 5; li a1, 0x12345
00010004  b7 25 01 00 93 85 55 34
                                         4          .macro  twice what
                                         5          \\what
                                         6          \\what
                                         7          .endm
                                         8          twice   nop
0001000c  13 00 00 00               >    5          nop
00010010  13 00 00 00               >    6          nop
00010014  63 14 b5 00 6f 10 00 3a        9          beq     a0, a1, far             # becomes two instructions
                                        10          .rept   2
                                        11          ret
                                        12          .endr
0001001c  67 80 00 00               >   11          ret
00010020  67 80 00 00               >   11          ret
00010024  13 00 00 00 13 00 00 00       13          .align  4
0001002c  13 00 00 00
00010030  00 00 00 00 00 00 00 00       14          .space  5000
00010038  00 00 00 00 00 00 00 00
00010040  00 00 00 00 00 00 00 00
00010048  00 00 00 00 00 00 00 00
          … 4968 more bytes
000113b8  01 00 00 00 02 00 00 00       15  far:    .word   1, 2, 3
000113c0  03 00 00 00
                                        16          .data
00012000  68 65 6c 6c 6f 2c 20 77       17  text:   .asciz  "hello, world"
00012008  6f 72 6c 64 00
                                        18          .bss
00013000  (100 zero bytes)              19          .space  100
"""


def test_text() -> None:
    listing = assemble([Source("listed.s", TEXT)]).listing()
    assert f"{listing}\n" == EXPECTED


def test_every_byte_of_the_sections_is_listed() -> None:
    """The listing's rows, put together, are the sections (where none was cut short)."""
    text = TEXT.replace("5000", "8")
    assembly = assemble([Source("listed.s", text)])
    memory: dict[int, int] = {}
    for address, row in re.findall(r"^([0-9a-f]{8})  ((?:[0-9a-f]{2} ?)+)", assembly.listing(), re.MULTILINE):
        for offset, byte in enumerate(bytes.fromhex(row)):
            memory[int(address, 16) + offset] = byte
    for section in assembly.sections:
        if section.data:
            listed = [memory.get(section.address + offset) for offset in range(len(section.data))]
            assert listed == list(section.data)


def test_several_sources_and_included_files() -> None:
    one = Source("one.s", '.include "more.s"\n.globl f\nf: call g\n')
    two = Source("two.s", ".globl g\ng: ret\n")
    listing = assemble([one, two], read_include=lambda name: "nop\n").listing()
    assert [line.split() for line in listing.splitlines() if line] == [
        ["one.s:"],
        ["1", ".include", '"more.s"'],
        ["00010000", "13", "00", "00", "00", ">", "1", "nop"],
        ["2", ".globl", "f"],
        ["00010004", "97", "00", "00", "00", "e7", "80", "80", "00", "3", "f:", "call", "g"],
        ["two.s:"],
        ["1", ".globl", "g"],
        ["0001000c", "67", "80", "00", "00", "2", "g:", "ret"],
    ]
