"""HTML out of elements, in which a text is never more than text."""

from __future__ import annotations

from html import escape


class Markup(str):
    """HTML that needs no escaping any more."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str) -> Markup:
    """Return an element; of its children those that are no :class:`Markup` are text.

    An attribute's name has ``_`` where HTML has ``-``, and may end with one: ``class_``.
    """
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{told}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Return markup and texts one behind the other."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))
