"""The command ``forklore asm``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from elftools.elf.elffile import ELFFile

from vm.cli.asm import command

GOOD = ".globl _start\n_start: li a0, 5\n"
BAD = "start:  adii    a0, a0, 1\n        addi    a0, a0, 4096\n"


def run(*arguments: str | Path, text: bytes | None = None) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], input=text)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.s").write_text(GOOD)
    (tmp_path / "bad.s").write_text(BAD)
    return tmp_path


def test_writes_an_executable_image(folder: Path) -> None:
    result = run("good.s", "-o", "good")
    assert (result.exit_code, result.output) == (0, "")
    assert os.access("good", os.X_OK)
    with open("good", "rb") as file:
        assert ELFFile(file).header["e_entry"] == 0x10000


def test_default_output_is_that_of_other_assemblers(folder: Path) -> None:
    assert run("good.s").exit_code == 0
    assert Path("a.out").exists()


def test_errors_are_all_shown_on_standard_error(folder: Path) -> None:
    result = run("bad.s", "-o", "image")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "bad.s:1:9: error: unknown instruction 'adii'; did you mean 'addi'?\n"
        "    1 | start:  adii    a0, a0, 1\n"
        "      |         ^~~~\n"
        "bad.s:2:25: error: immediate 4096 does not fit in 12 bits (-2048 to 2047)\n"
        "    2 |         addi    a0, a0, 4096\n"
        "      |                         ^~~~\n"
        "      = a larger constant needs li, or lui and addi\n"
        "2 errors\n"
    )
    assert sorted(path.name for path in folder.iterdir()) == ["bad.s", "good.s"]


def test_twenty_errors_are_shown_and_the_rest_counted(folder: Path) -> None:
    for count, last in ((20, "20 errors"), (21, "21 errors; the first 20 are shown")):
        Path("many.s").write_text("\tadd a0\n" * count)
        lines = run("many.s", "-o", "image").stderr.splitlines()
        assert sum("error: " in line for line in lines) == 20
        assert lines[-1] == last
    Path("many.s").write_text("\tadd a0\n" * 2000 + ".align\n")
    assert run("many.s").stderr.splitlines()[-1] == "1000 errors, where reading stopped; the first 20 are shown"


def test_colour_is_for_terminals(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variables, coloured in (
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ):
        for name in ("FORCE_COLOR", "NO_COLOR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert ("\x1b[" in run("bad.s").stderr) == coloured, variables


def test_control_bytes_never_reach_the_terminal(folder: Path) -> None:
    Path("odd.s").write_bytes(b'_start: li a0, \x1b[31m5\n .error "\x1b]0;x\x07"\n \x9b2J\xc2\x9b2J foo\n')
    said = run("odd.s").stderr
    assert said.count("error: ") == 3
    assert not any((ord(letter) < 32 and letter != "\n") or 127 <= ord(letter) < 160 for letter in said)


def test_main_is_not_where_execution_starts(folder: Path) -> None:
    Path("main.s").write_text("helper: ret\nmain: li a0, 0\n")
    assert run("main.s").stderr == (
        "main.s: warning: no symbol '_start': execution starts at the first instruction\n"
        "      = main, at main.s:2, is for a C library to call; name it _start, and let it exit\n"
        "1 warning\n"
    )


def test_an_older_image_survives_errors(folder: Path) -> None:
    Path("image").write_bytes(b"older")
    assert run("bad.s", "-o", "image").exit_code == 1
    assert Path("image").read_bytes() == b"older"


def test_warnings_do_not_stop_it(folder: Path) -> None:
    Path("odd.s").write_text("nop\n")
    result = run("odd.s", "-o", "image")
    assert result.exit_code == 0
    assert "warning: no symbol '_start': execution starts at the first instruction" in result.stderr
    assert "1 warning" in result.stderr


def test_several_sources_and_standard_input(folder: Path) -> None:
    Path("main.s").write_text(".globl _start\n_start: call helper\n")
    result = run("main.s", "-", "-o", "image", text=b".globl helper\nhelper: ret\n")
    assert (result.exit_code, result.output) == (0, "")
    result = run("-", text=b"nop nop\n")
    assert result.exit_code == 1
    assert result.stderr.startswith("<stdin>:1:5: error: ")


def test_includes_beside_the_source_and_in_given_folders(folder: Path) -> None:
    for name in ("lib", "lib/deep", "extra"):
        (folder / name).mkdir()
    (folder / "lib/main.s").write_text('.include "deep/one.s"\n.include "two.s"\n_start: li a0, ONE + TWO\n')
    (folder / "lib/deep/one.s").write_text(".equ ONE, 1\n")
    (folder / "extra/two.s").write_text(".equ TWO, 2\n")
    assert run("lib/main.s", "-I", "extra", "-o", "image").exit_code == 0
    result = run("lib/main.s", "-o", "image")
    assert result.exit_code == 1
    assert "lib/main.s:2:10: error: cannot include 'two.s': No such file or directory" in result.stderr


def test_listing_goes_to_standard_output(folder: Path) -> None:
    result = run("good.s", "--listing")
    assert result.stdout.splitlines()[1] == "00010000  13 05 50 00                    2  _start: li a0, 5"


def test_files_that_cannot_be_read_or_written(folder: Path) -> None:
    result = run("none.s")
    assert (result.exit_code, result.stderr) == (127, "forklore: none.s: no such file\n")
    result = run("good.s/none.s")
    assert (result.exit_code, result.stderr) == (127, "forklore: good.s/none.s: no such file\n")
    result = run(".")
    assert (result.exit_code, result.stderr) == (126, "forklore: .: not a regular file\n")
    result = run("good.s", "-o", "none/image")
    assert (result.exit_code, result.stderr) == (125, "forklore: cannot write none/image: No such file or directory\n")
    result = run("good.s", "-o", ".")
    assert (result.exit_code, result.stderr) == (125, "forklore: cannot write .: Is a directory\n")


def test_output_may_be_a_link_or_a_device(folder: Path) -> None:
    Path("link").symlink_to("target")
    assert run("good.s", "-o", "link").exit_code == 0
    assert Path("link").is_symlink()
    assert Path("target").read_bytes()[:4] == b"\x7fELF"
    assert run("good.s", "-o", "/dev/null").exit_code == 0
    (folder / "circle").symlink_to("circle")
    assert run("good.s", "-o", "circle").exit_code == 0
    assert (folder / "circle").read_bytes().startswith(b"\x7fELF")
    assert not Path("/dev/null").is_file()


def test_bytes_that_are_no_text(folder: Path) -> None:
    Path("odd.s").write_bytes(b'_start: .ascii "\xff\xfe" # caf\xe9\n')
    assert run("odd.s", "-o", "image", "--listing").exit_code == 0
    with open("image", "rb") as file:
        assert ELFFile(file).get_section_by_name(".text").data() == b"\xff\xfe"
    Path("odd.s").write_bytes(b"caf\xe9 5\n")
    result = run("odd.s", "-o", "image")
    assert result.exit_code == 1
    assert "error" in result.stderr


def test_sources_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("/dev/zero")
    limit = "larger than 16 MiB, the most that is read"
    assert (result.exit_code, result.stderr) == (126, f"forklore: /dev/zero: {limit}\n")
    assert run("-", text=b" " * ((16 << 20) + 1)).stderr == f"forklore: <stdin>: {limit}\n"


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", ".", "/dev/stdin", "/proc/self/fd/0"])
def test_only_files_are_included(name: str, folder: Path) -> None:
    os.mkfifo("pipe")
    Path("main.s").write_text(f'.include "{name}"\n')
    done = subprocess.run(
        [sys.executable, "-c", "from vm.cli import main; main()", "asm", "main.s"],
        stdin=subprocess.PIPE, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert done.returncode == 1
    assert f"main.s:1:10: error: cannot include '{name}': " in done.stderr


def test_a_source_may_come_through_a_pipe(folder: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, GOOD.encode())
    os.close(writer)
    assert run(f"/dev/fd/{reader}", "-o", "image").exit_code == 0
    os.close(reader)


@pytest.mark.parametrize(
    "text",
    ['.include "../secret"', '.include "link"', '.include "/etc/passwd"', '.include "none/../../secret"'],
)
def test_nothing_outside_the_include_root_is_shown(text: str, folder: Path) -> None:
    (folder / "secret").write_text("hunter2\n")
    inside = folder / "inside"
    inside.mkdir()
    (inside / "link").symlink_to("../secret")
    (inside / "main.s").write_text(text + "\n")
    result = run("inside/main.s", "-I", ".", "--include-root", "inside")
    assert result.exit_code == 1
    assert "hunter2" not in result.stderr
    assert "outside the folders that may be read" in result.stderr
    (inside / "source.s").symlink_to("../secret")
    result = run("inside/source.s", "--include-root", "inside")
    said = "forklore: inside/source.s: outside the folders that may be read\n"
    assert (result.exit_code, result.stderr) == (126, said)


def test_include_roots_are_several(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
    (folder / "one/main.s").write_text('.include "two.s"\n_start: li a0, TWO\n')
    (folder / "two/two.s").write_text(".equ TWO, 2\n")
    arguments = ("one/main.s", "-I", "two", "-o", "image", "--include-root", "one")
    assert run(*arguments, "--include-root", "two").exit_code == 0
    assert run(*arguments).exit_code == 1
    assert run(*arguments, "--include-root", "none").exit_code == 2


def test_starts_without_the_compiler() -> None:
    """The assembler is quick because it imports neither numba nor numpy."""
    code = "import sys, asm; assert not {'numba', 'numpy', 'llvmlite'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_object_files(folder: Path) -> None:
    (folder / "sub").mkdir()
    Path("sub/main.s").write_text(".globl _start\n_start: call helper\n")
    Path("helper.s").write_text(".globl helper\nhelper: ret\n")
    result = run("-c", "sub/main.s", "helper.s")
    assert (result.exit_code, result.output) == (0, "")
    for name in ("main.o", "helper.o"):
        with open(name, "rb") as file:
            assert ELFFile(file).header["e_type"] == "ET_REL"
        assert not os.access(name, os.X_OK)
    assert run("-c", "helper.s", "-o", "other.o").exit_code == 0
    assert Path("other.o").read_bytes() == Path("helper.o").read_bytes()
    assert run("-c", "bad.s", "good.s").exit_code == 1
    assert not Path("bad.o").exists()
    assert Path("good.o").exists()
    assert run("-c", "good.s", "helper.s", "-o", "x.o").exit_code == 2
    assert run("-c", "good.s", "--listing").exit_code == 2
    result = run("main.o")
    assert (result.exit_code, "this is no source, but an ELF object file" in result.stderr) == (1, True)
    result = run("-c", "good.s", "--dialect", "rars")
    assert (result.exit_code, "those for rars are linked at once" in result.stderr) == (2, True)
