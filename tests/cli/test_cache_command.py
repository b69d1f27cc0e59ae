"""What is kept is bounded, shown, cleared and shared; whoever filled it, only what may be trusted is read."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vm.cache import (
    bound,
    cache_directory,
    places,
    read_sealed,
    refusals,
    shared_directory,
    unfinished,
    write_sealed,
)
from vm.cli import forklore
from vm.engine.translator.cache import Cache, Recipe
from vm.engine.translator.native import Code
from vm.native import jit, kept

OLD, NEW = "0" * 20, "1" * 20


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, which nothing is written to when the tests end."""
    monkeypatch.setenv("FORKLORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZIG_GLOBAL_CACHE_DIR", str(tmp_path / "zig"))
    for name in ("FORKLORE_SHARED_CACHE", "FORKLORE_CACHE_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(places, "opened", {})
    monkeypatch.setattr(bound, "opened", places.opened)
    monkeypatch.setattr(bound, "_written", {})
    monkeypatch.setattr(bound, "_trim_written", lambda: None)
    return tmp_path / "cache"


def image(number: int) -> str:
    return f"{number:032x}.image"


def keep(root: Path, *names: str, size: int = 1000, hours: float = 0) -> Path:
    """A file of so many bytes, used so many hours ago."""
    path = root.joinpath(*names)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(bytes(size))
    moment = time.time() - 3600 * hours
    os.utime(path, (moment, moment))
    return path


def left(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def run(*arguments: str) -> Any:
    return CliRunner().invoke(forklore, ["cache", *arguments])


# --- the bound ---


def test_what_was_not_used_for_longest_goes_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        keep(root, "c", image(number), hours=10 - number)
    monkeypatch.setenv("FORKLORE_CACHE_SIZE", "10000")
    bound.trim(root)
    assert len(left(root)) == 10
    monkeypatch.setenv("FORKLORE_CACHE_SIZE", "9999")
    bound.trim(root)
    assert left(root) == {f"c/{image(number)}" for number in range(1, 10)}, "a tenth of the limit is free"
    monkeypatch.setenv("FORKLORE_CACHE_SIZE", "9" * 5000)
    bound.trim(root)
    assert len(left(root)) == 9, "what is no size is as if it were not there"


def test_versions_that_nobody_uses_go_before_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(root, "c", image(1), hours=900)
    keep(root, "jit", OLD, "memory.code", hours=2)
    keep(root, "jit", OLD, "checker.code", hours=900)
    keep(root, "translations", OLD, f"{1:08x}-{1:032x}", hours=3)
    mine = cache_directory("jit", NEW)
    assert mine is not None
    keep(mine, "memory.code", hours=900)
    monkeypatch.setenv("FORKLORE_CACHE_SIZE", "4500")
    bound.trim(root)
    assert left(root) == {f"c/{image(1)}", f"jit/{OLD}/memory.code", f"jit/{OLD}/checker.code",
                          f"jit/{NEW}/memory.code"}  # fmt: skip
    monkeypatch.setenv("FORKLORE_CACHE_SIZE", "2500")
    bound.trim(root)
    assert left(root) == {f"c/{image(1)}", f"jit/{NEW}/memory.code"}
    assert not (root / "jit" / OLD).exists()
    monkeypatch.setenv("FORKLORE_CACHE_SIZE", "0")
    bound.trim(root)
    assert left(root) == {f"jit/{NEW}/memory.code"}, "what this process uses stays"


def test_nothing_else_is_counted_or_removed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names a folder of theirs as the cache."""
    for names in (("c", "main.c"), ("thesis.tex",), ("jit", "notes"), ("jit", OLD, "readme"), ("host", "hosts")):
        keep(root, *names, hours=900)
    (root / "c" / image(7)).symlink_to(root / "thesis.tex")
    (root / "c" / f"{bound.UNFINISHED}folder").symlink_to(root / "jit")
    before = left(root)
    monkeypatch.setenv("FORKLORE_CACHE_SIZE", "0")
    assert bound.units(root) == [bound.Unit(bound.KINDS[0], root / "jit" / OLD, True)]
    bound.trim(root)
    assert run("--clear").exit_code == 0
    assert left(root) == before


def test_what_was_left_unfinished_is_removed_after_a_day(root: Path) -> None:
    names = [
        ("c", f"{bound.UNFINISHED}1"),
        ("jit", OLD, f"{bound.UNFINISHED}2"),
        ("c", f"{bound.UNFINISHED}3", "image"),
    ]
    for names_of_one in names:
        keep(root, *names_of_one, hours=25)
    keep(root, "c", f"{bound.UNFINISHED}4", hours=1)
    moment = time.time() - 90_000
    os.utime(root / "c" / f"{bound.UNFINISHED}3", (moment, moment))
    bound.trim(root)
    assert left(root) == {f"c/{bound.UNFINISHED}4"}


def test_writing_much_trims_at_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORKLORE_CACHE_SIZE", "10000")
    folder = cache_directory("c")
    assert folder is not None
    for number in range(40):
        write_sealed(folder / image(number), bytes(1000))
    assert sum(path.stat().st_size for path in folder.iterdir()) < 14_000


def test_reading_counts_as_use(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = cache_directory("c")
    assert folder is not None
    for number in range(3):
        write_sealed(folder / image(number), bytes(1000))
        moment = time.time() - 36_000 - number
        os.utime(folder / image(number), (moment, moment))
    assert read_sealed(folder / image(2)) == bytes(1000)
    monkeypatch.setenv("FORKLORE_CACHE_SIZE", "3000")
    bound.trim(root)
    assert left(root) == {f"c/{image(0)}", f"c/{image(2)}"}


@pytest.mark.parametrize(
    ("text", "size"), [("", 512 << 20), ("100", 100), ("2g", 2 << 30), ("64MiB", 64 << 20), ("x", 512 << 20)]
)
def test_the_limit(text: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORKLORE_CACHE_SIZE", text)
    assert bound.limit() == size


# --- the command ---


def test_what_is_kept_is_shown_and_cleared(root: Path, tmp_path: Path) -> None:
    keep(root, "c", image(1), size=5 << 20)
    keep(root, "jit", OLD, "memory.code", size=3 << 10)
    keep(tmp_path, "zig", "o", "x", "lib.a", size=1 << 20)
    done = run()
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"{root}: 5.0 MiB, at most 512 MiB",
        "  machine            1 file       3 KiB  the machine, compiled, 1 version",
        "  translations       0 files        0 B  translated code, 0 versions",
        "  c                  1 file       5 MiB  compiled C",
        "  host               0 files        0 B  programs for this computer",
        f"{tmp_path / 'zig'}: 1 MiB",
        "  zig                1 file       1 MiB  the compiler's own, with the C library",
    ]
    assert run("--clear", "c").stdout == "removed 1 file, 5 MiB\n"
    assert left(root) == {f"jit/{OLD}/memory.code"}
    assert run("--clear").stdout == "removed 1 file, 3 KiB\n"
    assert left(tmp_path / "zig") == {"o/x/lib.a"}
    assert run("--clear", "zig").stdout == "removed 1 file, 1 MiB\n"
    assert left(tmp_path / "zig") == set()
    assert run("nonsense").exit_code == 2


def test_a_folder_that_cannot_be_shared(root: Path, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "file").touch()
    done = run("--share", str(tmp_path / "open"))
    assert (done.exit_code, done.stdout) == (125, "")
    assert "nobody would use it as a shared cache: others than its owner can write to it" in done.stderr
    assert run("--share", str(tmp_path / "file" / "x")).exit_code == 125


def test_sharing_fills_a_folder_that_others_can_read(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compiling itself is left out: that the folder is what it goes to is asked instead."""
    real = subprocess.run

    def fill(command: list[str], **options: Any) -> Any:
        folder = Path(options["env"]["FORKLORE_CACHE"])
        assert "FORKLORE_SHARED_CACHE" not in options["env"]
        assert command[-1] == "from vm.cli.cache import fill; fill()"
        keep(folder, "c", image(1)).chmod(0o600)
        return real([sys.executable, "-c", ""], check=False)

    monkeypatch.setattr(subprocess, "run", fill)
    done = run("--share", str(tmp_path / "class"))
    assert done.exit_code == 0
    assert f"export FORKLORE_SHARED_CACHE={tmp_path / 'class'}" in done.stdout
    kept = tmp_path / "class" / "c" / image(1)
    assert [path.stat().st_mode & 0o777 for path in (kept, kept.parent, kept.parent.parent)] == [0o644, 0o755, 0o755]


# --- who is trusted ---

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")


@pytest.fixture
def shared(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shared cache with one file."""
    folder = tmp_path / "shared"
    (folder / "c").mkdir(parents=True, mode=0o755)
    write_sealed(folder / "c" / image(1), b"content")
    monkeypatch.setenv("FORKLORE_SHARED_CACHE", str(folder))
    return folder


def test_a_shared_file_is_read_and_never_removed(shared: Path) -> None:
    assert shared_directory("c") == shared / "c"
    assert shared_directory("jit") is None
    path = shared / "c" / image(1)
    assert read_sealed(path, shared=True) == b"content"
    path.write_bytes(b"damaged" * 10)
    assert read_sealed(path, shared=True) is None
    assert path.exists()


@pytest.mark.parametrize("name", [".", "c"])
def test_a_shared_folder_that_others_can_write_to_is_not_read(shared: Path, name: str) -> None:
    (shared / name).chmod(0o775)
    assert shared_directory("c") is None
    expected = [f"{shared}: not used as a shared cache: others than its owner can write to it"] if name == "." else []
    assert list(refusals()) == expected


def test_a_shared_file_that_others_can_write_to_is_not_read(shared: Path) -> None:
    (shared / "c" / image(1)).chmod(0o646)
    assert read_sealed(shared / "c" / image(1), shared=True) is None


@needs_root
@pytest.mark.parametrize("name", [".", "c", f"c/{image(1)}"])
def test_what_a_stranger_shares_is_not_read(shared: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(shared / name, 12345, -1)
    assert shared_directory("c") is None or read_sealed(shared / "c" / image(1), shared=True) is None
    monkeypatch.setattr(places, "trusted_owners", lambda: {0, 12345})  # who installed this program
    assert shared_directory("c") == shared / "c"
    assert read_sealed(shared / "c" / image(1), shared=True) == b"content"


def test_no_shared_folder_at_all(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORKLORE_SHARED_CACHE", str(shared / "nowhere"))
    assert shared_directory("c") is None
    assert list(refusals()) == [f"{shared / 'nowhere'}: not used as a shared cache: No such file or directory"]


def test_translations_of_both_are_found_and_only_ours_written(root: Path, tmp_path: Path) -> None:
    page = (0, bytes(32))

    def recipe(entry: int) -> Recipe:
        return Recipe(entry, (page,), 1, Code(b"code", ()), ((entry, entry),))

    def entries(cache: Cache) -> list[int]:
        return [recipe.entry for recipe in cache.recipes(page)]

    folders = [tmp_path / "theirs", tmp_path / "ours"]
    for folder, entry in zip(folders, (0, 4), strict=True):
        folder.mkdir()
        cache = Cache(folder)
        cache.add(page, recipe(entry))
        cache.save()
        cache.write("stubs", folder.name.encode())
    before = left(folders[0])
    both = Cache(folders[1], folders[0])
    assert entries(both) == [0, 4]
    assert both.read("stubs") == b"theirs"
    both.add(page, recipe(8))
    both.save()
    assert left(folders[0]) == before
    assert entries(Cache(folders[0])) == [0]
    assert entries(Cache(folders[1])) == [0, 4, 8]


@pytest.mark.skipif(not jit.ENABLED or kept.folder() is None, reason="nothing is kept")
def test_a_machine_that_others_compiled_runs(tmp_path: Path) -> None:
    """With a cache of one's own that cannot be written, and nothing said."""
    own = kept.folder()
    assert own is not None
    folder = tmp_path / "shared" / "jit" / own.name
    folder.mkdir(parents=True)
    for path in own.iterdir():
        if not path.name.startswith(bound.UNFINISHED):
            (folder / path.name).write_bytes(path.read_bytes())
    (tmp_path / "file").touch()
    environment = {
        **os.environ, "FORKLORE_SHARED_CACHE": str(tmp_path / "shared"), "TMPDIR": str(tmp_path / "file"),
        "FORKLORE_CACHE": str(tmp_path / "file"), "XDG_CACHE_HOME": str(tmp_path / "file"),
    }  # fmt: skip
    program = Path(__file__).parents[2] / "programs" / "hello.s"
    command = [sys.executable, "-c", "from vm.cli import main; main()", "run", str(program)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello, world\n", "")


# --- where nothing can be kept ---


def test_an_unfinished_folder_vanishes_with_its_cache(root: Path) -> None:
    folder = cache_directory("c")
    assert folder is not None
    with unfinished(folder) as name:
        Path(name).rmdir()
        folder.rmdir()
    with pytest.raises(OSError, match="No such file"), unfinished(folder):
        pass
