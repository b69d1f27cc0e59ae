"""Where frames stand and which arrows are drawn, against what a few lines of Python make of the same numbers."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.film.conftest import Watched

FOLDER = Path(__file__).parents[2] / "vm" / "film" / "page"
SCRIPTS = ("dom.js", "text.js", "frames.js", "frame_words.js", "frame_layout.js", "frame_arrows.js")


@pytest.fixture
def parts(page_of: Watched) -> Page:
    """A page with the scripts alone, whose functions can be called."""
    scripts = "".join((FOLDER / name).read_text("utf-8") for name in SCRIPTS)
    return page_of(f"<!doctype html><title>x</title><script>{scripts}</script>")


ROWS = """
([used, frames, columns]) => {
  const layout = new FrameLayout(sizeOf(20, 18, 2, {}), columns, rowsByNumber(used, frames, columns));
  const { rows } = layout, shown = rows.flatMap((row) => row.frames ?? []);
  const found = shown.map((frame) => {
    const { x, y } = layout.middle(frame);
    return layout.frameAt(x, y);
  });
  const walked = [], ends = [layout.first(), layout.last()];
  for (let frame = ends[0], next = -1; ; frame = next) {
    walked.push(frame);
    next = layout.neighbour(frame, 0, 1);
    if (next === frame) break;
  }
  return { rows, shown, found, walked, ends, back: walked.map((frame) => layout.neighbour(frame, 0, -1)) };
}
"""


def test_each_frame_is_in_one_row_or_one_gap_and_is_found_where_it_stands(parts: Page) -> None:
    chance = Random(17)
    for _ in range(15):
        frames, columns = chance.randint(1, 3000), chance.choice([1, 3, 8, 10, 50])
        used = sorted(chance.sample(range(frames), chance.randint(1, min(frames, 60))))
        seen = parts.evaluate(ROWS, [used, frames, columns])
        at = 0
        for row in seen["rows"]:
            if row["kind"] == "cells":
                assert row["frames"] == list(range(at, min(at + columns, frames)))
                assert set(row["frames"]) & set(used)
                assert row["label"] == f"{at:,}"
                at += len(row["frames"])
            else:
                count = int(row["text"].split()[1].replace(",", ""))
                last = f"{at:,}–{at + count - 1:,}" if count > 1 else f"{at:,}"
                assert row["text"] == f"… {count:,} frame{'s' * (count > 1)} never used ({last})"
                assert not set(range(at, at + count)) & set(used)
                at += count
        assert at == frames
        assert seen["found"] == seen["walked"] == seen["shown"]
        assert seen["ends"] == [seen["shown"][0], seen["shown"][-1]]
        assert seen["back"] == [seen["shown"][0], *seen["shown"][:-1]]


def test_arrows_of_neighbours_to_neighbours_are_one_and_none_is_lost(parts: Page) -> None:
    chance = Random(18)
    for _ in range(15):
        copies: list[dict[str, Any]] = []
        at = 100
        for _ in range(chance.randint(0, 6)):
            start = chance.randint(0, 90)
            for step in range(chance.randint(1, 7)):
                copies.append({"from": start + step, "to": at, "count": 1})
                at += 1
            at += chance.randint(0, 2)
        found = parts.evaluate("bundled", copies)
        pairs = [(one["from"] + step, one["to"] + step) for one in found for step in range(one["count"])]
        assert pairs == [(copy["from"], copy["to"]) for copy in copies]
        for one, other in pairwise(found):
            joined = one["from"] + one["count"] == other["from"] and one["to"] + one["count"] == other["to"]
            assert not joined or len(copies) < 9


@pytest.mark.parametrize(
    ("letters", "most", "text"),
    [("A", 2, "A"), ("AB", 2, "AB"), ("ABC", 2, "A+2"), ("AB", 1, "×2"), ("", 2, "")],
)  # fmt: skip
def test_letters_of_many_owners_are_one_and_a_number(parts: Page, letters: str, most: int, text: str) -> None:
    owners = [{"letter": letter} for letter in letters]
    assert parts.evaluate("([owners, most]) => lettersOf(owners, most)", [owners, most]) == text
