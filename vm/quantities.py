"""Numbers as people read them: sizes, times, and how many there are of a thing."""

from __future__ import annotations


def size(count: int) -> str:
    """A number of bytes with its unit: exact where it is a round number of units."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count // unit} {name}" if count % unit == 0 else f"{count / unit:.1f} {name}"
    return f"{count} B"


def duration(nanoseconds: int) -> str:
    """A time of the host with its unit."""
    for unit, name in ((10**9, "s"), (10**6, "ms"), (10**3, "µs")):
        if nanoseconds >= unit:
            return f"{nanoseconds / unit:.3g} {name}"
    return f"{nanoseconds} ns"


def plural(count: int, word: str, words: str = "") -> str:
    """``1 frame``, ``2 frames``."""
    return f"{count:,} {word if count == 1 else words or word + 's'}"
