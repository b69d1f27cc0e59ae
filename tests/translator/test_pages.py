"""Translated code expects an access on the page of the last one off its register: loops that leave it, in lock-step.

Each walk is a child of its own, so that faults end it alone, and so that what is shared with the parent is copied at
the first store, behind loads from the same page.
"""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import pytest

from tests.translator.test_lockstep_machines import compare
from vm.engine import engines

pytestmark = pytest.mark.skipif(not engines.is_translator_supported(), reason="no translator for this host")

SIZES = {"b": 1, "h": 2, "w": 4}
WALK = """
        li      a7, 1079
        ecall
        bnez    a0, parent{number}
        la      s0, {base}
        la      s1, pages
        li      t0, {first}
        add     s0, s0, t0
        li      t0, {second}
        add     s1, s1, t0
        li      s2, {turns}
again{number}:
{accesses}
        addi    s0, s0, {step}
        {move}
        addi    s2, s2, -1
        bnez    s2, again{number}
        andi    a0, s3, 127
        li      a7, 93
        ecall
parent{number}:
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, 260
        ecall
"""
PROGRAM = """\
# Walks over pages.
#
# Expected output: nothing
# Exit status: 0
# Scheduling: any

        .globl  _start
_start: la      a0, pages
        li      t0, 12288
        add     t0, t0, a0
fill:   sw      a0, 0(a0)
        addi    a0, a0, 4
        bltu    a0, t0, fill
        la      a0, pages+8192
        li      a1, 4096
        li      a2, 1
        li      a7, 226
        ecall
        la      a0, pages+12288
        li      a1, 4096
        li      a7, 215
        ecall
        li      s3, 0
{walks}
        li      a0, 0
        li      a7, 93
        ecall
        .bss
        .balign 4096
pages:  .space  16384
"""


def program(seed: int, walks: int) -> str:
    """Walks over two pages to be written, one to be read and one that is not there; some accesses are misaligned."""
    chance = random.Random(seed)
    texts = []
    for number in range(walks):
        accesses = []
        for _ in range(chance.randint(1, 5)):
            kind = chance.choice("bhw")
            base, offset = (
                chance.choice(("s0", "s0", "s1")),
                chance.randint(0, 4) * SIZES[kind] + 3 * chance.choice((0, 0, 0, 0, 1)),
            )
            if chance.random() < 0.5:
                accesses.append(f"        l{kind}      t1, {offset}({base})\n        add     s3, s3, t1")
            else:
                accesses.append(f"        s{kind}      s2, {offset}({base})")
        step = chance.choice((0, 1, 2, 4, 4, 12, -4, 252, 1020))
        move = chance.choice(
            ("nop", "mv s1, s0", "addi s1, s0, 40", "addi s1, s1, 4", "add s1, s1, s2", "lw t2, 0(sp)")
        )
        first, second = (4 * chance.randint(0, 2100) for _ in range(2))
        texts.append(
            WALK.format(
                number=number,
                base="pages",
                first=first,
                second=second,
                turns=chance.randint(1, 600),
                step=step,
                move=move,
                accesses="\n".join(accesses),
            )
        )
    return PROGRAM.format(walks="".join(texts))


@pytest.mark.parametrize("strategy", ["copy", "on-demand"])
def test_walks(strategy: str, tmp_path: Path) -> None:
    source = tmp_path / "walks.s"
    source.write_text(program(100, 24))
    compare(source, 100, 10_000_000, fork=strategy)


def test_odd_addresses_near_zero(tmp_path: Path) -> None:
    """A loop that has accessed nothing yet expects no page, the one at address 0 neither."""
    walks = [
        WALK.format(number=number, base=0, first=address, second=0, turns=3, step=0, move="nop",
                    accesses=f"        {access} t1, 0(s0)")
        for number, (access, address) in enumerate(product(("lb", "lh", "lw", "sh", "sw"), range(4)))
    ]  # fmt: skip
    source = tmp_path / "zero.s"
    source.write_text(PROGRAM.format(walks="".join(walks)))
    compare(source, 1, 1_000_000)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 125))
def test_walks_full(seed: int, tmp_path: Path) -> None:
    source = tmp_path / "walks.s"
    source.write_text(program(seed, 120))
    compare(source, seed, 50_000_000, fork=random.Random(seed).choice(("copy", "cow", "on-demand")))
