"""Numbers as people read them: sizes, times, and how many there are of a thing."""

from __future__ import annotations

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
"""The letters behind a number of bytes, with what they stand for."""
_SPELLED = {f"{unit}{byte}": size for unit, size in UNITS.items() for byte in ("", "B", "IB")}
_MOST_DIGITS = 20


def size(count: int) -> str:
    """A number of bytes with its unit: exact where it is a round number of units."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count // unit} {name}" if count % unit == 0 else f"{count / unit:.1f} {name}"
    return f"{count} B"


def size_text(size: int) -> str:
    """A number of bytes as briefly as it can be written without a loss: 64K."""
    name = max((name for name, unit in UNITS.items() if size % unit == 0), key=UNITS.__getitem__)
    return f"{size // UNITS[name]}{name}"


def size_of(text: str) -> int | None:
    """The number of bytes that 65536, 64K or 256MiB stands for; None for what is no size."""
    number = text.rstrip("KMGIBkmgib")
    unit, digits = _SPELLED.get(text[len(number) :].upper()), number.lstrip("0")
    if unit is None or not number.isdecimal() or len(digits) > _MOST_DIGITS:
        return None
    return int(digits or "0") * unit


def duration(nanoseconds: int) -> str:
    """A time of the host with its unit."""
    for unit, name in ((10**9, "s"), (10**6, "ms"), (10**3, "µs")):
        if nanoseconds >= unit:
            return f"{nanoseconds / unit:.3g} {name}"
    return f"{nanoseconds} ns"


def plural(count: int, word: str, words: str = "") -> str:
    """``1 frame``, ``2 frames``."""
    return f"{count:,} {word if count == 1 else words or word + 's'}"
