"""The words of a source in C, with their places: as much of the language as mutations need.

Comments are left out; of the preprocessor's lines there is one word each, and those of the value in ``#define NAME
value``. Whatever a text holds, it has words. A parser would need what the preprocessor makes of it, or is one more
compiled package to install; whether a mutant is C at all is for the compiler to say. Source: ISO C17, section 6.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from vm.enums import quick
from vm.values import dataclass

_SPLICE = r"\\\r?\n"
_COMMENT = rf"/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)|//(?:{_SPLICE}|[^\n])*"
_TOKEN = re.compile(
    rf"""
    (?P<skip>{_SPLICE}|{_COMMENT})
  | (?P<line>\s*\n\s*)
  | (?P<space>\s+)
  | (?P<string>(?:u8|[LuU])?"(?:\\\r?[\s\S]|[^"\\\n])*"?)
  | (?P<character>[LuU]?'(?:\\\r?[\s\S]|[^'\\\n])*'?)
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<name>[^\W\d]\w*)
  | (?P<sign>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|[<>=!*/%+\-&^|]=|&&|\|\||[\s\S])
    """,
    re.VERBOSE | re.ASCII,
)
_DIRECTIVE = re.compile(rf"(?:{_SPLICE}|{_COMMENT}|\"(?:\\.|[^\"\\\n])*\"|[^\n])*", re.ASCII)
_DEFINE = re.compile(r"#[ \t]*define[ \t]+\w+(?=[ \t])", re.ASCII)


@quick
class Kind(StrEnum):
    """What a word is; DIRECTIVE stands for a line of the preprocessor's, and ends what is before it."""

    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    CHARACTER = "character"
    SIGN = "sign"
    DIRECTIVE = "directive"


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a source, which stands from ``start`` up to ``end``, in characters from 0."""

    kind: Kind
    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The words of a source in C, in their order."""
    return list(_words(text, 0, len(text)))


def _words(text: str, at: int, end: int) -> Iterator[Token]:
    begins = at == 0
    while at < end:
        if begins and text[at] == "#":
            define, close = _DEFINE.match(text, at, end), _end(text, at, end)
            head = define.end() if define else close
            yield Token(Kind.DIRECTIVE, text[at:head], at, head)
            if define:
                yield from _words(text, head, close)
                yield Token(Kind.DIRECTIVE, "", close, close)
            at = close
            continue
        found = _TOKEN.match(text, at, end)
        assert found is not None
        at = found.end()
        kind = found.lastgroup or ""
        begins = kind == "line" or (begins and kind in ("skip", "space"))
        if kind not in ("skip", "line", "space"):
            yield Token(Kind(kind), found.group(), found.start(), at)


def _end(text: str, at: int, end: int) -> int:
    found = _DIRECTIVE.match(text, at, end)
    assert found is not None
    return found.end()
