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
  | '(?:[^'\\]|\\.|'(?='))'?                # characters, whose second quote may be missing
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
_ESCAPE = re.compile(rb"\\([0-9]{1,3}|[xX][0-9a-fA-F]+|.)", re.DOTALL)
_ESCAPES = {
    b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"
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


def is_symbol(token: str) -> bool:
    """Whether the token may name a symbol, which may also be any text in double quotes."""
    return is_name(token) or (len(token) > 2 and token[0] == token[-1] == '"')


def bare(token: str) -> str:
    """The name that a token is, without quotes."""
    return token[1:-1].replace('\\"', '"').replace("\\\\", "\\") if token[0] == '"' else token


def is_local_reference(token: str) -> bool:
    """Whether the token refers to a numeric label, as ``1f`` and ``2b`` do."""
    return _LOCAL_LABEL.fullmatch(token) is not None


def integer(token: str, bits: int = 64) -> int:
    """The value of a number as GNU writes them: decimal, 0x hexadecimal, 0b binary, 0 octal.

    Raises :class:`Problem` (without a place) if it is none, or needs more than ``bits`` bits.
    """
    match = _INTEGER.fullmatch(token)
    if match is None:
        kinds = {"0x": "hexadecimal", "0b": "binary"}
        kind = kinds.get(token[:2].lower(), "octal" if token[:1] == "0" and token.isdigit() else "")
        raise Problem(f"'{shorten(token)}' is not a valid {kind + ' ' if kind else ''}number")
    digits = match.group(1)
    if len(digits) > bits + 6:
        raise Problem(f"'{shorten(token)}' does not fit in {bits} bits")
    base = {"x": 16, "b": 2}.get(digits[1:2].lower(), 8 if digits[0] == "0" else 10)
    value = int(digits, base)
    if value >> bits:
        raise Problem(f"'{shorten(token)}' does not fit in {bits} bits")
    return value


def character(token: str) -> int:
    """The value of a character such as ``'a'``, ``'a`` or ``'\\n'``; raises :class:`Problem` without a place."""
    text = token[1:-1] if len(token) > 2 and token[-1] == "'" else token[1:]
    if not text or text == "\\":
        raise Problem("unfinished character constant", None, None, "a character is written between quotes, as 'a'")
    value = unescape(f'"{text}"')
    if len(value) != 1:
        raise Problem("a character constant holds one byte")
    return value[0]


def unescape(token: str) -> bytes:
    """The bytes that a quoted string stands for, in UTF-8; raises :class:`Problem` without a place."""
    try:
        raw = token[1:-1].encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise Problem("the string holds a character that UTF-8 cannot encode") from None
    return _ESCAPE.sub(_unescape_one, raw) if b"\\" in raw else raw


def _unescape_one(match: re.Match[bytes]) -> bytes:
    """Read one escape as GNU does: numbers are cut off to a byte, a letter that means nothing stands for itself."""
    found = match.group(1)
    if found in _ESCAPES:
        return _ESCAPES[found]
    if found.isdigit():
        return bytes([_octal(found) & 0xFF])
    if found[:1] in b"xX" and len(found) > 1:
        return bytes([int(found[1:], 16) & 0xFF])
    return found


def _octal(digits: bytes) -> int:
    """The value of octal digits, among which GNU also takes 8 and 9."""
    value = 0
    for digit in digits:
        value = value * 8 + digit - ord("0")
    return value


_PLAIN = frozenset((*_ESCAPES, b'"', b"'", b"\\"))
_MEANT = {"a": "\\007", "e": "\\033", "E": "\\033"}


def doubtful_escape(token: str) -> str:
    """What is suspicious about the escapes in a quoted string; nothing if they mean what they say."""
    for match in _ESCAPE.finditer(token.encode("utf-8", "surrogateescape")) if "\\" in token else ():
        found = match.group(1)
        shown = found.decode("utf-8", "replace")
        if found.isdigit():
            if _octal(found) > 0xFF:
                return f"'\\{shown}' does not fit in a byte"
        elif found not in _PLAIN and not (found[:1] in b"xX" and len(found) > 1):
            meant = f"; write {_MEANT[shown]} for the control character" if shown in _MEANT else ""
            return f"unknown escape '\\{shorten(shown)}' stands for '{shorten(shown)}'{meant}"
    return ""


def shorten(text: str, limit: int = 40) -> str:
    """``text``, its middle left out when it is longer than ``limit``, without unprintable characters."""
    if len(text) > limit:
        text = text[: limit - 10] + "…" + text[-9:]
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
