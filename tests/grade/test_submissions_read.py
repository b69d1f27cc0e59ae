"""What was handed in is read without trusting it: no link is followed, nothing waits, and all is bounded."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from vm.grade import submissions
from vm.grade.submissions import CannotRead, Submission, find_submissions, read_submission


def read(path: Path) -> Submission:
    [handed] = find_submissions([path])
    return read_submission(handed)


def test_a_folder_is_read_with_what_lies_below(tmp_path: Path) -> None:
    (tmp_path / "ann" / "lib" / ".git").mkdir(parents=True)
    (tmp_path / "ann" / "a.c").write_bytes(b"A")
    (tmp_path / "ann" / "lib" / "b.h").write_bytes(b"B")
    (tmp_path / "ann" / "lib" / ".git" / "c").write_bytes(b"C")
    found = read(tmp_path / "ann")
    assert (found.name, found.files, found.remarks) == ("ann", {"a.c": b"A", "lib/b.h": b"B"}, ())


def test_nothing_is_followed_and_nothing_waits(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("grades")
    own = tmp_path / "eve"
    own.mkdir()
    os.symlink(secret, own / "link.c")
    os.symlink("/", own / "root")
    os.symlink("loop", own / "loop")
    os.mkfifo(own / "pipe.c")
    (own / "a\n\x1b[2Jb.c").write_bytes(b"x")
    found = read(own)
    assert list(found.files) == ["a\n\x1b[2Jb.c"]
    assert found.remarks == (
        "link.c: a symbolic link, left out",
        "loop: a symbolic link, left out",
        "pipe.c: no file but a device, a pipe or a socket, left out",
        "root: a symbolic link, left out",
    )


def test_there_are_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("MOST_FILES", 3), ("MOST_BYTES", 100), ("LARGEST_FILE", 40), ("DEEPEST", 2)):
        monkeypatch.setattr(submissions, name, value)
    for index in range(5):
        (tmp_path / f"{index}.c").write_bytes(b"x")
    (tmp_path / "0large").write_bytes(bytes(41))
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    found = read(tmp_path)
    assert list(found.files) == ["0.c", "1.c", "2.c"]
    assert [remark.partition(":")[0] for remark in found.remarks] == ["0large", "3.c", "4.c", "a/b/"]


def test_one_file_is_a_submission(tmp_path: Path) -> None:
    (tmp_path / "bob.c").write_bytes(b"int")
    found = read(tmp_path / "bob.c")
    assert (found.name, found.files) == ("bob", {"bob.c": b"int"})


def zipped(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_archives_are_read_and_their_own_folder_left_out(tmp_path: Path) -> None:
    path = zipped(tmp_path / "cy.zip", [("cy-main/a.c", b"A"), ("cy-main/x/b.h", b"B"), ("__MACOSX/z", b"")])
    assert read(path).files == {"a.c": b"A", "x/b.h": b"B"}
    with tarfile.open(tmp_path / "di.tar.gz", "w:gz") as archive:
        for name in ("a.c", "b.c"):
            member = tarfile.TarInfo(name)
            member.size = 1
            archive.addfile(member, io.BytesIO(b"T"))
    found = read(tmp_path / "di.tar.gz")
    assert (found.name, found.files) == ("di", {"a.c": b"T", "b.c": b"T"})


def test_an_archive_leads_nowhere_else(tmp_path: Path) -> None:
    path = zipped(tmp_path / "eve.zip", [("../../x.c", b"1"), ("/etc/x.c", b"2"), ("ok.c", b"3"), ("a/../../y", b"4")])
    found = read(path)
    assert found.files == {"ok.c": b"3"}
    assert len(found.remarks) == 3
    assert all("a path that leads outside" in remark for remark in found.remarks)
    with tarfile.open(tmp_path / "links.tar", "w") as archive:
        for kind, target in ((tarfile.SYMTYPE, "/etc/passwd"), (tarfile.LNKTYPE, "ok.c"), (tarfile.FIFOTYPE, "")):
            member = tarfile.TarInfo(f"{kind!r}.c")
            member.type, member.linkname = kind, target
            archive.addfile(member)
    assert read(tmp_path / "links.tar").files == {}


def test_bombs_and_rubbish_are_no_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "MOST_BYTES", 1 << 20)
    import gzip

    head = tarfile.TarInfo("a.c")
    head.size = 8 << 20
    (tmp_path / "bomb.tar.gz").write_bytes(gzip.compress(head.tobuf() + bytes(head.size)))
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 rubbish")
    zipped(tmp_path / "zeros.zip", [("zeros.c", bytes(30 << 20)), ("ok.c", b"x")])
    with zipfile.ZipFile(tmp_path / "deep.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.c", bytes(30 << 20))
        archive.writestr("ok.c", b"x")
    for name, files, remarks in (
        ("bomb.tar.gz", [], 2), ("no.zip", [], 1), ("zeros.zip", [], 1), ("deep.zip", ["ok.c"], 1),
    ):  # fmt: skip
        found = read(tmp_path / name)
        assert (list(found.files), len(found.remarks)) == (files, remarks), name


def test_what_is_packed_is_never_unpacked_as_a_whole(tmp_path: Path) -> None:
    import gzip
    import tracemalloc

    head = tarfile.TarInfo("a.c")
    head.size = 100 << 20
    (tmp_path / "large.tar.gz").write_bytes(gzip.compress(head.tobuf() + bytes(head.size + 1024), 1))
    tracemalloc.start()
    found = read(tmp_path / "large.tar.gz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.remarks == ("a.c: more than 16 MiB, left out",)
    assert peak < 16 << 20


def test_archives_have_no_more_names_than_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders count, too, and what is left out for another reason."""
    monkeypatch.setattr(submissions, "MOST_ENTRIES", 3)
    zipped(tmp_path / "few.zip", [("a/", b""), ("b/", b""), ("ok.c", b"x")])
    zipped(tmp_path / "many.zip", [("a/", b""), ("b/", b""), ("c/", b""), ("ok.c", b"x")])
    for name, folders in (("few.tar", "ab"), ("many.tar", "abc")):
        with tarfile.open(tmp_path / name, "w") as archive:
            for each in folders:
                member = tarfile.TarInfo(each)
                member.type = tarfile.DIRTYPE
                archive.addfile(member)
            archive.addfile(tarfile.TarInfo("ok.c"))
    for name in ("few.zip", "few.tar"):
        assert (list(read(tmp_path / name).files), read(tmp_path / name).remarks) == (["ok.c"], ()), name
    for name in ("many.zip", "many.tar"):
        assert read(tmp_path / name).files == {}
        assert "more than 3 names" in read(tmp_path / name).remarks[0]


