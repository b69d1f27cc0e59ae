"""Packets of the remote protocol as bytes: their frame, their checksum, escapes and run lengths.

A packet is ``$``, its text, ``#`` and two hexadecimal digits, the sum of the text's bytes modulo 256 (gdb manual,
"Overview" of the remote protocol). Nothing here knows what a packet says, or where the bytes come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from vm.enums import quick

PACKET_SIZE = 0x2_0000
"""Most bytes between ``$`` and ``#`` in either direction: 64 KiB of memory as hexadecimal digits."""
MOST_DATA = PACKET_SIZE // 2 - 32
"""Bytes of data that fit a packet, be it as digits or because each is escaped, beside a few letters."""


@quick
class Sign(Enum):
    """What arrives beside packets. (That a packet has arrived well, ``+``, tells nothing that TCP has not told.)"""

    INTERRUPT = b"\x03"
    AGAIN = b"-"
    BROKEN = b""
    """A packet with a wrong checksum, or one that is longer than PACKET_SIZE."""


class Incoming:
    """What a client has sent so far, of which at most one packet is kept."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._sum = bytearray()
        self._go_on = self._outside
        self._is_too_long = False

    def feed(self, data: bytes) -> Iterator[bytes | Sign]:
        """Take what has arrived; yield each text that is complete by it, and the signs between, in their order."""
        position = 0
        while position < len(data):
            position, item = self._go_on(data, position)
            if item is not None:
                yield item

    def _outside(self, data: bytes, position: int) -> tuple[int, bytes | Sign | None]:
        """Look for a packet's beginning or a sign. What is repeated at once is said once."""
        found = _BEGINNING.search(data, position)
        if found is None:
            return len(data), None
        if found[0] == b"$":
            self._begin()
            return found.end(), None
        return found.end(), Sign(found[0][:1])

    def _begin(self) -> None:
        self._text.clear()
        self._sum.clear()
        self._is_too_long = False
        self._go_on = self._inside

    def _inside(self, data: bytes, position: int) -> tuple[int, bytes | Sign | None]:
        """Take text up to its end. A beginning within is one whose packet before has lost its end."""
        found = _END.search(data, position)
        end = len(data) if found is None else found.start()
        item = None if self._is_too_long else self._take(data[position:end])
        if found is None:
            return end, item
        if found[0] == b"$":
            self._begin()
        else:
            self._go_on = self._checksum
        return found.end(), item

    def _take(self, part: bytes) -> Sign | None:
        """Keep a part of a text, unless that makes it too long: then it is broken, and the rest is passed over."""
        self._is_too_long = len(self._text) + len(part) > PACKET_SIZE
        if not self._is_too_long:
            self._text += part
            return None
        self._text.clear()
        return Sign.BROKEN

    def _checksum(self, data: bytes, position: int) -> tuple[int, bytes | Sign | None]:
        """Take the two digits at the end."""
        end = min(len(data), position + 2 - len(self._sum))
        self._sum += data[position:end]
        if len(self._sum) < 2:
            return end, None
        self._go_on = self._outside
        return end, self._judged()

    def _judged(self) -> bytes | Sign | None:
        """The text that is complete, if it is whole; None for one that was refused while it arrived."""
        if self._is_too_long:
            return None
        text = bytes(self._text)
        return text if self._sum.lower() == b"%02x" % checksum(text) else Sign.BROKEN


_BEGINNING = re.compile(rb"\$|\x03+|-+")
_END = re.compile(rb"[#$]")


def checksum(text: bytes) -> int:
    """Return the sum of the bytes modulo 256."""
    return sum(text) & 0xFF


def frame(text: bytes) -> bytes:
    """Make a packet of a text, shorter where bytes repeat. Binary data in it must be escaped."""
    text = _RUN.sub(_shorten, text)
    return b"$%b#%02x" % (text, checksum(text))


_RUN = re.compile(rb"(.)\1{3,97}", re.DOTALL)
"""A byte and what can be said to follow it: 97 more are a tilde, the last letter that there is for a number."""
_SHIFT = 29
"""``x*!`` is x and four more: the number of what follows is said by the letter this far behind."""


def _shorten(run: re.Match[bytes]) -> bytes:
    """A run by its length; a length whose letter has a meaning of its own is said by a shorter one and the rest."""
    byte, more = run[1], len(run[0]) - 1
    said = more
    while bytes([said + _SHIFT]) in b"#$+-":
        said -= 1
    return byte + b"*" + bytes([said + _SHIFT]) + byte * (more - said)


def escape(data: bytes) -> bytes:
    """Binary data as it may stand in a text."""
    return _SPECIAL.sub(lambda found: bytes([0x7D, found[0][0] ^ 0x20]), data)


def unescape(text: bytes) -> bytes:
    """The binary data that stands so in a text. Raises ValueError for an escape of nothing."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("an escape of nothing")
    return _ESCAPED.sub(lambda found: bytes([found[1][0] ^ 0x20]), text)


_SPECIAL = re.compile(rb"[#$}*]")
_ESCAPED = re.compile(rb"}(.)", re.DOTALL)
_WHOLE = re.compile(rb"(?:[^}]++|}.)*+", re.DOTALL)
