"""The protocol's bytes, taken apart one at a time as the manual words it, for tests to hold the product against."""

from __future__ import annotations


def packets(stream: bytes) -> list[bytes]:
    """The texts of a server's packets, run lengths expanded; signs between them are left out."""
    found = []
    position = 0
    while position < len(stream):
        if stream[position : position + 1] != b"$":
            assert stream[position : position + 1] in (b"+", b"-"), stream[position : position + 20]
            position += 1
            continue
        end = stream.index(b"#", position)
        text = stream[position + 1 : end]
        assert b"$" not in text
        assert int(stream[end + 1 : end + 3], 16) == sum(text) % 256, text
        found.append(expanded(text))
        position = end + 3
    return found


def expanded(text: bytes) -> bytes:
    """``0* `` is ``0000``: the byte before a star, and as many more as the letter behind it says, less 29."""
    out = bytearray()
    position = 0
    while position < len(text):
        if text[position : position + 1] == b"*":
            letter = text[position + 1]
            assert 32 <= letter <= 126
            assert letter not in b"#$+-"
            out += out[-1:] * (letter - 29)
            position += 2
        else:
            out.append(text[position])
            position += 1
    return bytes(out)


def unescaped(text: bytes) -> bytes:
    out = bytearray()
    position = 0
    while position < len(text):
        if text[position] == 0x7D:
            position += 1
            out.append(text[position] ^ 0x20)
        else:
            out.append(text[position])
        position += 1
    return bytes(out)


def packet(text: bytes) -> bytes:
    """A client's packet."""
    return b"$" + text + b"#" + f"{sum(text) % 256:02x}".encode()


def escaped(data: bytes) -> bytes:
    out = bytearray()
    for byte in data:
        out += bytes([0x7D, byte ^ 0x20]) if byte in b"#$}*" else bytes([byte])
    return bytes(out)
