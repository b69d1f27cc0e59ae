"""Every error is reported, at its place, in words that help; and LLVM refuses the same lines.

The texts are kept beside the sources in ``errors/``: ``python tests/asm/test_errors.py`` writes them anew.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from llvm_oracle import CLANG

from asm import AssemblyError, Source, assemble
from asm.diagnostics import render

FOLDER = Path(__file__).with_name("errors")
NAMES = ("instructions", "data", "symbols", "macros", "limits", "insn", "meant")


def errors_of(*sources: tuple[str, str]) -> AssemblyError:
    with pytest.raises(AssemblyError) as caught:
        assemble([Source(name, text) for name, text in sources], read_include=_nothing)
    return caught.value


def _nothing(name: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", name)


@pytest.mark.parametrize("name", NAMES)
def test_texts(name: str) -> None:
    found = errors_of((f"{name}.s", (FOLDER / f"{name}.s").read_text()))
    assert f"{render(found.diagnostics, 1000)}\n" == (FOLDER / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", ["instructions", "data", "symbols"])
def test_llvm_refuses_the_same_lines(name: str, tmp_path: Path) -> None:
    """LLVM reports some errors only when there are no others: refused lines are blanked until it has no more.
    Marks tell what only ours refuses, and what ours takes because GNU's assembler does.

    (Refused macros and conditions are not compared: what LLVM makes of the lines inside them is another matter.)
    """
    lines = [*(FOLDER / f"{name}.s").read_text().splitlines(), ""]
    error = errors_of((f"{name}.s", "\n".join(lines)))
    ours = {diagnostic.line for diagnostic in error.diagnostics if diagnostic.severity == "error"}
    alone = {number for number, line in enumerate(lines, 1) if line.endswith("# ours alone")}
    theirs: set[int] = set()
    left = list(lines)
    while refused := llvm_refuses("\n".join(left), tmp_path) - theirs:
        theirs |= refused
        left = ["" if number in theirs else line for number, line in enumerate(lines, 1)]
    taken = {number for number, line in enumerate(lines, 1) if line.endswith("# GNU takes it")}
    assert [lines[number - 1] for number in sorted(theirs - ours - taken)] == []
    assert taken <= theirs - ours
    assert [lines[number - 1] for number in sorted(ours - theirs - alone)] == []
    assert [lines[number - 1] for number in sorted(alone & theirs)] == []


def llvm_refuses(text: str, folder: Path) -> set[int]:
    """The lines in which LLVM finds errors."""
    (folder / "x.s").write_text(text)
    command = [sys.executable, "-m", "ziglang", *CLANG, "x.s", "-o", "x.o"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return {int(line) for line in re.findall(r"^x\.s:(\d+):\d+: error", done.stderr, re.MULTILINE)}


@pytest.mark.parametrize(
    ("text", "line", "column", "shown"),
    [
        ("/*\n", 1, 1, "/*"),
        ("/*\n*/ /*", 2, 4, "*/ /*"),
        ("nop /* a\n b */ /* c\n d", 2, 7, " b */ /* c"),
        ("nop; /* a\n\n */ nop /*\n\n", 3, 9, " */ nop /*"),
    ],
)
def test_a_comment_that_does_not_end_is_shown_where_it_starts(text: str, line: int, column: int, shown: str) -> None:
    [error] = errors_of(("x.s", text)).diagnostics
    assert (error.line, error.column, error.source_line) == (line, column, shown)


if __name__ == "__main__":
    for name in NAMES:
        text = render(errors_of((f"{name}.s", (FOLDER / f"{name}.s").read_text())).diagnostics, 1000)
        (FOLDER / f"{name}.txt").write_text(text + "\n")
