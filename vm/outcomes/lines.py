"""Lines of a report: parts of text, each plain, faint or strong; as text, for a terminal with colours, and as HTML."""

from __future__ import annotations

from collections.abc import Iterable

from vm.text import printable
from vm.values import dataclass

PLAIN, FAINT, STRONG = "", "faint", "strong"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line: its ``text``, and its ``style``, which is PLAIN, FAINT or STRONG."""

    text: str
    style: str = PLAIN


Line = tuple[Part, ...]
"""A line, without the newline at its end."""


def line(*parts: str | Part) -> Line:
    """Make a line; a text is plain."""
    return tuple(part if isinstance(part, Part) else Part(part) for part in parts)


def plain(lines: Iterable[Line]) -> str:
    """Return the lines as text alone, with no blanks at their ends."""
    return "".join("".join(printable(part.text) for part in each).rstrip(" ") + "\n" for each in lines)


def html(lines: Iterable[Line]) -> str:
    """Return the lines as an element of HTML, in which nothing of a guest's is more than text."""
    from html import escape

    styles = {FAINT: "opacity:.55", STRONG: "font-weight:bold"}
    rows = []
    for each in lines:
        parts = [
            f'<span style="{styles[part.style]}">{text}</span>' if part.style else text
            for part in each
            for text in [escape(printable(part.text))]
        ]
        rows.append("".join(parts))
    return '<pre style="line-height:1.3">' + "\n".join(rows) + "</pre>"
