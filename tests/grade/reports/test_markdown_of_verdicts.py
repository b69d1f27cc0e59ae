"""Markdown of verdicts, as CommonMark is rendered: our elements alone, whatever a name or an output holds."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from tests.grade.reports.any_verdicts import CLASSES, QUIETLY
from tests.grade.reports.reading_html import Read
from tests.grade.reports.verdicts import CLASS, HIDDEN_MARK, HIDING, HOSTILE, NAMED, RIGHT, WRONG, a_class
from vm.grade.reports.markdown import markdown_of
from vm.grade.verdict import ClassVerdict

OURS = {"h2", "h3", "p", "table", "tr", "th", "td", "details", "summary", "pre", "code"}
RENDERED = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def read(text: str) -> Read:
    """The page that it makes."""
    return Read(RENDERED.render(text))


@QUIETLY
@given(CLASSES)
def test_whatever_is_said_it_makes_our_elements_alone(verdicts: ClassVerdict) -> None:
    text = markdown_of(verdicts)
    assert "\n\n" not in text
    page = read(text)
    assert set(page.elements) <= OURS
    assert not page.attributes
    assert not page.declarations
    assert page.elements == Read(text).elements


def test_names_stand_in_code_as_they_are() -> None:
    page = read(markdown_of(a_class(*NAMED), longest=1_000_000))
    told = page.text_of("code")
    for name in HOSTILE:
        assert any(name[:90] in text for text in told)
    outside = " ".join(text for tag, text in page.texts if tag != "code")
    assert not re.search(r"@|http|www|alert|\[|\|", outside)


def test_a_failure_is_folded_below_a_table() -> None:
    page = read(markdown_of(a_class(WRONG)))
    assert page.text_of("h3") == [" 0/20 points, 0 of 2 tests passed"]
    assert page.text_of("td") == ["FAILED", "0/10", "skipped", "0/10"]
    assert (page.elements["table"], page.elements["tr"], page.elements["details"]) == (1, 3, 3)
    (told,) = [text for text in page.text_of("code") if "parent 1" in text]
    assert told.startswith("ran: /tree 2\nschedules: every schedule: 6 outcomes\n \nthe output is not")
    assert told.endswith("\n \nhint: look at wait")


def test_of_what_is_passed_nothing_is_folded() -> None:
    assert "details" not in read(markdown_of(a_class(RIGHT))).elements


def test_hidden_tests_tell_their_points_alone() -> None:
    text = markdown_of(a_class(HIDING))
    assert HIDDEN_MARK.strip() not in text
    assert "hidden test 4" in text


@pytest.mark.parametrize("longest", [200, 1000, 3000, 10_000])
def test_what_there_is_no_room_for_is_counted(longest: int) -> None:
    text = markdown_of(CLASS, longest=longest)
    assert len(text) < longest + 100
    left_out = re.search(r"<p>There was no room for (\d+) further parts?\.</p>\n$", text)
    assert left_out is not None
    whole = markdown_of(CLASS, longest=1_000_000)
    assert "no room" not in whole

    def parts(text: str) -> int:
        return text.count("<h3>") + text.count("<details>")

    assert int(left_out[1]) == parts(whole) - parts(text)


def test_it_is_the_same_each_time() -> None:
    assert markdown_of(CLASS) == markdown_of(replace(CLASS))