def test_names_are_told_apart_and_sorted(tmp_path: Path) -> None:
    for name in ("x/ann", "y/ann", "bob"):
        (tmp_path / name).mkdir(parents=True)
    found = find_submissions([tmp_path / "y/ann", tmp_path / "bob", tmp_path / "x/ann"])
    assert [each.name for each in found] == ["ann", "ann (2)", "bob"]
    assert [each.path.parent.name for each in found[:2]] == ["x", "y"]
    (tmp_path / "ann (2)").mkdir()
    found = find_submissions([tmp_path / "x/ann", tmp_path / "y/ann", tmp_path / "ann (2)"])
    assert [(each.name, each.path.name) for each in found] == [
        ("ann", "ann"), ("ann (3)", "ann"), ("ann (2)", "ann (2)"),
    ]  # fmt: skip


def test_nothing_at_a_path_is_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, text in (("none", "No such file"), ("pipe", "neither a folder nor a file"), ("a\0b", "null")):
        with pytest.raises(CannotRead, match=text):
            find_submissions([tmp_path / path])


def test_digests_name_paths_and_contents(tmp_path: Path) -> None:
    seen = set()
    for number, files in enumerate([{}, {"a": b"b"}, {"a": b"c"}, {"b": b"b"}, {"a": b"", "b": b"b"}]):
        own = tmp_path / str(number)
        own.mkdir()
        for name, data in files.items():
            (own / name).write_bytes(data)
        seen.add(read(own).digest)
    assert len(seen) == 5


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.GNUTYPE_SPARSE, b"Z"])
@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
@pytest.mark.parametrize("size", [1 << 20, 1 << 62])
def test_a_member_that_says_it_is_huge_is_not_read_for_ever(
    tmp_path: Path, kind: bytes, suffix: str, size: int
) -> None:
    """What comes before it is there; nothing is skipped that is not."""
    first, huge = tarfile.TarInfo("a.c"), tarfile.TarInfo("huge")
    first.size, huge.size, huge.type = 1, size, kind
    data = first.tobuf() + b"A" + bytes(511) + huge.tobuf(tarfile.GNU_FORMAT) + bytes(1024)
    (tmp_path / f"eve{suffix}").write_bytes(gzip.compress(data) if suffix == ".tar.gz" else data)
    found = read(tmp_path / f"eve{suffix}")
    assert found.files in ({"a.c": b"A"}, {"a.c": b"A", "huge": b""})
    assert len(found.remarks) <= 2
