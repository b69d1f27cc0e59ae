"""The page of a class in a browser: what can be clicked, typed and seen, on a desk and on a phone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page

from tests.film.browsing import Watched
from tests.grade.reports.verdicts import CLASS, HOSTILE, NAMED, RIGHT, WRONG, a_class
from vm.grade.reports.html import page_of

FEW = a_class(RIGHT, WRONG, replace(RIGHT, name="carol"), replace(WRONG, name="dave"))
NAMES = "() => [...document.querySelectorAll('#submission-table tbody tr')].filter((row) => !row.hidden)\
.map((row) => row.cells[0].textContent)"


def names(page: Page) -> list[str]:
    """Those in the table that can be seen."""
    found: list[str] = page.evaluate(NAMES)
    return found


def test_a_cross_leads_to_what_went_wrong(opened: Watched) -> None:
    page = opened(page_of(FEW, for_teacher=True))
    assert not page.locator("#s2-1").is_visible()
    page.locator("#submission-table a", has_text="✗").first.click()
    assert page.locator("#s2-1").is_visible()
    assert page.locator("#s2-1 h4").inner_text() == "✗ FAILED two children 0/10"
    page.locator("#s2 summary").click()
    page.locator("#submission-table a", has_text="✗").first.click()  # the same address again
    assert page.locator("#s2-1").is_visible()


def test_an_address_opens_a_submission(opened: Watched) -> None:
    page = opened(page_of(FEW, for_teacher=True), "s4-2")
    assert page.locator("#s4-2").is_visible()
    assert not page.locator("#s2-1").is_visible()


def test_the_table_is_sorted_by_keys_and_back(opened: Watched) -> None:
    page = opened(page_of(FEW, for_teacher=True))
    heading = page.locator("#submission-table th button").nth(1)
    heading.focus()
    orders = []
    for _ in range(3):
        page.keyboard.press("Enter")
        orders.append((page.locator("#submission-table th").nth(1).get_attribute("aria-sort"), names(page)))
    assert orders == [
        ("ascending", ["bob", "dave", "ada", "carol"]),
        ("descending", ["ada", "carol", "bob", "dave"]),
        (None, ["ada", "bob", "carol", "dave"]),
    ]


def test_submissions_are_found_by_name_and_by_what_they_lost(opened: Watched) -> None:
    page = opened(page_of(FEW, for_teacher=True))
    page.get_by_label("not everything passed").check()
    assert names(page) == ["bob", "dave"]
    page.get_by_label("Find").fill("DA")
    assert names(page) == ["dave"]
    assert page.locator("#found").inner_text() == "1 of 4"
    assert page.locator("#details > details:not([hidden])").count() == 1
    page.get_by_label("not everything passed").uncheck()
    assert names(page) == ["ada", "dave"]


def test_hostile_names_are_only_shown(opened: Watched) -> None:
    page = opened(page_of(a_class(*NAMED), for_teacher=True))
    page.on("dialog", lambda dialog: opened.said.append(f"a dialog: {dialog.message}"))
    assert names(page) == list(HOSTILE)
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_it_fits_the_screen(opened: Watched, scheme: str, size: tuple[int, int]) -> None:
    page = opened(
        page_of(CLASS, for_teacher=True), "s3-1", viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    paper, ink = page.evaluate(
        "(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.body))"
    )
    assert (sum(map(int, paper[4:-1].split(","))) > sum(map(int, ink[4:-1].split(",")))) == (scheme == "light")


def test_without_scripts_everything_can_be_read(opened: Watched) -> None:
    page = opened.new_page(java_script_enabled=False)
    path = opened.folder / "plain.html"
    path.write_text(page_of(FEW, for_teacher=True), encoding="utf-8")
    page.goto(path.as_uri())
    page.locator("#s2 summary").click()
    assert page.locator("#s2-1").is_visible()
    assert not page.locator("#tools").is_visible()
    page.close()  # nothing can be asked of it that takes a script
