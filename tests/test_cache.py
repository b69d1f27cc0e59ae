"""Where the cache lies, that processes can share it, and that nothing is taken from it but what was put there."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from vm import toolchain
from vm.cache import cache_directory, is_kept, keep_file, read_sealed, refusals, write_sealed
from vm.engine.translator.cache import Cache
from vm.native import jit


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, where nothing else names a place."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("FORKLORE_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def no_home(_: Path) -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_a_user_without_a_home_has_a_temporary_cache(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "expanduser", no_home)
    assert cache_directory("jit", "x") == temporary / f"forklore-{os.getuid()}" / "jit" / "x"


def test_there_may_be_no_folder_for_temporary_files(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full Python finds none."""

    def find_none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", find_none)
    monkeypatch.setattr(Path, "expanduser", no_home)
    assert cache_directory("jit", "x") is None
    assert list(refusals("jit")) == []
    monkeypatch.setenv("FORKLORE_CACHE", str(temporary))
    assert cache_directory("jit") == temporary / "jit"


def test_a_folder_of_somebody_else_is_not_used(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "expanduser", no_home)
    folder, owner = temporary / f"forklore-{os.getuid()}", os.getuid()
    folder.mkdir()
    real = os.stat

    def stat(path: os.PathLike[str], **options: object) -> os.stat_result:
        found = real(path, **options)  # type: ignore[arg-type]
        return os.stat_result([*found[:4], owner + 1, *found[5:]]) if Path(path) == folder else found

    monkeypatch.setattr(os, "stat", stat)
    assert cache_directory("jit") is None


WRITER = """
import sys
from pathlib import Path
from vm.engine.translator.cache import Cache
from vm.engine.translator.recipes import Code, Recipe
who, page = int(sys.argv[2]), (0, bytes(32))
for number in range(100):
    cache = Cache(Path(sys.argv[1]))
    cache.add(page, Recipe(4 * number, (page,), 1, Code(bytes([who]) * 5000, ()), ((4 * number, 4 * number),)))
    cache.save()
"""


def test_processes_that_write_the_same_file_leave_it_whole(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(who)]) for who in (1, 2)]
    path, page = tmp_path / f"{0:08x}-{0:032x}", (0, bytes(32))
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            assert Cache(tmp_path).recipes(page), "a file that was only half there"
            assert path.exists(), "it was taken for a damaged one"
    assert [writer.returncode for writer in writers] == [0, 0]
    recipes = {recipe.entry: recipe for recipe in Cache(tmp_path).recipes(page)}
    assert recipes[4 * 99].code.data[:1] in (b"\x01", b"\x02")
    assert {bytes(set(recipe.code.data)) for recipe in recipes.values()} <= {b"\x01", b"\x02"}
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


# --- folders ----------------------------------------------------------------------------------------------------------

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")


