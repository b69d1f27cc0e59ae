"""What is no terminal gets every line whole: nothing is wrapped, and nothing cut, to a width that nobody asked for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.forking import forked_command
from vm.disassembler import listing

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "programs"
NARROW = os.environ | {"COLUMNS": "20"}
"""As a terminal would have it that exports its width: what is no terminal has none."""


def forklore(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*forked_command(), *map(str, arguments)],
        env=NARROW | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options,
    )  # fmt: skip


def test_stats_and_comparisons_are_not_wrapped() -> None:
    stats = forklore("run", "--stats", PROGRAMS / "fork_exec.s").stderr
    assert "150 instructions by 2 processes; at most 18 of 65,536 frames in use (72 KiB)\n" in stats
    assert "\n  rodata   00011000-00012000  r--      1       1       –      –\n" in stats
    assert "\nexit   pid 3   at most 12 KiB resident; at last 12 KiB private, 0 B shared\n" in stats
    table = forklore("compare", "--rounds", "0", PROGRAMS / "vfork_global.s").stdout
    assert "\nexit status                0       0          0              0\n" in table


def test_long_lines_are_whole(tmp_path: Path) -> None:
    """A line of output of 1,500 letters, which a comparison shows."""
    program = tmp_path / "program.s"
    program.write_text("""
        .globl  _start
_start: li      a7, 1071        # vfork
        ecall
        la      t0, offset
        bnez    a0, parent
        sw      zero, 0(t0)
leave:  li      a7, 93
        ecall
parent: li      a0, 1
        la      a1, text
        li      a2, 1501
        lw      t1, 0(t0)
        add     a1, a1, t1
        li      a7, 64
        ecall
        li      a0, 0
        j       leave
        .data
offset: .word   1
text:   .fill   1500, 1, 'x'
        .byte   10
        """)
    assert "x" * 1500 in forklore("compare", "--rounds", "0", program).stdout


def test_bench_is_not_wrapped() -> None:
    done = forklore("bench", "--sizes", "64K", "--methods", "vfork", "--rounds", "1", "--repeats", "1")
    assert done.stdout.splitlines()[0] == "the child exits: memory, page tables, faults"


LONG = "a_name_that_is_longer_than_what_a_column_for_people_has"


@pytest.mark.parametrize("command", ["disasm", "inspect"])
def test_listings_of_images_are_whole(tmp_path: Path, command: str) -> None:
    source, image = tmp_path / "program.s", tmp_path / "image"
    source.write_text(f".globl _start\n_start: la a0, {LONG}\n.data\n{LONG}: .word 1\n")
    assert forklore("asm", source, "-o", image).returncode == 0
    shown = forklore(command, image).stdout
    assert LONG in shown
    if command == "disasm":
        assert shown.splitlines() == list(listing(image.read_bytes()))
