"""Macros, repeats, conditionals and includes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from llvm_oracle import assert_equal

from asm import AssemblyError, Source, assemble

MACROS = Path(__file__).with_name("macros.s").read_text()


def words(text: str, **files: str) -> list[int]:
    """The 32-bit words of .text; ``files`` can be included, dots in their names written as _."""
    by_name = {name.replace("_", "."): content for name, content in files.items()}

    def read(name: str) -> str:
        if name not in by_name:
            raise FileNotFoundError(2, "No such file or directory", name)
        return by_name[name]

    data = assemble([Source("main.s", text)], read_include=read).sections[0].data
    return [int.from_bytes(data[place : place + 4], "little") for place in range(0, len(data), 4)]


def test_every_feature_matches_llvm(tmp_path: Path) -> None:
    assert_equal([MACROS], tmp_path)


OPERATORS = (
    "||", "&&", "==", "!=", "<>", "<", "<=", ">", ">=", "+", "-", "|", "^", "&", "!", "*", "<<", ">>", "/", "%"
)  # fmt: skip


def expression(choose: random.Random, depth: int) -> str:
    """A random expression without symbols."""
    kind = choose.randrange(6 if depth else 2)
    if kind < 2:
        value = choose.choice([0, 1, 2, 3, 5, 31, 63, 255, 4096, 0x7FFFFFFF, choose.randrange(1 << 32)])
        return choose.choice([str(value), hex(value), f"0{value:o}", f"0b{value:b}", "'a'"])
    if kind == 2:
        return f"({expression(choose, depth - 1)})"
    if kind == 3:
        return choose.choice("-~!+") + expression(choose, depth - 1)
    operator = choose.choice(OPERATORS)
    right = "7" if operator in ("/", "%", "<<", ">>") else expression(choose, depth - 1)
    return f"{expression(choose, depth - 1)} {operator} {right}"


def test_expressions_match_llvm(tmp_path: Path) -> None:
    choose = random.Random(7)
    lines = [f".8byte {expression(choose, 4)}" for _ in range(600)]
    assert_equal([".data\n" + "\n".join(lines) + "\n"], tmp_path)


def test_include() -> None:
    assert words('.include "one.s"\n.word 3', one_s='.word 1\n.include "two.s"\n', two_s=".word 2") == [1, 2, 3]


def test_include_is_looked_up_beside_the_source_that_includes_it() -> None:
    files = {"lib/one.s": '.include "two.s"', "lib/two.s": ".word 2", "two.s": ".word 9"}
    asked = []

    def read(name: str) -> str:
        asked.append(name)
        return files[name]

    data = assemble([Source("main.s", '.include "lib/one.s"')], read_include=read).sections[0].data
    assert data == bytes([2, 0, 0, 0])
    assert asked == ["lib/one.s", "lib/two.s"]


def test_symbols_and_macros_of_an_included_file_are_the_including_one_s() -> None:
    assert words('.include "one.s"\nput value\n', one_s=".equ value, 7\n.macro put x\n.word \\x\n.endm\n") == [7]


def test_what_cannot_be_included_is_said() -> None:
    with pytest.raises(AssemblyError) as caught:
        words('.include "none.s"')
    assert "main.s:1:10: error: cannot include 'none.s': No such file or directory" in str(caught.value)
    with pytest.raises(AssemblyError, match="nothing can be included here"):
        assemble([Source("main.s", '.include "none.s"')])
    for name in ("", "none\\0.s"):
        with pytest.raises(AssemblyError, match="no name of a file"):
            words(f'.include "{name}"')


def test_the_macro_s_line_and_its_use_are_both_named() -> None:
    text = ".macro outer\ninner 5\n.endm\n.macro inner value\naddi a0, a0, \\value + 4096\n.endm\nnop\nouter\n"
    with pytest.raises(AssemblyError) as caught:
        words(text)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.file, diagnostic.line, diagnostic.column) == ("main.s", 5, 14)
    assert diagnostic.source_line == "addi a0, a0, 5 + 4096"
    assert diagnostic.notes[-2:] == ("in macro 'inner', used at main.s:2", "in macro 'outer', used at main.s:8")


def test_a_macro_may_stand_for_an_instruction_until_it_is_purged() -> None:
    assert words(".macro nop\n.word 5\n.endm\nnop\n.purgem nop\nnop\n") == [5, 0x13]


def test_conditions_nest_and_what_is_skipped_is_not_read() -> None:
    text = """
        .if 0
        .if 1 / 0
        garbage ( here
        .else
        .word 1
        .endif
        .elseif 2 == 2
        .ifndef nothing
        .word 2
        .else
        .word 3
        .endif
        .else
        .word 4
        .endif
    """
    assert words(text) == [2]
