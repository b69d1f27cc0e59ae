"""C that others wrote shows no file of the host's but those it may be compiled from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from vm import Machine, confine, toolchain
from vm.cli import forklore
from vm.run import CannotRun

pytestmark = [
    pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang"),
    pytest.mark.skipif(not confine.is_supported(), reason="needs a kernel with Landlock"),
]

SECRET = "hunter2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a program beside which, outside, lies a secret; links lead there."""
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "secret.h").write_text(f"#define SECRET 5\n#error {SECRET}\n")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.h").symlink_to("../secret.h")
    (inside / "own.h").write_text("#define OWN 3\n")
    return inside


def asm(text: str) -> str:
    return f'__asm__("{text}");'


ATTEMPTS = {
    "include": '#include "../secret.h"',
    "absolute include": '#include "{outside}/secret.h"',
    "link": '#include "link.h"',
    "embed": 'const char text[] = {{\n#embed "{outside}/secret"\n}};',
    "incbin": asm('.incbin \\"{outside}/secret\\"'),
    "assembler's include": asm('.include \\"{outside}/secret\\"'),
    "pieced together": asm('.macro x a b\\n.\\\\a\\\\b \\"{outside}/secret\\"\\n.endm\\nx inc bin'),
    "script of the linker": '#pragma comment(lib, "{outside}/secret")',
    "script of the linker, by its section": asm(
        '.section .deplibs,\\"MS\\",@llvm_dependent_libraries,1\\n.asciz \\"{outside}/secret\\"\\n.text'
    ),
    "question": '#if __has_include("{outside}/secret")\n#error it is there\n#endif',
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_no_other_file_is_shown(name: str, folder: Path) -> None:
    source = folder / "x.c"
    source.write_text(ATTEMPTS[name].format(outside=folder.parent) + "\nint main(void) { return 0; }\n")
    with pytest.raises(CannotRun) as caught:
        Machine(include_root=[folder]).run(source)
    assert caught.value.status == 126
    assert SECRET not in str(caught.value)
    assert "it is there" not in str(caught.value)
    with pytest.raises(CannotRun):
        Machine(root=folder).run("x.c")


def test_what_lies_below_the_roots_is_included(folder: Path) -> None:
    other = folder.parent / "other"
    other.mkdir()
    (other / "other.h").write_text("#define OTHER 4\n")
    source = folder / "x.c"
    source.write_text('#include <stdio.h>\n#include "own.h"\n#include "../other/other.h"\n'
                      "int main(void) { return OWN + OTHER; }\n")  # fmt: skip
    assert Machine(include_root=[folder, other]).run(source).status == 7
    assert Machine(root=folder, bind=[(other, "/other")]).run("x.c").status == 7
    with pytest.raises(CannotRun):
        Machine(include_root=[folder]).run(source)


def test_the_users_own_program_includes_what_the_user_can_read(folder: Path) -> None:
    """As any compiler's does; what it executes is confined to its root all the same, whatever was compiled before."""
    source = folder / "x.c"
    secret = folder.parent / "secret"
    incbin = f'.data\\n.globl text\\ntext: .incbin \\"{secret}\\"\\n.byte 0\\n.text'
    main = "#include <stdio.h>\nextern char text[];\nint main(void) { puts(text); return 0; }\n"
    source.write_text(f"{asm(incbin)}\n{main}")
    assert SECRET.encode() in Machine().run(source).output
    starter = folder / "starter.s"
    starter.write_text(
        ".globl _start\n_start: la a0, name\nla a1, vector\nli a2, 0\nli a7, 221\necall\nneg a0, a0\nli a7, 93\necall\n"
        '.data\nname: .asciz "/x.c"\n.align 2\nvector: .word name, 0\n'
    )
    result = Machine().run(starter)
    assert (result.status, result.output) == (8, b"")
    with pytest.raises(CannotRun):
        Machine(include_root=[folder]).run(source)


def test_a_link_to_a_program_elsewhere_is_refused(folder: Path) -> None:
    (folder.parent / "secret.s").write_text(SECRET)
    (folder / "x.s").symlink_to("../secret.s")
    result = CliRunner().invoke(forklore, ["run", "--include-root", str(folder), str(folder / "x.s")])
    assert result.exit_code == 126
    assert "outside the folders that may be read" in result.stderr
    assert SECRET not in result.stderr


def test_what_cannot_be_confined_is_not_compiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confine, "is_supported", lambda: False)
    (folder / "x.c").write_text("int main(void) { return 0; }\n")
    with pytest.raises(CannotRun, match="compile it first, with forklore cc"):
        Machine(include_root=[folder]).run(folder / "x.c")


def test_a_compiler_that_waits_for_ever_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toolchain.vfork_object()
    monkeypatch.setattr(toolchain, "SECONDS", 1)
    os.mkfifo(folder / "pipe.h")
    (folder / "x.c").write_text('#include "pipe.h"\nint main(void) { return 0; }\n')
    with pytest.raises(CannotRun, match="the compiler was stopped after 1 seconds"):
        Machine(include_root=[folder]).run(folder / "x.c")


def test_a_compiler_has_no_more_time_than_the_run(folder: Path) -> None:
    """A program executes a source that takes for ever to compile: it ends with the run."""
    toolchain.vfork_object()
    os.mkfifo(folder / "pipe.h")
    (folder / "x.c").write_text('#include "pipe.h"\nint main(void) { return 0; }\n')
    (folder / "first.s").write_text(
        '_start: la a0, path\n li a1, 0\n li a2, 0\n li a7, 221\n ecall\n ebreak\n.data\npath: .asciz "/x"\n'
    )
    result = Machine(root=folder, seconds=0.5).run("/first")
    assert result.message == "the time limit of 0.5 s was reached"


def test_a_device_may_be_included(folder: Path) -> None:
    """It is empty to the compiler, and has no end for whoever reads it to see whether it has changed."""
    source = folder / "x.c"
    source.write_text('#include "/dev/zero"\nint main(void) { return 5; }\n')
    assert Machine().run(source).status == 5


@pytest.mark.full
def test_the_c_library_can_be_built_by_a_confined_compiler(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first program of all: assembling what the library has in assembly takes temporary files."""
    monkeypatch.setenv("ZIG_GLOBAL_CACHE_DIR", str(tmp_path / "zig"))
    monkeypatch.setenv("FORKLORE_CACHE", str(tmp_path / "cache"))
    source = folder / "first.c"
    source.write_text('#include <stdio.h>\nint main(void) { puts("built"); return 3; }\n')
    result = Machine(include_root=[folder]).run(source)
    assert (result.status, result.output) == (3, b"built\n")
