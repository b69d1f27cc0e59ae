"""A real browser for the tests of films: each page is a file of its own, says nothing wrong and asks nobody anything.

The browser is Debian's Chromium, driven by playwright. It is started by the first test that needs it and ends with the
last test of this folder: while it runs, its thread has an event loop of asyncio, which other tests shall not meet.
A start takes a second of the processor, so that every worker of pytest-xdist may have a browser of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Playwright, Request, Route
from playwright.sync_api import sync_playwright as start_playwright

FOLDER = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome")
"""What distributions call the browser."""
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
"""Chromium does nothing on its own account, finds nobody, and runs as root, as it may have to in a container."""
INSIDE = ("file:", "data:", "about:", "blob:")
"""Addresses that lead to no network."""
PATIENCE = 60_000
"""Milliseconds after which something hangs; nothing is expected to be quick here."""


class Held:
    """The browser that there is, if any."""

    playwright: Playwright | None = None
    browser: Browser | None = None

    def get(self) -> Browser:
        """The browser, started if it has to be; skips the test where there is none."""
        if self.browser is None:
            program = next(filter(None, map(shutil.which, NAMES)), None)
            if program is None:
                pytest.skip("no Chromium on this computer")
            self.playwright = start_playwright().start()
            self.browser = self.playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        return self.browser

    def end(self) -> None:
        """Close the browser, if there is one, and the event loop that it is driven by."""
        if self.browser is not None:
            self.browser.close()
        if self.playwright is not None:
            self.playwright.stop()
        self.browser = self.playwright = None


HELD = Held()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """The browser ends behind the last test of this folder, or where a worker leaves it."""
    try:
        return (yield)
    finally:
        if nextitem is None or not nextitem.path.is_relative_to(FOLDER):
            HELD.end()


@pytest.fixture(scope="module")
def browser() -> Browser:
    """Chromium, the same for all tests of this folder; what CI makes of a skip is in tests/skips.py."""
    return HELD.get()


class Watched:
    """The pages that a test opens, and what it holds against them."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self.contexts: list[BrowserContext] = []
        self.said: list[str] = []

    def __call__(self, film: str | Path, fragment: str = "", **options: Any) -> Page:
        """Open a page in a context of its own: its HTML, or the path of its file; the film is ready.

        ``fragment`` is what stands behind the ``#`` of its address; ``options`` are those of playwright's
        ``new_context`` (``viewport``, ``color_scheme``, ``has_touch``, …).
        """
        if isinstance(film, str):
            text, film = film, self.folder / f"film-{len(self.contexts)}.html"
            film.write_text(text, encoding="utf-8")
        context = self.browser.new_context(service_workers="block", **options)
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("request", self.note_request)
        context.on("console", self.note_message)
        context.on("weberror", lambda error: self.said.append(f"page error: {error.error}"))
        context.route("**/*", keep_inside)
        context.route_web_socket("**/*", lambda socket: self.said.append(f"a request leaves the page: {socket.url}"))
        page = context.new_page()
        page.goto(film.resolve().as_uri() + (f"#{fragment}" if fragment else ""))
        page.evaluate("window.forklore && window.forklore.ready.then(() => true)")
        return page

    def note_request(self, request: Request) -> None:
        """Hold a request against the page that would leave it."""
        if not request.url.startswith(INSIDE):
            self.said.append(f"a request leaves the page: {request.url}")

    def note_message(self, message: ConsoleMessage) -> None:
        """Hold against the page what the console calls an error or a warning."""
        if message.type in ("error", "warning"):
            self.said.append(f"console {message.type}: {message.text}")

    def close(self) -> None:
        """Close all pages; whatever they had to say before that has been heard."""
        for context in self.contexts:
            for page in context.pages:
                settle(page)
            context.close()


def settle(page: Page) -> None:
    """Wait until the page has drawn what was asked for, so that errors of that are heard; a closed page has."""
    if not page.is_closed():
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def keep_inside(route: Route) -> None:
    """Let a request through that stays on this computer, in the page or its file."""
    try:
        if route.request.url.startswith(INSIDE):
            route.continue_()
        else:
            route.abort()
    except Error:
        pass  # the page has been closed in the meantime


@pytest.fixture
def page_of(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """What opens a page (see :class:`Watched`); the test fails if one had an error or sent a request anywhere."""
    watched = Watched(browser, tmp_path)
    yield watched
    watched.close()
    assert not watched.said, "\n".join(watched.said)
