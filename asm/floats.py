"""Directives that place floating-point constants: data as any other, for a machine that computes with integers alone.

Source: IEEE 754, and the names for its values that GNU's assembler knows.
"""

from __future__ import annotations

import re
import struct

from .assembler import Assembler, Handler
from .diagnostics import Problem
from .lexer import END, shorten, spans
from .statements import found

_CONSTANT = r"([+-]?)\s*(?:0[fFdDrReE])?((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?|inf(?:inity)?|nan)"
"""A sign, a letter that some assemblers want after 0, and the value."""
_FLAGS = re.ASCII | re.IGNORECASE


def floating(code: str) -> Handler:
    """The handler of a directive that places constants in the format ``code`` of :mod:`struct`."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.float value, value…``"""
        assembler.mark()
        at += 1
        while tokens[at] != END:
            value, after = constant(assembler, tokens, at, code)
            assembler.append(value, at)
            at = after
            if tokens[at] == ",":
                at += 1
                if tokens[at] == END:
                    raise Problem("expected a number", at)

    return place


def constant(assembler: Assembler, tokens: list[str], at: int, code: str) -> tuple[bytes, int]:
    """The bytes of the constant at token ``at``, and the index of the token after it: a comma or the end."""
    line = assembler.reading.lines[assembler.index]
    places = spans(line)
    after = at
    while tokens[after] not in (",", END):
        after += 1
    assembler.limits.work(after - at + 1)
    if after == at:
        raise Problem(f"expected a number{found(tokens[at])}", at)
    text = line[places[at][0] : places[after - 1][1]]
    match = re.fullmatch(_CONSTANT, text, _FLAGS)
    if match is None:
        raise Problem(f"'{shorten(text)}' is not a floating-point number", at, after - 1)
    try:
        return struct.pack(f"<{code}", float(match.group(1) + match.group(2))), after
    except OverflowError:
        raise Problem(f"'{shorten(text)}' is too large for {struct.calcsize(code)} bytes", at, after - 1) from None


TABLE: dict[str, Handler] = {
    **dict.fromkeys((".float", ".single", ".dc.s"), floating("f")),
    **dict.fromkeys((".double", ".dc.d"), floating("d")),
    ".float16": floating("e"),
}
"""Handlers of these directives."""
