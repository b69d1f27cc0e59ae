"""Packets that no client of good will sends: those of real sessions, damaged.

packets.txt has them, one a line, as Python writes bytes: what gdb 13 and 16 have sent in sessions of all kinds, and
what they do not send but the manual has.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.debug import plainly
from vm.debug.packets import PACKET_SIZE, Incoming
from vm.debug.session import Session
from vm.debug.target import Target

CORPUS = [
    line.encode().decode("unicode_escape").encode("latin-1")
    for line in Path(__file__).with_name("packets.txt").read_text().splitlines()
]
NUMBERS = [
    b"", b" ", b"0", b"1", b"-1", b"+5", b"0x0", b"2", b"3", b"21", b"10000", b"11000", b"7ffffff0", b"80000000",
    b"fffffffc", b"ffffffff", b"100000000", b"f" * 16, b"f" * 17, b"p2.2", b"p0.0", b"p-1.-1", b"p2.-1",
]  # fmt: skip
LETTERS = b":;,.=-+#$}*\x00\x03\xff0123456789abcdefpmxzZgGvq?"


class Author:
    """Writes packets from a seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def packet(self) -> bytes:
        """A packet of the corpus with up to four damages."""
        text = self.draw.choice(CORPUS)
        for _ in range(self.draw.choice((0, 1, 1, 1, 2, 4))):
            text = self.draw.choice(DAMAGES)(self, text)
        return text

    def stream(self, text: bytes) -> bytes:
        """The packet on its way, now and then with a wrong sum, without an end, or with noise before it."""
        whole = plainly.packet(text)
        kind = self.draw.randrange(40)
        if kind == 0:
            return whole[:-1] + b"z"
        if kind == 1:
            return whole[: self.draw.randrange(len(whole))]
        if kind == 2:
            return self.draw.randbytes(self.draw.randrange(9)) + whole
        return self.draw.choice((b"+", b"-", b"\x03")) + whole if kind == 3 else whole

    def place(self, text: bytes) -> int:
        return self.draw.randrange(len(text) + 1)

    def letter(self, text: bytes) -> bytes:
        at = self.place(text)
        return text[:at] + bytes([self.draw.choice(LETTERS)]) + text[at + self.draw.randrange(2) :]

    def number(self, text: bytes) -> bytes:
        """Another number where one stands, or anywhere."""
        starts = [at for at in range(1, len(text)) if text[at - 1 : at] in (b",", b":", b";", b".", b"=", b"m", b"g")]
        start = self.draw.choice(starts or [self.place(text)])
        end = start
        while end < len(text) and text[end] not in b",:;.=":
            end += 1
        return text[:start] + self.draw.choice(NUMBERS) + text[end:]

    def cut(self, text: bytes) -> bytes:
        first, second = sorted((self.place(text), self.place(text)))
        return text[:first] + text[second:]

    def again(self, text: bytes) -> bytes:
        first, second = sorted((self.place(text), self.place(text)))
        return text[:second] + text[first:second] * self.draw.choice((1, 2, 50)) + text[second:]

    def spliced(self, text: bytes) -> bytes:
        other = self.draw.choice(CORPUS)
        return text[: self.place(text)] + other[self.place(other) :]

    def noise(self, text: bytes) -> bytes:
        at = self.place(text)
        return text[:at] + self.draw.randbytes(self.draw.choice((1, 4, 300))) + text[at:]


DAMAGES = [
    Author.letter,
    Author.number,
    Author.number,
    Author.number,
    Author.cut,
    Author.again,
    Author.spliced,
    Author.noise,
]


def conversation(target: Target, author: Author, packets: int) -> Iterator[tuple[bytes, list[bytes]]]:
    """Each packet that a hostile client sends, and the texts of what is sent back, until it is let go.

    Holds that what is sent is made as the manual says, and fits.
    """
    session, incoming = Session(target), Incoming()
    for _ in range(packets):
        text = author.packet()
        stream = author.stream(text)
        cut = author.place(stream)
        sent = []
        for piece in (stream[:cut], stream[cut:]):
            for arrived in incoming.feed(piece):
                for answer in session.answer(arrived):
                    assert len(answer) <= PACKET_SIZE + 4
                    sent += plainly.packets(answer)
        yield text, sent
        if session.is_over:
            return


is_an_answer: Callable[[bytes], object] = re.compile(
    rb"""|OK|0|E[0-9a-f]{2}|E\..*|F[-0-9a-f,]+(;.*)?|[ml].*|b.*|O([0-9a-f]{2})+|([0-9a-f]{2})+|[TWX][0-9a-f]{2}.*|N
    |vCont;c;C;s;S;r|QCp?[0-9a-f.]+|PacketSize=.*""",
    re.DOTALL | re.VERBOSE,
).fullmatch
