"""Outputs as one line of text, in which nothing is hidden, and back.

What cannot be seen is an escape as in C: ``\\n``, ``\\t``, ``\\\\``, ``\\x1b``, and a blank where nobody would see it.
"""

from __future__ import annotations

import re

from vm.text import printable

_NAMED = {
    "n": b"\n", "t": b"\t", "r": b"\r", "a": b"\a", "b": b"\b", "f": b"\f", "v": b"\v", "e": b"\x1b", "\\": b"\\",
    '"': b'"', "'": b"'",
}  # fmt: skip
_SHOWN = {chr(_NAMED[name][0]): f"\\{name}" for name in "ntrabfv\\"}
_ESCAPE = re.compile(
    r"\\(?:x(?P<hex>[0-9a-fA-F]{1,2})|(?P<octal>[0-7]{1,3})|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})"
    r"|(?P<name>.)|$)",
    re.DOTALL,
)
BLANK = r"\x20"
"""How a blank is written at the beginning or the end, where it could not be seen."""


def escaped(data: bytes) -> str:
    """Write bytes as printable text in one line, which :func:`unescaped` turns into them again."""
    text = "".join(map(_escape, data.decode("utf-8", "surrogateescape")))
    if text.startswith(" "):
        text = BLANK + text[1:]
    return text[:-1] + BLANK if text.endswith(" ") else text


def _escape(letter: str) -> str:
    code = ord(letter)
    if letter != "\\" and letter.isprintable():
        return letter
    if 0x80 <= code < 0xD800 or code > 0xDFFF:
        return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"
    return _SHOWN.get(letter) or f"\\x{code & 0xFF:02x}"


def unescaped(text: str) -> bytes:
    """Return the bytes that a text with escapes means. ValueError for an escape that there is not."""
    found, at = bytearray(), 0
    for match in _ESCAPE.finditer(text):
        found += os_bytes(text[at : match.start()]) + _meaning(match)
        at = match.end()
    return bytes(found + os_bytes(text[at:]))


def os_bytes(text: str) -> bytes:
    """Return the bytes of a word of the command line, or of a text in UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def _meaning(match: re.Match[str]) -> bytes:
    kind, digits = match.lastgroup, match[match.lastgroup] if match.lastgroup else ""
    if kind == "hex":
        return bytes([int(digits, 16)])
    if kind == "octal" and int(digits, 8) < 256:
        return bytes([int(digits, 8)])
    if kind in ("short", "long") and int(digits, 16) < 0x110000 and not 0xD800 <= int(digits, 16) < 0xE000:
        return chr(int(digits, 16)).encode()
    if kind == "name" and digits in _NAMED:
        return _NAMED[digits]
    raise ValueError(
        f"'{printable(match[0])}' is no escape; there are \\n \\t \\r \\a \\b \\f \\v \\e \\\\ \\xHH \\OOO \\uHHHH, "
        "and a backslash itself is \\\\"
    )
