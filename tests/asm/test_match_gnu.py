"""What GNU's assembler takes, ours takes: the same bytes and symbols."""

from __future__ import annotations

from pathlib import Path

import pytest
from gnu_oracle import assert_equal, gnu_assemble

from asm import AssemblyError, Source, assemble

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


def test_addresses_through_a_table(tmp_path: Path) -> None:
    """``la`` under ``.option pic``, ``lga`` and ``%got_pcrel_hi`` load a word that holds the address.

    Linkers lay their tables out as they like, so what is compared is what the code says and where it leads.
    """
    source = """
        .option push
        .option pic
        la      a0, x
        .option pop
        la      a0, x
        lga     a1, x + 4
1:      auipc   a2, %got_pcrel_hi(y)
        lw      a2, %pcrel_lo(1b)(a2)
        .data
x:      .word   1, 2
y:      .word   3
"""
    ours = assemble([Source("x.s", source)])
    code, data, table = ours.sections
    words = [int.from_bytes(code.data[at : at + 4], "little") for at in range(0, len(code.data), 4)]
    assert [word & 0x7F for word in words] == [0x17, 0x03, 0x17, 0x13, 0x17, 0x03, 0x17, 0x03]
    assert (table.name, table.address % 4) == (".got", 0)
    entries = [int.from_bytes(table.data[at : at + 4], "little") for at in range(0, len(table.data), 4)]
    assert entries == [data.address, data.address + 4, data.address + 8]
    for pair, entry in ((0, 0), (4, 1), (6, 2)):
        distance = (words[pair] & 0xFFFFF000) + (words[pair + 1] >> 20 ^ 0x800) - 0x800
        assert code.address + 4 * pair + distance == table.address + 4 * entry


def test_a_number_that_is_too_large_is_cut_off(tmp_path: Path) -> None:
    """The complement of a mask is meant to be; of others there is a warning, and GNU takes them too."""
    for number, value, warned in (
        ("~(0xf << 28)", 0x0FFFFFFF, 0), ("-0x80000001", 0x7FFFFFFF, 0), ("0x100000005", 5, 1), ("-0x100000005", -5, 1),
    ):  # fmt: skip
        assert gnu_assemble(f"li a0, {number}\n", tmp_path).returncode == 0
        ours = assemble([Source("x.s", f"_start: li a0, {number}\n")])
        assert ours.sections[0].data == assemble([Source("x.s", f"_start: li a0, {value}\n")]).sections[0].data
        assert len(ours.warnings) == warned, number
