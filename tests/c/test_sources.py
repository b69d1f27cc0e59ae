"""Sources that are run as they are: flags for the compiler, what it says, and the C preprocessor for assembly."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.forking import forked_command
from vm import Machine, confine, toolchain
from vm.preprocessed import take_apart
from vm.run import CannotRun

NEEDS_C = pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")

PREPROCESSED = """\
#include "numbers.h"
#include "more.inc"
/* A comment
   of two lines. */
        .globl  _start
_start: li      a0, N
# an unknown directive is a comment
#include "more.inc"
#ifdef WRONG
        adii    a0, a0, 1
#endif
        li      a7, SYS_exit
        ecall
"""
MORE = """\
#ifdef SEEN
        addi    a0, a0, TWO
  FAULT
#endif
#define SEEN
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a source for the preprocessor in a folder below, and what it includes."""
    monkeypatch.chdir(tmp_path)
    below = tmp_path / "below"
    (below / "include").mkdir(parents=True)
    (below / "prog.S").write_text(PREPROCESSED)
    (below / "more.inc").write_text(MORE)
    (below / "include" / "numbers.h").write_text("#define SYS_exit 93\n#ifndef N\n#define N 3\n#endif\n")
    return tmp_path


def forklore(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*forked_command(), *arguments]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


@NEEDS_C
def test_sources_for_the_preprocessor(folder: Path) -> None:
    flags = ["--cc-flags", "-Ibelow/include -I ./nowhere -DTWO=2 -DFAULT="]
    done = forklore("run", *flags, "below/prog.S")
    assert (done.returncode, done.stderr) == (5, "")
    done = forklore("run", *flags, "--cc-flags", flags[1] + " -DN=4", "below/prog.S")
    assert (done.returncode, done.stderr) == (6, "")
    assert forklore("check", *flags, "below/prog.S").stderr.endswith("the program's own exit status was 5\n")


@NEEDS_C
def test_lines_are_those_that_people_wrote(folder: Path) -> None:
    wrong = forklore("run", "--cc-flags", "-Ibelow/include -DTWO=2 -DFAULT= -DWRONG", "below/prog.S")
    assert wrong.returncode == 126
    assert "prog.S:10:9: error: unknown instruction 'adii'" in wrong.stderr
    (folder / "below" / "prog.S").write_text("#define TWO 2\n#define FAULT adii a0\n" + PREPROCESSED)
    included = forklore("asm", "-I", "below/include", "below/prog.S", "-o", "prog")
    assert included.returncode == 1
    assert f"{folder}/below/more.inc:3:3: error: unknown instruction 'adii'" in included.stderr
    assert "included here below/prog.S:10\n" in included.stderr


@NEEDS_C
def test_the_image_knows_its_lines_and_includes_lie_below_the_root(folder: Path) -> None:
    text = PREPROCESSED.replace("FAULT", "").replace('"numbers.h"', '"include/numbers.h"')
    (folder / "below" / "prog.S").write_text("#define TWO 2\n#define FAULT lw a1, 0(zero)\n" + text)
    done = forklore("asm", "below/prog.S", "-o", "prog")
    assert (done.returncode, done.stderr) == (0, "")
    assert Machine().run(folder / "prog").status == 139
    if confine.is_supported():
        outside = forklore("asm", "--include-root", "below/include", "below/prog.S", "-o", "prog")
        assert outside.returncode == 126
        (folder / "secret").write_text("hunter2\n")
        (folder / "below" / "prog.S").write_text('#include "../secret"\n')
        inside = forklore("asm", "--include-root", "below", "below/prog.S", "-o", "prog")
        assert (inside.returncode, "hunter2" in inside.stderr) == (1, False)


def test_assembly_may_be_called_asm(tmp_path: Path) -> None:
    text = ".globl _start\n_start: li a0, 7\n li a7, 93\n ecall\n"
    (tmp_path / "prog.asm").write_text(text)
    (tmp_path / "parent.s").write_text("""
        .globl  _start
_start: la      a0, name
        li      a1, 0
        li      a2, 0
        li      a7, 221
        ecall
