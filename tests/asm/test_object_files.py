"""Object files: a linker makes of them what our own linking makes of the sources, to the byte."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from gnu_oracle import LINKERS_OWN, tool
from llvm_oracle import read_image, zig
from statements import Writer

from asm import AssemblyError, Source, assemble, assemble_object

MAIN = """
        .globl  _start, table
        .weak   nobody
_start: call    helper
        la      a0, table + 4
        lw      a1, table
        sw      a1, shared, t0
        lui     a2, %hi(message)
        addi    a2, a2, %lo(message)
1:      auipc   a3, %pcrel_hi(buffer)
        lw      a4, %pcrel_lo(1b)(a3)
        beqz    a0, _start
        bnez    a0, helper
        bgez    a0, far
        jal     t0, inner
        j       _start
        addi    a6, a6, later
        tail    helper
        .option pic
        la      a0, message
        .space  5000
far:    ret
        .set    NUMBER, 0x12345
        li      a5, NUMBER
        lui     a6, %hi(NUMBER)
        .equ    later, 7
        .globl  alias
        .set    alias, table + 8
        .comm   shared, 4, 4
        .data
        .align  3
table:  .word   1, table, helper + 4, message - table, 2f - 1b, . - table, NUMBER, -1
        .half   message - table, here - start
        .byte   here - table
        .align  2
        .word   nobody, alias, stop - start
here:
start:  .dword  5, table
stop:
        .section .rodata
message: .asciz "hello"
2:      .bss
buffer: .space  8
"""
HELPER = """
        .globl  helper, inner
helper: la      a0, table
        la      a1, shared
        la      a2, alias
inner:  ret
"""


def link(sources: list[str], folder: Path, linker: str) -> None:
    """Our objects, linked by a linker at the addresses that our own linking chose, and what both hold compared."""
    ours = assemble([Source(f"source{number}.s", text) for number, text in enumerate(sources)])
    names = []
    for number, text in enumerate(sources):
        data, warnings = assemble_object(Source(f"source{number}.s", text))
        assert warnings == ()
        names.append(f"source{number}.o")
        (folder / names[-1]).write_bytes(data)
    starts = [f"--section-start={section.name}={section.address:#x}" for section in ours.sections]
    options = ["--no-relax", "--no-check-sections", "-e", hex(ours.entry), *starts, *names, "-o", "linked"]
    if linker == "gnu":
        done = subprocess.run(
            [tool("ld"), "-m", "elf32lriscv", *options], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    else:
        zig(["ld.lld", "-O0", "-z", "norelro", *options], folder)
    our_sections, our_symbols = read_image(ours.image)
    sections, symbols = read_image((folder / "linked").read_bytes())
    for name, (address, size, data) in our_sections.items():
        if name != ".got":
            assert (name, sections[name][:2]) == (name, (address, size))
            assert sections[name][2] == data, name
    for key in [key for key in symbols if LINKERS_OWN.fullmatch(key[0]) or key[0].startswith(".L")]:
        del symbols[key]
    assert (our_symbols - symbols, symbols - our_symbols) == ({}, {})


DIRECT = MAIN.replace("        .option pic\n        la      a0, message\n", "")
"""Without a table of addresses, which linkers lay out as they like."""


def test_what_gnu_makes_of_them(tmp_path: Path) -> None:
    """GNU puts common symbols elsewhere."""
    own = DIRECT.replace(".comm   shared, 4, 4", ".globl shared") + "        .data\nshared: .word 5\n"
    link([own, HELPER], tmp_path, "gnu")


def test_what_llvm_makes_of_them(tmp_path: Path) -> None:
    link([DIRECT, HELPER], tmp_path, "llvm")
    link([Writer(30 + part, 250, part, 2).source() for part in range(2)], tmp_path, "llvm")


def test_readelf_has_nothing_to_complain_of(tmp_path: Path) -> None:
    (tmp_path / "x.o").write_bytes(assemble_object(Source("x.s", MAIN))[0])
    done = subprocess.run([tool("readelf"), "-aW", "x.o"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "R_RISCV_CALL_PLT" in done.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".word a * 2\n", "no relocation expresses '*' of an address"),
        (".word a + b\n", "no relocation expresses this sum"),
        ("la a0, a - b\n", "no relocation expresses this sum"),
        ("addi a0, a0, a\n", "an address does not fit here"),
        ("foo\n", "unknown instruction 'foo'"),
    ],
)
def test_what_cannot_be_left_to_a_linker(text: str, message: str) -> None:
    with pytest.raises(AssemblyError, match=message.replace("*", r"\*")):
        assemble_object(Source("x.s", text))
