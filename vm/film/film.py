"""A film as Python has it: a page to be saved, which notebooks show in a cell."""

from __future__ import annotations

import html
from functools import cached_property
from os import PathLike
from pathlib import Path

from vm.film.html import html_of
from vm.film.reel import Reel
from vm.quantities import plural, size
from vm.text import printable, shortened
from vm.writing import write_whole

HEIGHT = 720
"""Pixels that a film takes in a notebook, at most nine tenths of what the reader sees at once."""
NAME = 100
"""Letters of a program's name that are shown."""


class Film:
    """A film of a run.

    ``reel`` is what was recorded. ``html`` is the page, which needs no other file. ``title`` and ``caption`` are what
    it says of itself.
    """

    def __init__(self, reel: Reel, *, title: str = "", caption: str = "") -> None:
        self.reel = reel
        self.title = printable(title)
        self.caption = printable(caption)

    @cached_property
    def html(self) -> str:
        """The page."""
        return html_of([self.reel], title=self.title, caption=self.caption)

    @property
    def moments(self) -> int:
        """How many moments it has."""
        return self.reel.moments

    def save(self, path: str | PathLike[str]) -> None:
        """Write the page into a file, in UTF-8: whole, or not at all. Raises OSError."""
        write_whole(Path(path), self.html.encode())

    def __repr__(self) -> str:
        first, last = self.reel.column("moments", "clock")[[0, -1]]
        name = shortened(self.title, NAME) or "a run"
        return f"<Film of {name}: {plural(self.moments, 'moment')} from {first:,} to {last:,} ns>"

    def _repr_html_(self) -> str:
        """The page in a frame of its own, which has no more rights than to run its scripts.

        Where there are no such frames the line below it is left.
        """
        page = self.html
        name = html.escape(shortened(self.title, NAME) or "Forklore film", quote=True)
        line = html.escape(f"{repr(self)[1:-1]}, {size(len(page.encode()))}")
        style = (
            f"width:100%;height:{HEIGHT}px;max-height:90vh;box-sizing:border-box;border:1px solid rgba(128,128,128,.5)"
        )
        return (
            f'<div><iframe title="{name}" sandbox="allow-scripts" style="{style}" '
            f'srcdoc="{html.escape(page, quote=True)}"></iframe>'
            f'<div style="opacity:.7">{line}</div></div>'
        )
