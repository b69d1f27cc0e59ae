"""Classroom 50's result.json, held against what its wiki and its validators ask of version 1."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from tests.grade.reports.any_verdicts import CLASSES, QUIETLY
from tests.grade.reports.verdicts import HIDDEN_MARK, HIDING, RIGHT, WRONG
from vm.grade.reports.classroom import IDENTITY, classroom_of
from vm.grade.verdict import ClassVerdict, Verdict

ENVIRONMENT = {
    "CLASSROOM": "os", "ASSIGNMENT": "forks", "ASSIGNMENT_TYPE": "individual", "OWNER": "ada",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d", "COMMIT_URL": "https://x.example/commit/1",
    "RELEASE_URL": "https://x.example/releases/1", "REVIEW_URL": "https://x.example/compare/0...1",
}  # fmt: skip
WHEN = "2026-06-01T14:32:01Z"
TEXTS = ("classroom", "assignment", "owner", "submission", "commit", "release", "review", "datetime")


def checked(verdict: Verdict, environment: dict[str, str] = ENVIRONMENT) -> dict[str, Any]:
    """The file as it is written and read again, held against what is documented of it."""
    plain: dict[str, Any] = json.loads(json.dumps(classroom_of(verdict, environment, WHEN), allow_nan=False))
    assert plain.keys() == {"schema", "assignment_type", "score", "max-score", "tests", *TEXTS}
    assert plain["schema"] == "classroom50/result/v1"
    assert plain["assignment_type"] in ("individual", "group", "team")
    assert all(isinstance(plain[name], str) and plain[name] for name in TEXTS)
    assert plain["submission"].startswith("submit/")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", plain["datetime"])
    for each in [plain, *plain["tests"]]:
        assert type(each["score"]) is int
        assert type(each["max-score"]) is int
        assert 0 <= each["score"] <= each["max-score"]
    for name in ("score", "max-score"):
        assert plain[name] == sum(test[name] for test in plain["tests"])
    for test in plain["tests"]:
        assert isinstance(test["test-name"], str)
        assert test["test-name"]
        assert isinstance(test["passed"], bool)
    return plain


@QUIETLY
@given(CLASSES)
def test_whatever_is_said_the_fields_are_as_documented(verdicts: ClassVerdict) -> None:
    for verdict in verdicts.verdicts:
        checked(verdict)


def test_tests_are_told_with_their_points() -> None:
    for verdict in (RIGHT, WRONG):
        plain = checked(verdict)
        assert [(each["test-name"], each["passed"], each["score"], each["max-score"]) for each in plain["tests"]] == [
            (test.name, test.points == 10, test.points, 10) for test in verdict.tests
        ]


def test_parts_of_points_are_told_in_whole_numbers() -> None:
    tests = tuple(replace(RIGHT.tests[0], points=points, out_of=most) for points, most in ((2.5, 2.5), (0.0, 1.0)))
    plain = checked(replace(RIGHT, tests=tests))
    assert [(each["score"], each["max-score"]) for each in plain["tests"]] == [(5, 5), (0, 2)]
    thirds = checked(replace(RIGHT, tests=(replace(RIGHT.tests[0], points=1 / 3, out_of=1 / 3),)))
    assert thirds["max-score"] == 333


def test_hidden_tests_give_points_and_say_nothing() -> None:
    plain = checked(HIDING)
    assert HIDDEN_MARK.strip() not in json.dumps(plain)
    assert [each["test-name"] for each in plain["tests"][1:3]] == ["hidden test 1", "hidden test 2"]
    assert (plain["score"], plain["max-score"]) == (10, 60)


def test_what_the_runner_does_not_say_is_missed_by_name() -> None:
    with pytest.raises(ValueError, match="sets CLASSROOM, and here"):
        classroom_of(RIGHT, {**ENVIRONMENT, "CLASSROOM": ""}, WHEN)
    with pytest.raises(ValueError, match="sets CLASSROOM, ASSIGNMENT, OWNER, SUBMISSION_TAG, COMMIT_URL, RELEASE_URL"):
        classroom_of(RIGHT, {}, WHEN)


def test_what_has_another_name_or_a_usual_value_is_found() -> None:
    given = {name: value for name, value in ENVIRONMENT.items() if name not in ("OWNER", "REVIEW_URL")}
    plain = checked(RIGHT, {**given, "USERNAME": "eve", "ASSIGNMENT_TYPE": ""})
    assert (plain["owner"], plain["review"], plain["assignment_type"]) == ("eve", plain["commit"], "individual")
    assert set(IDENTITY.values()) == set(ENVIRONMENT)


@pytest.mark.parametrize("when", ["", "2026-06-01 14:32:01", "2026-06-01T14:32:01+00:00", "2026-06-01T14:32:01.5Z"])
def test_another_way_to_tell_a_time_is_refused(when: str) -> None:
    with pytest.raises(ValueError, match="a time is told as"):
        classroom_of(RIGHT, ENVIRONMENT, when)
