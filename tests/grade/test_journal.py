"""The journal of a grading: whatever happens to the grader or to the file, what is finished is found, and only that."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.grade.dying_grader import LAB, SUBMISSIONS, digest_of, verdict_of
from vm.grade import journal as module
from vm.grade.journal import JOURNAL, Journal, JournalFailed, open_journal

ROOT = Path(__file__).parents[2]


def fill(folder: Path, count: int = 3) -> bytes:
    with open_journal(folder, LAB, 0, resume=True) as journal:
        for number in range(count):
            journal.add(f"student {number}", digest_of(number), verdict_of(number))
    return (folder / JOURNAL).read_bytes()


def found(journal: Journal, count: int = 3) -> list[int]:
    """Whose verdicts are there, each as it was."""
    known = []
    for number in range(count):
        verdict = journal.find(f"student {number}", digest_of(number))
        if verdict is not None:
            assert verdict == verdict_of(number)
            known.append(number)
    return known


def resumed(folder: Path) -> tuple[list[int], list[str]]:
    with open_journal(folder, LAB, 0, resume=True) as journal:
        return found(journal), journal.remarks


def test_what_is_finished_is_found_again(tmp_path: Path) -> None:
    fill(tmp_path / "new" / "folder")
    assert resumed(tmp_path / "new" / "folder") == ([0, 1, 2], [])


def test_it_holds_for_one_lab_seed_name_and_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    for lab, seed in (("1" * 64, 0), (LAB, 1)):
        with open_journal(tmp_path, lab, seed, resume=True) as journal:
            assert found(journal) == []
    with open_journal(tmp_path, LAB, 0, resume=True) as journal:
        assert journal.find("student 0", digest_of(1)) is None
        assert journal.find("student 1", digest_of(0)) is None
    monkeypatch.setattr(module, "VERSION", "9.9")
    assert resumed(tmp_path) == ([], [])


def test_without_resume_it_begins_anew(tmp_path: Path) -> None:
    fill(tmp_path)
    with open_journal(tmp_path, LAB, 0, resume=False) as journal:
        assert found(journal) == []
    assert resumed(tmp_path) == ([], [])


def test_whatever_was_written_of_the_last_line_goes(tmp_path: Path) -> None:
    whole = fill(tmp_path)
    begins = whole[:-1].rindex(b"\n") + 1
    for size in [*range(begins, begins + 20), *range(begins + 20, len(whole), 37), len(whole) - 1]:
        (tmp_path / JOURNAL).write_bytes(whole[:size])
        known, remarks = resumed(tmp_path)
        assert known == [0, 1]
        assert remarks == ([f"line 3 of {JOURNAL} was not written to its end, and is dropped"] if size > begins else [])
        assert (tmp_path / JOURNAL).read_bytes() == whole[:begins]
    assert fill(tmp_path)[begins:].count(b"\n") == 3


def test_a_damaged_line_is_not_used_and_told(tmp_path: Path) -> None:
    whole = fill(tmp_path)
    first, second, third = whole.splitlines(keepends=True)
    damaged = [second.replace(b"prints", b"priNts", 1), b"\xff\n", b"[]\n", b"{}\n", b"7\n", b"[" * 5000 + b"\n", b"\n"]
    damaged += [second.replace(b'"format":1', b'"format":2', 1), second.replace(b'{"', b'{ "', 1)]
    for each in damaged:
        (tmp_path / JOURNAL).write_bytes(first + each + third)
        assert resumed(tmp_path) == ([0, 2], [f"line 2 of {JOURNAL} is damaged, and is not used"])


def test_two_graders_do_not_share_a_folder(tmp_path: Path) -> None:
    with (
        open_journal(tmp_path, LAB, 0, resume=True),
        pytest.raises(JournalFailed, match="somebody else is grading into"),
        open_journal(tmp_path, LAB, 0, resume=True),
    ):
        pass
    assert resumed(tmp_path) == ([], [])


@pytest.fixture
def small_files() -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def add_all(journal: Journal) -> None:
    for number in range(0, 100, 2):
        journal.add(f"student {number}", digest_of(number), verdict_of(number))


@pytest.mark.usefixtures("small_files")
def test_where_there_is_no_room_what_is_finished_stays(tmp_path: Path) -> None:
    with open_journal(tmp_path, LAB, 0, resume=True) as journal:
        told = r"File too large; the \d+ finished submissions stay: make room, and go on with --resume"
        with pytest.raises(JournalFailed, match=told):
            add_all(journal)
        count = len(journal)
    data = (tmp_path / JOURNAL).read_bytes()
    assert data.endswith(b"\n")
    assert data.count(b"\n") == count > 0


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, number in ((tmp_path / "file" / "below", errno.ENOTDIR), (Path("/proc/nothing"), errno.ENOENT)):
        with pytest.raises(JournalFailed, match=os.strerror(number)), open_journal(folder, LAB, 0, resume=False):
            pass


def died(folder: Path, seed: int, moments: int) -> dict[str, list[int]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.grade.dying_grader", folder, str(seed), str(moments)], cwd=ROOT,
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, list[int]] = json.loads(done.stdout)
    return told


def test_killed_at_fifty_moments_it_goes_on_where_it_was(tmp_path: Path) -> None:
    assert died(tmp_path, 18, 50)["died_with"] == [*range(SUBMISSIONS + 1)], "it was killed with any number finished"


@pytest.mark.full
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_many_moments(tmp_path: Path, seed: int) -> None:
    died(tmp_path, seed, 100)
