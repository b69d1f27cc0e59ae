"""Text of others' making, as it may be shown: a guest's names, an image's symbols, lines of a source."""

from __future__ import annotations

from collections.abc import Iterable

from vm.quantities import plural

_SURROGATES = range(0xDC80, 0xDD00)
"""What stands for the bytes 0x80 to 0xff where they are not UTF-8 (PEP 383)."""


LONGEST = 500
"""Letters of a name that a listing repeats in every line that refers to it, or makes room for in every line."""


def printable(text: str, keep: str = "") -> str:
    """``text`` with escapes for what would break a line or command a terminal, but for the characters in ``keep``."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in keep else _escape(letter) for letter in text)


def _escape(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code - 0xDC00:02x}" if code in _SURROGATES else letter.encode("unicode_escape").decode()


def typed(words: Iterable[str]) -> str:
    """Return a command as one types it in bash: a word with letters that cannot be shown stands as ``$'…'``."""
    from shlex import quote

    return " ".join([quote(word) if word.isprintable() else f"$'{''.join(map(_as_typed, word))}'" for word in words])


def _as_typed(letter: str) -> str:
    code = ord(letter)
    if letter in "\\'":
        return f"\\{letter}"
    if letter.isprintable() or code < 0x80 or code in _SURROGATES:
        return printable(letter)
    return f"\\U{code:08x}"


def shortened(text: str, most: int = LONGEST) -> str:
    """``text``, or the beginning of one that has more than ``most`` letters, for where it stands again and again."""
    return text if len(text) <= most else text[: most - 1] + "…"


def message(text: str) -> str:
    """A text of several lines as it may be shown: lines and tabs are its own."""
    return printable(text, keep="\n\t")


BRIEF = 40
"""Letters of a value that a repr shows."""
FEW = 4
"""Entries of a list that it may show."""


def brief(value: object) -> str:
    """The repr of a value, at most :data:`BRIEF` letters of it; of a list or table that is longer, how long it is."""
    if isinstance(value, int) and value.bit_length() > 4 * BRIEF:
        return f"{value >> value.bit_length() - 4 * BRIEF:#x}… <a number of {value.bit_length():,} bits>"
    if isinstance(value, tuple | list | dict) and (len(value) > FEW or len(repr(value)) > BRIEF):
        return f"<{plural(len(value), 'entry', 'entries')}>"
    if isinstance(value, str | bytes) and len(value) > BRIEF:
        letters = "letters" if isinstance(value, str) else "bytes"
        return f"{value[:BRIEF]!r}… <{len(value):,} {letters}>"
    return repr(value)


class Brief:
    """A dataclass whose repr fits a screen, whatever it holds."""

    __slots__ = ()

    def __repr__(self) -> str:
        from dataclasses import fields  # not needed before

        names = [each.name for each in fields(self) if each.repr]  # type: ignore[arg-type]
        told = [f"{name}={brief(getattr(self, name))}" for name in names]
        return f"{type(self).__name__}({', '.join(told)})"
