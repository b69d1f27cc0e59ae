"""Registers and memory as packets read and write them."""

from __future__ import annotations

from tests.debug.talking import Talk
from vm.debug.packets import PACKET_SIZE


def test_registers(talk: Talk) -> None:
    assert talk.ask(b"g") == b"00000000" * 2 + b"c0ffff7f" + b"00000000" * 29 + b"00000100"
    assert talk.ask(b"p20") == b"00000100"
    assert talk.ask(b"Pa=4d000000") == b"OK"
    assert talk.ask(b"pA") == b"4d000000"
    assert talk.target.registers(2)[10] == 77
    values = b"".join(b"%02x000000" % number for number in range(33))
    assert talk.ask(b"G" + values) == b"OK"
    assert talk.ask(b"g") == values
    assert talk.target.registers(2) == tuple(range(33))


def test_memory(talk: Talk) -> None:
    assert talk.ask(b"m11000,4") == b"44332211"
    assert talk.ask(b"x11002,6") == b"b\x22\x11}\x03}\x04}\x0a}]"
    assert talk.ask(b"M11000,2:beef") == b"OK"
    assert talk.ask(b"X11002,2:}\x03}\x5d") == b"OK"
    assert talk.ask(b"X11002,0:") == b"OK"
    assert talk.ask(b"m11000,8") == b"beef237d23242a7d"
    assert talk.ask(b"m0,4") == talk.ask(b"M0,1:00") == talk.ask(b"m100000000,1") == b"E0e"
    assert talk.ask(b"mffffffff,ffffffff") == b"E0e"
    assert talk.ask(b"MFFFFFFFF,2:0000") == b"E0e"
    assert talk.ask(b"m11000,0") == b""


def test_of_much_memory_comes_what_fits_a_packet(talk: Talk) -> None:
    talk.target.process(2).memory.append((0x4000_0000, bytearray(b"#" * 0x10_0000)))
    for packet in (b"m40000000,100000", b"x40000000,ffffffff"):
        answer = talk.ask(packet)
        assert PACKET_SIZE - 100 < len(answer) <= PACKET_SIZE


def test_memory_and_registers_are_those_of_the_thread_that_was_selected(talk: Talk) -> None:
    talk.add(3, 3, 4)
    talk.target.process(3).memory.append((0x100, bytearray(b"hi")))
    talk.target.processes[3].threads[4][10] = 5
    assert talk.ask(b"m100,2") == b"E0e"
    assert talk.ask(b"Hgp3.4") == b"OK"
    assert talk.ask(b"m100,2") == b"6869"
    assert talk.ask(b"pa") == b"05000000"
    assert talk.ask(b"qC") == b"QCp3.4"
    assert talk.ask(b"Z0,10000,4") == b"OK"
    assert talk.target.points == {(3, 0, 0x1_0000, 4)}
    assert talk.ask(b"Hgp3.0") == b"OK"
    assert talk.ask(b"qC") == b"QCp3.3"
    assert talk.ask(b"Hgp9.9") == talk.ask(b"Hgp3.2") == talk.ask(b"Hg9") == talk.ask(b"Tp3.2") == b"E03"
    assert talk.ask(b"qC") == b"QCp3.3"
    assert talk.ask(b"Hg0") == talk.ask(b"Hg-1") == talk.ask(b"Hgp-1.-1") == talk.ask(b"Tp3.4") == b"OK"
    assert talk.ask(b"Hgp2") == talk.ask(b"Hgp2.-1") == b"OK"
    assert talk.ask(b"qC") == b"QCp2.2"
