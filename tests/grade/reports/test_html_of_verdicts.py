"""The page of a class as text: our elements alone, links that lead somewhere, headings in order."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.grade.reports.any_verdicts import CLASSES, QUIETLY
from tests.grade.reports.reading_html import Read
from tests.grade.reports.verdicts import (
    CLASS,
    EVERY_KIND,
    HIDDEN_MARK,
    HIDING,
    HOSTILE,
    KINDS,
    LOSING,
    NAMED,
    RIGHT,
    WRONG,
    a_class,
    failure,
    judged,
    submission,
)
from vm.grade.reports.html import FEW_GROUPS, MOST_GROUPS, page_of
from vm.grade.reports.passages import Replay
from vm.grade.verdict import ClassVerdict

KEY = ("bob", "two children")
ONCE = {"html", "head", "body", "title", "style", "script", "header", "nav", "main", "h1"}
ELEMENTS = ONCE | {
    "meta", "link", "ul", "li", "a", "p", "section", "h2", "h3", "h4", "div", "table", "thead", "tbody", "tr", "th",
    "td", "meter", "span", "details", "summary", "dl", "dt", "dd", "pre", "label", "input",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "http-equiv", "rel", "href", "id", "class", "title", "scope", "min", "max",
    "value", "data-value", "data-details", "data-passed", "aria-label", "aria-labelledby", "role", "tabindex", "type",
    "autocomplete", "hidden",
}  # fmt: skip


@QUIETLY
@given(CLASSES, st.booleans())
def test_whatever_is_said_the_page_has_our_elements_alone(verdicts: ClassVerdict, for_teacher: bool) -> None:
    page = Read(page_of(verdicts, for_teacher=for_teacher))
    assert set(page.elements) <= ELEMENTS
    assert all(page.elements[name] == 1 for name in ONCE)
    assert {name for _, name, _ in page.attributes} <= ATTRIBUTES
    assert page.declarations == ["doctype html"]
    places = [value for _, name, value in page.attributes if name == "id"]
    assert len(places) == len(set(places))
    links = [value for tag, name, value in page.attributes if (tag, name) == ("a", "href")]
    assert {link.removeprefix("#") for link in links} <= set(places)


def test_names_and_outputs_are_text() -> None:
    page = Read(page_of(a_class(*NAMED), for_teacher=True))
    assert page.elements["details"] == len(NAMED)
    for name in HOSTILE:
        assert name in page.text_of("a")
        assert name in page.text_of("pre")
        assert name in page.text_of("h3")


def test_only_the_script_and_the_style_of_ours_may_do_anything() -> None:
    page = page_of(CLASS, for_teacher=True)
    ((policy,),) = [re.findall(r'Content-Security-Policy" content="([^"]*)"', page)]
    directives = dict(each.split(" ", 1) for each in policy.split("; "))
    assert directives["default-src"] == "'none'"
    for name in ("script", "style"):
        ((text,),) = [re.findall(f"<{name}>(.*?)</{name}>", page, re.S)]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert directives[f"{name}-src"] == f"'sha256-{digest}'"
    assert "unsafe" not in policy


def test_links_lead_to_films_and_to_what_repeats_a_run() -> None:
    replays = {KEY: Replay(folder="replays/b ob/1", commands=("forklore run --schedule x",))}
    page = Read(page_of(a_class(WRONG), for_teacher=True, films={KEY: "javascript:alert(1)"}, replays=replays))
    links = [value for tag, name, value in page.attributes if (tag, name) == ("a", "href") and value[0] != "#"]
    assert links == ["javascript%3Aalert%281%29", "replays/b%20ob/1"]
    assert any("forklore run --schedule x" in text for text in page.text_of("pre"))


def test_headings_are_in_order() -> None:
    page = page_of(CLASS, for_teacher=True)
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_a_failure_is_told_in_full() -> None:
    page = Read(page_of(a_class(WRONG), for_teacher=True))
    told = page.text_of("pre", "dd", "p")
    for each in ("/tree 2", "every schedule: 6 outcomes", "look at wait", "the output is not what is expected"):
        assert each in told
    assert any("              ^ 2 is expected" in text for text in told)
    titles = Read(page_of(a_class(EVERY_KIND), for_teacher=True)).text_of("p")
    for kind in KINDS:
        assert any(text.endswith(f"the {kind} is not what is expected") for text in titles)
    assert "rule-1: the rule is not what is expected" in titles


def test_every_test_has_a_row_and_every_submission_too() -> None:
    page = Read(page_of(a_class(RIGHT, WRONG), for_teacher=True))
    assert page.text_of("meter") == ["1 of 2", "1 of 2"]
    assert [text for text in page.text_of("td") if "/" in text] == ["20/20", "0/20"]
    assert page.text_of("a")[-4:] == ["ada", "bob", "✗", "–"]


def test_failures_that_are_alike_are_told_the_most_frequent_first() -> None:
    tests = [f"test {at}" for at in range(MOST_GROUPS + 5)]
    several = [submission(name, *(judged(test, failure()) for test in tests)) for name in ("a", "b")]
    more = submission("c", judged("test 7", failure()), judged("test 8", failure("status")))
    page = page_of(a_class(*several, more), for_teacher=True)
    told = re.findall(r'<span class="score">(\d+) submissions</span><h3>(.*?)</h3>', page)
    assert told[0] == ("3", "test 7")
    assert len(told) == MOST_GROUPS
    assert f"{MOST_GROUPS - FEW_GROUPS} groups more" in page
    assert "Beside these there are 6 ways to fail." in page
    assert "No two submissions went wrong in the same way" in page_of(a_class(RIGHT, WRONG), for_teacher=True)


def test_hidden_tests_are_told_to_the_teacher_alone() -> None:
    films = {("hiding", test.name): "films/1.html" for test in HIDING.tests}
    assert HIDDEN_MARK.strip() in page_of(a_class(HIDING), for_teacher=True, films=films)
    page = page_of(a_class(HIDING), for_teacher=False, films=films)
    assert HIDDEN_MARK.strip() not in page
    assert page.count("films/1.html") == 2  # of those that can be seen


def test_a_large_class_is_a_page_that_can_be_sent() -> None:
    tests = [judged(f"test {at}", failure(losing=LOSING)) if at % 2 else judged(f"test {at}") for at in range(10)]
    verdicts = a_class(*(submission(f"student-{at:03}", *tests) for at in range(300)))
    assert len(page_of(verdicts, for_teacher=True).encode()) < 3 << 20


def test_it_is_the_same_each_time() -> None:
    assert page_of(CLASS, for_teacher=True) == page_of(replace(CLASS), for_teacher=True)
