"""The view of one process: what it says of texts, pages, segments and output, and that it equals the film."""

from __future__ import annotations

import unicodedata
from importlib.resources import files

import pytest
from playwright.sync_api import Page

from tests.film.conftest import Watched
from vm.text import printable

HOSTILE = "<img src=x onerror=console.error(1)><b>\x1b[31mred\u202egnp.exe\x00\x9b5m&amp;</script>"
"""What a guest may write to be markup, a command to a terminal, or another order of letters."""
SHOWN = r"<img src=x onerror=console.error(1)><b>\x1b[31mred\u202egnp.exe\x00\x9b5m&amp;</script>"

PARTS = ("film.js", "dom.js", "text.js")
STUBS = """
const views = [];
const ownerOf = (life) => ({ letter: "ABCDEFGH"[life], index: life, label: "" });
Object.assign(window, { visibleText });
"""


@pytest.fixture
def parts(page_of: Watched) -> Page:
    """A page that has the parts of the view, each to be used by itself."""
    scripts = "".join(files("vm.film").joinpath("page", name).read_text("utf-8") for name in PARTS)
    html = "<!doctype html><title>x</title><div id=x></div>"
    return page_of(f'{html}<script>(() => {{"use strict";{scripts}{STUBS}}})()</script>')


def test_what_cannot_be_seen_is_escaped_as_on_the_command_line(parts: Page) -> None:
    codes = [code for code in range(0x3100) if unicodedata.category(chr(code)) != "Cn"]
    codes += [*range(0xDC80, 0xDD00), 0xFEFF, 0xFFF9, 0xE0041, 0xF0000, 0x1F600]
    shown = parts.evaluate("(codes) => codes.map((code) => visibleText(String.fromCodePoint(code)))", codes)
    others = {code for code, text in zip(codes, shown, strict=True) if text != printable(chr(code))}
    assert others == {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F}  # letters without a shape
    assert parts.evaluate("(text) => visibleText(text)", HOSTILE) == printable(HOSTILE) == SHOWN
