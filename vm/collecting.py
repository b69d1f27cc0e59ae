"""When the process of a command looks for garbage that only Python's collector finds.

Nothing of what is imported ever is. To look for some in it, again and again while it comes into being and three times
more at the end, would take a fifth of the time of a short run.
"""

from __future__ import annotations

import gc

OBJECTS = 100_000
"""How many objects come into being, more than go, before the youngest are looked at; 700 is usual."""

_begun = False
_usual = gc.get_threshold()


def begin() -> None:
    """Say that this process is a command's own, which begins."""
    global _begun
    _begun = True
    gc.set_threshold(OBJECTS)


def settle() -> None:
    """Take all that is there by now to stay until the end, if the process is a command's own.

    Whoever has opened a file closes it: the end does so for none of them that only garbage refers to.
    """
    if _begun:
        gc.freeze()


def resume() -> None:
    """Look for garbage as usual from now on: machines come next, which refer to themselves in circles and are large.

    Nothing of what is there by now is looked at again.
    """
    if _begun and gc.get_threshold()[0] == OBJECTS:
        gc.freeze()
        gc.set_threshold(*_usual)
