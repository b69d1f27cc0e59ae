"""Directives that place strings."""

from __future__ import annotations

from .assembler import Assembler, Handler
from .diagnostics import Problem
from .lexer import END, doubtful_escape
from .statements import expect_comma, found, string


def _strings(terminated: bool, width: int = 1) -> Handler:
    """The handler of a directive that places strings of ``width`` bytes a character, each followed by a zero if
    they are ``terminated``."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.ascii "text" "more", "text"<10>…``: what stands without a comma between is one string"""
        assembler.mark()
        at += 1
        while tokens[at] != END:
            start = at
            pieces = []
            while tokens[at] not in (",", END):
                piece, at = _piece(assembler, tokens, at)
                pieces.append(piece)
            if not pieces:
                raise Problem(f"expected a string in double quotes{found(tokens[at])}", at)
            text = b"".join(pieces) + bytes(terminated)
            assembler.append(text if width == 1 else b"".join(_widened(text, width)), start)
            if tokens[at] != END:
                at = expect_comma(tokens, at)
                if tokens[at] != "<":
                    string(tokens, at)

    return place


def _widened(text: bytes, width: int) -> list[bytes]:
    return [byte.to_bytes(width, "little") for byte in text]


def _piece(assembler: Assembler, tokens: list[str], at: int) -> tuple[bytes, int]:
    """The bytes of a string, or of a number in angle brackets; and the index of the token after it."""
    if tokens[at] == "<":
        if tokens[at + 1] == END or tokens[at + 2] != ">":
            raise Problem("expected a number in angle brackets", at, min(at + 1, len(tokens) - 2))
        value, _ = assembler.number([tokens[at + 1], END], 0, "<")
        return bytes([value & 0xFF]), at + 3
    piece = string(tokens, at)
    escape = doubtful_escape(tokens[at])
    if escape:
        assembler.warn(Problem(escape, at))
    return piece, at + 1


TABLE: dict[str, Handler] = {
    ".ascii": _strings(False),
    **dict.fromkeys((".asciz", ".string", ".string8"), _strings(True)),
    ".string16": _strings(True, 2),
    ".string32": _strings(True, 4),
    ".string64": _strings(True, 8),
}
"""Handlers of these directives."""
