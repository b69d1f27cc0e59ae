"""Files of the host are read up to a limit, and those that do not end or lie elsewhere are not."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from vm.reading import Outside, include_reader, read_bounded, read_stream


def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(100))
    assert read_bounded(path, 100) == bytes(100)
    with pytest.raises(OSError, match="larger than 99 bytes, the most that is read") as caught:
        read_bounded(path, 99)
    assert caught.value.errno == errno.EFBIG


def test_a_sparse_file_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(20 << 30)
    with pytest.raises(OSError, match="larger than 1 MiB"):
        read_bounded(path, 1 << 20)


def test_a_stream_is_left_behind_the_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return bytes(size)

    endless = Endless()
    with pytest.raises(OSError, match="larger than"):
        read_stream(endless, 5 << 20)  # type: ignore[arg-type]
    assert endless.given == (5 << 20) + 1


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_what_does_not_end_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    with pytest.raises(OSError, match="not a regular file") as caught:
        read_bounded(path if kind == "fifo" else "/dev/zero", 100)
    assert caught.value.errno == errno.EINVAL


def test_folders_are_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_bounded(tmp_path, 100)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A folder ``inside``, one file beside it, and links from one to the other."""
    inside = tmp_path / "inside"
    (inside / "deep").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (inside / "file").write_text("file")
    (inside / "out").symlink_to("../secret")
    (inside / "absolute").symlink_to(tmp_path / "secret")
    (inside / "up").symlink_to("..")
    (tmp_path / "in").symlink_to("inside/file")
    (tmp_path / "inside2").mkdir()
    (tmp_path / "inside2" / "file").write_text("secret")
    return tmp_path


@pytest.mark.parametrize("name", ["inside/file", "in", "inside/deep/../file", "inside/up/inside/file"])
def test_what_lies_below_a_root_is_read(name: str, folders: Path) -> None:
    assert read_bounded(folders / name, 10, roots=[folders / "inside"]) == b"file"


@pytest.mark.parametrize(
    "name",
    ["secret", "missing", "inside/out", "inside/absolute", "inside/up/secret", "inside/../secret", "inside2/file"],
)
def test_what_lies_elsewhere_is_not_and_need_not_exist(name: str, folders: Path) -> None:
    with pytest.raises(Outside):
        read_bounded(folders / name, 10, roots=[folders / "inside"])


@pytest.mark.parametrize("name", ["circle", "circle/file"])
def test_links_in_a_circle_are_an_error_of_the_file(name: str, folders: Path) -> None:
    (folders / "inside" / "circle").symlink_to("circle")
    with pytest.raises(OSError, match="symbolic links") as caught:
        read_bounded(folders / "inside" / name, 10, roots=[folders / "inside"])
    assert caught.value.errno == errno.ELOOP


def test_an_include_is_looked_for_in_all_folders_but_read_below_the_roots(folders: Path) -> None:
    read = include_reader([folders / "inside", folders], [folders / "inside"])
    assert read("file") == "file"
    with pytest.raises(Outside):
        read("secret")
