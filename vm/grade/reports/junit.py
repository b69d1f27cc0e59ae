"""Verdicts as JUnit XML, which continuous integration reads: a suite a submission, a case a test. No times, no host."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from vm.grade.reports.passages import Replays, as_text, by_shown_names, points_words
from vm.grade.reports.shown import class_shown
from vm.grade.verdict import ClassVerdict, State, TestVerdict, Verdict

_COUNTED = {"failures": State.FAILED, "errors": State.ERROR, "skipped": State.SKIPPED}


def junit_of(verdicts: ClassVerdict, *, for_teacher: bool, replays: Replays | None = None) -> bytes:
    """Return the file, as Jenkins, GitLab and others read it."""
    told = class_shown(verdicts, for_teacher=for_teacher)
    report = _elements().JUnitXml(told.lab)
    found = by_shown_names(replays)
    for verdict in told.verdicts:
        report.append(_suite(verdict, found))
    _count(report, [test for verdict in told.verdicts for test in verdict.tests])
    tree = ElementTree.fromstring(report.tostring())  # written by the same library everywhere
    ElementTree.indent(tree, " ")
    written: bytes = ElementTree.tostring(tree, "utf-8", xml_declaration=True)
    return written + b"\n"


def _elements() -> Any:
    """The library's classes, of which some have types."""
    import junitparser

    return junitparser


def _suite(verdict: Verdict, replays: Replays) -> Any:
    suite = _elements().TestSuite(verdict.name)
    _count(suite, verdict.tests)
    suite.add_property("points", points_words(verdict.points))
    suite.add_property("out-of", points_words(verdict.out_of))
    for test in verdict.tests:
        suite.append(_case(verdict.name, test, replays))
    return suite


def _count(element: Any, tests: Iterable[TestVerdict]) -> None:
    """Say how many tests there are, and what became of them, without the times that the library would add."""
    states = [test.state for test in tests]
    element.tests = len(states)
    for name, state in _COUNTED.items():
        setattr(element, name, states.count(state))


def _case(submission: str, test: TestVerdict, replays: Replays) -> Any:
    case = _elements().TestCase(test.name, submission)
    properties = _elements().Properties()
    for name, points in (("points", test.points), ("out-of", test.out_of)):
        properties.append(_elements().Property(name, points_words(points)))
    case.append(properties)
    if test.state is not State.PASSED:
        case.append(_result(test, as_text(test, replays.get((submission, test.name)))))
    return case


def _result(test: TestVerdict, text: str) -> Any:
    """One element for all failures of a test: there may be one of a case, and some readers look at the first alone."""
    if test.state is State.SKIPPED:
        return _elements().Skipped(test.reason or None)
    kind = _elements().Failure if test.state is State.FAILED else _elements().Error
    titles = "; ".join(failure.title for failure in test.failures)
    result = kind(titles or None, test.failures[0].kind if test.failures else None)
    result.text = text or None
    return result
