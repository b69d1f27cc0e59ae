"""The report of a class as JSON is as its schema says, and says what is said of each submission."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.grade.reports.any_verdicts import CLASSES, QUIETLY
from tests.grade.reports.verdicts import CLASS, EVERY_KIND, HIDDEN_MARK, KINDS, RIGHT, WRONG, a_class
from tests.schemas import fits
from vm.grade.reports.plain import class_to_json, verdict_from_json
from vm.grade.verdict import ClassVerdict

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "vm" / "manual" / "grading.schema.json").read_text())
ADDED = ("points", "out_of", "passed")


@pytest.mark.parametrize("for_teacher", [True, False])
def test_it_is_as_the_schema_says(for_teacher: bool) -> None:
    fits(json.loads(json.dumps(class_to_json(CLASS, for_teacher=for_teacher))), SCHEMA)


@pytest.mark.parametrize("name", ["version", "groups", "submissions.0.digest", "submissions.1.tests.0.failures.0.key"])
def test_the_schema_asks_for_every_field(name: str) -> None:
    plain: Any = class_to_json(CLASS)
    inner = plain
    *way, last = name.split(".")
    for each in way:
        inner = inner[int(each) if each.isdigit() else each]
    removed = inner.pop(last)
    with pytest.raises(AssertionError):
        fits(plain, SCHEMA)
    inner |= {last: removed, "more": 1}
    with pytest.raises(AssertionError):
        fits(plain, SCHEMA)


@QUIETLY
@given(CLASSES)
def test_whatever_is_said_the_schema_takes_it(verdicts: ClassVerdict) -> None:
    schema = copy.deepcopy(SCHEMA)
    schema["$defs"]["kind"] = {"type": "string"}
    fits(json.loads(json.dumps(class_to_json(verdicts), allow_nan=False)), schema)


def test_each_verdict_is_in_it_with_what_its_tests_add_up_to() -> None:
    plain = class_to_json(CLASS)
    bare = [{name: each[name] for name in each if name not in ADDED} for each in plain["submissions"]]
    assert tuple(map(verdict_from_json, bare)) == CLASS.verdicts
    assert [tuple(each[name] for name in ADDED) for each in plain["submissions"][:3]] == [
        (20, 20, True), (0, 20, False), (0, 10 * len(EVERY_KIND.tests), False),
    ]  # fmt: skip


def test_a_sum_has_no_binary_fraction() -> None:
    tests = tuple(replace(RIGHT.tests[0], points=points, out_of=points) for points in (0.1, 0.2))
    (submission,) = class_to_json(a_class(replace(RIGHT, tests=tests)))["submissions"]
    assert (submission["points"], submission["out_of"]) == (0.3, 0.3)


def test_failures_that_are_alike_are_told() -> None:
    again = replace(WRONG, name="carol")
    assert class_to_json(a_class(RIGHT, WRONG, again))["groups"] == [
        {
            "test": "two children", "kind": "output", "what": "", "key": "output::line 2",
            "title": "the output is not what is expected", "submissions": ["bob", "carol"],
        }
    ]  # fmt: skip


def test_every_kind_of_failure_is_in_the_schema() -> None:
    assert SCHEMA["$defs"]["kind"]["enum"] == list(KINDS)


def test_students_are_told_nothing_of_hidden_tests() -> None:
    assert HIDDEN_MARK.strip() in json.dumps(class_to_json(CLASS))
    assert HIDDEN_MARK.strip() not in json.dumps(class_to_json(CLASS, for_teacher=False))
