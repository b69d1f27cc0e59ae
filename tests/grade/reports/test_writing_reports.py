"""The reports of a class in a folder: the same to the byte, whole or not at all, and silent about hidden tests."""

from __future__ import annotations

import csv
import html
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.grade.reports.verdicts import CLASS, HIDDEN_MARK, HIDING, LOSING, RIGHT, a_class, failure, judged, submission
from vm.grade.reports.classroom import IDENTITY
from vm.grade.reports.passages import Replay
from vm.grade.reports.text import submission_lines
from vm.grade.reports.writing import FILES, encoded, write_reports
from vm.lines import plain

ROOT = Path(__file__).resolve().parents[3]
FILMS = {("bob", "two children"): "films/bob.html"}
REPLAYS = {("bob", "two children"): Replay(folder="replays/bob", commands=("forklore run --schedule r/1.json r/tree",))}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_report_is_written_and_can_be_read(tmp_path: Path) -> None:
    write_reports(tmp_path / "a" / "b", CLASS, FILMS, REPLAYS)
    by_name = {name: data.decode() for name, data in contents(tmp_path / "a" / "b").items()}
    assert by_name.keys() == {*FILES.values()}
    count = len(CLASS.verdicts)
    assert len(json.loads(by_name["report.json"])["submissions"]) == count
    assert len(ElementTree.fromstring(by_name["junit.xml"])) == count
    assert len(list(csv.reader(by_name["report.csv"].splitlines(keepends=True)))) == count + 1
    assert "films/bob.html" in by_name["index.html"]
    for name in ("junit.xml", "index.html"):
        assert "forklore run --schedule r/1.json r/tree" in by_name[name]


def test_they_are_the_same_to_the_byte_whatever_hash_a_process_has(tmp_path: Path) -> None:
    write_reports(tmp_path / "here", CLASS, {}, {})
    program = (
        "import sys; from pathlib import Path; from tests.grade.reports.verdicts import CLASS;"
        "from vm.grade.reports.writing import write_reports; write_reports(Path(sys.argv[1]), CLASS, {}, {})"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "there")]
    subprocess.run(command, cwd=ROOT, env={"PYTHONHASHSEED": "77"}, check=True, timeout=60)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_students_are_told_nothing_of_hidden_tests(tmp_path: Path) -> None:
    keys = [("hiding", test.name) for test in HIDING.tests if HIDDEN_MARK in test.name]
    films = dict.fromkeys(keys, f"films/{HIDDEN_MARK}.html")
    replays = {key: Replay(folder=HIDDEN_MARK, commands=(f"forklore {HIDDEN_MARK}",)) for key in keys}
    for for_teacher in (False, True):
        write_reports(tmp_path, a_class(HIDING), films, replays, for_teacher=for_teacher)
        telling = {name for name, data in contents(tmp_path).items() if HIDDEN_MARK.strip().encode() in data}
        assert telling == ({*FILES.values()} - {"report.md"} if for_teacher else set())


def test_an_older_report_stays_where_a_new_one_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_reports(tmp_path, a_class(RIGHT), {}, {})
    before = contents(tmp_path)

    def fail(*_: object, **__: object) -> str:
        raise RuntimeError("no more memory")

    monkeypatch.setattr("vm.grade.reports.writing.markdown_of", fail)
    with pytest.raises(RuntimeError):
        write_reports(tmp_path, CLASS, {}, {})
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        write_reports(tmp_path / "file", CLASS, {}, {})


def test_a_report_of_one_submission_is_asked_for_by_its_format(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in IDENTITY.values():
        monkeypatch.setenv(name, f"submit/{name}")
    monkeypatch.setenv("SUBMITTED_AT", "2026-06-01T14:32:01Z")
    assert len(json.loads(encoded(a_class(RIGHT), "gradescope", {}))["tests"]) == 2
    result = json.loads(encoded(a_class(RIGHT), "classroom", {}))
    assert (result["datetime"], result["owner"], result["score"]) == ("2026-06-01T14:32:01Z", "submit/OWNER", 20)
    with pytest.raises(ValueError, match="a report for gradescope is of one submission, and here are 2"):
        encoded(a_class(RIGHT, RIGHT), "gradescope", {})
    monkeypatch.delenv("CLASSROOM")
    with pytest.raises(ValueError, match="CLASSROOM"):
        encoded(a_class(RIGHT), "classroom", {})


@pytest.mark.full
def test_a_large_class_is_written_quickly_enough(tmp_path: Path) -> None:
    tests = [judged(f"test {at}", failure(losing=LOSING)) for at in range(10)]
    verdicts = a_class(*(submission(f"student-{at:03}", *tests) for at in range(300)))
    write_reports(tmp_path, verdicts, {}, {})
    assert all(len(data) < 8 << 20 for data in contents(tmp_path).values())


def test_a_name_that_is_not_printable_finds_its_film_and_what_repeats_it() -> None:
    key = ("a\tb\udc80", "c\x1b")
    verdicts = a_class(submission(key[0], judged(key[1], failure(losing=LOSING))))
    replays = {key: Replay(folder="r", commands=("forklore run --schedule 'x\x1by'",))}
    for form in ("html", "junit", "gradescope"):
        told = html.unescape(encoded(verdicts, form, replays, {key: "films/1.html"}).decode().replace("\\\\", "\\"))
        assert "forklore run --schedule 'x\\x1by'" in told
    assert b"films/1.html" in encoded(verdicts, "html", replays, {key: "films/1.html"})
    told = plain(submission_lines(verdicts.verdicts[0], for_teacher=True, films={key: "f\x1b"}, replays=replays))
    assert "film       f\\x1b\n" in told
    assert "'x\\x1by'" in told
