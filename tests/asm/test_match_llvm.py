"""The bytes of every section and the value of every symbol are LLVM's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from llvm_oracle import assert_equal
from statements import PSEUDO, SYMBOLS, Writer

from asm import Source, assemble
from vm import isa

PROGRAMS = sorted((Path(__file__).parents[2] / "programs").glob("*.s"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_programs(program: Path, tmp_path: Path) -> None:
    assert_equal([program.read_text()], tmp_path)


@pytest.mark.parametrize("seed", [1, 2])
def test_generated_source(seed: int, tmp_path: Path) -> None:
    source = Writer(seed, 400).source()
    mentioned = set(re.findall(r"^(?:\w+: )*\t?([\w.]+)", source, re.MULTILINE))
    assert mentioned >= isa.BY_NAME.keys()
    assert mentioned >= {line.split()[0] for line in PSEUDO.strip().splitlines() if line[0] != "1"}
    assert all(name in source for name in re.findall(r"^\.\w+", SYMBOLS, re.MULTILINE))
    assert_equal([source], tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 112))
def test_many_generated_sources(seed: int, tmp_path: Path) -> None:
    source = Writer(seed, 2000).source()
    assert source.count("\n") > 2000
    assert_equal([source], tmp_path)


@pytest.mark.parametrize("seed", [3])
def test_several_sources(seed: int, tmp_path: Path) -> None:
    assert_equal([Writer(seed * 10 + part, 250, part, 3).source() for part in range(3)], tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(20, 24))
def test_many_sources(seed: int, tmp_path: Path) -> None:
    assert_equal([Writer(seed * 10 + part, 500, part, 4).source() for part in range(4)], tmp_path)


def far_branches(distance: int) -> str:
    """Branches of every condition over ``distance`` bytes, forwards and backwards."""
    branches = [f"{name} a0, a1, {{}}" for name in isa.BY_NAME if name[0] == "b"]
    lines = ["start: nop"]
    for target in ("start", "end", "1f", "end + 8", "1f-4"):
        lines += [branch.format(target) for branch in branches]
    lines += ["1: nop", f".space {distance}", "end: nop", "nop", "nop"]
    for target in ("start", "end", "1b", "end - 4"):
        lines += [branch.format(target) for branch in branches]
    return "\n".join([*lines, "beqz a0, start", "bgtu a0, a1, 2f", ".align 3", "2: j start", ""])


@pytest.mark.parametrize("distance", [0, 3800, 3900, 4000, 4092, 4096, 5000, 100_000])
def test_branches_over(distance: int, tmp_path: Path) -> None:
    assert_equal([far_branches(distance)], tmp_path)


@pytest.mark.parametrize("count", [1022, 1023, 1024, 1025])
def test_branches_that_make_others_too_far(count: int, tmp_path: Path) -> None:
    lines = [f"a{number}: beq a0, a1, a{number + count}" for number in range(3 * count)]
    lines += [f"a{number}: bne a0, a1, a{number - count - 3}" for number in range(3 * count, 4 * count)]
    assert_equal(["\n".join([*lines, ""])], tmp_path)


def test_weak_symbols(tmp_path: Path) -> None:
    """A global definition goes before a weak one, in either order; a weak one that nobody has is 0."""
    one = """
        .globl _start
        .weak one, two, nobody
_start: call one
        la a0, two
        beqz a0, nobody
        call nobody
        j nobody
        lui a0, %hi(nobody)
        .word one, two, nobody, three
one:    nop
        .globl three
three = one
"""
    two = ".globl one, two\none: nop\ntwo: nop\n"
    three = ".weak one\none: nop\n"
    for sources in ([one, two], [one, two, three], [three.replace("one", "other"), one, two]):
        assert_equal(sources, tmp_path)


def test_common_symbols(tmp_path: Path) -> None:
    one = ".globl _start\n_start: la a0, buffer\nla a1, own\n.comm buffer, 4, 4\n.comm own, 3\n.bss\n.space 5\n"
    two = ".comm buffer, 100, 16\n.comm other, 8, 8\n.word buffer, other\n.comm given, 4\n"
    three = ".globl given\n.data\ngiven: .word 5\n.bss\n.byte 0\n"
    assert_equal([one, two, three], tmp_path)


def test_nothing_but_data(tmp_path: Path) -> None:
    assert_equal([".data\nx: .word 1\n.bss\ny: .space 8\n.text\nz: .word x, y, z\n"], tmp_path)


@pytest.mark.parametrize(
    ("before", "padding"),
    [(1, "000000"), (2, "0000"), (3, "00")],
)
def test_padding_within_a_word_of_code_is_zero(before: int, padding: str) -> None:
    """LLVM would put a compressed nop there, which this machine does not have; nops fill the words that follow."""
    text = f".text\n.space {before}, 0xff\n.align 3\nnop\n"
    code = assemble([Source("odd.s", text)]).sections[0].data
    assert code == bytes.fromhex("ff" * before + padding + "13000000" * 2)


SECTION_NAMES = (
    ".sdata", ".sdata.a", ".sbss.a", ".srodata", ".srodata.a", ".init_array", ".init_array.5", ".fini_array.3",
    ".rodata1", ".rodata.a.b", ".data1", ".data.rel.ro", ".data.rel.ro.local", ".init", ".fini", ".text.unlikely",
    ".text.hot.a", ".bss.a", ".bss.rel.ro.a", ".dtors.1", ".gcc_except_table.f", ".own", ".own.a", "own", ".data_a",
    ".texts",
)  # fmt: skip


@pytest.mark.parametrize("part", range(4))
def test_sections_that_are_joined(part: int, tmp_path: Path) -> None:
    """Sections of many names, in two sources: which are joined, in which order, with which padding."""
    sources = []
    for number in range(2):
        lines = [".globl _start", "_start:"] if number == 0 else []
        for name in (".text", ".data", ".rodata", ".bss", *SECTION_NAMES[part::4]):
            code = name.startswith((".text", ".init", ".fini")) and "array" not in name
            flags = "ax" if code else "a" if "rodata" in name or "except" in name else "aw"
            kind = "nobits" if "bss" in name else "progbits"
            label = name.replace(".", "_") + str(number)
            lines += [f'.section {name}, "{flags}", @{kind}', f"{label}: .zero {5 + number}", ".balign 8, 0", ".zero 3"]
        sources.append("\n".join([*lines, ""]))
    assert_equal(sources, tmp_path)


def test_pause() -> None:
    """LLVM wants the extension Zihintpause for this hint; the manual's chapter of that name gives the word."""
    assert assemble([Source("pause.s", "pause\n")]).sections[0].data == bytes.fromhex("0f000001")
