"""What is wrong with tests that shows before anything runs."""

from __future__ import annotations

from collections.abc import Iterator

from vm.grade.checking.findings import Found, Level
from vm.grade.judging.texts import Named, judge_text
from vm.grade.lab import How, Lab, Space, Test, Text, Visibility


def look_at(lab: Lab) -> Iterator[Found]:
    """Find what can be said of the tests of a lab as they are written, test by test."""
    for test in lab.tests:
        yield from _contradictions(test)
        if test.points == 0 and test.visibility is not Visibility.VISIBLE:
            yield Found(
                level=Level.WARNING, kind="no-points", test=test.name, place=test.place,
                title="the test is hidden and gives no points: nobody learns of it",
                advice="give it points, or make it visible",
            )  # fmt: skip
    silent = [test for test in lab.tests if not test.hint]
    if silent:
        yield Found(
            level=Level.NOTE, kind="no-hint", place=silent[0].place,
            title=f"without a hint: {', '.join(test.name for test in silent)}",
            advice="a hint tells who fails what to think about",
        )  # fmt: skip


def _contradictions(test: Test) -> Iterator[Found]:
    """Expectations that no run can meet: a text that has to be two things at once, or longer than it may become."""
    expected = test.expected
    streams = {"output": expected.output, "errors": expected.errors, "shows": expected.terminal, **expected.files}
    for name, texts in streams.items():
        for exact in (text for text in texts if _is_one(text)):
            data, limit = exact.texts[0], test.settings.output
            if limit is not None and len(data) > limit and name not in expected.files:
                yield _unmet(test, exact, f"{name} has {len(data):,} bytes, and a run ends after {limit:,}",
                             "raise limits.output")  # fmt: skip
            for other in texts:
                if other is not exact and _excludes(other, data, name):
                    yield _unmet(
                        test, other, f"{name} cannot be what line {exact.place.line} says and this as well",
                        "leave out one of them",
                    )  # fmt: skip


def _is_one(text: Text) -> bool:
    """Whether there is one text, to the byte, that is right."""
    return text.how is How.EXACT and text.space is Space.EXACT and not text.ignores_case


def _excludes(text: Text, data: bytes, name: str) -> bool:
    if text.how is How.REFERENCE:
        return False
    failure = judge_text(text, data, Named(name, name))
    return failure is not None and failure.kind != "grader"


def _unmet(test: Test, text: Text, title: str, advice: str) -> Found:
    return Found(
        level=Level.ERROR, kind="cannot-be-met", test=test.name, place=text.place, title=title, advice=advice,
    )  # fmt: skip
