"""The browser in which a report is looked at (tests/film/browsing.py)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.film.browsing import HELD, Watched

FOLDER = Path(__file__).parent


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """The browser ends behind the last test of this folder, or where a worker leaves it."""
    try:
        return (yield)
    finally:
        if nextitem is None or not nextitem.path.is_relative_to(FOLDER):
            HELD.end()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Watched]:
    """What opens a page; the test fails if one had an error or sent a request anywhere."""
    watched = Watched(HELD.get(), tmp_path)
    yield watched
    watched.close()
    assert not watched.said, "\n".join(watched.said)
