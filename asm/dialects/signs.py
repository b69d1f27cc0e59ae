"""Signs by which a source shows that it was written for a simulator: GNU's assembler takes none of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vm.isa import BY_NAME
from vm.services import RARS, VENUS

from ..source import Source

_HEAD = r"^[ \t]*(?:[\w.$]+[ \t]*:[ \t]*)?"
_REGISTER = r"(?:x[0-9]{1,2}|zero|ra|[sgtf]p|[ast][0-9]{1,2})"
_NAMES = "|".join(sorted((name for name in BY_NAME if name.isalpha()), key=len, reverse=True))
_SIGNS = tuple(
    (re.compile(pattern, re.MULTILINE | re.ASCII | re.IGNORECASE), dialect, what)
    for pattern, dialect, what in (
        (_HEAD + r"\.eqv\b", RARS, ".eqv"),
        (_HEAD + r"\.end_macro\b", RARS, ".end_macro"),
        (_HEAD + r"\.macro\b[^\n#]*%\w", RARS, "a macro's parameter with %"),
        (_HEAD + r"\.import\b", VENUS, ".import"),
        (_HEAD + rf"(?:{_NAMES}|li|la|mv|beqz|bnez)[ \t]+{_REGISTER}[ \t]+[-\w]", "", "operands without commas"),
        (_HEAD + rf"(?:{_NAMES})[ \t]+{_REGISTER}[ \t]*,[ \t]*{_REGISTER}[ \t]+[-\w]", "", "operands without commas"),
        (_HEAD + rf"(?:{_NAMES}),[ \t]", "", "a comma behind the instruction"),
        (_HEAD + r"\.asciiz\b", "", ".asciiz"),
        (_HEAD + r"\.(?:word|half|byte)[ \t]+[-\w]+[ \t]*:[ \t]*\d", RARS, "a value repeated by a colon"),
        (_HEAD + r"\.(?:data|text)[ \t]+0x", RARS, "a segment with an address"),
    )
)
_BY_A7 = re.compile(
    r"^[^#\n]*\b(?:li|addi)[ \t]+(?:a7|x17)[ \t,]+(?:(?:x0|zero)[ \t,]+)?(?:[1-9]\d{0,3}\b|[a-z_])",
    re.MULTILINE | re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Guess:
    """The dialect that sources are taken for, and the sign of it: what, and in which line of which source."""

    dialect: str
    sign: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: note: {self.sign}: read as {self.dialect}'s (--dialect gnu reads it as GNU's)"


def guess(sources: Sequence[Source]) -> Guess | None:
    """The dialect of sources that GNU's rules do not fit, by the first of the signs that is in one; None without any.

    A sign that both simulators share is RARS's where a7 is given a small number, that of a service, or a name.
    """
    for pattern, dialect, what in _SIGNS:
        for source in sources:
            match = pattern.search(source.text)
            if match is not None:
                line = source.text.count("\n", 0, match.end()) + 1
                by_a7 = any(_BY_A7.search(source.text) for source in sources)
                return Guess(dialect or (RARS if by_a7 else VENUS), what, source.name, line)
    return None
