"""The scripts of the page as one: each is in it, none takes another's name, and none makes markup of a text."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import vm.film
from vm.film.html import SCRIPTS, STYLES

FOLDER = Path(vm.film.__file__).parent / "page"
WIDTH = 120
DECLARED = re.compile(r"^(?:async )?(?:const|let|class|function)\*? (?:\{([^}]*)\}|(\w+))", re.MULTILINE)
MAKES_MARKUP = re.compile(r"(?:inner|outer)HTML\s*\+?=|insertAdjacentHTML|document\.write|\beval\(|new Function")
REACHES_OUT = re.compile(r"\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|\bimport\(|https?://(?!www\.w3\.org/)")


def texts() -> dict[str, str]:
    return {name: (FOLDER / name).read_text() for name in (*SCRIPTS, *STYLES)}


def test_all_that_there_is_is_in_the_page() -> None:
    assert sorted([*SCRIPTS, *STYLES, "film.html"]) == sorted(path.name for path in FOLDER.iterdir())


def test_no_script_takes_the_name_of_another() -> None:
    found = Counter()
    for name in SCRIPTS:
        for several, one in DECLARED.findall((FOLDER / name).read_text()):
            found.update(re.findall(r"\w+", several) or [one])
    assert len(found) > 100
    assert [name for name, count in found.items() if count > 1] == []


def test_texts_are_no_markup_and_nobody_is_asked() -> None:
    for name, text in texts().items():
        assert not MAKES_MARKUP.search(text), name
        assert not REACHES_OUT.search(text), name


def test_lines_fit() -> None:
    for name, text in texts().items():
        assert [line for line in text.splitlines() if len(line) > WIDTH or line != line.rstrip()] == [], name
