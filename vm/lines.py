"""Lines of a report: parts of text, each plain, faint or strong; as text, for a terminal with colours, and as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from textwrap import wrap

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


def trimmed(each: Line) -> Line:
    """Return a line of printable text, without the blanks at its end."""
    parts = [Part(printable(part.text), part.style) for part in each if part.text]
    while parts and not (last := parts[-1].text.rstrip(" ")):
        parts.pop()
    return (*parts[:-1], Part(last, parts[-1].style)) if parts else ()


def wrapped(text: str, columns: int, first: str, others: str) -> Iterator[str]:
    """Yield a text in as many rows as it takes, each behind an indent; what stands between backticks is not torn."""
    whole = re.sub("`[^`]*`", lambda quoted: quoted[0].replace(" ", "\0"), text)
    for row in wrap(whole, columns, initial_indent=first, subsequent_indent=others, break_on_hyphens=False):
        yield row.replace("\0", " ")


def plain(lines: Iterable[Line]) -> str:
    """Return the lines as text alone."""
    return "".join("".join(part.text for part in trimmed(each)) + "\n" for each in lines)


def html(lines: Iterable[Line]) -> str:
    """Return the lines as an element of HTML, in which nothing of a guest's is more than text."""
    from html import escape

    styles = {FAINT: "opacity:.65", STRONG: "font-weight:bold"}
    rows = []
    for each in lines:
        parts = [
            f'<span style="{styles[part.style]}">{text}</span>' if part.style else text
            for part in trimmed(each)
            for text in [escape(part.text)]
        ]
        rows.append("".join(parts))
    return '<pre style="line-height:1.3">' + "\n".join(rows) + "</pre>"
