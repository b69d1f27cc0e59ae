r"""Patterns of outputs: pieces of text that come in a given order, but for those in braces.

``{ab|c}d`` is ``ab`` and ``c`` in either order, then ``d``. What stands between the bars of a brace are sequences of
their own: pieces of one stay in order, those of others come in between. A piece is never interrupted; a tilde ends it,
as a brace does: ``{a~b|c}`` is ``abc``, ``acb`` or ``cab``. A backslash before one of ``{|}~\`` takes it as it is;
``\n``, ``\t``, ``\r``, ``\e`` and ``\x1b`` (two hexadecimal digits) are bytes.
"""

from __future__ import annotations

from re import compile

from vm.outcomes.posets import Poset
from vm.values import dataclass

_ESCAPES = {"n": b"\n", "t": b"\t", "r": b"\r", "e": b"\x1b", **{mark: mark.encode() for mark in "{|}~\\"}}
_WORDS = compile(r"[{|}~]|\\x[0-9a-fA-F]{2}|\\.?|[^{|}~\\]+", 16)  # 16: a dot is a line's end as well


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
            if found in ("{", "|", "}", "~"):
                self._end_piece()
                self._mark(found, at)
            else:
                self._piece += self._bytes(found, at)
        self._end_piece()
        if self._open:
            raise self._wrong("the brace is not closed", self._open[-1].at, _itself("{"))

    def _mark(self, mark: str, at: int) -> None:
        if mark == "~":
            return
        if mark == "{":
            self._open.append(_Brace(at, self._last))
            return
        if not self._open:
            what = "no brace is open that this could close" if mark == "}" else "a bar stands outside braces"
            raise self._wrong(what, at, _itself(mark))
        brace = self._open[-1]
        brace.end(self._last)
        self._last = brace.before
        if mark == "}":
            self._last = tuple(brace.ends) or brace.before
            self._open.pop()

    def _bytes(self, word: str, at: int) -> bytes:
        if not word.startswith("\\"):
            try:
                return word.encode("utf-8", "surrogateescape")
            except UnicodeEncodeError as error:
                raise self._wrong("no bytes stand for this letter", at + error.start, "\\x1b is the byte 27") from None
        if len(word) == 4:
            return bytes.fromhex(word[2:])
        if word[1:] == "x":
            raise self._wrong("\\x needs two hexadecimal digits", at, "\\x1b is the byte 27")
        if word[1:] not in _ESCAPES:
            raise self._wrong(
                f"{word} means nothing" if word[1:] else "a backslash ends the pattern", at, _itself("\\")
            )
        return _ESCAPES[word[1:]]

    def _end_piece(self) -> None:
        if self._piece:
            self.pieces.append(self._piece)
            self.after.append(self._last)
            self._last = (len(self.pieces) - 1,)
            self._piece = b""

    def _wrong(self, what: str, at: int, hint: str) -> WrongPattern:
        line = self._text.count("\n", 0, at) + 1
        column = at - self._text.rfind("\n", 0, at)
        place = f"line {line}, character {column}" if "\n" in self._text.rstrip("\n") else f"character {column}"
        return WrongPattern(f"{place} of the pattern: {what}; {hint}")


def _itself(mark: str) -> str:
    return f"\\{mark} is the character itself"
