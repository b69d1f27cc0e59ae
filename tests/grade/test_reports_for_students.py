"""What ``forklore grade --for-students`` writes tells nothing of a hidden test but its points."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.grade.graded import HEAD
from tests.grade.test_grading_resumed import COMMAND, TWICE, contents

TESTS = f"""{HEAD}
[[tests]]
name = "seen"
schedules = "every"
output = "hello\\nhallo\\n"

[[tests]]
name = "of the quiet kind"
schedules = "every"
output = "hello\\nhallo\\n"
hidden = true
"""


def graded(folder: Path, report: str, *options: str) -> tuple[str, dict[str, bytes]]:
    command = [str(COMMAND), "grade", "tests.toml", "ann", "--jobs", "1", "-o", report, *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    return done.stdout, contents(folder / report)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    (folder / "tests.toml").write_text(TESTS)
    (folder / "ann").mkdir()
    (folder / "ann" / "p.s").write_bytes(TWICE)
    return folder


def test_a_teacher_is_told_everything(lab: Path) -> None:
    told, files = graded(lab, "all", "--films", "0")
    assert "of the quiet kind" in told
    assert any(name.startswith("failures/ann-2/") for name in files)
    assert b"of the quiet kind" in files["index.html"]


def test_a_student_is_told_of_what_is_not_hidden(lab: Path) -> None:
    told, files = graded(lab, "some", "--for-students")
    assert "failures/ann-1" in told
    assert {name.split("/")[1] for name in files if "/" in name} <= {"ann-1", "ann-1.html"}
    assert not [name for name, data in files.items() if b"of the quiet kind" in data]
    assert "of the quiet kind" not in told
