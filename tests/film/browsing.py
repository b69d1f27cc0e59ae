"""A real browser for the tests of films: each page is a file of its own, says nothing wrong and asks nobody anything.

The browser is Debian's Chromium, driven by playwright. It is started by the first test that needs it and ends with the
last test of this folder: while it runs, its thread has an event loop of asyncio, which other tests shall not meet.
A start takes a second of the processor, so that every worker of pytest-xdist may have a browser of its own.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    Route,
    ViewportSize,
    sync_playwright,
)  # fmt: skip

PLAIN = Path(__file__).parents[2] / "programs" / "alphabet.txt"
"""Something to show for a page that only has to be there."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
"""What distributions call the browser."""
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
"""Chromium does nothing on its own account, finds nobody, and runs as root, as it may have to in a container."""
INSIDE = ("file:", "data:", "about:", "blob:")
"""Addresses that lead to no network."""
USUAL: ViewportSize = {"width": 1280, "height": 720}
"""How large a page is unless a test wants it otherwise."""
PATIENCE = 60_000
"""Milliseconds after which something hangs; nothing is expected to be quick here."""


class Held:
    """The browser that there is, if any, and the context that pages share which need none of their own.

    A page stays open in that: pages of one context are drawn by one process, which would end with the last of
    them, and to start another takes longer than to open a film.
    """

    playwright: Playwright | None = None
    browser: Browser | None = None
    shared: BrowserContext | None = None

    def get(self) -> Browser:
        """The browser, started if it has to be; skips the test where there is none."""
        if self.browser is None:
            program = next(filter(None, map(shutil.which, NAMES)), None)
            if program is None:
                pytest.skip("no Chromium on this computer")
            self.playwright = sync_playwright().start()
            self.browser = self.playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        return self.browser

    def context(self) -> BrowserContext:
        """The context that is shared."""
        if self.shared is None:
            self.shared = self.get().new_context(service_workers="block")
            self.shared.new_page().goto(PLAIN.as_uri())
        return self.shared

    def end(self) -> None:
        """Close the browser, if there is one, and the event loop that it is driven by."""
        if self.browser is not None:
            self.browser.close()
        if self.playwright is not None:
            self.playwright.stop()
        self.browser = self.playwright = self.shared = None


HELD = Held()


class Watched:
    """The pages that a test opens, and what it holds against them."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self.pages: list[Page] = []
        self.contexts: list[BrowserContext] = []
        self.said: list[str] = []

    def __call__(self, film: str | Path, fragment: str = "", **options: Any) -> Page:
        """Open a page that knows of no other: its HTML, or the path of its file; the film is ready.

        ``fragment`` is what stands behind the ``#`` of its address; ``options`` are those of playwright's
        ``new_context`` (``viewport``, ``color_scheme``, ``has_touch``, …).
        """
        if isinstance(film, str):
            text, film = film, self.folder / f"film-{len(self.pages)}.html"
            film.write_text(text, encoding="utf-8")
        page = self.new_page(**options)
        page.goto(film.resolve().as_uri() + (f"#{fragment}" if fragment else ""))
        page.evaluate("window.forklore && window.forklore.ready.then(() => true)")
        return page

    def new_page(self, viewport: ViewportSize = USUAL, color_scheme: Any = None, **options: Any) -> Page:
        """Make a page that is watched, in a context of its own where that has to have ``options``."""
        if options:
            context = self.browser.new_context(service_workers="block", **options)
            self.contexts.append(context)
        else:
            context = HELD.context()
        page = context.new_page()
        self.pages.append(page)
        page.set_default_timeout(PATIENCE)
        page.on("request", self.note_request)
        page.on("console", self.note_message)
        page.on("pageerror", lambda error: self.said.append(f"page error: {error}"))
        page.on("popup", lambda popup: self.said.append(f"another page is opened: {popup.url}"))
        page.route("**/*", keep_inside)
        page.route_web_socket("**/*", lambda socket: self.said.append(f"a request leaves the page: {socket.url}"))
        page.set_viewport_size(viewport)
        if color_scheme is not None:
            page.emulate_media(color_scheme=color_scheme)
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
        for page in self.pages:
            if not page.is_closed():
                page.evaluate(SETTLING)
                page.close()
        for context in self.contexts:
            context.close()


SETTLING = """
() => {
  localStorage.clear();
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}
"""
"""Forgets what a page has noted for others, and waits until it has drawn what it was asked for, or had errors."""


def keep_inside(route: Route) -> None:
    """Let a request through that stays on this computer, in the page or its file."""
    try:
        if route.request.url.startswith(INSIDE):
            route.continue_()
        else:
            route.abort()
    except Error:
        pass  # the page has been closed in the meantime
