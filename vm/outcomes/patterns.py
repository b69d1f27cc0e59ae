r"""Patterns of outputs: pieces of text that come in a given order, but for those in braces.

``{ab|c}d`` is ``ab`` and ``c`` in either order, then ``d``. What stands between the bars of a brace are sequences of
their own: pieces of one stay in order, those of others come in between. A piece is never interrupted; a tilde ends it,
as a brace does: ``{a~b|c}`` is ``abc``, ``acb`` or ``cab``. A backslash takes one of ``{|}~`` as it is, and begins the
escapes that outputs are listed with.
"""

from __future__ import annotations

import re

from vm.outcomes.escapes import unescaped
from vm.outcomes.posets import Poset
from vm.values import dataclass

_MARKS = "{|}~"
_WORDS = re.compile(r"[{|}~]|\\[{|}~]|(?:\\[^{|}~])?[^{|}~\\]+|\\[^{|}~]?", re.DOTALL)
"""Marks, those that stand for themselves, and texts that have an escape at their beginning if anywhere."""

MOST = 5000
"""Pieces that a pattern may have."""


class WrongPattern(ValueError):
    """A pattern that cannot be read: the message says what is wrong where, and what can be done."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A partial order of ``pieces`` of text: each comes after those whose numbers it has in ``after``."""

    pieces: tuple[bytes, ...]
    after: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, text: str) -> Pattern:
        """Read a pattern, as the module says. Raises :class:`WrongPattern`."""
        parser = _Parser(text)
        parser.read()
        return cls(tuple(parser.pieces), tuple(parser.after))

    def poset(self) -> Poset:
        """The pieces as events."""
        below: list[int] = []
        for after in self.after:
            reach = 0
            for piece in after:
                reach |= below[piece] | 1 << piece
            below.append(reach)
        return Poset(tuple((piece,) for piece in self.pieces), tuple(below))


class _Brace:
    """A brace that is open: where, what comes before it, and the last pieces of its sequences so far."""

    def __init__(self, at: int, before: tuple[int, ...]) -> None:
        self.at = at
        self.before = before
        self.ends: dict[int, None] = {}

    def end(self, last: tuple[int, ...]) -> None:
        """A sequence ends with these pieces: with what was before the brace if it has none."""
        if last != self.before:
            self.ends |= dict.fromkeys(last)


class _Parser:
    def __init__(self, text: str) -> None:
        self.pieces: list[bytes] = []
        self.after: list[tuple[int, ...]] = []
        self._text = text
        self._piece = b""
        self._last: tuple[int, ...] = ()
        self._open: list[_Brace] = []

    def read(self) -> None:
        """Find the pieces and what each comes after."""
        for word in _WORDS.finditer(self._text):
            at, found = word.start(), word[0]
            if found in _MARKS:
                self._end_piece()
                self._mark(found, at)
            else:
                self._piece += self._bytes(found, at)
        self._end_piece()
        if self._open:
            raise self._wrong(f"the brace is not closed; {_itself('{')}", self._open[-1].at)

    def _mark(self, mark: str, at: int) -> None:
        if mark == "~":
            return
        if mark == "{":
            self._open.append(_Brace(at, self._last))
            return
        if not self._open:
            what = "no brace is open that this could close" if mark == "}" else "a bar stands outside braces"
            raise self._wrong(f"{what}; {_itself(mark)}", at)
        brace = self._open[-1]
        brace.end(self._last)
        self._last = brace.before
        if mark == "}":
            self._last = tuple(brace.ends) or brace.before
            self._open.pop()

    def _bytes(self, word: str, at: int) -> bytes:
        if word[0] == "\\" and word[1:] and word[1:] in _MARKS:
            return word[1:].encode()
        try:
            return unescaped(word)
        except UnicodeEncodeError as error:
            raise self._wrong("no bytes stand for this letter", at + error.start) from None
        except ValueError as error:
            raise self._wrong(str(error), at) from None

    def _end_piece(self) -> None:
        if self._piece:
            if len(self.pieces) == MOST:
                raise WrongPattern(f"the pattern has more than {MOST:,} pieces: leave out some of its marks")
            self.pieces.append(self._piece)
            self.after.append(self._last)
            self._last = (len(self.pieces) - 1,)
            self._piece = b""

    def _wrong(self, what: str, at: int) -> WrongPattern:
        line = self._text.count("\n", 0, at) + 1
        column = at - self._text.rfind("\n", 0, at)
        place = f"line {line}, character {column}" if "\n" in self._text.rstrip("\n") else f"character {column}"
        return WrongPattern(f"{place} of the pattern: {what}")


def _itself(mark: str) -> str:
    return f"\\{mark} is the character itself"
