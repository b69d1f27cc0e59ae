"""C from the command line: what is compiled, linked, kept, and said when it cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from elftools.elf.elffile import ELFFile

from tests.forking import forked_command
from vm import Machine, toolchain
from vm.cli import forklore
from vm.elf import load_image
from vm.run import CannotRun

VFORK = """
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int global = 1;
int main(void) {
    volatile int local = 1;
    pid_t child = vfork();
    if (child == 0) {
        global = local = 2;
        _exit(7);
    }
    int status;
    waitpid(child, &status, 0);
    printf("%d %d %d\\n", global, local, WEXITSTATUS(status));
    return 3;
}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    """The command line, in this process."""
    return CliRunner().invoke(forklore, arguments)


@pytest.fixture
def uninstalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "is_installed", lambda: False)


def test_a_missing_source_is_named(folder: Path) -> None:
    result = call("cc", "-O2", "nowhere.c", "-o", "x.c", "missing.o")
    assert result.exit_code == 127
    assert "nowhere.c: no such file" in result.output
    assert "missing.o: no such file" in result.output
    assert "x.c" not in result.output
    assert not list(folder.iterdir())


def test_arguments_in_a_file_link_our_vfork_too(folder: Path) -> None:
    (folder / "prog.c").write_text(VFORK)
    (folder / "arguments").write_text("prog.c -o prog\n")
    assert call("cc", "@arguments").exit_code == 0
    assert Machine().run(folder / "prog").output == b"2 2 7\n"


