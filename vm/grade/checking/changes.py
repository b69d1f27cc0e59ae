"""Changes of a text, and a source in C as the operators see it: its calls, and its simple statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from vm.grade.checking.tokens import Kind, Token, tokenize
from vm.values import dataclass

KEYWORDS = frozenset(
    {"break", "case", "continue", "default", "do", "else", "for", "goto", "if", "return", "sizeof", "switch", "while"}
)
_TYPES = frozenset(
    {
        "_Atomic", "_Bool", "auto", "bool", "char", "const", "double", "enum", "extern", "float", "inline", "int",
        "long", "register", "short", "signed", "static", "struct", "typedef", "union", "unsigned", "void", "volatile",
    }
)  # fmt: skip
_OPENING = {"(": ")", "[": "]", "{": "}"}
_HEADS = frozenset({"if", "while", "for", "switch"})


@dataclass(frozen=True, slots=True)
class Change:
    """What stands from ``start`` up to ``end``, in characters from 0, becomes ``after``."""

    start: int
    end: int
    after: str

    def apply(self, text: str) -> str:
        """The text with the change; it has as many lines as before, so that all else keeps its line."""
        lost = text.count("\n", self.start, self.end) - self.after.count("\n")
        return text[: self.start] + self.after + "\n" * lost + text[self.end :]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function by its name: places of words, from ``first`` up to and with ``last``, and those of its
    arguments, up to and without.
    """

    name: str
    first: int
    last: int
    arguments: tuple[tuple[int, int], ...]


class Source:
    """A text in C: its words, and what they make up inside of functions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: Sequence[Token] = tokenize(text)
        self.partners = _partners(self.tokens)

    def change(self, first: int, last: int, after: str) -> Change:
        """The words from ``first`` up to and with ``last`` become ``after``."""
        return Change(self.tokens[first].start, self.tokens[last].end, after)

    def sign(self, at: int) -> str:
        """The word at a place, if it is an operator or a separator; empty beyond the text, too."""
        is_there = 0 <= at < len(self.tokens) and self.tokens[at].kind is Kind.SIGN
        return self.tokens[at].text if is_there else ""

    def name(self, at: int) -> str:
        """The word at a place, if it is a name or a keyword; empty beyond the text, too."""
        is_there = 0 <= at < len(self.tokens) and self.tokens[at].kind is Kind.NAME
        return self.tokens[at].text if is_there else ""

    def between(self, first: int, end: int) -> str:
        """The text of the words from ``first`` up to and without ``end``, of which there is at least one."""
        return self.text[self.tokens[first].start : self.tokens[end - 1].end]

    @cached_property
    def bodies(self) -> list[tuple[int, int]]:
        """The bodies of functions: places of their braces."""
        found, at = [], 0
        while at < len(self.tokens):
            if self.sign(at) == "{" and at in self.partners:
                if self.sign(at - 1) == ")":
                    found.append((at, self.partners[at]))
                at = self.partners[at]
            at += 1
        return found

    @cached_property
    def calls(self) -> list[Call]:
        """The calls in the bodies of functions."""
        return [
            Call(self.name(at), at, self.partners[at + 1], tuple(self._arguments(at + 1)))
            for first, last in self.bodies
            for at in range(first, last)
            if self.name(at) and self.name(at) not in KEYWORDS and self.sign(at + 1) == "(" and at + 1 in self.partners
            and (not self.name(at - 1) or self.name(at - 1) in KEYWORDS)
        ]  # fmt: skip

    def _arguments(self, opening: int) -> Iterator[tuple[int, int]]:
        at = first = opening + 1
        closing = self.partners[opening]
        while at < closing:
            if self.sign(at) == ",":
                yield first, at
                first = at + 1
            at = self.partners.get(at, at) + 1
        if first < closing:
            yield first, closing

    @cached_property
    def statements(self) -> list[tuple[int, int]]:
        """The simple statements in the bodies of functions, no declarations: places up to and without the semicolon."""
        return [
            (first, end)
            for opening, closing in self.bodies
            for first, end in self._simple(opening + 1, closing)
            if not self._declares(first)
        ]

    def _simple(self, at: int, end: int) -> Iterator[tuple[int, int]]:
        first = at
        while at < end:
            begins = self._behind_head(at) if at == first else at
            if begins > at:
                at = first = begins
            elif self.sign(at) in ("(", "["):
                at = self.partners.get(at, at) + 1
            else:
                if self.sign(at) in (";", "{", "}") or self.tokens[at].kind is Kind.DIRECTIVE:
                    if self.sign(at) == ";" and at > first:
                        yield first, at
                    first = at + 1
                at += 1

    def _behind_head(self, at: int) -> int:
        """The place behind what is written before a statement: a condition, a label; ``at`` where there is none."""
        if self.name(at) in ("else", "do"):
            return at + 1
        if self.name(at) in _HEADS and at + 1 in self.partners:
            return self.partners[at + 1] + 1
        if self.name(at) == "case":
            colon = next((place for place in range(at, len(self.tokens)) if self.sign(place) == ":"), at - 1)
            return colon + 1
        return at + 2 if self.name(at) and self.sign(at + 1) == ":" else at

    def _declares(self, first: int) -> bool:
        if self.name(first) in _TYPES:
            return True
        at = first + 1
        while self.sign(at) == "*":
            at += 1
        return bool(self.name(first)) and self.name(first) not in KEYWORDS and bool(self.name(at))


Find = Callable[[Source], Iterator[Change]]
"""An operator of mutation: the places of a source where it has something to change, and how."""


def _partners(tokens: Sequence[Token]) -> dict[int, int]:
    """The closing bracket of each opening one that has one, by places."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind is not Kind.SIGN:
            continue
        if token.text in _OPENING:
            opened.append(at)
        elif token.text in _OPENING.values():
            if opened and _OPENING[tokens[opened[-1]].text] == token.text:
                found[opened.pop()] = at
            else:
                opened.clear()  # of a branch of the preprocessor's, perhaps
    return found
