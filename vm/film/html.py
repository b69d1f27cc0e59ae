"""One page out of reels: template, style, scripts and what was recorded, without anything to fetch."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from vm.film.packing import pack
from vm.film.reel import Reel
from vm.text import printable

SCRIPTS = (
    "reel.js",
    "film.js",
    "film_words.js",
    "open.js",
    "dom.js",
    "app.js",
    "layout.js",
    "keys.js",
    "controls.js",
    "strip.js",
    "timeline.js",
    "lanes.js",
    "arrows.js",
    "marks.js",
    "lives.js",
    "legend.js",
    "pointing.js",
    "processes.js",
    "text.js",
    "frames.js",
    "frame_words.js",
    "frame_layout.js",
    "frame_cells.js",
    "frame_map.js",
    "frame_arrows.js",
    "frame_table.js",
    "story.js",
    "memory.js",
    "hex.js",
    "page_strips.js",
    "segments.js",
    "registers.js",
    "source.js",
    "output.js",
    "page_changes.js",
    "page_bytes.js",
    "who.js",
    "process.js",
    "events.js",
    "in_step.js",
    "pair.js",
    "compare.js",
)
"""The scripts of the page, in the order in which they are joined."""
STYLES = ("film.css", "compare.css", "memory.css", "process.css")
"""Its style sheets."""


def html_of(reels: Sequence[Reel], *, title: str = "", caption: str = "", head: Mapping[str, Any] | None = None) -> str:
    """Return the page that shows ``reels``, the first of them or all side by side; it needs no other file.

    ``head`` has further values for the page's scripts.
    """
    known = {"title": title, "caption": caption, **(head or {})}
    blocks = [_block("head", json.dumps(known).encode())]
    blocks += [_block(f"reel-{number}", pack(reel)) for number, reel in enumerate(reels)]
    page = _asset("film.html")
    for mark, text in (
        ("<title>Forklore film</title>", f"<title>{html.escape(printable(title) or 'Forklore film')}</title>"),
        ("<!-- style -->", "".join(f"<style>\n{_asset(name)}</style>\n" for name in STYLES)),
        ("<!-- data -->", "".join(blocks)),
        ("<!-- script -->", f'<script>\n(() => {{\n"use strict";\n{"".join(map(_asset, SCRIPTS))}}})();\n</script>\n'),
    ):
        assert page.count(mark) == 1, f"the template has {page.count(mark)} times {mark}"
        page = page.replace(mark, text)
    return page


def _block(name: str, data: bytes) -> str:
    """Data that the page holds and nobody runs."""
    return f'<script type="application/octet-stream" id="{name}">{base64.b64encode(data).decode()}</script>\n'


def _asset(name: str) -> str:
    return files("vm.film").joinpath("page", name).read_text("utf-8")
