"""`forklore disasm --function`: one function, with the lines that it was made of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from asm import Source, assemble
from vm import toolchain
from vm.cli import forklore

TEXT = """\
        .globl  _start
_start: call    double          # line 2
inner:  nop
        call    other
        .globl  double
double: add     a0, a0, a0

        ret
        .data
value:  .word   1
        .text
helper: li      a0, 1
        .globl  other
other:  ret
"""
C = """\
#include <stdio.h>
static int helper(int x)
{
    return x * 3;
}
int main(void)
{
    int sum = 0;

    sum += helper(2);
    return sum;
}
"""


def disasm(*arguments: object) -> Result:
    return CliRunner().invoke(forklore, ["disasm", *map(str, arguments)])


@pytest.fixture
def image(tmp_path: Path) -> Path:
    (tmp_path / "prog.s").write_text(TEXT)
    path = tmp_path / "prog"
    path.write_bytes(assemble([Source("prog.s", TEXT)], directory=str(tmp_path)).image)
    return path


def test_a_function_is_listed_with_its_lines(image: Path) -> None:
    done = disasm("--function", "double", image)
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[:4] == ["section .text", "", lines[2], f"{image.parent}/prog.s:6"]
    assert re.fullmatch(r"[0-9a-f]{8} <double>:", lines[2])
    assert lines[4] == "    6 | double: add     a0, a0, a0"
    assert lines[6:8] == ["    8 |         ret", lines[7]]
    assert lines[5].endswith("add     a0, a0, a0")
    assert lines[7].endswith("ret")
    assert "other" not in done.output


def test_labels_reach_as_far_as_the_next_of_their_kind(image: Path) -> None:
    whole = disasm("--function", "_start", image).output
    assert "<inner>:" in whole
    assert "<double>:" not in whole
    local = disasm("--function", "helper", image).output
    assert "<helper>:" in local
    assert "<other>:" not in local
    both = disasm("--function", "other", "--function", "inner", image).output
    assert both.count("section .text") == 1
    assert both.index("<inner>:") < both.index("<other>:")


def test_a_name_that_is_none(image: Path) -> None:
    done = disasm("--function", "duoble", image)
    assert done.exit_code == 2
    assert "no function 'duoble' in this image; did you mean 'double'?" in done.stderr
    assert "did you mean" not in disasm("--function", "value", image).stderr


def test_without_sources_or_debugging_information_there_is_the_code_alone(image: Path) -> None:
    (image.parent / "prog.s").unlink()
    lines = disasm("--function", "double", image).output.splitlines()
    assert [line for line in lines if "|" in line] == []
    assert len([line for line in lines if re.match(r" +[0-9a-f]+:  ", line)]) == 3
    assert disasm("--source", image).output.count(":  ") == disasm(image).output.count(":  ")


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
def test_functions_of_c_have_the_same_name_in_several_files(tmp_path: Path) -> None:
    (tmp_path / "one.c").write_text(C)
    (tmp_path / "two.c").write_text("static int helper(int x) { return x + 1; }\nint two(void) { return helper(1); }\n")
    sources = [str(tmp_path / "one.c"), str(tmp_path / "two.c")]
    assert CliRunner().invoke(forklore, ["cc", "-O0", *sources, "-o", str(tmp_path / "prog")]).exit_code == 0
    done = disasm("--function", "helper", tmp_path / "prog")
    assert done.output.count("<helper>:") == 2
    assert "    2 | static int helper(int x)\n    3 | {\n" in done.output
    assert "    4 |     return x * 3;\n" in done.output
    assert "    1 | static int helper(int x) { return x + 1; }\n" in done.output
    assert "main" not in done.output


DATA_BEHIND = """\
        .globl  _start
_start: beqz    a0, end
        la      a0, text
again:  j       end
table:  .word   1
end:    li      a7, 93
        ecall
text:   .asciz  "hello you"
        .balign 4
        .globl  f1
f1:     ret
"""


def test_data_behind_a_function_is_not_listed_with_it(tmp_path: Path) -> None:
    path = tmp_path / "prog"
    path.write_bytes(assemble([Source("prog.s", DATA_BEHIND)]).image)
    listed = disasm("--function", "_start", path).output
    assert re.findall(r"<(\w+)>:", listed) == ["_start", "again", "table", "end"]
    assert listed.rstrip().endswith("ecall")
