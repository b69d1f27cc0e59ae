"""A client of the debugger's server: its messages in order, and its interrupts while what came before is answered."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from vm.debug.connection import INTERRUPT, MOST_WAITING, Connection


def letters(data: bytes) -> list[bytes]:
    """Every byte is a message."""
    return [bytes([byte]) for byte in data]


class Ends:
    """A connection, the other end of it, and what interrupts it."""

    def __init__(self) -> None:
        mine, self.client = socket.socketpair()
        self.interrupted = threading.Semaphore(0)
        self.split, self.sent = letters, 0
        self.connection = Connection(mine, lambda data: self.split(data), self.interrupted.release)

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


def test_messages_come_in_order_and_answers_go_back(ends: Ends) -> None:
    ends.client.sendall(b"ab")
    assert [ends.connection.take(), ends.connection.take()] == [b"a", b"b"]
    ends.connection.send(b"answer")
    assert ends.client.recv(10) == b"answer"
    ends.client.shutdown(socket.SHUT_WR)
    assert ends.connection.take() is None


def test_an_interrupt_is_heard_while_a_message_is_answered(ends: Ends) -> None:
    ends.client.sendall(b"c")
    assert ends.connection.take() == b"c"
    ends.client.sendall(INTERRUPT)
    assert ends.interrupted.acquire(timeout=60)


def test_an_interrupt_behind_a_message_that_waits_is_for_that_one(ends: Ends) -> None:
    ends.client.sendall(b"c" + INTERRUPT)
    assert ends.interrupted.acquire(timeout=60)
    assert ends.connection.take() == b"c"


def test_an_interrupt_that_comes_too_late_is_for_nothing(ends: Ends) -> None:
    """What it was meant for has stopped by itself meanwhile, and was answered."""
    ends.client.sendall(b"c")
    assert ends.connection.take() == b"c"
    taken: list[bytes | None] = []
    waits = threading.Thread(target=lambda: taken.append(ends.connection.take()))
    waits.start()
    while ends.connection.is_answering:
        pass
    ends.client.sendall(INTERRUPT + b"g")
    waits.join()
    assert taken == [b"g"]
    assert not ends.is_interrupted


def test_a_client_that_goes_interrupts_everything_that_it_has_asked_for(ends: Ends) -> None:
    ends.client.sendall(b"cck")
    ends.client.shutdown(socket.SHUT_RDWR)
    assert ends.interrupted.acquire(timeout=60)
    while True:
        message = ends.connection.take()
        if message is None:
            break
        assert ends.interrupted.acquire(timeout=60), "nobody else could stop it"
    ends.connection.send(b"to nobody")


def test_who_sends_without_end_is_left(ends: Ends) -> None:
    ends.split = lambda data: [data]

    def send_without_end() -> None:
        while ends.sent < 2 * MOST_WAITING:
            ends.sent += ends.client.send(bytes(1 << 20))

    with pytest.raises(OSError, match=r"[Rr]eset|[Bb]roken"):
        send_without_end()
