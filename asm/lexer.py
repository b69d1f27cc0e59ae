"""Tokens: one regular expression, applied to a line at a time.

A token is its text. What kind it is shows in its first character, and where it stands is asked only when there is an
error to report: then :func:`spans` reads the line once more.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .diagnostics import Problem

TOKEN = re.compile(
    r"""
    [A-Za-z_.$][\w.$]*                      # names: mnemonics, directives, registers, symbols
  | \d\w*                                   # numbers, and local labels as 1f
  | "(?:[^"\\]|\\.)*"                       # strings
  | '(?:[^'\\]|\\.)'                        # characters
  | <<|>>|<=|>=|==|!=|<>|&&|\|\|            # operators of two characters
  | \#.*|//.*                               # comments
  | \S                                      # all else, one character each
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)

END = ""
"""Closes every statement's list of tokens."""

_LOCAL_LABEL = re.compile(r"\d+[bf]")
_INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)U?L?L?")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|[xX][0-9a-fA-F]+|.)", re.DOTALL)
_ESCAPES = {
    b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b'"': b'"', b"\\": b"\\", b"'": b"'"
}  # fmt: skip


def tokenize(line: str) -> list[str]:
    """The tokens of a line without its comment, closed by :data:`END`; an empty list for a line without tokens."""
    tokens = TOKEN.findall(line)
    if tokens:
        last = tokens[-1]
        if last[0] == "#" or last[:2] == "//":
            tokens[-1] = END
            if len(tokens) == 1:
                return []
        else:
            tokens.append(END)
    return tokens


@lru_cache(maxsize=1)
def spans(line: str) -> tuple[tuple[int, int], ...]:
    """Where each token of ``line`` starts and ends, in characters from 0; the last is the line's end.

    The last answer is kept: a long line may have very many errors.
    """
    places = [match.span() for match in TOKEN.finditer(line) if not match.group().startswith(("#", "//"))]
    end = places[-1][1] if places else 0
    return *places, (end, end + 1)


def is_name(token: str) -> bool:
    """Whether the token may name a symbol, a section or a macro."""
    first = token[:1]
    return first.isalpha() or first in ("_", ".", "$") if first.isascii() else False


def is_local_reference(token: str) -> bool:
    """Whether the token refers to a numeric label, as ``1f`` and ``2b`` do."""
    return _LOCAL_LABEL.fullmatch(token) is not None


def integer(token: str) -> int:
    """The value of a number as GNU writes them: decimal, 0x hexadecimal, 0b binary, 0 octal.

    Raises :class:`Problem` (without a place) if it is none, or needs more than 64 bits.
    """
    match = _INTEGER.fullmatch(token)
    if match is None:
        kinds = {"0x": "hexadecimal", "0b": "binary"}
        kind = kinds.get(token[:2].lower(), "octal" if token[:1] == "0" and token.isdigit() else "")
        raise Problem(f"'{shorten(token)}' is not a valid {kind + ' ' if kind else ''}number")
    digits = match.group(1)
    if len(digits) > 70:
        raise Problem(f"'{shorten(token)}' does not fit in 64 bits")
    base = {"x": 16, "b": 2}.get(digits[1:2].lower(), 8 if digits[0] == "0" else 10)
    value = int(digits, base)
    if value >> 64:
        raise Problem(f"'{shorten(token)}' does not fit in 64 bits")
    return value


def character(token: str) -> int:
    """The value of a character constant such as ``'a'`` or ``'\\n'``; raises :class:`Problem` without a place."""
    if len(token) < 3:
        raise Problem("unfinished character constant", None, None, "a character is written between quotes, as 'a'")
    value = unescape(token)
    if len(value) != 1:
        raise Problem("a character constant holds one byte")
    return value[0]


def unescape(token: str) -> bytes:
    """The bytes that a quoted string or character stands for, in UTF-8; raises :class:`Problem` without a place."""
    try:
        raw = token[1:-1].encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise Problem("the string holds a character that UTF-8 cannot encode") from None
    return _ESCAPE.sub(_unescape_one, raw) if b"\\" in raw else raw


def _unescape_one(match: re.Match[bytes]) -> bytes:
    found = match.group(1)
    if found in _ESCAPES:
        return _ESCAPES[found]
    if found[:1] in b"01234567":
        value = int(found, 8)
        if value > 255:
            raise Problem(f"'\\{found.decode()}' does not fit in a byte")
        return bytes([value])
    if found[:1] in b"xX" and len(found) > 1:
        return bytes([int(found[-2:], 16)])
    raise Problem(
        f"unknown escape '\\{found.decode('utf-8', 'replace')}'", None, None,
        r"known are \b \f \n \r \t \" \' \\, \ooo in octal and \xhh in hexadecimal",
    )  # fmt: skip


def shorten(text: str, limit: int = 40) -> str:
    """``text``, its middle left out when it is longer than ``limit``, without unprintable characters."""
    if len(text) > limit:
        text = text[: limit - 10] + "…" + text[-9:]
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
