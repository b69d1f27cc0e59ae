"""Signs by which a source shows that it was written for a simulator: GNU's assembler takes none of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vm.abi import CALL_NAMES
from vm.isa import BY_NAME
from vm.services import RARS, RARS_SERVICES, VENUS, VENUS_SERVICES
from vm.values import dataclass

from ..source import Source

_HEAD = r"^[ \t]*(?:[\w.$]+[ \t]*:[ \t]*)?"
_REGISTER = r"(?:x[0-9]{1,2}|zero|ra|[sgtf]p|[ast][0-9]{1,2})"
_NAMES = "|".join(sorted((name for name in BY_NAME if name.isalpha()), key=len, reverse=True))
_COMMAS = "operands without commas"
_NO_COMMAS = (
    _HEAD + rf"(?:{_NAMES}|li|la|mv|beqz|bnez)[ \t]+{_REGISTER}[ \t]+[-\w]",
    _HEAD + rf"(?:{_NAMES})[ \t]+{_REGISTER}[ \t]*,[ \t]*{_REGISTER}[ \t]+[-\w]",
)
_FLAGS = re.MULTILINE | re.ASCII | re.IGNORECASE
_SIGNS = tuple(
    (re.compile(pattern, _FLAGS), dialect, what)
    for pattern, dialect, what in (
        (_HEAD + r"\.eqv\b", RARS, ".eqv"),
        (_HEAD + r"\.end_macro\b", RARS, ".end_macro"),
        (_HEAD + r"\.macro\b[^\n#]*%\w", RARS, "a macro's parameter with %"),
        (_HEAD + r"\.import\b", VENUS, ".import"),
        *((pattern, "", _COMMAS) for pattern in _NO_COMMAS),
        (_HEAD + rf"(?:{_NAMES}),[ \t]", "", "a comma behind the instruction"),
        (_HEAD + r"\.asciiz\b", "", ".asciiz"),
        (_HEAD + r"\.(?:word|half|byte)[ \t]+[-\w]+[ \t]*:[ \t]*\d", RARS, "a value repeated by a colon"),
        (_HEAD + r"\.(?:data|text)[ \t]+0x", RARS, "a segment with an address"),
    )
)
_A7 = r"^[^#\n]*\b(?:li|addi)[ \t]+(?:a7|x17)[ \t,]+(?:(?:x0|zero)[ \t,]+)?"
_INSTRUCTION = rf"(?:{_NAMES}|li|la|mv|beqz|bnez)[ \t]+{_REGISTER}"
_PARTED = re.compile(_HEAD + _INSTRUCTION + r"[ \t]*,", _FLAGS)
_UNPARTED = tuple(re.compile(pattern, _FLAGS) for pattern in _NO_COMMAS)
_BY_A7 = re.compile(rf"{_A7}(?:[1-9]\d{{0,3}}\b|[a-z_])", _FLAGS)
_CALLED = re.compile(rf"{_A7}(\d{{1,4}})\b", _FLAGS)
_OF_LINUX = re.compile(
    r"^[ \t]*(?:\.glob(?:a)?l[ \t]+_start\b|_start[ \t]*:|\.section\b|\.option\b|\.(?:equ|set)[ \t]+(?:SYS|__NR)_)",
    _FLAGS,
)
_SERVICES_ALONE = frozenset(number for number in RARS_SERVICES if number <= 12)
"""Numbers of services that are in every program for a simulator; Linux has asynchronous I/O and attributes there."""
_CALLS_ALONE = frozenset(CALL_NAMES) - frozenset(RARS_SERVICES) - frozenset(VENUS_SERVICES)


@dataclass(frozen=True, slots=True)
class Guess:
    """The dialect that sources are taken for, and the sign of it: what, and in which line of which source.

    ``is_sure`` where it stays the dialect even of a source with errors, which are then told by its rules.
    """

    dialect: str
    sign: str
    file: str
    line: int
    is_sure: bool = True

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: note: {self.sign}: read as {self.dialect}'s (--dialect gnu reads it as GNU's)"


def guess(sources: Sequence[Source]) -> Guess | None:
    """The dialect of sources that GNU's rules do not fit, by the first of the signs that is in one; None without any.

    A sign that both simulators share is RARS's where a7 is given a small number, that of a service, or a name. It may
    be a slip as well: it is no sign in sources that are Linux's otherwise, nor are operands without commas where most
    have them, unless a service is asked for that Linux does not have. Sources that ask for a call that only Linux has
    are no simulator's whatever they bear.
    """
    called = {int(number) for source in sources for number in _CALLED.findall(source.text)}
    asks = bool(called & _SERVICES_ALONE)
    if called & _CALLS_ALONE and not asks:
        return None
    is_linux = any(_OF_LINUX.search(source.text) for source in sources)
    for pattern, dialect, what in _SIGNS:
        for source in sources:
            match = pattern.search(source.text)
            if match is None:
                continue
            is_habit = what == _COMMAS and _most_lack_commas(sources)
            is_slip = what == _COMMAS and not is_habit and (is_linux or not asks)
            if dialect not in (RARS, VENUS) and (is_slip or (is_linux and not asks)):
                continue
            line = source.text.count("\n", 0, match.end()) + 1
            by_a7 = any(_BY_A7.search(source.text) for source in sources)
            own = dialect or (RARS if by_a7 else VENUS)
            return Guess(own, what, source.name, line, bool(dialect) or asks or is_habit)
    return None


def _most_lack_commas(sources: Sequence[Source]) -> bool:
    """Whether most instructions whose operands need commas lack one."""
    lacking = needing = 0
    for source in sources:
        for line in source.text.splitlines():
            lacks = any(pattern.match(line) for pattern in _UNPARTED)
            lacking += lacks
            needing += lacks or _PARTED.match(line) is not None
    return 2 * lacking > needing
