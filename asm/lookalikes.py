"""Characters that documents, chats and web pages put in place of those that a program is written in."""

from __future__ import annotations

import unicodedata

from .lexer import TOKEN

_MEANT = {
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02", '"'),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\uff07", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-"),
    **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009", " "),
    **dict.fromkeys("\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    "\uff0c": ",", "\u3001": ",", "\uff1a": ":", "\uff1b": ";", "\uff08": "(", "\uff09": ")", "\u00d7": "*",
    "\uff03": "#", "\uff0b": "+",
}  # fmt: skip


def find(line: str) -> tuple[int, str] | None:
    """Where, from 0, the first such character of a statement is, and what to say of it; None if it has none.

    Strings and comments may hold any character.
    """
    for match in TOKEN.finditer(line):
        token = match.group()
        if token in _MEANT:
            meant = {" ": "a plain space", "": "nothing"}.get(_MEANT[token], f"'{_MEANT[token]}'")
            name = unicodedata.name(token, "a character").lower()
            shown = f"'{token}'" if token.isprintable() else "something invisible"
            return match.start(), f"{shown} (U+{ord(token):04X}, {name}) stands where {meant} is meant"
        if token[0] in "\"'#" or token[:2] == "//":
            continue
    return None