name:   .asciz  "/prog"
        """)
    assert forklore("run", str(tmp_path / "prog.asm")).returncode == 7
    assert Machine().run(tmp_path / "parent.s").status == 7
    assert forklore("inspect", str(tmp_path / "prog.asm")).stderr.endswith("assemble it first, with forklore asm\n")


@NEEDS_C
@pytest.mark.parametrize("command", ["run", "check", "compare"])
def test_warnings_are_shown_once_and_again_in_the_next_run(folder: Path, command: str) -> None:
    source = folder / "warns.c"
    source.write_text("int main(void) { int unused; return N - 3; }\n")
    for _ in range(2):
        done = forklore(command, "--cc-flags", "-DN=3 -Wall -O2", "warns.c")
        assert done.stderr.count("warns.c:1:22: warning: unused variable 'unused'") == 1
        assert done.returncode == 0


def test_quiet_is_quiet(folder: Path) -> None:
    (folder / "prog.s").write_text('.warning "careful"\n.globl _start\n_start: li a7, 93\n ecall\n')
    assert "prog.s:1:1: warning: careful" in forklore("run", "prog.s").stderr
    assert forklore("run", "--quiet", "prog.s").stderr == ""


@NEEDS_C
def test_warnings_of_what_the_guest_executes(folder: Path) -> None:
    """Twice executed, told once; and what is told is an event, too."""
    (folder / "warns.c").write_text("#warning careful\nint main(void) { return 3; }\n")
    (folder / "main.c").write_text("""
        #include <stdlib.h>
        int main(void) { return system("./warns; ./warns") >> 8; }
        """)
    done = forklore("run", "main.c")
    assert (done.returncode, done.stderr.count("warning: careful")) == (3, 1)
    [told] = [event for event in Machine().run("main.c").events if type(event).__name__ == "Warned"]
    assert (told.path, "careful" in told.text) == ("/warns.c", True)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("prog.c", "'prog.c' is no flag"), ("-D 'N", "No closing quotation"), ("-O2 -I", "'-I' needs a word behind it"),
        ("-x c", "'-x' makes no program"), ("-fsyntax-only", "makes no program"), ("-MD", "makes no program"),
        ("-D -c -include -x -Ix", ""), ("-maltivec -ofast", "makes no program"), ("-print-search-dirs", "makes no"),
    ],
)  # fmt: skip
def test_flags_that_are_none(flags: str, said: str, folder: Path) -> None:
    (folder / "prog.s").write_text(".globl _start\n_start: li a7, 93\n ecall\n")
    done = forklore("run", "--cc-flags", flags, "prog.s")
    assert done.returncode == (2 if said else 0)
    assert said in done.stderr


def test_a_guest_that_writes_a_source_for_the_preprocessor_includes_nothing(folder: Path) -> None:
    (folder / "writes.s").write_text("""
        .globl  _start
_start: li      a0, -100
        la      a1, name
        li      a2, 0x41        # O_CREAT | O_WRONLY
        li      a3, 0777
        li      a7, 56
        ecall
        la      a1, text
        li      a2, 24
        li      a7, 64
        ecall
        li      a7, 57
        li      a0, 3
        ecall
        la      a0, name
        li      a1, 0
        li      a2, 0
        li      a7, 221
        ecall
        neg     a0, a0
        li      a7, 93
        ecall
name:   .asciz  "/tmp/x.S"
text:   .ascii  "#include \\"/etc/hostname\\""
        """)
    result = Machine().run(folder / "writes.s")
    assert result.status == 8  # ENOEXEC
    [reason] = [event.reason for event in result.events if type(event).__name__ == "Rejected"]
    assert reason.startswith("a source for the preprocessor is compiled from the host's files only")


def test_warnings_are_bounded(tmp_path: Path) -> None:
    """103 programs, each of which executes the next one, and is warned of."""
    text = """
        .warning "careful"
        .globl  _start
_start: la      a0, name
        li      a1, 0
        li      a2, 0
        li      a7, 221
        ecall
        li      a7, 93
        ecall
name:   .asciz  "/{next}"
        """
    for number in range(103):
        (tmp_path / f"{number}.s").write_text(text.format(next=number + 1))
    result = Machine().run(tmp_path / "0.s")
    warned = [event.path for event in result.events if type(event).__name__ == "Warned"]
    assert warned == [f"/{number}.s" for number in range(100)]
    assert len([event for event in result.events if type(event).__name__ == "Executed"]) == 103


def test_taking_apart() -> None:
    output = '# 1 "a.S"\n# 1 "<built-in>" 1\n# 1 "<built-in>" 2\n# 1 "a.S" 2\n# 1 "./b \\"x.h" 1\n\n nop\n# 2 "a.S" 2\n'
    output += ' one\n# 1 "./b \\"x.h" 1\n ret\n# 4 "a.S" 2\n four\n# 9 "a.S"\n nine'
    made = take_apart(output, "/folder")
    assert made.included == {'/folder/b "x.h': "\n nop\n", '/folder/b "x.h#2': " ret\n"}
    first, second = '.include "/folder/b \\"x.h"', '.include "/folder/b \\"x.h#2"'
    assert made.text.split("\n") == [first, " one", second, " four", "", "", "", "", " nine", ""]


@pytest.mark.parametrize("number", ["0", "2000000000", "9" * 5000])
def test_a_line_that_no_source_has_is_none_to_go_to(number: str) -> None:
    made = take_apart(f'# 1 "a.S"\n# {number} "b.S" 1\n nop\n# {number} "a.S" 2\n one', "/folder")
    assert " one" in made.text
    assert made.text.count("\n") < 10
    many = "\n".join(f'# 1000000 "{name}.S"\n nop\n# 1 "a.S" 1\n nop\n# 2 "a.S" 2' for name in range(10))
    assert take_apart(many, "/folder").text.count("\n") < 1 << 21


def test_without_a_compiler_it_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "is_installed", lambda: False)
    with pytest.raises(CannotRun, match="needs a compiler"):
        Machine().run(folder / "below" / "prog.S")
