"""Reports as bytes, the same for the same verdicts, and a folder with all of them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vm.grade.reports.classroom import classroom_of
from vm.grade.reports.gradescope import gradescope_of
from vm.grade.reports.junit import junit_of
from vm.grade.reports.markdown import markdown_of
from vm.grade.reports.passages import Films, Replays
from vm.grade.reports.plain import class_to_json
from vm.grade.reports.table import table_of
from vm.grade.verdict import ClassVerdict
from vm.writing import write_whole

FILES = {"json": "report.json", "junit": "junit.xml", "csv": "report.csv", "markdown": "report.md"}
"""The names of reports in a folder, by format."""


def encoded(verdicts: ClassVerdict, form: str, replays: Replays) -> bytes:
    """Return a report in a format. Raises ValueError where something that it needs is not known here."""
    if form == "junit":
        return junit_of(verdicts, for_teacher=True, replays=replays)
    if form == "csv":
        return table_of(verdicts, for_teacher=True).encode()
    if form == "markdown":
        return markdown_of(verdicts).encode()
    if form == "json":
        return _json(class_to_json(verdicts))
    [only] = verdicts.verdicts
    if form == "gradescope":
        return _json(gradescope_of(only, verdicts, replays))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _json(classroom_of(only, os.environ, os.environ.get("SUBMITTED_AT") or now))


def write_reports(folder: Path, verdicts: ClassVerdict, films: Films, replays: Replays) -> None:
    """Write all reports of a class into a folder, each whole or not at all. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for form, name in FILES.items():
        write_whole(folder / name, encoded(verdicts, form, replays))


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"
