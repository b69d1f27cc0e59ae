"""What GNU's assembler takes, ours takes: the same bytes and symbols."""

from __future__ import annotations

from pathlib import Path

import pytest
from gnu_oracle import assert_equal

SOURCES = sorted(Path(__file__).with_name("gnu").glob("*.s"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_what_gnu_takes(source: Path, tmp_path: Path) -> None:
    assert_equal([source.read_text()], tmp_path)


BRANCHES = """
        .globl  shared, elsewhere
        .weak   other
start:  beq     a0, a1, shared
        bltu    a0, a1, other
        bnez    a0, elsewhere
        beqz    a0, unknown
        .space  {distance}
shared: nop
other:  bge     a0, a1, shared
        blt     a0, a1, other
        bgeu    a0, a1, start
        .section .text.more, "ax"
elsewhere: ret
"""


@pytest.mark.parametrize("distance", [0, 4064, 4068, 4072, 4076, 4080])
def test_a_branch_to_a_global_label_is_one_instruction(distance: int, tmp_path: Path) -> None:
    """As in GNU; LLVM takes two, as if another source could define the label instead. A weak one's may."""
    other = '.globl unknown\nunknown: ret\n.section .text.more, "ax"\nnop\n'
    assert_equal([BRANCHES.format(distance=distance), other], tmp_path)
