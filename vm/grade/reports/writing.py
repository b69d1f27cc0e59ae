"""The reports of a class in a folder: each file whole or not at all, and the same to the byte for the same verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from vm.grade.reports.html import page_of
from vm.grade.reports.junit import junit_of
from vm.grade.reports.markdown import markdown_of
from vm.grade.reports.passages import Films, Replays
from vm.grade.reports.plain import class_to_json
from vm.grade.reports.table import table_of
from vm.grade.verdict import ClassVerdict
from vm.writing import write_whole

NAMES = ("report.json", "junit.xml", "report.csv", "report.md", "index.html")
"""The files, in the order in which they are written: the page, which is opened first, when all others are there."""


def write_reports(
    folder: Path, verdicts: ClassVerdict, *, for_teacher: bool, films: Films | None = None,
    replays: Replays | None = None,
) -> tuple[Path, ...]:  # fmt: skip
    """Write the reports into ``folder``, which is made if need be; return their paths. Raises OSError.

    ``films`` and ``replays`` are where they lie from there. What is written for students tells nothing of hidden tests,
    and the Markdown never does.
    """
    reports = _reports(verdicts, for_teacher, films or {}, replays or {})
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        write_whole(folder / name, reports[name])
    return tuple(folder / name for name in NAMES)


def json_text(plain: Mapping[str, object]) -> str:
    """Return a report as the text of its file: in ASCII, so that it is read whatever is taken for its encoding."""
    return json.dumps(plain, indent=1, allow_nan=False) + "\n"


def _reports(verdicts: ClassVerdict, for_teacher: bool, films: Films, replays: Replays) -> dict[str, bytes]:
    """The bytes of the files by their names: all of them are made before one is written."""
    page = page_of(verdicts, for_teacher=for_teacher, films=films, replays=replays)
    return {
        "report.json": json_text(class_to_json(verdicts, for_teacher=for_teacher)).encode(),
        "junit.xml": junit_of(verdicts, for_teacher=for_teacher, replays=replays),
        "report.csv": table_of(verdicts, for_teacher=for_teacher).encode(),
        "report.md": markdown_of(verdicts).encode(),
        "index.html": page.encode(),
    }
