"""Where the cache lies, and that processes can share it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from vm.cache import cache_directory
from vm.cpu.translator.cache import Cache


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
from vm.cpu.translator.cache import Cache, Recipe
from vm.cpu.translator.native import Code
who = int(sys.argv[2])
for number in range(100):
    cache = Cache(Path(sys.argv[1]))
    cache.add(Recipe(4 * number, ((0, "d"),), 1, Code(bytes([who]) * 5000, ())))
    cache.save()
"""


def test_processes_that_write_the_same_file_leave_it_whole(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(who)]) for who in (1, 2)]
    path = tmp_path / f"{0:08x}-d"
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            assert Cache(tmp_path).recipes(0, "d"), "a file that was only half there"
            assert path.exists(), "it was taken for a damaged one"
    assert [writer.returncode for writer in writers] == [0, 0]
    recipes = Cache(tmp_path).recipes(0, "d")
    assert recipes[4 * 99].code.data[:1] in (b"\x01", b"\x02")
    assert {bytes(set(recipe.code.data)) for recipe in recipes.values()} <= {b"\x01", b"\x02"}
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
