"""The output of a compiler: every directive it emits is understood or ignored, and the bytes are LLVM's."""

from __future__ import annotations

from pathlib import Path

import pytest
from llvm_oracle import CLANG, assert_equal, zig

SOURCE = Path(__file__).with_name("compiled.c")
OPTIONS = [option for option in CLANG if option not in ("-c", "-g0")]


@pytest.mark.parametrize(
    "options",
    [
        ["-O0"],
        ["-O2"],
        ["-Os", "-ffunction-sections", "-fdata-sections"],
        ["-O1", "-g"],
        ["-O2", "-g", "-gdwarf-4"],
    ],
    ids=" ".join,
)
def test_compiled_source(options: list[str], tmp_path: Path) -> None:
    zig([*OPTIONS, "-S", "-ffreestanding", *options, str(SOURCE), "-o", "compiled.s"], tmp_path)
    runtime = ".globl __muldi3, __fixdfsi\n__muldi3: ret\n__fixdfsi: ret\n"
    assembly = assert_equal([(tmp_path / "compiled.s").read_text(), runtime], tmp_path)
    assert assembly.warnings == ()
