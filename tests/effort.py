"""What Python does to answer a question, counted: the same on any computer, however busy it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooMuch(Exception):
    """More calls were made than allowed."""


@contextmanager
def calls(most: int) -> Iterator[list[int]]:
    """Count the calls of functions, Python's and C's, made inside; :class:`TooMuch` when there are more than ``most``.

    Gives a list, whose one item is their number.
    """
    count = [0]

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        if event in ("call", "c_call"):
            count[0] += 1
            if count[0] > most:
                sys.setprofile(None)
                raise TooMuch(f"more than {most:,} calls")

    sys.setprofile(note)
    try:
        yield count
    finally:
        sys.setprofile(None)
