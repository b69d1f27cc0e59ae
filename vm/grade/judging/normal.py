"""Texts without what does not count in them, and the way back to where a place of one is in the text itself.

White space is what C calls so: blanks, tabs, newlines, and the characters between these two and CR. Letters are those
of UTF-8; a byte that is no part of one is a letter of its own (PEP 383).
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator

from vm.grade.lab import Space

WHITE = " \t\n\r\v\f"
"""White space."""
AT_ENDS = " \t\r"
"""What does not count at the end of a line."""
LOOSER = (Space.EXACT, Space.TRAILING, Space.AMOUNT, Space.IGNORED)
"""Each takes for equal what the one before it does, and more."""
_WORD = re.compile(rf"[^{WHITE}]+")
_JOINED = {Space.EXACT: "", Space.TRAILING: "\n", Space.AMOUNT: " ", Space.IGNORED: ""}


def letters_of(data: bytes) -> str:
    """Return bytes as letters."""
    return data.decode("utf-8", "surrogateescape")


def folded(text: str) -> str:
    """Return a text in small letters, of which each stands where it stood."""
    small = text.lower()
    if text.isascii() or len(small) == len(text):
        return small
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


class Normal:
    """A text without what does not count: ``text``, made of ``whole``."""

    __slots__ = ("_origins", "_starts", "text", "whole")

    def __init__(self, whole: str, space: Space, *, ignores_case: bool = False) -> None:
        self.whole = whole
        self._origins, self._starts = array("q"), array("q")
        pieces, size, joint = [], 0, _JOINED[space]
        for origin, piece in _pieces(whole, space):
            self._origins.append(origin)
            self._starts.append(size)
            pieces.append(piece)
            size += len(piece) + len(joint)
        text = joint.join(pieces)
        self.text = folded(text) if ignores_case else text

    def origin(self, at: int) -> int:
        """Return where the letter ``at`` of the text is in the whole one; behind the last one for its length."""
        if not self._starts:
            return 0
        index = bisect_right(self._starts, at) - 1
        return min(self._origins[index] + at - self._starts[index], len(self.whole))


def _pieces(whole: str, space: Space) -> Iterator[tuple[int, str]]:
    """What counts of a text, with the place of each piece; what is between two of them is one joint."""
    if space is Space.EXACT:
        yield 0, whole
    elif space is Space.TRAILING:
        start, last = 0, len(whole.rstrip(AT_ENDS + "\n"))
        for line in whole[:last].split("\n") if last else ():
            yield start, line.rstrip(AT_ENDS)
            start += len(line) + 1
    else:
        for word in _WORD.finditer(whole):
            yield word.start(), word[0]


def needle(text: str, space: Space, *, ignores_case: bool) -> str:
    """Return a text as it is searched for in a normal one, behind which there is a newline if its lines count."""
    if space is Space.TRAILING:
        text = "\n".join([line.rstrip(AT_ENDS) for line in text.split("\n")])
        return folded(text) if ignores_case else text
    return Normal(text, space, ignores_case=ignores_case).text