def test_folders_are_for_this_user_alone(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORKLORE_CACHE", str(temporary / "chosen"))
    former = os.umask(0)
    try:
        folder = cache_directory("jit", "x")
    finally:
        os.umask(former)
    assert folder == temporary / "chosen" / "jit" / "x"
    assert [made.stat().st_mode & 0o777 for made in (folder, folder.parent, folder.parent.parent)] == [0o700] * 3


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o1777])
def test_a_chosen_folder_that_others_can_write_to_is_not_used(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    monkeypatch.setenv("FORKLORE_CACHE", str(temporary / "chosen"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(temporary / "home"))
    (temporary / "chosen").mkdir()
    (temporary / "chosen").chmod(mode)
    assert cache_directory("jit") == temporary / "home" / "forklore" / "jit"


def test_a_folder_inside_it_is_closed_again(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORKLORE_CACHE", str(temporary))
    (temporary / "jit").mkdir()
    (temporary / "jit").chmod(0o777)
    folder = cache_directory("jit")
    assert folder == temporary / "jit"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_link_in_the_place_of_a_folder_is_not_followed(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORKLORE_CACHE", str(temporary / "chosen"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(temporary / "home"))
    (temporary / "elsewhere").mkdir(mode=0o700)
    (temporary / "chosen").mkdir(mode=0o700)
    (temporary / "chosen" / "jit").symlink_to(temporary / "elsewhere")
    assert cache_directory("jit") == temporary / "home" / "forklore" / "jit"


@needs_root
def test_folders_given_to_somebody_else_are_not_used(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORKLORE_CACHE", str(temporary / "chosen"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(temporary / "home"))
    for name in ("chosen", "chosen/jit"):
        cache_directory("jit")
        os.chown(temporary / name, 12345, -1)
        assert cache_directory("jit") == temporary / "home" / "forklore" / "jit"
        os.chown(temporary / name, 0, -1)


def test_why_a_place_is_not_used_is_told(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, home = temporary / "chosen", temporary / "home"
    monkeypatch.setenv("FORKLORE_CACHE", str(chosen))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    assert list(refusals("jit")) == []
    chosen.chmod(0o777)
    home.mkdir()
    (home / "forklore").touch()
    assert list(refusals("jit")) == [
        f"{chosen}: not used as a cache: others can write to it",
        f"{home / 'forklore'}: not used as a cache: File exists",
    ]


WITHOUT_CACHE = """
import pathlib, sys
from vm.cache import places
places.roots = lambda: iter([pathlib.Path(sys.argv[1])])
from vm.cli.compiling import Compiling
with Compiling() as told:
    for done in range(3):
        told(done, 2 * bool(done), "a name")
"""


@pytest.mark.skipif(not jit.ENABLED, reason="nothing is compiled")
def test_a_run_without_a_cache_says_so_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-c", WITHOUT_CACHE, str(tmp_path / "file")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == (
        f"forklore: {tmp_path / 'file'}: not used as a cache: File exists\n"
        "forklore: compiling a name, which happens in every run unless FORKLORE_CACHE names a folder for it, and "
        "takes some ten seconds\n"
    )


# --- files ------------------------------------------------------------------------------------------------------------


class Bomb:
    """What leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    numbers = random.Random(len(data))
    data[numbers.randrange(len(data))] ^= 1 << numbers.randrange(8)
    file.write_bytes(data)


def replace_by_link(file: Path) -> None:
    """The same content in a file of ours, but not where it belongs."""
    file.rename(file.with_suffix(".moved"))
    file.symlink_to(file.with_suffix(".moved"))


def replace_by_another(file: Path) -> None:
    """A file that is sealed, for another name."""
    other = file.with_name("other")
    write_sealed(other, pickle.dumps(Bomb(file.parent / "bomb")))
    other.replace(file)


def make_unreadable(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "a bit": flip,
    "its end": lambda file: file.write_bytes(file.read_bytes()[:-9]),
    "more at its end": lambda file: file.write_bytes(file.read_bytes() + b"x"),
    "all but its seal": lambda file: file.write_bytes(file.read_bytes()[:32]),
    "all of it": lambda file: file.write_bytes(b""),
    "noise": lambda file: file.write_bytes(random.Random(1).randbytes(5000)),
    "a bomb": lambda file: file.write_bytes(pickle.dumps(Bomb(file.parent / "bomb"))),
    "a bomb behind the seal": lambda file: file.write_bytes(
        file.read_bytes()[:32] + pickle.dumps(Bomb(file.parent / "bomb"))
    ),
    "another's": replace_by_another,
    "a link": replace_by_link,
    "a folder": make_unreadable,
    "for all to write": lambda file: file.chmod(0o666),
    "for the group to write": lambda file: file.chmod(0o660),
}
damaged = pytest.mark.parametrize("damage", list(DAMAGES))


@damaged
def test_only_what_was_written_is_read(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "file"
    assert read_sealed(file) is None
    write_sealed(file, b"content" * 100)
    assert read_sealed(file) == b"content" * 100
    DAMAGES[damage](file)
    assert read_sealed(file) is None
    write_sealed(file, b"more")
    assert read_sealed(file) == b"more"
    assert not (tmp_path / "bomb").exists()


@needs_root
def test_a_file_of_somebody_else_is_not_read(tmp_path: Path) -> None:
    write_sealed(tmp_path / "file", b"content")
    os.chown(tmp_path / "file", 12345, -1)
    assert read_sealed(tmp_path / "file") is None


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "file")
    assert read_sealed(tmp_path / "file") is None


def test_a_file_from_another_folder_is_not_read(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    write_sealed(tmp_path / "one" / "file", b"content")
    shutil.copy(tmp_path / "one" / "file", tmp_path / "two" / "file")
    assert read_sealed(tmp_path / "two" / "file") is None
    assert read_sealed(tmp_path / "one" / "file") == b"content"


def test_a_file_without_end_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch(mode=0o600)
    os.truncate(tmp_path / "file", 1 << 40)
    assert read_sealed(tmp_path / "file") is None


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_sealed(tmp_path / "file", b"content")
    assert list(tmp_path.iterdir()) == []


@damaged
def test_what_others_run_is_kept_with_a_seal_beside_it(tmp_path: Path, damage: str) -> None:
    for damaged_name in ("program", "program.seal"):
        (tmp_path / "made").write_bytes(b"#!/bin/true\n" * 9)
        keep_file(tmp_path / "made", tmp_path / "program")
        assert is_kept(tmp_path / "program")
        DAMAGES[damage](tmp_path / damaged_name)
        assert not is_kept(tmp_path / "program")
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()


# --- compiled C -------------------------------------------------------------------------------------------------------


@damaged
def test_a_damaged_image_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    commands: list[object] = []

    def compile_it(command: list[str], folder: Path, seconds: float, environment: object = None) -> str:
        commands.append(command)
        Path(command[command.index("-o") + 1]).write_bytes(b"image")
        if "-MF" in command:
            Path(command[command.index("-MF") + 1]).write_text("image: prog.c\n")
        return ""

    monkeypatch.setattr(toolchain, "_compile", compile_it)
    monkeypatch.setenv("FORKLORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "1")
    monkeypatch.setenv("ZIG_GLOBAL_CACHE_DIR", str(tmp_path / "zig"))
    (tmp_path / "zig").mkdir()  # where it is noted that the library is built
    (tmp_path / "prog.c").write_text("")
    for _ in range(2):
        assert toolchain.build(tmp_path / "prog.c") == b"image"
    assert len(commands) == 3, "the C library, the object with vfork and the image"
    (kept,) = (tmp_path / "cache" / "c").glob("*.image")
    DAMAGES[damage](kept)
    assert toolchain.build(tmp_path / "prog.c") == b"image"
    assert len(commands) == 4


@pytest.mark.parametrize("full", ["cache", "zig"])
def test_a_full_disk_is_gone_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: str) -> None:
    """What the compiler says when it cannot write is not to be relied on: it is asked of the folder."""

    def compile_it(
        command: list[str], folder: Path, seconds: float, environment: Mapping[str, str] | None = None
    ) -> str:
        target = Path(command[command.index("-o") + 1])
        kept = (environment or os.environ).get("ZIG_GLOBAL_CACHE_DIR", "")
        if tmp_path / full in [*target.parents, Path(kept)]:
            raise toolchain.CompileError("")
        target.write_bytes(b"image")
        if "-MF" in command:
            Path(command[command.index("-MF") + 1]).write_text("image: prog.c\n")
        return ""

    real = tempfile.TemporaryFile

    def make_file(*arguments: Any, dir: Any = None, **options: Any) -> Any:
        if tmp_path / full in [Path(dir), *Path(dir).parents]:
            raise OSError(28, "No space left on device")
        return real(*arguments, dir=dir, **options)

    monkeypatch.setattr(toolchain, "_compile", compile_it)
    monkeypatch.setattr(tempfile, "TemporaryFile", make_file)
    # What is made here goes with the test: others of this process would find its object with vfork.
    monkeypatch.setattr(toolchain, "_passing_folder", functools.cache(toolchain._passing_folder.__wrapped__))
    monkeypatch.setenv("FORKLORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZIG_GLOBAL_CACHE_DIR", str(tmp_path / "zig"))
    (tmp_path / "prog.c").write_text("")
    for _ in range(2):
        assert toolchain.build(tmp_path / "prog.c") == b"image"
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and not path.name.startswith("musl")]


def test_a_source_with_errors_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[object] = []

    def compile_it(command: list[str], *_: object) -> str:
        tries.append(command)
        raise toolchain.CompileError("x.c:1: an error")

    monkeypatch.setattr(toolchain, "vfork_object", lambda _=0: tmp_path / "vfork.o")
    monkeypatch.setattr(toolchain, "_compile", compile_it)
    (tmp_path / "prog.c").write_text("")
    with pytest.raises(toolchain.CompileError, match="an error"):
        toolchain.build(tmp_path / "prog.c")
    assert len(tries) == 1
