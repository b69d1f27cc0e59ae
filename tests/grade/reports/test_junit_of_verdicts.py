"""JUnit XML as two others read it: junitparser, and a schema of what Ant writes and Jenkins reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped

from tests.grade.reports.any_verdicts import CLASSES, QUIETLY
from tests.grade.reports.verdicts import CLASS, EVERY_KIND, RIGHT, WRONG, a_class
from vm.grade.reports.junit import junit_of
from vm.grade.reports.passages import Replay
from vm.grade.verdict import ClassVerdict, State

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))
RESULTS = {State.FAILED: Failure, State.ERROR: Error, State.SKIPPED: Skipped}


@QUIETLY
@given(CLASSES, st.booleans())
def test_whatever_is_said_the_schema_takes_it(verdicts: ClassVerdict, for_teacher: bool) -> None:
    SCHEMA.validate(junit_of(verdicts, for_teacher=for_teacher).decode())


def test_the_schema_takes_the_class_and_refuses_what_is_else() -> None:
    text = junit_of(CLASS, for_teacher=True).decode()
    SCHEMA.validate(text)
    for right, wrong in (("failure", "flop"), (' tests="', ' test="'), ("<testcase ", "<testcase time='1' ")):
        assert right in text
        with pytest.raises(xmlschema.XMLSchemaValidationError):
            SCHEMA.validate(text.replace(right, wrong))


def test_its_reader_finds_every_test_with_what_became_of_it() -> None:
    report = JUnitXml.fromstring(junit_of(CLASS, for_teacher=True))
    assert report.name == "A fork tree"
    suites = list(report)
    assert [suite.name for suite in suites] == [each.name for each in CLASS.verdicts]
    for suite, verdict in zip(suites, CLASS.verdicts, strict=True):
        counts = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        assert counts == (suite.tests, suite.failures, suite.errors, suite.skipped)
        assert {each.name: float(each.value) for each in suite.properties()} == {
            "points": verdict.points, "out-of": verdict.out_of,
        }  # fmt: skip
        for case, test in zip(suite, verdict.tests, strict=True):
            assert (case.name, case.classname) == (test.name, verdict.name)
            assert [type(each) for each in case.result] == ([RESULTS[test.state]] if test.state in RESULTS else [])


def test_a_failure_is_told_in_full() -> None:
    replay = Replay(folder="replays/bob", commands=("forklore run --schedule replays/bob/1.json replays/bob/tree",))
    replays = {("bob", "two children"): replay}
    (suite,) = JUnitXml.fromstring(junit_of(a_class(WRONG), for_teacher=True, replays=replays))
    first, second = suite
    (failure,) = first.result
    assert (failure.message, failure.type) == ("the output is not what is expected", "output")
    lines = failure.text.splitlines()
    for each in (
        "ran: /tree 2",
        "    parent 1",
        "    child 3",
        "hint: look at wait",
        f"  repeat it: {replay.commands[0]}",
    ):
        assert each in lines
    assert second.result[0].message == "the test before it is not passed"


def test_several_failures_of_a_test_are_one_result() -> None:
    (suite,) = JUnitXml.fromstring(junit_of(a_class(EVERY_KIND), for_teacher=True))
    case = next(case for case in suite if case.name == "two failures")
    assert case.result[0].message == "the output is not what is expected; the status is not what is expected"


def test_it_tells_no_time_and_no_host() -> None:
    text = junit_of(CLASS, for_teacher=True)
    assert not any(word in text for word in (b" time=", b"timestamp", b"hostname"))
    assert text == junit_of(replace(CLASS), for_teacher=True)


def test_a_class_without_submissions_is_a_report_too() -> None:
    SCHEMA.validate(junit_of(a_class(), for_teacher=True).decode())
    assert JUnitXml.fromstring(junit_of(a_class(RIGHT), for_teacher=True)).tests == 2
