"""Reports as bytes, the same for the same verdicts, and a folder with all of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from vm.grade.reports.classroom import classroom_of
from vm.grade.reports.gradescope import gradescope_of
from vm.grade.reports.html import page_of
from vm.grade.reports.junit import junit_of
from vm.grade.reports.markdown import markdown_of
from vm.grade.reports.passages import Films, Replays
from vm.grade.reports.plain import class_to_json
from vm.grade.reports.table import table_of
from vm.grade.verdict import ClassVerdict
from vm.writing import write_whole

FILES = {
    "json": "report.json", "junit": "junit.xml", "csv": "report.csv", "markdown": "report.md", "html": "index.html",
}  # fmt: skip
"""The names of reports in a folder, by format, in the order in which they are written: the page, which is opened first,
when all others are there.
"""


def encoded(
    verdicts: ClassVerdict, form: str, replays: Replays, films: Films | None = None, *, for_teacher: bool = True
) -> bytes:
    """Return a report in a format: one of :data:`FILES`, "gradescope" or "classroom50", which are of one submission.

    What is not ``for_teacher`` tells nothing of hidden tests, and Markdown in no case. Raises ValueError where
    something that a format needs is not known here, or for several submissions in a report of one.
    """
    if form == "junit":
        return junit_of(verdicts, for_teacher=for_teacher, replays=replays)
    if form == "csv":
        return table_of(verdicts, for_teacher=for_teacher).encode()
    if form == "markdown":
        return markdown_of(verdicts).encode()
    if form == "html":
        return page_of(verdicts, for_teacher=for_teacher, films=films, replays=replays).encode()
    if form == "json":
        return _json(class_to_json(verdicts, for_teacher=for_teacher))
    if len(verdicts.verdicts) != 1:
        raise ValueError(f"a report for {form} is of one submission, and here are {len(verdicts.verdicts):,}")
    [only] = verdicts.verdicts
    if form == "gradescope":
        return _json(gradescope_of(only, verdicts, replays))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _json(classroom_of(only, os.environ, os.environ.get("SUBMITTED_AT") or now))


def write_reports(
    folder: Path, verdicts: ClassVerdict, films: Films, replays: Replays, *, for_teacher: bool = True
) -> None:
    """Write all reports of a class into a folder, which is made if need be; each whole or not at all. Raises OSError.

    ``films`` and ``replays`` are where they lie from there.
    """
    made = {
        name: encoded(verdicts, form, replays, films, for_teacher=for_teacher) for form, name in FILES.items()
    }  # all of them before one is written
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        write_whole(folder / name, data)


def _json(plain: Mapping[str, object]) -> bytes:
    """A report as the bytes of its file: ASCII, so that it is read whatever is taken for its encoding."""
    return json.dumps(plain, indent=1, allow_nan=False).encode() + b"\n"
