"""The view of one process: what it says of texts, pages, segments and output, and that it equals the film."""

from __future__ import annotations

import random
import re
import unicodedata
from importlib.resources import files

import pytest
from playwright.sync_api import Page

from tests.film.conftest import Watched
from vm.text import printable

PAGE = 4096
HOSTILE = "<img src=x onerror=console.error(1)><b>\x1b[31mred\u202egnp.exe\x00\x9b5m&amp;</script>"
"""What a guest may write to be markup, a command to a terminal, or another order of letters."""
SHOWN = r"<img src=x onerror=console.error(1)><b>\x1b[31mred\u202egnp.exe\x00\x9b5m&amp;</script>"

PARTS = ("film.js", "dom.js", "text.js", "hex.js")
STUBS = """
const views = [];
const ownerOf = (life) => ({ letter: "ABCDEFGH"[life], index: life, label: "" });
Object.assign(window, { visibleText, HexTable });
"""


@pytest.fixture
def parts(page_of: Watched) -> Page:
    """A page that has the parts of the view, each to be used by itself."""
    scripts = "".join(files("vm.film").joinpath("page", name).read_text("utf-8") for name in PARTS)
    style = files("vm.film").joinpath("page", "process.css").read_text("utf-8")
    html = f"<!doctype html><title>x</title><style>{style}</style><div id=x></div>"
    return page_of(f'{html}<script>(() => {{"use strict";{scripts}{STUBS}}})()</script>')


def test_what_cannot_be_seen_is_escaped_as_on_the_command_line(parts: Page) -> None:
    codes = [code for code in range(0x3100) if unicodedata.category(chr(code)) != "Cn"]
    codes += [*range(0xDC80, 0xDD00), 0xFEFF, 0xFFF9, 0xE0041, 0xF0000, 0x1F600]
    shown = parts.evaluate("(codes) => codes.map((code) => visibleText(String.fromCodePoint(code)))", codes)
    others = {code for code, text in zip(codes, shown, strict=True) if text != printable(chr(code))}
    assert others == {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F}  # letters without a shape
    assert parts.evaluate("(text) => visibleText(text)", HOSTILE) == printable(HOSTILE) == SHOWN


# --- a page in hexadecimal --------------------------------------------------------------------------------------------

SHOW_PAGE = """
([width, page]) => {
  const place = document.getElementById("x");
  place.style.width = width;
  window.table = new HexTable();
  place.replaceChildren(table.element);
  table.show({ ...page, bytes: Uint8Array.from(page.bytes) });
  return [...table.element.children].map((row) => row.textContent);
}
"""
ROW = re.compile(r"^( {3}|..→)([0-9a-f]{8})([ \[])(.*)$", re.DOTALL)


def read_row(line: str, width: int) -> tuple[int, bytes, list[bool], str]:
    """The address, the bytes, which of them stand in brackets, and the letters of a row of a page."""
    match = ROW.match(line)
    assert match, line
    digits = line[11 : len(line) - width]
    inside, flags, values = False, [], bytearray()
    for token in re.findall(r"[\[\]]|[0-9a-f]{2}", digits):
        if token in "[]":
            assert inside == (token == "]")
            inside = token == "["
        else:
            values.append(int(token, 16))
            flags.append(inside)
    assert not inside
    assert len(values) == width
    return int(match[2], 16), bytes(values), flags, line[-width:]


def read_table(lines: list[str], width: int) -> tuple[bytes, list[bool]]:
    """The bytes that a table says a page has, and which are marked; a fold is taken by its word."""
    values, flags = bytearray(), []
    for line in lines:
        if line.startswith("…"):
            match = re.fullmatch(r"… ([\d,]+) more rows? (?:of ([0-9a-f]{2})|like this one)", line)
            assert match, line
            count = int(match[1].replace(",", ""))
            like = bytes([int(match[2], 16)] * width) if match[2] else bytes(values[-width:])
            assert like == values[-width:]
            values += like * count
            flags += [False] * width * count
        else:
            address, row, changed, letters = read_row(line, width)
            assert address == 0x7FFFE000 + len(values)
            assert letters == "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)
            values += row
            flags += changed
    return bytes(values), flags


def some_page(chance: random.Random) -> tuple[bytes, list[tuple[int, int]]]:
    """A page with areas of equal bytes, and areas of it that changed."""
    content = bytearray()
    while len(content) < PAGE:
        length = chance.choice((1, 3, 16, 64, 500))
        content += chance.randbytes(length) if chance.random() < 0.5 else bytes([chance.choice((0, 0, 255))] * length)
    changes, at = [], chance.randrange(60)
    while at < PAGE and len(changes) < 8:
        length = min(chance.choice((1, 2, 15, 40)), PAGE - at)
        changes.append((at, length))
        at += length + chance.choice((1, 2, 30, 1000))
    return bytes(content[:PAGE]), changes


@pytest.mark.parametrize("width", [16, 8])
def test_a_page_reads_as_its_bytes_with_what_changed_in_brackets(parts: Page, width: int) -> None:
    chance = random.Random(7)
    for _ in range(6):
        content, changes = some_page(chance)
        pointers = [{"offset": chance.randrange(PAGE), "name": "sp"}]
        page = {"address": 0x7FFFE000, "bytes": list(content), "changes": changes, "pointers": pointers}
        lines = parts.evaluate(SHOW_PAGE, ["900px" if width == 16 else "360px", page])
        assert read_table(lines, width) == (content, [any(at <= i < at + n for at, n in changes) for i in range(PAGE)])
        [pointed] = [line for line in lines if line.startswith("sp→")]
        assert read_row(pointed, width)[0] == 0x7FFFE000 + pointers[0]["offset"] // width * width
        assert len(lines) < PAGE // width


def test_a_fold_opens_and_a_table_that_becomes_narrow_has_shorter_rows(parts: Page) -> None:
    page = {"address": 0x7FFFE000, "bytes": [0] * PAGE, "changes": [(0x800, 4)], "pointers": []}
    before = parts.evaluate(SHOW_PAGE, ["900px", page])
    assert [line for line in before if line.startswith("…")] == ["… 127 more rows of 00"] * 2
    parts.get_by_text("… 127 more rows of 00").first.click()
    assert parts.locator(".hex-row").count() == 129
    parts.evaluate("document.getElementById('x').style.width = '360px'")
    parts.wait_for_function("table.element.dataset.width === '8'")
    assert parts.locator(".hex-table mark").first.text_content() == "[00 00 00 00]"
