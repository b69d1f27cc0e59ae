"""Packets on their way: whole, cut into pieces, broken, too long, with run lengths and escapes."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from tests.debug import plainly
from tests.debug.plainly import packet
from vm.debug.packets import PACKET_SIZE, Incoming, Sign, escape, frame, unescape


def arrived(*pieces: bytes) -> list[bytes | Sign]:
    incoming = Incoming()
    return [item for piece in pieces for item in incoming.feed(piece)]


def test_a_packet_is_its_text() -> None:
    assert arrived(b"$m0,4#fd") == [b"m0,4"]
    assert arrived(b"$#00") == [b""]
    assert arrived(b"$OK#9A") == [b"OK"]


def test_packets_and_signs_come_in_their_order() -> None:
    stream = b"+$?#3f\x03-$g#67+"
    assert arrived(stream) == [b"?", Sign.INTERRUPT, Sign.AGAIN, b"g"]
    assert arrived(*(bytes([byte]) for byte in stream)) == arrived(stream)


def test_a_sign_within_a_packet_is_part_of_it() -> None:
    assert arrived(packet(b"X0,3:\x03-+")) == [b"X0,3:\x03-+"]


def test_what_is_repeated_at_once_is_said_once() -> None:
    assert arrived(b"-" * 100_000) == [Sign.AGAIN]
    assert arrived(b"\x03\x03\x03") == [Sign.INTERRUPT]


@pytest.mark.parametrize("stream", [b"$g#68", b"$g#6", b"$g#g7", b"$#", b"$g# 7", b"$g#+7"])
def test_a_wrong_checksum_breaks_a_packet(stream: bytes) -> None:
    assert arrived(stream, b"zz$?#3f") == [Sign.BROKEN, b"?"]


def test_a_packet_that_has_lost_its_end_is_forgotten() -> None:
    assert arrived(b"$m0,4$g#67") == [b"g"]


def test_the_longest_packet_arrives_and_a_longer_one_does_not() -> None:
    longest = b"X" * PACKET_SIZE
    assert arrived(packet(longest), packet(longest + b"X"), b"$?#3f") == [longest, Sign.BROKEN, b"?"]


@pytest.mark.parametrize("piece", [b"$" + b"a" * 0xFFFF, b"$" + b"a" * 0xFFFE + b"}", b"a" * 0x1_0000])
def test_ten_million_bytes_without_an_end_are_not_kept(piece: bytes) -> None:
    incoming = Incoming()
    tracemalloc.start()
    items = list(incoming.feed(b"$"))
    for _ in range(160):
        items += incoming.feed(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert items in ([], [Sign.BROKEN])
    assert peak < 4 * PACKET_SIZE
    assert list(incoming.feed(b"$?#3f")) == [b"?"]


def test_runs_are_shorter_and_mean_the_same() -> None:
    assert frame(b"0" * 8) == b'$0*"00#dc'
    for length in range(400):
        for text in (b"0" * length, b"ab" + b"c" * length + b"d", b"\n" * length):
            assert plainly.packets(frame(text)) == [text]
    assert len(frame(b"0" * PACKET_SIZE)) < PACKET_SIZE // 30


def test_random_data_comes_back() -> None:
    draw = random.Random(16)
    for _ in range(300):
        letters = draw.choice([bytes(range(256)), b"#$}*]\x03\x04", b"}", b"*+-#$ 0"])
        data = bytes(draw.choices(letters, k=draw.randrange(300)))
        text = escape(data)
        assert not set(text) & set(b"#$*")
        assert unescape(text) == data == plainly.unescaped(text)
        assert unescape(plainly.escaped(data)) == data
        [there] = plainly.packets(frame(text))
        assert there == text
        assert arrived(packet(text)) == [text]


@pytest.mark.parametrize("text", [b"}", b"abc}", b"}}}"])
def test_an_escape_of_nothing_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="escape"):
        unescape(text)
