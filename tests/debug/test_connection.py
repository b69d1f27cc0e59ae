"""A client of the debugger's server: its packets in order, and its interrupts while what came before is answered."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from vm.debug.connection import MOST_WAITING, Connection
from vm.debug.packets import Sign, frame

INTERRUPT = Sign.INTERRUPT.value
A, B, C, G, K = map(frame, (b"a", b"b", b"c", b"g", b"k"))


class Ends:
    """A connection, the other end of it, and what interrupts it."""

    def __init__(self) -> None:
        mine, self.client = socket.socketpair()
        self.interrupted = threading.Semaphore(0)
        self.sent = 0
        self.connection = Connection(mine, self.interrupted.release)

    @property
    def is_interrupted(self) -> bool:
        return self.interrupted.acquire(blocking=False)


@pytest.fixture
def ends() -> Iterator[Ends]:
    before = threading.active_count()
    ends = Ends()
    with ends.client, ends.connection:
        yield ends
    assert threading.active_count() == before


def test_packets_come_in_order_and_answers_go_back(ends: Ends) -> None:
    ends.client.sendall(A + b"-" + B)
    assert [ends.connection.take() for _ in range(3)] == [b"a", Sign.AGAIN, b"b"]
    ends.connection.send(b"answer")
    assert ends.client.recv(10) == b"answer"
    ends.client.shutdown(socket.SHUT_WR)
    assert ends.connection.take() is None


def test_an_interrupt_is_heard_while_a_packet_is_answered(ends: Ends) -> None:
    ends.client.sendall(C)
    assert ends.connection.take() == b"c"
    ends.client.sendall(INTERRUPT)
    assert ends.interrupted.acquire(timeout=60)


def test_an_interrupt_behind_a_packet_that_waits_is_for_that_one(ends: Ends) -> None:
    ends.client.sendall(C + INTERRUPT)
    assert ends.interrupted.acquire(timeout=60)
    assert ends.connection.take() == b"c"


def test_an_interrupt_that_comes_too_late_is_for_nothing(ends: Ends) -> None:
    """What it was meant for has stopped by itself meanwhile, and was answered."""
    ends.client.sendall(C)
    assert ends.connection.take() == b"c"
    taken: list[bytes | Sign | None] = []
    waits = threading.Thread(target=lambda: taken.append(ends.connection.take()))
    waits.start()
    while ends.connection.is_answering:
        pass
    ends.client.sendall(INTERRUPT + G)
    waits.join()
    assert taken == [b"g"]
    assert not ends.is_interrupted


def test_a_client_that_goes_interrupts_everything_that_it_has_asked_for(ends: Ends) -> None:
    ends.client.sendall(C + C + K)
    ends.client.shutdown(socket.SHUT_RDWR)
    assert ends.interrupted.acquire(timeout=60)
    while True:
        message = ends.connection.take()
        if message is None:
            break
        assert ends.interrupted.acquire(timeout=60), "nobody else could stop it"
    ends.connection.send(b"to nobody")


def test_who_sends_without_end_is_left(ends: Ends) -> None:
    def send_without_end() -> None:
        while ends.sent < 3 * MOST_WAITING:
            ends.sent += ends.client.send(C * (1 << 16))

    with pytest.raises(OSError, match=r"[Rr]eset|[Bb]roken"):
        send_without_end()
