"""What a guest wrote is saved in a folder of the host, all of it, and nothing of it leaves the folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.vfs.guest import Machined
from tests.vfs.test_world import AT_FDCWD, O_CREAT, O_WRONLY, halves, open_file, read, write
from vm.keeping import files_written
from vm.saving import inside, save, why_not

MODE = 0o10_644 | stat.S_IFIFO


@pytest.fixture
def guest(tmp_path: Path) -> Machined:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "kept").write_text("the host's")
    (root / "changed").write_text("before")
    (root / "moved").write_text("moved")
    for name in ("changed", "moved"):
        (root / name).chmod(0o644)
    guest = Machined(root)
    guest.call("umask", 0)
    return guest


def paths(folder: Path) -> dict[str, str]:
    """Everything below a folder: permissions and content, or where it leads."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        else:
            found[name] = f"{path.stat().st_mode & 0o7777:o} {path.read_text() if path.is_file() else 'folder'}"
    return found


def test_what_was_written_is_saved(guest: Machined, tmp_path: Path) -> None:
    write(guest, "/changed", b"after!", 0o600)
    write(guest, "/sub/new", b"text", 0o4751)
    write(guest, "/gone", b"text")
    assert guest.call("unlinkat", AT_FDCWD, "/gone", 0) == 0
    assert guest.call("renameat2", AT_FDCWD, "/moved", AT_FDCWD, "/tmp/moved", 0) == 0
    assert guest.call("mkdirat", AT_FDCWD, "/made", 0o1755) == 0
    assert guest.call("mkdirat", AT_FDCWD, "/made/inner", 0o500) == 0
    assert guest.call("symlinkat", "/sub/new", AT_FDCWD, "/made/link") == 0
    assert guest.call("mknodat", AT_FDCWD, "/fifo", MODE, 0) == 0
    assert read(guest, "/kept") == b"the host's"
    write(guest, "/dev/null", b"nothing")
    folder = tmp_path / "saved"
    notes = save(guest.kernel.world, folder)
    assert paths(folder) == {
        "changed": "644 after!",
        "made": "755 folder",
        "made/inner": "500 folder",
        "made/link": "-> ../sub/new",
        "sub": "755 folder",
        "sub/new": "751 text",
        "tmp": "755 folder",
        "tmp/moved": "644 moved",
    }
    assert notes == ["1 that are no files, folders or links (FIFOs, sockets) were not saved"]
    assert (folder / "made" / "link").read_text() == "text"
    assert (tmp_path / "root" / "changed").read_text() == "before"


def test_python_has_it_as_well(guest: Machined) -> None:
    write(guest, "/sub/new", b"text", 0o751)
    assert guest.call("linkat", AT_FDCWD, "/sub/new", AT_FDCWD, "/again", 0) == 0
    assert guest.call("symlinkat", "/etc/passwd", AT_FDCWD, "/link") == 0
    files = files_written(guest.kernel)
    assert list(files) == ["/again", "/link", "/sub/new"]
    assert (files["/sub/new"].content, files["/sub/new"].size) == (b"text", 4)
    assert stat.filemode(files["/sub/new"].mode) == "-rwxr-x--x"
    assert files["/again"].content is files["/sub/new"].content
    assert files["/link"].target == "/etc/passwd"


def test_a_huge_hole_costs_nothing(guest: Machined, tmp_path: Path) -> None:
    fd = open_file(guest, "/large", O_WRONLY | O_CREAT)
    size = 1 << 33
    assert guest.call("ftruncate64", fd, *halves(size)) == 0
    assert guest.call("pwrite64", fd, b"end", 3, *halves(size - 3)) == 3
    save(guest.kernel.world, tmp_path / "saved")
    found = (tmp_path / "saved" / "large").stat()
    assert found.st_size == size
    assert found.st_blocks * 512 <= 1 << 20
    assert files_written(guest.kernel)["/large"].size == size


def test_hostile_names_and_links_stay_inside(guest: Machined, tmp_path: Path) -> None:
    names = [b"\x1b[2J", b"new\nline", b"-rf", b"\xff\xfe", b"...", b" ", b"~", b"a" * 255]
    for name in names:
        fd = guest.call("openat", AT_FDCWD, b"/" + name + b"\0", O_WRONLY | O_CREAT, 0o644)
        assert fd >= 0
        assert guest.call("close", fd) == 0
    targets = ["/", "..", "../../..", "/../../x", "sub/../../../etc/passwd", "/etc/passwd", "sub", "x/.."]
    for number, target in enumerate(targets):
        for place in ("/", "/sub/"):
            assert guest.call("symlinkat", target, AT_FDCWD, f"{place}l{number}") == 0
    folder = tmp_path / "saved"
    assert save(guest.kernel.world, folder) == []
    assert {os.fsencode(path.name) for path in folder.iterdir() if path.is_file()} == set(names)
    links = [path for path in folder.rglob("l?") if path.is_symlink()]
    assert len(links) == 2 * len(targets)
    for link in links:
        assert link.resolve().is_relative_to(folder.resolve()), os.readlink(link)
    assert {path.name for path in tmp_path.iterdir()} == {"root", "saved"}


def test_directories_below_the_longest_path_are_left_out(guest: Machined, tmp_path: Path) -> None:
    name = "d" * 250
    for _ in range(40):
        assert guest.call("mkdirat", AT_FDCWD, name, 0o755) == 0
        assert guest.call("chdir", name) == 0
    assert save(guest.kernel.world, tmp_path / "saved") == []
    # Step by step: with what the host has before them, their names are too long for one call.
    assert len(list(os.fwalk(tmp_path / "saved"))) - 1 == 4095 // 251


@pytest.mark.parametrize(
    ("target", "path", "kept"),
    [
        (b"x", b"l", b"x"), (b"../x", b"a/l", b"../x"), (b"a/../x", b"l", b"x"), (b"/x", b"a/b/l", b"../../x"),
        (b"..", b"l", b"."), (b"/", b"a/l", b"../"), (b"../../x", b"a/l", b"../x"), (b"//x/./y", b"l", b"x/y"),
    ],
)  # fmt: skip
def test_links_keep_their_meaning(target: bytes, path: bytes, kept: bytes) -> None:
    assert inside(target, path) == kept


def test_a_folder_that_is_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").write_text("")
    (tmp_path / "empty").mkdir()
    assert why_not(tmp_path / "used") == "it is not empty"
    assert why_not(tmp_path / "used" / "file") == "Not a directory"
    assert why_not(tmp_path / "no" / "where") == f"there is no folder {tmp_path / 'no'}"
    assert why_not(tmp_path / "empty") == why_not(tmp_path / "new") == ""
    assert why_not(tmp_path / ("long" * 64)) == "File name too long"
    assert not (tmp_path / "new").exists()
