"""A class as comma-separated values, for a spreadsheet: a row a submission, a column a test."""

from __future__ import annotations

import csv
import io

from vm.grade.reports.passages import points_words
from vm.grade.reports.shown import class_shown
from vm.grade.verdict import ClassVerdict, State, Verdict

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a text begins with that a spreadsheet would compute: it gets an apostrophe in front, as OWASP advises."""


def table_of(verdicts: ClassVerdict, *, for_teacher: bool) -> str:
    """Return the table: name, points, of how many, points of each test, and the tests that are not passed.

    The field of a test that a submission did not have is empty. Lines end as RFC 4180 says.
    """
    told = class_shown(verdicts, for_teacher=for_teacher)
    names = list(dict.fromkeys(test.name for verdict in told.verdicts for test in verdict.tests))
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([_text(each) for each in ("submission", "points", "out of", *names, "not passed", "digest")])
    for verdict in told.verdicts:
        writer.writerow(_row(verdict, names))
    return written.getvalue()


def _row(verdict: Verdict, names: list[str]) -> list[str]:
    points = {test.name: points_words(test.points) for test in verdict.tests}
    lost = "; ".join(test.name for test in verdict.tests if test.state is not State.PASSED)
    return [
        _text(verdict.name), points_words(verdict.points), points_words(verdict.out_of),
        *(points.get(name, "") for name in names), _text(lost), _text(verdict.digest),
    ]  # fmt: skip


def _text(text: str) -> str:
    """A text that stays one in a spreadsheet."""
    return f"'{text}" if text.startswith(FORMULA) else text
