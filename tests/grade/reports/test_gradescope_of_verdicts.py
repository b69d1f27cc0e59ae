"""Gradescope's results.json, held against what Gradescope documents of its fields."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given

from tests.grade.reports.any_verdicts import CLASSES, QUIETLY
from tests.grade.reports.verdicts import CLASS, HIDDEN_MARK, HIDING, WRONG
from vm.grade.reports.gradescope import LONGEST, gradescope_of
from vm.grade.reports.passages import Replay
from vm.grade.verdict import ClassVerdict

FORMATS = ("text", "html", "simple_format", "md", "ansi")
VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")
NUMBER = (int, float)
FIELDS: dict[str, Any] = {
    "score": NUMBER, "execution_time": NUMBER, "output": str, "output_format": FORMATS, "test_output_format": FORMATS,
    "test_name_format": FORMATS, "visibility": VISIBILITIES, "stdout_visibility": VISIBILITIES, "extra_data": dict,
    "tests": list, "leaderboard": list,
}  # fmt: skip
"""The fields of the file as documented: types, or the words that there are."""
TEST_FIELDS: dict[str, Any] = {
    "score": NUMBER, "max_score": NUMBER, "status": ("passed", "failed"), "name": str, "name_format": FORMATS,
    "number": str, "output": str, "output_format": FORMATS, "tags": list, "visibility": VISIBILITIES,
    "extra_data": dict,
}  # fmt: skip


def check(plain: dict[str, Any], fields: dict[str, Any]) -> None:
    for name, value in plain.items():
        allowed = fields[name]
        if isinstance(allowed, tuple) and isinstance(allowed[0], str):
            assert value in allowed
        else:
            assert isinstance(value, allowed)
            assert not isinstance(value, bool)


def checked(verdict: Any, lab: ClassVerdict = CLASS) -> dict[str, Any]:
    """The file as it is written and read again, held against the documented fields."""
    plain: dict[str, Any] = json.loads(json.dumps(gradescope_of(verdict, lab), allow_nan=False))
    check(plain, FIELDS)
    assert "score" in plain or plain["tests"] is not None
    for test in plain["tests"]:
        check(test, TEST_FIELDS)
        assert "score" in test
    return plain


@QUIETLY
@given(CLASSES)
def test_whatever_is_said_the_fields_are_as_documented(verdicts: ClassVerdict) -> None:
    for verdict in verdicts.verdicts:
        checked(verdict, verdicts)


def test_tests_are_told_with_their_points_and_what_went_wrong() -> None:
    plain = checked(WRONG)
    first, second = plain["tests"]
    assert (first["name"], first["score"], first["max_score"], first["status"]) == ("two children", 0, 10, "failed")
    assert "child 3" in first["output"]
    assert "look at wait" in first["output"]
    assert second["extra_data"] == {"state": "skipped", "failures": []}
    assert plain["output"].splitlines() == [
        "a/link is a symbolic link: left out", "tree: tree.c:3:5: warning: unused variable 'x'",
    ]  # fmt: skip
    assert "execution_time" not in plain


def test_what_is_said_of_hidden_tests_is_said_where_their_visibility_hides_it() -> None:
    plain = checked(HIDING)
    assert [test["visibility"] for test in plain["tests"]] == [
        "visible", "hidden", "after_due_date", "after_published", "hidden", "visible",
    ]  # fmt: skip
    hidden = [test for test in plain["tests"] if test["visibility"] != "visible"]
    assert all(HIDDEN_MARK in json.dumps(test) for test in hidden)
    plain["tests"] = [test for test in plain["tests"] if test["visibility"] == "visible"]
    assert HIDDEN_MARK.strip() not in json.dumps(plain)


def test_how_a_lost_run_is_repeated_is_told() -> None:
    replay = Replay(folder="r", commands=("forklore run --schedule r/1.json r/tree",))
    plain = gradescope_of(WRONG, CLASS, {("bob", "two children"): replay})
    assert replay.commands[0] in plain["tests"][0]["output"]


def test_a_text_is_not_longer_than_gradescope_takes() -> None:
    long = replace(WRONG.tests[0].failures[0], details=("x" * 100,) * 10_000)
    verdict = replace(WRONG, tests=(replace(WRONG.tests[0], failures=(long,)),))
    assert LONGEST < len(checked(verdict)["tests"][0]["output"]) < LONGEST + 10
