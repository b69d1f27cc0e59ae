"""Compiling takes long: it is announced, and no figure of ours counts it."""

from __future__ import annotations

import logging
import marshal
import os
import platform
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.programs.headers import PROGRAMS_FOLDER
from vm import Machine, library, remarks, toolchain
from vm.cache import read_sealed
from vm.cli import booting
from vm.cli import forklore as command
from vm.native import jit, kept, layout, parts

SAID = "compiling the machine, which happens once and takes some ten seconds"


def test_the_machine_says_that_it_is_compiled(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "forklore")
    monkeypatch.setattr(jit, "prepare", lambda progress: [progress(0, 0, "the machine"), progress(1, 2, "name")])
    assert Machine().run(PROGRAMS_FOLDER / "hello.s").status == 0
    assert caplog.record_tuples == [("forklore", logging.WARNING, SAID)]


@pytest.mark.parametrize("name", ["run", "check", "compare", "bench"])
def test_every_command_says_so(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(parts: object, progress: parts.Progress) -> None:
        progress(0, 0, "the machine")
        raise KeyboardInterrupt

    monkeypatch.setattr(jit, "prepare", interrupt)
    program = [] if name == "bench" else [str(PROGRAMS_FOLDER / "hello.s")]
    done = CliRunner().invoke(command, [name, *program])
    assert done.stderr.splitlines() == [f"forklore: {SAID}", "forklore: interrupted"]


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
def test_it_says_that_the_c_library_is_built_whenever_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What zig has built lies in its own cache: ours, which may be older or newer, does not tell."""

    def compile_it(command: list[str], *others: object) -> str:
        Path(os.environ["ZIG_GLOBAL_CACHE_DIR"]).mkdir(exist_ok=True)
        Path(command[command.index("-o") + 1]).write_bytes(b"image")
        if "-MF" in command:
            Path(command[command.index("-MF") + 1]).write_text("image: prog.c\n")
        return ""

    def is_said(ours: str, zigs: str, *flags: str) -> bool:
        caplog.clear()
        monkeypatch.setenv("FORKLORE_CACHE", str(tmp_path / ours))
        monkeypatch.setenv("ZIG_GLOBAL_CACHE_DIR", str(tmp_path / zigs))
        assert toolchain.build(tmp_path / "prog.c", flags) == b"image"
        return library.BUILDING in caplog.messages

    caplog.set_level(logging.WARNING, library.LOGGER)
    monkeypatch.setattr(remarks, "listeners", [])
    monkeypatch.setattr(toolchain, "_compile", compile_it)
    (tmp_path / "prog.c").write_text("")
    assert is_said("ours", "zig")
    assert not is_said("ours", "zig", "-O2")
    assert is_said("ours", "zig", "-Os")  # another library
    assert not is_said("ours", "zig", "-s")  # whose symbols are left out behind zig's back
    assert not library.is_library_built(["-s"])
    assert not is_said("another of ours", "zig")
    assert not is_said("ours", "another zig")  # the program is kept
    assert is_said("ours", "another zig", "-O3")
    assert not is_said("ours", "another zig", "-c", "-O0")


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
def test_the_time_to_build_the_c_library_is_not_the_program_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow or busy computer takes longer for it than a program may take."""
    clock, allowed = [0.0], list[float]()

    def compile_it(command: list[str], folder: Path, seconds: float, *others: object) -> str:
        clock[0] += 100 if "nothing.c" in command else 1
        allowed.append(seconds)
        if "nothing.c" in command and clock[0] > 300:
            raise toolchain.CompileError("the compiler was stopped")
        Path(command[command.index("-o") + 1]).write_bytes(b"image")
        if "-MF" in command:
            Path(command[command.index("-MF") + 1]).write_text("image: prog.c\n")
        return ""

    monkeypatch.setenv("FORKLORE_CACHE", str(tmp_path / "ours"))
    monkeypatch.setenv("ZIG_GLOBAL_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(toolchain, "_compile", compile_it)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    (tmp_path / "prog.c").write_text("")
    assert toolchain.build(tmp_path / "prog.c", seconds=60, once=True) == b"image"
    assert allowed[-2:] == [toolchain.LIBRARY_SECONDS, 60]
    assert toolchain.build(tmp_path / "prog.c", seconds=60, once=True) == b"image"
    assert allowed.count(toolchain.LIBRARY_SECONDS) == 1
    clock[0] = 300
    with pytest.raises(toolchain.NoLibrary, match="the C library cannot be built: the compiler was stopped"):
        toolchain.build(tmp_path / "prog.c", ["-Os"], once=True)


def test_the_command_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(remarks, "listeners", [])
    booting.say_remarks()
    booting.say_remarks()
    library.announce_library([], tmp_path)
    assert capsys.readouterr().err == f"forklore: {library.BUILDING}\n"


def test_compiling_is_no_working_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0]

    def load(wanted: object, progress: object) -> Any:
        clock[0] += 1000
        raise parts.CannotCompile

    monkeypatch.setattr(jit, "ENABLED", True)
    monkeypatch.setattr(jit, "_loaded", {})
    monkeypatch.setattr(kept, "load", load)
    monkeypatch.setattr(jit, "perf_counter_ns", lambda: clock[0])
    begin = jit.working_ns()
    with pytest.raises(parts.CannotCompile):
        jit.prepare()
    assert clock == [1000]
    clock[0] += 7
    assert jit.working_ns() - begin == 7


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="another kind of object files")
@pytest.mark.skipif(not jit.ENABLED or kept.folder() is None, reason="nothing is kept")
def test_machine_code_is_placed_without_llvm() -> None:
    folder = kept.folder()
    assert folder is not None
    jit.prepare(parts.ALL)
    for part in parts.ALL:
        content = read_sealed(folder / f"{part}.code")
        assert content is not None
        assert marshal.loads(content)[0] == parts.PIECE


@pytest.mark.skipif(not jit.ENABLED or kept.folder() is None, reason="nothing is kept")
def test_a_python_that_lays_arrays_out_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One without its global lock, say: its objects begin with other fields."""
    assert layout.is_as_expected()
    monkeypatch.setattr(layout, "DTYPE_NUMBER", layout.DTYPE_NUMBER - 4)
    assert not layout.is_as_expected()
    with pytest.raises(parts.CannotCompile, match="machine code cannot be entered by Python 3"):
        kept.read(parts.MEMORY)


def test_code_depends_on_all_sources_of_its_rooms() -> None:
    vm = Path(kept.__file__).parents[1]
    rooms = ("abi", "native", "cpu", "memory", "engine")
    assert {Path(path) for path in kept._sources()} == {
        vm / "isa.py", *(path for room in rooms for path in (vm / room).rglob("*.py"))
    }  # fmt: skip


def test_what_an_editor_leaves_among_the_sources_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in kept._FOLDERS:
        (tmp_path / folder).mkdir()
    (tmp_path / "cpu" / "sv32.py").touch()
    (tmp_path / "cpu" / ".#sv32.py").symlink_to("somebody@somewhere.1")
    monkeypatch.setattr(kept, "_PACKAGE", str(tmp_path))
    assert kept._sources() == [str(tmp_path / "isa.py"), str(tmp_path / "cpu" / "sv32.py")]
