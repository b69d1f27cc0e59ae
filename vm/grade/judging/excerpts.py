"""Lines of others' texts as they are shown: nothing in them is hidden, and none is longer than a screen is wide.

What cannot be seen is an escape as in C, a byte that is not UTF-8 its number (``\\xff``), and blanks at the end of a
line are dots.
"""

from __future__ import annotations

from unicodedata import combining, east_asian_width

from vm.quantities import plural
from vm.text import printable, shortened

WIDTH = 100
"""Letters of a line that are shown at most: those around a place that matters."""
LEFT = 40
"""Letters before the place."""
AROUND = (3, 4)
"""Lines before a place, and behind it, that are shown of a long text."""
DOT = "·"
_NAMES = {
    "": "the end", "\n": "the end of the line", " ": "a blank", "\t": "a tab", "\r": "a carriage return (CR)",
    "\0": "a NUL byte", "\x1b": "an escape (ESC)",
}  # fmt: skip


def letter_name(letter: str) -> str:
    """Say which letter this is, so that nobody takes it for another one; none is the end."""
    known = _NAMES.get(letter)
    if known is not None:
        return known
    if "\udc80" <= letter <= "\udcff":
        return f"the byte {printable(letter)}, which is not UTF-8"
    return f"'{printable(letter)}'" if letter.isprintable() else printable(letter)


def shown(line: str, start: int = 0, end: int | None = None) -> list[str]:
    """Return how each letter of a line from ``start`` to ``end`` is shown."""
    end = len(line) if end is None else end
    tail = len(line.rstrip(" "))
    return [DOT if index >= tail else _letter(line[index]) for index in range(start, min(end, len(line)))]


def _letter(letter: str) -> str:
    return "\\0" if letter == "\0" else printable(letter)


def shown_line(line: str) -> str:
    """Return a line, at most WIDTH letters of it."""
    return shortened("".join(shown(line, 0, WIDTH + 1)), WIDTH)


def quoted(text: str, most: int = 40) -> str:
    """Return a text of any number of lines in quotation marks, in one line; the beginning of a long one."""
    return '"' + shortened(printable(text[: most + 1]).replace('"', '\\"'), most) + '"'


def pair(expected: str, wanted: int, came: str, column: int) -> list[str]:
    """Return two lines, one above the other, with a caret below the letter ``column``, from 0, of what came.

    ``wanted`` is the letter of the expected line that matters; where it is the same one, the two begin alike.
    """
    start = _start(column, came, expected) if wanted == column else _start(column, came)
    first = start if wanted == column else _start(wanted, expected)
    rows = ["expected: " + _cut(expected, first), "came:     " + _cut(came, start)]
    return [*rows, " " * (len("expected: ") + _columns(came, start, column)) + "^"]


def marked(line: str, column: int) -> list[str]:
    """Return a line with a caret below its letter ``column``, from 0."""
    start = _start(column, line)
    return [_cut(line, start), " " * _columns(line, start, column) + "^"]


def _start(column: int, *lines: str) -> int:
    """From which letter on lines are shown, so that the one that matters is among those that are."""
    if all(_columns(line, 0, WIDTH + 1) <= WIDTH for line in lines):
        return 0
    start = max(0, column - LEFT)
    while start < column and max(_columns(line, start, column) for line in lines) > 2 * LEFT:
        start += 1
    return start


def _cut(line: str, start: int) -> str:
    letters = "".join(shown(line, start, start + WIDTH))
    more = "…" if start + WIDTH < len(line) or len(letters) > WIDTH else ""
    return ("…" if start else "") + letters[:WIDTH] + more


def _columns(line: str, start: int, end: int) -> int:
    """How wide letters are on a screen, with the sign for those before them."""
    text = "".join(shown(line, start, end))
    wide = sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    return wide + bool(start)


def place_of(text: str, at: int) -> tuple[int, int]:
    """Return the line and the column of a letter, both from 1."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def line_of(text: str, at: int) -> str:
    """Return the line that a letter is in, without the newline at its end."""
    end = text.find("\n", at)
    return text[text.rfind("\n", 0, at) + 1 : len(text) if end < 0 else end]


def lines_of(text: str) -> list[str]:
    """Return the lines of a text; a newline ends each, but for the last one perhaps."""
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def excerpt(text: str, at: int) -> tuple[str, ...]:
    """Return the lines around a letter, and how many are before them and behind."""
    lines, (line, _) = lines_of(text), place_of(text, at)
    first = max(0, min(line - 1, len(lines) - 1) - AROUND[0])
    last = min(len(lines), first + sum(AROUND) + 1)
    told = [shown_line(each) for each in lines[first:last]]
    before = [f"… {plural(first, 'line')} before"] if first else []
    behind = [f"… {plural(len(lines) - last, 'line')} more"] if last < len(lines) else []
    return (*before, *told, *behind)
