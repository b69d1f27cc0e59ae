"""The parts of the view of one process: texts, a page in hexadecimal, strips of pages, registers, source, output."""

from __future__ import annotations

import random
import re
import unicodedata
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.film.conftest import Watched
from vm.text import printable

PAGE = 4096
HOSTILE = "<img src=x onerror=console.error(1)><b>\x1b[31mred\u202egnp.exe\x00\x9b5m&amp;</script>"
"""What a guest may write to be markup, a command to a terminal, or another order of letters."""
SHOWN = r"<img src=x onerror=console.error(1)><b>\x1b[31mred\u202egnp.exe\x00\x9b5m&amp;</script>"

REGISTERS = "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6 pc"
"""The names of x0 to x31 (RISC-V ABIs Specification, "Integer Register Convention"), and pc."""

PARTS = (
    "film.js", "dom.js", "text.js", "hex.js", "page_strips.js", "segments.js", "registers.js", "source.js", "output.js",
    "who.js",
)  # fmt: skip
STUBS = """
const views = [];
const badge = (life) => ownerOf(life).letter;
const ownerOf = (life) => ({ letter: "ABCDEFGH"[life] ?? "–", index: life, label: "" });
Object.assign(window, {
  visibleText, HexTable, SegmentList, RegisterGrid, SourceBox, OutputBox, ProcessHead, sourceWords,
});
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


def read_table(lines: list[str], width: int, start: int = 0x7FFFE000) -> tuple[bytes, list[bool]]:
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
            assert address == start + len(values)
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


# --- segments and their pages -----------------------------------------------------------------------------------------

SHOW_SEGMENTS = """
({ segments, pages, chosen, users }) => {
  window.chosen = [];
  window.list = new SegmentList((address) => window.chosen.push(address));
  document.getElementById("x").replaceChildren(list.element);
  const film = {
    usesOf: (frame) => (users[frame] || []).map((space) => ({ use: "page", space })),
    owners: (space) => [space - 1],
  };
  list.show({ film, moment: 3, space: 1, segments, pages, chosen });
  return [...list.list.children].map((row) => ({
    texts: ["name", "range", "protection", "file"].map((one) => row.querySelector(`.segment-${one}`).textContent),
    items: [...row.querySelector(".segment-strip").children].map((item) => ({
      kinds: item.className, text: item.textContent, title: item.title, address: Number(item.dataset.address ?? -1),
    })),
  }));
}
"""
FOLDS = {
    "absent": r"… ([\d,]+) pages without a frame",
    "alike": r"… ([\d,]+) more(?:: (.+))?",
    "cut": r"… ([\d,]+) more pages?: ([\d,]+) with a frame(?:, ([\d,]+) shared)?(?:, ([\d,]+) changed)?",
}


def number(text: str | None) -> int:
    return int((text or "0").replace(",", ""))


def some_pages(chance: random.Random, segment: dict[str, Any]) -> list[dict[str, Any]]:
    """Pages of a segment, in runs that are alike and in disorder."""
    pages, at = [], segment["start"]
    while at < segment["end"]:
        kind = [chance.random() < 0.5 for _ in range(3)]
        for _ in range(chance.choice((1, 1, 2, 5, 9, 70))):
            if at < segment["end"] and chance.random() < 0.97:
                change = "changed at this moment" if chance.random() < 0.02 else ""
                flags = dict(zip(("isShared", "isWritable", "isDirty"), kind, strict=True))
                pages.append({"address": at, "frame": at // PAGE % 5000, "change": change, **flags})
            at += PAGE
        at += PAGE * chance.choice((0, 1, 3, 8, 200))
    return pages


def kinds_of(page: dict[str, Any] | None) -> set[str]:
    if page is None:
        return {"absent"}
    names = {"isShared": "shared", "isWritable": "writable", "isDirty": "dirty", "change": "changed"}
    return {name for key, name in names.items() if page[key]}


def check_strip(segment: dict[str, Any], pages: list[dict[str, Any]], items: list[dict[str, Any]], chosen: int) -> None:
    """A strip tells of each page of its segment once, in order, and nothing that is not so."""
    known = {page["address"]: page for page in pages}
    at = segment["start"]
    for item in items:
        if item["address"] >= 0:
            assert item["address"] == at
            assert set(item["kinds"].split()) - {"cell", "chosen"} == kinds_of(known.get(at))
            assert ("chosen" in item["kinds"]) == (at == chosen)
            at += PAGE
            continue
        [(kind, match)] = [(kind, match) for kind, form in FOLDS.items() if (match := re.fullmatch(form, item["text"]))]
        folded = [known.get(at + PAGE * index) for index in range(number(match[1]))]
        at += PAGE * len(folded)
        there = [page for page in folded if page]
        if kind == "absent":
            assert not there
        elif kind == "alike":
            words = {word.replace("written", "dirty") for word in (match[2] or "").split(", ")} - {""}
            assert all(page is not None and kinds_of(page) == words for page in folded)
        else:
            counts = (len(there), sum(page["isShared"] for page in there), sum(bool(page["change"]) for page in there))
            assert (number(match[2]), number(match[3]), number(match[4])) == counts
    assert at == segment["end"]


def test_a_strip_tells_of_each_page_of_its_segment(parts: Page) -> None:
    chance = random.Random(3)
    for name, size in (("data", 4), ("heap", 40), ("mapping", 3000), ("stack", 2048)):
        start = 0x80000000 - size * PAGE
        segment = {
            "start": start, "end": start + size * PAGE, "name": name, "protection": "rw-", "path": "", "offset": 0,
            "shared": False,
        }  # fmt: skip
        pages = some_pages(chance, segment)
        chosen = chance.choice(pages)["address"]
        [row] = parts.evaluate(SHOW_SEGMENTS, {"segments": [segment], "pages": pages, "chosen": chosen, "users": {}})
        check_strip(segment, pages, row["items"], chosen)
        assert chosen in [item["address"] for item in row["items"]]
        assert len(row["items"]) < 250
        if name == "stack":
            assert row["items"][-1]["address"] == 0x80000000 - PAGE or "without" in row["items"][-1]["text"]


def test_a_page_tells_with_whom_it_is_shared_and_that_a_write_copies_it(parts: Page) -> None:
    segment = {"start": PAGE, "end": 4 * PAGE, "name": HOSTILE, "protection": "rw-", "path": "/" + HOSTILE, "offset": 8,
               "shared": False}  # fmt: skip
    flags = {"isShared": True, "isWritable": False, "isDirty": False, "change": ""}
    pages = [{"address": PAGE * (1 + index), "frame": index, **flags} for index in range(3)]
    shown = {"segments": [segment], "pages": pages, "chosen": PAGE, "users": {0: [1, 2], 1: [1, 2, 3, 4, 5, 6], 2: [1]}}
    [row] = parts.evaluate(SHOW_SEGMENTS, shown)
    assert [item["text"] for item in row["items"]] == ["B", "BCD+2", "s"]
    assert row["items"][0]["title"] == (
        "00001000: frame 0, shared with B, not writable now, copied at the first write"
    )  # fmt: skip
    assert row["texts"] == [SHOWN, "00001000–00004000", "rw-", SHOWN.rpartition("/")[2]]
    parts.locator(".segments").press("ArrowDown")
    parts.locator(".segments .cell").nth(2).click()
    assert parts.evaluate("chosen") == [2 * PAGE, 3 * PAGE]


# --- registers, source, output ----------------------------------------------------------------------------------------


def test_registers_that_changed_stand_in_brackets(parts: Page) -> None:
    after = [index * 0x01010101 for index in range(33)]
    before = [value + (index in (2, 10, 32)) for index, value in enumerate(after)]
    shown = parts.evaluate(
        """([after, before]) => {
          window.chosen = [];
          const grid = new RegisterGrid((value) => chosen.push(value));
          document.getElementById("x").replaceChildren(grid.element);
          grid.show(after, before, [{ start: 0x02020000, end: 0x02030000, name: "stack" }]);
          return [...grid.element.children].map((each) => each.textContent);
        }""",
        [after, before],
    )
    expected = {name: f" {value:08x} " for name, value in zip(REGISTERS.split(), after, strict=True) if name != "zero"}
    expected |= {name: f"[{after[index]:08x}]" for name, index in (("sp", 2), ("a0", 10), ("pc", 32))}
    assert sorted(shown) == sorted(name + text for name, text in expected.items())
    assert parts.locator("button").all_text_contents() == ["[02020202]"]
    parts.locator("button").click()
    assert parts.evaluate("chosen") == [0x02020202]


def test_the_source_stands_still_around_the_line_of_the_arrow(parts: Page) -> None:
    lines = [f"line {index}" for index in range(1, 401)]
    lines[199] = HOSTILE
    shown = parts.evaluate(
        """(lines) => {
          const box = new SourceBox();
          document.getElementById("x").replaceChildren(box.element);
          const of = (line) => {
            box.show(lines, line);
            box.reveal();
            const { top, bottom } = box.element.getBoundingClientRect();
            return box.rows.filter((row) => {
              const place = row.getBoundingClientRect();
              return place.top >= top - 1 && place.bottom <= bottom + 1;
            }).map((row) => row.textContent);
          };
          return [of(200), of(3), of(9999)];
        }""",
        lines,
    )
    assert shown[0] == [
        " 197line 197", " 198line 198", " 199line 199", "→200" + SHOWN, " 201line 201", " 202line 202", " 203line 203",
    ]  # fmt: skip
    assert shown[1][:3] == [" 1line 1", " 2line 2", "→3line 3"]
    assert not [line for line in shown[2] if "→" in line]


def test_it_is_said_why_no_source_is_shown(parts: Page) -> None:
    """A function without lines, such as one of the C library, is none whose source is missing in the film."""
    words = (
        """([place, lines, isKept]) => sourceWords({ function: "", file: "", inner: "", ...place }, lines, isKept)"""
    )
    for place, lines, is_kept, said in [
        ({"function": "main", "file": "a.c"}, ["int main;"], True, ""),
        ({"function": "main", "file": "a.c"}, None, True, "The text of this source was not kept."),
        ({"function": "_start"}, None, True, "No lines of a source are known for this function."),
        ({"inner": "write"}, None, True, "No lines of a source are known for this function."),
        ({}, None, True, "Where the thread stands in a source is not known."),
        ({}, None, False, "Where the thread stands was not kept at this moment."),
    ]:
        assert parts.evaluate(words, [place, lines, is_kept]) == said


def test_output_tells_who_wrote_it_and_what_is_new(parts: Page) -> None:
    told = [
        {"moment": 1, "life": 0, "stream": "output", "text": "one\ntw"},
        {"moment": 2, "life": 1, "stream": "errors", "text": "oh"},
        {"moment": 3, "life": 0, "stream": "output", "text": f"o\t{HOSTILE}\r\n"},
        {"moment": 3, "life": -1, "stream": "terminal", "text": "x"},
    ]
    show = """([parts, most]) => {
      const box = new OutputBox();
      document.getElementById("x").replaceChildren(box.element);
      box.most = most;
      box.show(parts, 3);
      return [...box.element.children].map((row) => row.textContent);
    }"""
    assert parts.evaluate(show, [told, 6000]) == [
        "A outone", "A outtwB errohA outo\t" + SHOWN + "\\r", "– ttyx",
    ]  # fmt: skip
    assert parts.locator("mark").all_text_contents() == ["o\t" + SHOWN + "\\r", "x"]
    length = sum(len(str(each["text"])) for each in told)
    assert parts.evaluate(show, [told, 3])[0] == f"… {length - 3} characters before: show all"
    parts.get_by_role("button").click()
    assert parts.locator(".output-line").count() == 3


def test_what_is_written_byte_by_byte_is_as_few_elements_as_there_are_writers_and_lines(parts: Page) -> None:
    told = [{"moment": at // 2, "life": 0, "stream": "output", "text": "x\n"[at % 8 == 7]} for at in range(8)]
    parts.evaluate(
        """(parts) => {
          const box = new OutputBox();
          document.getElementById("x").replaceChildren(box.element);
          box.show(parts, 3);
        }""",
        told,
    )
    assert parts.locator(".output-text").all_text_contents() == ["xxxxxx", "x"]
    assert parts.locator("mark").all_text_contents() == ["x"]


HEADS = """
(lives) => {
  const film = {
    lives,
    isThere: (life) => lives[life].space >= 0,
    state: (life) => ({ state: lives[life].state, why: lives[life].why, from: 1 }),
    space: (life) => lives[life].space,
    owners: (space) => lives.filter((each) => each.space === space).map((each) => each.id),
    name: () => "a.out",
    clock: (moment) => 100 * moment,
    clockText: (clock) => `${clock} ns`,
  };
  const head = new ProcessHead({});
  return lives.map(({ id }) => {
    head.show(film, id, 5);
    return [".process-origin", ".process-state"].map((part) => head.element.querySelector(part).textContent);
  });
}
"""


def test_a_head_says_in_words_who_waits_for_whom_and_in_whose_memory(parts: Page) -> None:
    told = [
        (2, 2, -1, "start", 1, "suspended", "until 3 executes or exits"),
        (3, 3, 0, "vfork", 1, "blocked", "data in pipe 1"),
        (4, 4, 0, "fork", 2, "zombie", ""), (4, 5, 2, "thread", 2, "running", ""), (6, 6, 0, "fork", -1, "none", ""),
        (7, 7, 4, "fork", 3, "stopped", "SIGSTOP"), (8, 8, 1, "vfork", 4, "suspended", "until 9 executes or exits"),
    ]  # fmt: skip
    names = ("pid", "tid", "parent", "how", "space", "state", "why")
    lives = [
        {"id": number, "born": 1, "gone": 5, **dict(zip(names, each, strict=True))} for number, each in enumerate(told)
    ]
    assert parts.evaluate(HEADS, lives) == [
        [
            "tid 2 · parent the machine · started at 100 ns",
            "suspended by vfork until 3 (B) executes or exits since 100 ns · its memory is lent to 3 (B)",
        ],
        [
            "tid 3 · parent 2 (A) · made by vfork at 100 ns",
            "blocked: it waits for data in pipe 1 since 100 ns · in the memory of 2 (A)",
        ],
        [
            "tid 4 · parent 2 (A) · made by fork at 100 ns",
            "a zombie: it has ended and waits to be collected since 100 ns · "
            "in one memory with 1 other thread of its own",
        ],
        [
            "tid 5 · parent 4 (C) · a thread made by clone at 100 ns",
            "running since 100 ns · in one memory with 1 other thread of its own",
        ],
        [
            "tid 6 · parent 2 (A) · made by fork at 100 ns",
            "gone: it has ended and was collected · it was there until 400 ns",
        ],
        ["tid 7 · parent 6 (E), which has ended · made by fork at 100 ns", "stopped: SIGSTOP since 100 ns"],
        ["tid 8 · parent 3 (B) · made by vfork at 100 ns", "suspended by vfork until 9 executes or exits since 100 ns"],
    ]
