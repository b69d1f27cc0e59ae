"""Regular expressions of a teacher's, held against what a stranger's program wrote.

They are RE2's (https://github.com/google/re2/wiki/Syntax): Python's, but for lookaround and references to groups, and
``\\z`` for the end. So the time that one takes is bounded by its size times the length of the text, whatever the text:
an expression like ``(a+)+b`` cannot hang a grader, and no verdict hangs on a clock.
"""

from __future__ import annotations

from functools import cache, lru_cache

import re2

from vm.values import dataclass

_LINES = "(?m)"
KEPT = 200
"""Expressions that are kept compiled at a time."""


class WrongRegex(ValueError):
    """A regular expression that cannot be read: the message says why."""


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression, for bytes. ``ignores_case`` is what it says, and with ``has_lines`` ``^`` and ``$`` are the
    ends of each line.

    Bytes are letters in UTF-8, or one letter each where they are not all UTF-8. Places are offsets in bytes.
    """

    pattern: str
    ignores_case: bool = False
    has_lines: bool = False

    def check(self) -> None:
        """Raise :class:`WrongRegex` where it cannot be read."""
        _compiled(self, False, False)

    def fits(self, data: bytes) -> bool:
        """Tell whether it matches all of ``data``."""
        return _compiled(self, _is_other(data), False).fullmatch(data) is not None

    def search(self, data: bytes, start: int = 0) -> tuple[int, int] | None:
        """Return where its first match from ``start`` on begins and ends; None where there is none.

        What is before ``start`` counts for what it says of its surroundings (``^``, ``\\b``).
        """
        found = _compiled(self, _is_other(data), False).search(data, start)
        return None if found is None else (found.start(), found.end())

    def reach(self, data: bytes) -> int | None:
        """Return the end of the longest match at the beginning of ``data``; None where there is none."""
        found = _compiled(self, _is_other(data), True).match(data)
        return None if found is None else int(found.end())


def _is_other(data: bytes) -> bool:
    """Whether it is not UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False


@cache
def _options(ignores_case: bool, is_bytes: bool, is_longest: bool) -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignores_case
    options.longest_match = is_longest
    if is_bytes:
        options.encoding = re2.Options.Encoding.LATIN1
    return options


@lru_cache(KEPT)
def _compiled(regex: Regex, is_bytes: bool, is_longest: bool) -> re2._Regexp:
    options = _options(regex.ignores_case, is_bytes, is_longest)
    try:
        pattern = (_LINES + regex.pattern if regex.has_lines else regex.pattern).encode()
        return re2.compile(pattern, options)
    except UnicodeEncodeError:
        raise WrongRegex("it has a letter that no text in UTF-8 has") from None
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise WrongRegex(said.replace(_LINES, "", 1)) from None