def compilations(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows with each call of the compiler by :func:`toolchain.build`."""
    made: list[Any] = []
    compile = toolchain._compile
    monkeypatch.setattr(toolchain, "_compile", lambda *call: made.append(call) or compile(*call))
    return made


@pytest.mark.parametrize("optimisation", ["-O0", "-O1", "-O2", pytest.param("-Os", marks=pytest.mark.full)])
def test_vfork_shares_memory_and_returns_twice(folder: Path, optimisation: str) -> None:
    (folder / "prog.c").write_text(VFORK)
    assert call("cc", optimisation, "prog.c", "-o", "prog").exit_code == 0
    result = Machine().run(folder / "prog")
    assert (result.status, result.output) == (3, b"2 2 7\n")
    assert [event.call for event in result.events if type(event).__name__ == "Created"] == ["clone"]


@pytest.mark.skipif(not shutil.which("qemu-riscv32"), reason="needs qemu-user")
def test_vfork_is_a_call_that_linux_has(folder: Path) -> None:
    """qemu's vfork is a fork, but it must know the call, and come back from it twice."""
    (folder / "prog.c").write_text(VFORK)
    call("cc", "prog.c", "-o", "prog")
    done = subprocess.run(["qemu-riscv32", "prog"], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (3, b"1 1 7\n")


def test_vfork_that_fails_sets_errno(folder: Path) -> None:
    (folder / "prog.c").write_text(
        "#include <errno.h>\n#include <forklore/vfork.h>\nint main(void) { return vfork() == -1 ? errno : 99; }\n"
    )
    assert call("cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "prog.c", "-o", "prog").exit_code == 0
    assert Machine(processes=2).run(folder / "prog").status == 11  # EAGAIN


def test_objects_and_assembly_are_linked(folder: Path) -> None:
    (folder / "main.c").write_text("int answer(void);\nint main(void) { return answer(); }\n")
    (folder / "answer.s").write_text(".globl answer\nanswer: li a0, 42\n ret\n")
    assert call("cc", "-c", "main.c").exit_code == 0
    assert call("cc", "-c", "answer.s", "-o", "other.o").exit_code == 0
    assert call("cc", "main.o", "other.o", "-o", "prog").exit_code == 0
    assert Machine().run(folder / "prog").status == 42


def test_images_are_static_and_carry_debug_information(folder: Path) -> None:
    (folder / "prog.c").write_text("int main(void) { return 0; }\n")
    assert call("cc", "prog.c").exit_code == 0
    image = (folder / "a.out").read_bytes()
    load_image(image)
    assert b".debug_line" in image
    assert os.access(folder / "a.out", os.X_OK)
    [stack] = [part for part in ELFFile(BytesIO(image)).iter_segments() if part["p_type"] == "PT_GNU_STACK"]
    assert stack["p_memsz"] == 128 << 10, "for a thread: a machine has room for many of these"


def test_the_compiler_s_errors_and_status_come_through(folder: Path) -> None:
    (folder / "bad.c").write_text("int main(void) { return x; }\n")
    done = subprocess.run(
        [*toolchain.compiler_command(["bad.c", "-o", "bad"])], capture_output=True, text=True, check=False
    )
    assert "bad.c:1:25: error: use of undeclared identifier 'x'" in done.stderr
    assert call("cc", "bad.c", "-o", "bad").exit_code == done.returncode == 1
    assert not (folder / "bad").exists()


def test_what_does_not_link_gets_no_vfork(folder: Path) -> None:
    for arguments in (["-c", "x.c"], ["-E", "x.c"], ["--version"], ["-o", "x"], []):
        assert not any("vfork" in word for word in toolchain.compiler_command(arguments)[1:] if word.endswith(".o"))
    for arguments in (["x.c"], ["x.o", "-o", "x"], ["-O2", "-I", "include", "-lm", "x.c"]):
        assert toolchain.compiler_command(arguments)[-1].endswith(".o")


START = """
        .globl  _start
_start: li      a0, 3
        li      a7, 93
        ecall
"""
ON_ITS_OWN = """
extern int vfork(void);
int errors;
int *__errno_location(void) { return &errors; }
__attribute__((noreturn)) static void leave(int status)
{
    register int a0 __asm__("a0") = status, a7 __asm__("a7") = 93;
    for (;;)
        __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}
void _start(void)
{
    static volatile int shared;
    if (vfork() == 0) {
        shared = 5;
        leave(0);
    }
    leave(shared);
}
"""
START_IN_C = """
#include <stdio.h>
#include <stdlib.h>
__asm__(".globl _start\\n_start: call begin");
void begin(void)
{
    char text[20];
    snprintf(text, sizeof text, "%d", 4);
    _Exit(atoi(text));
}
"""


@pytest.mark.parametrize(
    ("name", "text", "flags", "status", "size"),
    [
        ("start.s", START, [], 3, 2_000),  # assembly that has a start needs no flag
        ("start.S", START.replace(" 3", " THREE"), ["-DTHREE=3"], 3, 2_000),
        ("start.asm", START, [], 3, 2_000),
        ("start.s", START, ["-nostdlib"], 3, 2_000),
        ("start.s", START, ["-nostartfiles"], 3, 100_000),
        ("start.s", START, ["-nostdlib", "-nostartfiles", "-static"], 3, 2_000),
        ("alone.c", ON_ITS_OWN, ["-nostdlib"], 5, 10_000),
        ("alone.c", ON_ITS_OWN, ["-Os", "-nostdlib"], 5, 10_000),
        ("alone.c", START_IN_C, ["-nostartfiles"], 4, 4_000_000),
        ("alone.c", START_IN_C, ["-nostdlib", "-lc"], 4, 4_000_000),
    ],
)
def test_programs_with_a_start_of_their_own(
    folder: Path, name: str, text: str, flags: list[str], status: int, size: int
) -> None:
    (folder / name).write_text(text)
    done = subprocess.run(
        [*forked_command(), "cc", *flags, name, "-o", "prog"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Machine().run(folder / "prog").status == status
    assert (folder / "prog").stat().st_size < size


def test_warnings_are_told_each_time(folder: Path) -> None:
    (folder / "prog.c").write_text("int main(void) { int unused; return 0; }\n")
    for _ in range(2):
        done = subprocess.run(
            [*forked_command(), "cc", "-Wall", "prog.c"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "prog.c:1:22: warning: unused variable 'unused'" in done.stderr


@pytest.mark.parametrize(
    ("flags", "status"), [(["-O2"], 134), pytest.param(["-Os"], 134, marks=pytest.mark.full), (["-O2", "-DNDEBUG"], 0)]
)
def test_assertions_hold_in_optimised_code(folder: Path, flags: list[str], status: int) -> None:
    (folder / "prog.c").write_text("#include <assert.h>\nint main(int n, char **v) { assert(n == 7); return 0; }\n")
    assert call("cc", *flags, "prog.c", "-o", "prog").exit_code == 0
    assert Machine().run(folder / "prog").status == status


def test_help_names_other_compilers() -> None:
    result = call("cc", "--help")
    assert result.exit_code == 0
    assert "-march=rv32ima" in result.output
    assert call("cc").output == result.output


@pytest.mark.usefixtures("uninstalled")
def test_without_a_compiler_it_is_said_what_to_install(folder: Path) -> None:
    (folder / "prog.c").write_text(VFORK)
    for command in (["cc", "prog.c"], ["run", "prog.c"]):
        result = call(*command)
        assert result.exit_code == 125
        assert "pip install ziglang" in result.stderr
    with pytest.raises(CannotRun, match="pip install ziglang"):
        Machine().run(folder / "prog.c")


def test_each_installation_has_a_vfork_whose_source_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guest = toolchain._GUEST
    for name in ("first", "second"):
        folder = shutil.copytree(guest, tmp_path / name)
        monkeypatch.setattr(toolchain, "_GUEST", folder)
        assert os.fsencode(folder) in toolchain.vfork_object().read_bytes(), "its debug information names the source"
        shutil.rmtree(folder)


def test_a_source_runs_and_is_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toolchain.vfork_object()
    made = compilations(monkeypatch)
    (folder / "prog.c").write_text(VFORK)
    for _ in range(2):
        assert Machine().run("prog.c").output == b"2 2 7\n"
    assert len(made) == 1


def test_a_change_in_what_is_included_is_noticed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toolchain.vfork_object()
    made = compilations(monkeypatch)
    (folder / "a folder").mkdir()
    header = folder / "a folder" / "the $ status.h"
    source = folder / "a folder" / "prog.c"
    source.write_text('#include "the $ status.h"\nint main(void) { return STATUS; }\n')
    for status in (3, 3, 4):
        header.write_text(f"#define STATUS {status}\n")
        assert Machine().run(source).status == status
    assert len(made) == 2


def test_flags_are_part_of_what_is_kept(folder: Path) -> None:
    source = folder / "prog.c"
    source.write_text("int main(void) { return STATUS; }\n")
    assert toolchain.build(source, ["-DSTATUS=1"]) != toolchain.build(source, ["-DSTATUS=2"])


def test_a_source_with_an_error_cannot_be_run(folder: Path) -> None:
    (folder / "bad.c").write_text("int main(void) { return x; }\n")
    with pytest.raises(CannotRun, match=r"bad.c:1:25: error: use of undeclared identifier 'x'") as failure:
        Machine().run("bad.c")
    assert failure.value.status == 126


def test_a_name_stands_for_its_source(folder: Path) -> None:
    (folder / "child.c").write_text('#include <stdio.h>\nint main(void) { puts("child"); }\n')
    (folder / "prog.c").write_text('#include <unistd.h>\nint main(void) { execl("child", "child", (char *)0); }\n')
    assert Machine().run("prog.c").output == b"child\n"
