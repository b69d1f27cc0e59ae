"""A class as comma-separated values: read by the standard library, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from tests.grade.reports.any_verdicts import CLASSES, QUIETLY
from tests.grade.reports.verdicts import CLASS, HOSTILE, NAMED, RIGHT, WRONG, a_class, judged, submission
from vm.grade.reports.table import table_of
from vm.grade.verdict import ClassVerdict

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""What OWASP names as the beginning of a formula."""


def rows(verdicts: ClassVerdict, for_teacher: bool = True) -> list[list[str]]:
    text = table_of(verdicts, for_teacher=for_teacher)
    assert text == table_of(verdicts, for_teacher=for_teacher)
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_a_row_a_submission_and_a_column_a_test() -> None:
    digest = "d" * 64
    other = submission("eve", judged("another"))
    assert rows(a_class(RIGHT, WRONG, other)) == [
        ["submission", "points", "out of", "two children", "no zombies", "another", "not passed", "digest"],
        ["ada", "20", "20", "10", "10", "", "", digest],
        ["bob", "0", "20", "0", "0", "", "two children; no zombies", digest],
        ["eve", "10", "10", "", "", "10", "", digest],
    ]


@QUIETLY
@given(CLASSES, st.booleans())
def test_whatever_is_said_rows_are_as_long_as_the_first_and_no_field_is_a_formula(
    verdicts: ClassVerdict, for_teacher: bool
) -> None:
    table = rows(verdicts, for_teacher)
    assert len(table) == 1 + len(verdicts.verdicts)
    assert {len(row) for row in table} == {len(table[0])}
    assert not [field for row in table for field in row if field.startswith(DANGEROUS)]


def test_names_are_as_they_are_but_for_those_that_would_be_computed() -> None:
    told = [row[0] for row in rows(a_class(*NAMED))[1:]]
    assert told == [f"'{name}" if name.startswith(DANGEROUS) else name for name in HOSTILE]
    assert '\'=HYPERLINK("http://x")' in told


def test_lines_end_as_the_standard_says() -> None:
    text = table_of(CLASS, for_teacher=True)
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n") == 1 + len(CLASS.verdicts)
