"""What the other tests rely on: a page that has an error, or asks anybody for anything, does not pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.film.browsing import Watched

FAULTS = {
    "<script>nothing.at.all</script>": "page error: nothing is not defined",
    "<script>console.error('oh')</script>": "console error: oh",
    "<script>Promise.reject(new Error('late'))</script>": "page error: late",
    "<script>requestAnimationFrame(() => setTimeout(() => { throw new Error('later'); }))</script>": "later",
    "<img src='http://127.0.0.1:9/x.png'>": "leaves the page: http://127.0.0.1:9/x.png",
    "<script>fetch('https://example.com/').catch(() => 0)</script>": "leaves the page: https://example.com/",
    "<style>@import url('https://example.com/f.css');</style>": "leaves the page: https://example.com/f.css",
    "<script>navigator.sendBeacon('https://example.com/b', 'x')</script>": "leaves the page: https://example.com/b",
    "<script>new WebSocket('wss://example.com/s')</script>": "leaves the page: wss://example.com/s",
    "<iframe src='https://example.com/i'></iframe>": "leaves the page: https://example.com/i",
    "<script src='missing.js'></script>": "console error: Failed to load resource",
}
"""Faults of a page, and what is said of each."""

DOT = "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='>"
"""A picture that is in the page itself."""


def test_faults_are_found(browser: Browser, tmp_path: Path) -> None:
    watched = Watched(browser, tmp_path)
    watched("<!doctype html><title>x</title>" + "".join(FAULTS))
    watched.close()
    assert [said for said in FAULTS.values() if not any(said in line for line in watched.said)] == []


@pytest.mark.parametrize("form", ["text", "file"])
def test_a_page_without_fault_passes(page_of: Watched, tmp_path: Path, form: str) -> None:
    html = f"<!doctype html><title>x</title>{DOT}<script>window.forklore = {{ready: Promise.resolve(1)}}</script>"
    file = tmp_path / "a b#c.html"
    file.write_text(html)
    page = page_of(html if form == "text" else file, "clock=5", viewport={"width": 320, "height": 480})
    assert page.evaluate("[location.protocol, location.hash, innerWidth]") == ["file:", "#clock=5", 320]


def test_the_browser_is_one(browser: Browser, page_of: Watched) -> None:
    assert page_of.browser is browser
