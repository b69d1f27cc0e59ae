"""Files that are written whole: what an older one held stays until the new one is complete."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from vm.writing import remove_unfinished, write_whole


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file may become longer than ten bytes, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("lasting", [False, True])
def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path, lasting: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"older")
    write_whole(path, b"newer", lasting=lasting)
    assert path.read_bytes() == b"newer"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.usefixtures("little_room")
def test_what_cannot_be_written_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"older")
    with pytest.raises(OSError, match="File too large"):
        write_whole(path, bytes(11))
    assert path.read_bytes() == b"older"
    assert os.listdir(tmp_path) == ["file"]


def test_a_link_stays_one_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link, target = tmp_path / "link", tmp_path / "there" / "target"
    link.symlink_to(target)
    write_whole(link, b"data")
    assert link.is_symlink()
    assert target.read_bytes() == b"data"


@pytest.mark.parametrize(("executable", "mode"), [(False, 0o640), (True, 0o750)])
def test_who_may_use_it_is_as_the_mask_says(tmp_path: Path, executable: bool, mode: int) -> None:
    mask = os.umask(0o027)
    try:
        write_whole(tmp_path / "file", b"", executable)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_what_is_no_plain_file_is_written_to() -> None:
    write_whole(Path(os.devnull), b"data")
    assert not os.path.isfile(os.devnull)


def test_what_was_being_written_is_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    theirs = [".report.json.0123abcg", ".report.json", "report.json.0123abcd", ".0123abcd", ".report.json.0123abcd.x"]
    ours = [".report.json.0123abcd", "below/.film.html.89abcdef"]
    for name in [*theirs, *ours]:
        (tmp_path / name).write_bytes(b"x")
    remove_unfinished(tmp_path, "report.json")
    assert (tmp_path / ours[1]).exists()
    remove_unfinished(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(theirs)
