"""What GNU's assembler takes, ours takes: the same bytes and symbols."""

from __future__ import annotations

from pathlib import Path

import pytest
from gnu_oracle import assert_equal, gnu_assemble

from asm import AssemblyError

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


def test_a_file_as_bytes(tmp_path: Path) -> None:
    (tmp_path / "all.bin").write_bytes(bytes(range(256)))
    lines = ['"all.bin"', '"all.bin", 250', '"all.bin", 2, 3', '"all.bin",,3', '"all.bin", 1+1, 0', '"all.bin", 256']
    assert_equal(["\n".join(["        .data", *[f"        .incbin {line}" for line in lines], ""])], tmp_path)
    for line in ('"all.bin", 257', '"all.bin", 250, 7', '"all.bin", -1', '"none"', "all.bin", '"all.bin" 1'):
        source = f".data\n.incbin {line}\n"
        assert gnu_assemble(source, tmp_path).returncode != 0, line
        with pytest.raises(AssemblyError):
            assert_equal([source], tmp_path)
